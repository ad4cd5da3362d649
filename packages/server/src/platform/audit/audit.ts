// What a change leaves behind. A handler is given an open entry and records it inside the transaction of the change itself,
// so there is no change without its row and no row without its change.
//
// The row is the transaction's last statement. It is appended under a lock of the workspace's chain that is held until
// the commit, so two writers can never continue from the same row (no fork), and because nothing follows, whoever holds
// the lock waits for nobody (no deadlock). A unique index on the hash of the row before stands behind the lock.
import type { AuditEvent } from '@sentinel/contract';
import type { Clock } from '../clock.ts';
import type { WorkspaceTx } from '../db/database.ts';
import { newId, type AuditId } from '../ids.ts';
import type { JsonValue } from '../json.ts';
import {
  admitName,
  admitRequestId,
  canonicalDetail,
  checkTarget,
  type Actor,
  type AuditFact,
  type AuditResult,
} from './audit-row.ts';
import { appendAudit } from './audit.store.ts';

export type { Actor, AuditResult } from './audit-row.ts';

export interface AuditDetails {
  /** Id or token of what was acted on. Never an address. */
  readonly target?: string;
  /** Defaults to `ok`. */
  readonly result?: AuditResult;
  /** Numbers, booleans, ids and tokens; see `canonicalDetail` for the limits. */
  readonly detail?: Readonly<Record<string, JsonValue>>;
}

export interface AuditEntry {
  readonly event: AuditEvent;
  readonly actor: Actor;
  readonly requestId: string | null;
  /** Whether the row was written. It still falls with its transaction when that is rolled back. */
  readonly recorded: boolean;
  /**
   * Appends the row in the caller's transaction. It must be the last statement there.
   *
   * @throws a fault when the entry is recorded already, or when a detail could hold an address
   */
  record(tx: WorkspaceTx, what?: AuditDetails): Promise<void>;
}

/**
 * Opens an entry for one event of one actor.
 *
 * @param requestId the id the caller can quote, or null outside a request
 */
export function openAuditEntry(event: AuditEvent, actor: Actor, requestId: string | null, clock: Clock): AuditEntry {
  let state: 'open' | 'recording' | 'recorded' = 'open';
  return {
    event,
    actor,
    requestId,
    get recorded() {
      return state === 'recorded';
    },
    async record(tx, what = {}) {
      if (state !== 'open') throw new Error(`the audit entry of ${event} is recorded already`);
      const fact = factOf({ event, actor, requestId, at: clock.now() }, what);
      state = 'recording';
      try {
        await appendAudit(tx, fact);
        state = 'recorded';
      } finally {
        if (state === 'recording') state = 'open';
      }
    },
  };
}

function factOf(
  entry: { event: AuditEvent; actor: Actor; requestId: string | null; at: Date },
  what: AuditDetails,
): AuditFact {
  return {
    id: newId<AuditId>(entry.at.getTime()),
    at: entry.at.toISOString(),
    actorKind: entry.actor.kind,
    actorId: entry.actor.id,
    actorName: admitName(entry.actor.name),
    event: entry.event,
    target: what.target === undefined ? null : checkTarget(what.target),
    result: what.result ?? 'ok',
    requestId: admitRequestId(entry.requestId),
    detail: canonicalDetail(what.detail ?? {}),
  };
}
