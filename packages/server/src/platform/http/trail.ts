// Makes sure that what a route does is in the audit log before its answer leaves: a handler records its change in the
// change's own transaction, and this records the rest (reads, denials, failures). A row that cannot be written turns
// the answer into a fault; it is never silently lost.
import type { AuditEvent } from '@sentinel/contract';
import { type Actor, type AuditEntry, openAuditEntry } from '../audit/audit.ts';
import type { Clock } from '../clock.ts';
import type { Database } from '../db/database.ts';
import { ProblemError } from '../problem.ts';
import type { Caller, Route } from './route.ts';

export interface Trail {
  /** The entry for the handler; null on open and unaudited routes. */
  readonly entry: AuditEntry | null;
  /** See `HandlerRequest.openEntry`. */
  openEntry(actor: Actor): AuditEntry;
  /** Called when the handler answered. */
  succeeded(): Promise<void>;
  /** Called when the handler threw. */
  failed(error: unknown): Promise<void>;
}

export interface TrailDeps {
  readonly db: Pick<Database, 'workspace'>;
  readonly clock: Clock;
}

export function openTrail(route: Route, caller: Caller | null, requestId: string, deps: TrailDeps): Trail {
  const { audit: event } = route;
  const entry = event === null || caller === null ? null : openAuditEntry(event, caller.actor, requestId, deps.clock);
  const opened: AuditEntry[] = [];
  return {
    entry,
    openEntry(actor) {
      if (event === null) throw new Error('a route without an audit event opens no entry');
      const made = openAuditEntry(event, actor, requestId, deps.clock);
      opened.push(made);
      return made;
    },
    async succeeded() {
      if (event === null) return;
      if (caller === null && !opened.some((made) => made.recorded))
        throw new Error('the route answered without recording its event');
      if (caller !== null && entry !== null && !entry.recorded)
        await deps.db.workspace(caller.workspaceId, (tx) => entry.record(tx, { result: 'ok' }));
    },
    async failed(error) {
      if (event === null || caller === null) return;
      // A new entry: one that the handler recorded has been rolled back with its transaction.
      await recordRefusal(
        { event, result: 'failed', reason: error instanceof ProblemError ? error.code : 'internal' },
        caller,
        requestId,
        deps,
      );
    },
  };
}

/** Records that a signed-in caller asked for what the role does not include. */
export async function recordDenial(route: Route, caller: Caller, requestId: string, deps: TrailDeps): Promise<void> {
  await recordRefusal(
    { event: 'action.denied', result: 'denied', reason: route.action ?? 'none' },
    caller,
    requestId,
    deps,
  );
}

interface Refusal {
  readonly event: AuditEvent;
  readonly result: 'denied' | 'failed';
  /** A problem code or an action. */
  readonly reason: string;
}

async function recordRefusal(
  { event, result, reason }: Refusal,
  caller: Caller,
  requestId: string,
  deps: TrailDeps,
): Promise<void> {
  const entry = openAuditEntry(event, caller.actor, requestId, deps.clock);
  await deps.db.workspace(caller.workspaceId, (tx) => entry.record(tx, { result, detail: { reason } }));
}
