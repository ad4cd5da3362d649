// Reads a workspace's log and its checkpoints page by page and proves them. Needs the same memory for any length of log,
// and holds no transaction open between pages, so writers are never kept waiting.
import type { AuditVerification } from '@sentinel/contract';
import type { Clock } from '../clock.ts';
import type { Database } from '../db/database.ts';
import type { WorkspaceId } from '../ids.ts';
import { chainStart, proveChain, type ChainProof, type ChainStart } from './audit-chain.ts';
import type { AuditRecord } from './audit-row.ts';
import { listInOrder, readHead } from './audit.store.ts';
import type { Checkpoint, CheckpointKeys } from './checkpoint.ts';
import { findNewestCheckpoint, listCheckpoints } from './checkpoint.store.ts';

export const PAGE_ROWS = 1000;

export interface VerifyDeps {
  readonly db: Database;
  readonly keys: CheckpointKeys;
  readonly clock: Clock;
}

/**
 * Proves the whole log of a workspace: numbers without gaps, links, every hash recomputed, every checkpoint's signature,
 * and that each checkpoint fits the row it names.
 */
export async function verifyAudit(deps: VerifyDeps, workspaceId: WorkspaceId): Promise<AuditVerification> {
  const { db } = deps;
  await deps.keys.refresh();
  const newest = await db.control((tx) => findNewestCheckpoint(tx, workspaceId));
  const signed = newest?.seq ?? 0;
  const { seq } = await db.workspace(workspaceId, readHead);
  const checkpoints = checkpointsInOrder(db, workspaceId, signed);
  const rows = rowsInOrder(db, workspaceId, { after: 0, through: Math.max(seq, signed) });
  const proof = await proveChain(chainStart(workspaceId), rows, checkpoints, deps.keys);
  return {
    intact: proof.brokenAt === null,
    rows: proof.rows,
    checkpoints: proof.checkpoints,
    brokenAt: proof.brokenAt,
    head: proof.head.hash,
    verifiedAt: deps.clock.now().toISOString(),
  };
}

/** Proves only what came after a checkpoint that is trusted, up to the given row. */
export async function verifySince(
  deps: VerifyDeps,
  workspaceId: WorkspaceId,
  start: ChainStart,
  through: number,
): Promise<ChainProof> {
  if (through < start.head.seq)
    return { rows: 0, checkpoints: 0, head: start.head, brokenAt: { seq: through + 1, reason: 'tail_missing' } };
  const rows = rowsInOrder(deps.db, workspaceId, { after: start.head.seq, through });
  const proof = await proveChain(start, rows, none(), deps.keys);
  if (proof.brokenAt !== null || proof.head.seq === through) return proof;
  return { ...proof, brokenAt: { seq: proof.head.seq + 1, reason: 'tail_missing' } };
}

/** Rows with `after < seq ≤ through`, one short transaction per page. */
export async function* rowsInOrder(
  db: Database,
  workspaceId: WorkspaceId,
  range: { after: number; through: number },
): AsyncGenerator<AuditRecord> {
  let { after } = range;
  for (;;) {
    const page = await db.workspace(workspaceId, (tx) =>
      listInOrder(tx, { after, through: range.through, limit: PAGE_ROWS }),
    );
    yield* page;
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE_ROWS) return;
    after = last.seq;
  }
}

async function* checkpointsInOrder(
  db: Database,
  workspaceId: WorkspaceId,
  through: number,
): AsyncGenerator<Checkpoint> {
  let after = 0;
  for (;;) {
    const page = await db.control((tx) => listCheckpoints(tx, workspaceId, { after, through, limit: PAGE_ROWS }));
    yield* page;
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE_ROWS) return;
    after = last.seq;
  }
}

async function* none(): AsyncGenerator<never> {}
