// SQL about workspaces on the control plane.
import type { ControlTx } from '../../platform/db/database.ts';
import { parseId, type WorkspaceId } from '../../platform/ids.ts';

export interface Workspace {
  readonly id: WorkspaceId;
  readonly slug: string;
  readonly name: string;
  readonly demo: boolean;
}

export async function listActiveWorkspaces(tx: ControlTx): Promise<readonly Workspace[]> {
  const rows = await tx
    .selectFrom('workspace')
    .select(['id', 'slug', 'name', 'demo'])
    .where('state', '=', 'active')
    .orderBy('created_at')
    .execute();
  return rows.flatMap((row) => {
    const id = parseId<WorkspaceId>(row.id);
    return id === null ? [] : [{ ...row, id }];
  });
}

export async function insertWorkspace(tx: ControlTx, workspace: Workspace, now: Date): Promise<void> {
  await tx
    .insertInto('workspace')
    .values({ ...workspace, created_at: now })
    .execute();
}
