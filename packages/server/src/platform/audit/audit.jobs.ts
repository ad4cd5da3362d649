// Signs checkpoints: for each workspace when an hour has passed or 1,000 rows have come since the last one, and at shutdown.
// New rows are proven before they are signed, so a log that was tampered with never gets our signature.
import { z } from 'zod';
import type { Clock } from '../clock.ts';
import { parseId, type WorkspaceId } from '../ids.ts';
import type { Jobs } from '../jobs/jobs.ts';
import { errorFields, type Logger } from '../log.ts';
import { chainStart, type ChainBreak, type ChainStart } from './audit-chain.ts';
import type { ChainHead } from './audit-row.ts';
import { readHead } from './audit.store.ts';
import { checkpointDigest, checkpointOf, type Checkpoint, type SignatureVerdict } from './checkpoint.ts';
import { findNewestCheckpoint, insertCheckpoint, listAuditedWorkspaces } from './checkpoint.store.ts';
import { verifySince, type VerifyDeps } from './verify.ts';

const MOST_AGE_MS = 60 * 60 * 1000;
const MOST_ROWS = 1000;

export interface CheckpointDeps extends VerifyDeps {
  readonly clock: Clock;
  readonly log: Logger;
}

export type CheckpointAnswer =
  | { readonly kind: 'signed'; readonly checkpoint: Checkpoint }
  | { readonly kind: 'not_due' }
  | { readonly kind: 'broken'; readonly brokenAt: ChainBreak };

/** `due`: when enough time or rows have passed. `now`: whenever there is a row that no checkpoint covers. */
export type CheckpointMoment = 'due' | 'now';

export function isCheckpointDue(head: ChainHead, newest: Checkpoint | null, now: Date): boolean {
  if (head.seq === (newest?.seq ?? 0)) return false;
  if (newest === null || head.seq < newest.seq) return true;
  return head.seq - newest.seq >= MOST_ROWS || now.getTime() - Date.parse(newest.at) >= MOST_AGE_MS;
}

/** Signs the present end of one workspace's log, after proving every row since the last checkpoint. */
export async function signCheckpoint(
  deps: CheckpointDeps,
  workspaceId: WorkspaceId,
  moment: CheckpointMoment,
): Promise<CheckpointAnswer> {
  const { db, keys, clock } = deps;
  const newest = await db.control((tx) => findNewestCheckpoint(tx, workspaceId));
  const head = await db.workspace(workspaceId, readHead);
  const isDue = moment === 'now' ? head.seq !== (newest?.seq ?? 0) : isCheckpointDue(head, newest, clock.now());
  if (!isDue) return { kind: 'not_due' };
  if (newest !== null && (await verdictOn(deps, newest)) !== 'valid')
    return { kind: 'broken', brokenAt: { seq: newest.seq, reason: 'checkpoint_signature_invalid' } };
  const start = startBehind(workspaceId, newest);
  const proof = await verifySince(deps, workspaceId, start, head.seq);
  if (proof.brokenAt !== null) return { kind: 'broken', brokenAt: proof.brokenAt };
  const checkpoint = keys.sign(checkpointOf(workspaceId, proof.head, start.prevCheckpoint, clock.now()));
  const isKept = await db.control((tx) => insertCheckpoint(tx, checkpoint));
  return isKept ? { kind: 'signed', checkpoint } : { kind: 'not_due' };
}

/** A key that is not at hand may have been kept since. */
async function verdictOn({ keys }: CheckpointDeps, checkpoint: Checkpoint): Promise<SignatureVerdict> {
  const verdict = keys.verify(checkpoint);
  if (verdict !== 'key_unknown') return verdict;
  await keys.refresh();
  return keys.verify(checkpoint);
}

/** Does so for every workspace. Trouble with one never keeps the others waiting. For the job, and before a shutdown. */
export async function signCheckpoints(
  deps: CheckpointDeps,
  moment: CheckpointMoment,
): Promise<{ signed: number; broken: number; failed: number }> {
  const counts = { signed: 0, broken: 0, failed: 0 };
  for (const id of await deps.db.control(listAuditedWorkspaces)) {
    const workspaceId = parseId<WorkspaceId>(id);
    if (workspaceId === null) continue;
    try {
      const answer = await signCheckpoint(deps, workspaceId, moment);
      if (answer.kind === 'signed') counts.signed += 1;
      if (answer.kind !== 'broken') continue;
      counts.broken += 1;
      deps.log.error('audit.chain_broken', {
        workspaceId,
        reason: answer.brokenAt.reason,
        rows: answer.brokenAt.seq - 1,
      });
    } catch (error) {
      counts.failed += 1;
      deps.log.error('audit.checkpoint_failed', { workspaceId, ...errorFields(error) });
    }
  }
  return counts;
}

function startBehind(workspaceId: WorkspaceId, newest: Checkpoint | null): ChainStart {
  if (newest === null) return chainStart(workspaceId);
  return { workspaceId, head: { seq: newest.seq, hash: newest.head }, prevCheckpoint: checkpointDigest(newest) };
}

/** Looks every few minutes whether a checkpoint is due; `isCheckpointDue` decides. */
export function defineCheckpoints(jobs: Jobs, deps: CheckpointDeps): void {
  jobs.define('audit.checkpoint', { data: z.object({}), retries: 1, timeoutSeconds: 600, alone: true }, async () => {
    await signCheckpoints(deps, 'due');
  });
  jobs.schedule('audit.checkpoint', '*/5 * * * *');
}
