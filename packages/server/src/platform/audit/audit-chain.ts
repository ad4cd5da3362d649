// Proves a chain of rows against itself and against its signed checkpoints. Pure apart from pulling its two inputs,
// which it reads once, in order and row by row, so a log of any length needs the same memory.
import { genesisHash, hashRow, type AuditRecord, type ChainHead } from './audit-row.ts';
import { checkpointDigest, type Checkpoint, type CheckpointKeys } from './checkpoint.ts';

/** What is wrong at the first place where the chain does not hold. */
export type BreakReason =
  | 'row_missing'
  | 'link_broken'
  | 'row_changed'
  | 'tail_missing'
  | 'checkpoint_mismatch'
  | 'checkpoint_missing'
  | 'checkpoint_key_unknown'
  | 'checkpoint_signature_invalid';

export interface ChainBreak {
  readonly seq: number;
  readonly reason: BreakReason;
}

export interface ChainProof {
  /** Rows and checkpoints that were proven before the end or the break. */
  readonly rows: number;
  readonly checkpoints: number;
  readonly head: ChainHead;
  readonly brokenAt: ChainBreak | null;
}

/** Where a proof starts: at the beginning, or behind a checkpoint that is trusted already. */
export interface ChainStart {
  readonly workspaceId: string;
  readonly head: ChainHead;
  /** Digest of the checkpoint before, which the next one must name. */
  readonly prevCheckpoint: string;
}

/** The beginning of a workspace's log. */
export function chainStart(workspaceId: string): ChainStart {
  const genesis = genesisHash(workspaceId);
  return { workspaceId, head: { seq: 0, hash: genesis }, prevCheckpoint: genesis };
}

/** Whether a row continues the chain: next number, link to the row before, and a hash that is that of its own content. */
export function checkRow(head: ChainHead, row: AuditRecord): ChainBreak | null {
  if (row.seq !== head.seq + 1) return { seq: head.seq + 1, reason: 'row_missing' };
  if (row.prevHash !== head.hash) return { seq: row.seq, reason: 'link_broken' };
  if (hashRow(row) !== row.hash) return { seq: row.seq, reason: 'row_changed' };
  return null;
}

/** Whether a checkpoint is ours, follows the checkpoint before, and speaks of this very row. */
export function checkCheckpoint(
  start: ChainStart,
  checkpoint: Checkpoint,
  keys: Pick<CheckpointKeys, 'verify'>,
): ChainBreak | null {
  const broken = (reason: BreakReason): ChainBreak => ({ seq: checkpoint.seq, reason });
  const verdict = keys.verify(checkpoint);
  if (verdict !== 'valid')
    return broken(verdict === 'key_unknown' ? 'checkpoint_key_unknown' : 'checkpoint_signature_invalid');
  if (checkpoint.workspaceId !== start.workspaceId) return broken('checkpoint_mismatch');
  if (checkpoint.prev !== start.prevCheckpoint) return broken('checkpoint_missing');
  const { seq, hash } = start.head;
  return checkpoint.seq === seq && checkpoint.count === seq && checkpoint.head === hash
    ? null
    : broken('checkpoint_mismatch');
}

/**
 * Walks rows and checkpoints, both in order of `seq`, and stops at the first break.
 * The checkpoints must have been listed before the rows were read, else one made in between would seem to miss its rows.
 */
export async function proveChain(
  start: ChainStart,
  rows: AsyncIterable<AuditRecord>,
  checkpoints: AsyncIterable<Checkpoint>,
  keys: Pick<CheckpointKeys, 'verify'>,
): Promise<ChainProof> {
  const upcoming = checkpoints[Symbol.asyncIterator]();
  let at = start;
  let proven = { rows: 0, checkpoints: 0 };
  let next = await upcoming.next();
  const end = (brokenAt: ChainBreak | null): ChainProof => ({ ...proven, head: at.head, brokenAt });
  for await (const row of rows) {
    const broken = checkRow(at.head, row);
    if (broken !== null) return end(broken);
    at = { ...at, head: { seq: row.seq, hash: row.hash } };
    proven = { ...proven, rows: proven.rows + 1 };
    if (next.done === true || next.value.seq > row.seq) continue;
    const refuted = checkCheckpoint(at, next.value, keys);
    if (refuted !== null) return end(refuted);
    at = { ...at, prevCheckpoint: checkpointDigest(next.value) };
    proven = { ...proven, checkpoints: proven.checkpoints + 1 };
    next = await upcoming.next();
  }
  return end(next.done === true ? null : { seq: at.head.seq + 1, reason: 'tail_missing' });
}
