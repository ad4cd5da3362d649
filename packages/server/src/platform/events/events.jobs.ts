// Hands events to those who asked for them, at least once: an event counts as dispatched only after every subscriber has
// finished with it, so a subscriber may see one twice and must not mind. Order holds unless one fails and rests.
import { z } from 'zod';
import type { Clock } from '../clock.ts';
import type { Database } from '../db/database.ts';
import type { Jobs } from '../jobs/jobs.ts';
import { parseId, type WorkspaceId } from '../ids.ts';
import { errorFields, type Logger } from '../log.ts';
import {
  claimEvents,
  deleteDispatched,
  markDispatched,
  MOST_ATTEMPTS,
  restEvent,
  type WaitingEvent,
} from './events.store.ts';

export interface Subscriber {
  /** For the log. */
  readonly name: string;
  readonly types: readonly string[];
  /** Opens its own units of work. May be called again for an event it has seen. */
  handle(event: WaitingEvent & { readonly workspaceId: WorkspaceId }): Promise<void>;
}

export interface DispatchDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly log: Logger;
  readonly subscribers: readonly Subscriber[];
}

const JOB = 'events.dispatch';
const BATCH = 100;
/** Longer than a batch takes; then another dispatcher may have it. */
const CLAIM_MS = 60_000;
const KEEP_MS = 7 * 24 * 3600 * 1000;
const LONGEST_REST_MS = 600_000;

/** Every minute for all workspaces, or at once for the one a job names. */
export function defineEventDispatch(jobs: Jobs, deps: DispatchDeps): void {
  jobs.define(
    JOB,
    { data: z.object({ workspaceId: z.uuid().optional() }), retries: 0, timeoutSeconds: 300, alone: true },
    async ({ data, signal }) => {
      const only = data.workspaceId === undefined ? null : parseId<WorkspaceId>(data.workspaceId);
      for (const id of only === null ? await listWorkspaces(deps.db) : [only]) {
        if (signal.aborted) return;
        await dispatchWorkspace(deps, id);
      }
    },
  );
  jobs.schedule(JOB, '* * * * *');
}

/** Dispatches what waits in one workspace and deletes what was done a week ago. Answers how many events were settled. */
export async function dispatchWorkspace(deps: DispatchDeps, workspaceId: WorkspaceId): Promise<number> {
  let settled = 0;
  for (;;) {
    const now = deps.clock.now();
    const batch = await deps.db.workspace(workspaceId, (tx) =>
      claimEvents(tx, { now, limit: BATCH, until: new Date(now.getTime() + CLAIM_MS) }),
    );
    settled += await dispatchBatch(deps, workspaceId, batch);
    if (batch.length < BATCH) break;
  }
  await deps.db.workspace(workspaceId, (tx) => deleteDispatched(tx, new Date(deps.clock.now().getTime() - KEEP_MS)));
  return settled;
}

async function dispatchBatch(
  deps: DispatchDeps,
  workspaceId: WorkspaceId,
  batch: readonly WaitingEvent[],
): Promise<number> {
  const done: WaitingEvent[] = [];
  const failed: WaitingEvent[] = [];
  for (const event of batch) ((await deliver(deps, workspaceId, event)) ? done : failed).push(event);
  if (batch.length === 0) return 0;
  await deps.db.workspace(workspaceId, async (tx) => {
    const now = deps.clock.now();
    await markDispatched(
      tx,
      done.map(({ id }) => id),
      now,
    );
    for (const { id, attempts } of failed) await restEvent(tx, id, new Date(now.getTime() + restMs(attempts)));
  });
  return done.length;
}

async function deliver(deps: DispatchDeps, workspaceId: WorkspaceId, event: WaitingEvent): Promise<boolean> {
  for (const subscriber of deps.subscribers.filter(({ types }) => types.includes(event.type))) {
    try {
      await subscriber.handle({ ...event, workspaceId });
    } catch (error) {
      const what = event.attempts >= MOST_ATTEMPTS ? 'event.given_up' : 'event.failed';
      deps.log.error(what, {
        eventType: event.type,
        name: subscriber.name,
        attempt: event.attempts,
        workspaceId,
        ...errorFields(error),
      });
      return false;
    }
  }
  return true;
}

/** 2 s, 4 s, 8 s … at most ten minutes. */
export function restMs(attempts: number): number {
  return Math.min(LONGEST_REST_MS, 1000 * 2 ** attempts);
}

async function listWorkspaces(db: Database): Promise<readonly WorkspaceId[]> {
  const rows = await db.control((tx) =>
    tx.selectFrom('workspace').select('id').where('state', '=', 'active').orderBy('id').execute(),
  );
  return rows.flatMap(({ id }) => parseId<WorkspaceId>(id) ?? []);
}
