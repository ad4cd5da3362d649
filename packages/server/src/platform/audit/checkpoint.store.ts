// The SQL of checkpoints. They stand in the control plane, away from the rows they speak of, and only ever grow.
import { instantText } from './audit.store.ts';
import type { ControlTx } from '../db/database.ts';
import type { Checkpoint } from './checkpoint.ts';

/** The newest checkpoint of a workspace, or null before the first. */
export async function findNewestCheckpoint(tx: ControlTx, workspaceId: string): Promise<Checkpoint | null> {
  return (await selectCheckpoints(tx, workspaceId).orderBy('seq', 'desc').limit(1).executeTakeFirst()) ?? null;
}

/** Checkpoints with `after < seq ≤ through`, oldest first. */
export async function listCheckpoints(
  tx: ControlTx,
  workspaceId: string,
  range: { after: number; through: number; limit: number },
): Promise<Checkpoint[]> {
  const { after, through, limit } = range;
  return selectCheckpoints(tx, workspaceId)
    .where('seq', '>', after)
    .where('seq', '<=', through)
    .orderBy('seq')
    .limit(limit)
    .execute();
}

/** Keeps a checkpoint. Answers false when another process has already signed the same rows or the same place in the line. */
export async function insertCheckpoint(tx: ControlTx, checkpoint: Checkpoint): Promise<boolean> {
  const { workspaceId, keyId, ...same } = checkpoint;
  const inserted = await tx
    .insertInto('audit_checkpoint')
    .values({ ...same, workspace_id: workspaceId, key_id: keyId })
    .onConflict((conflict) => conflict.doNothing())
    .returning('seq')
    .executeTakeFirst();
  return inserted !== undefined;
}

/** Every workspace whose log can be read. */
export async function listAuditedWorkspaces(tx: ControlTx): Promise<string[]> {
  const rows = await tx
    .selectFrom('workspace')
    .select('id')
    .where('state', 'in', ['active', 'suspended'])
    .orderBy('id')
    .execute();
  return rows.map((row) => row.id);
}

function selectCheckpoints(tx: ControlTx, workspaceId: string) {
  return tx
    .selectFrom('audit_checkpoint')
    .select(['workspace_id as workspaceId', 'seq', 'head', 'count', 'prev', 'key_id as keyId', 'signature'])
    .select(instantText.as('at'))
    .where('workspace_id', '=', workspaceId);
}
