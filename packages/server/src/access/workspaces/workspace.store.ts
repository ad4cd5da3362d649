// SQL about workspaces on the control plane.
import { sql } from 'kysely';
import type { ControlTx } from '../../platform/db/database.ts';
import { parseId, type PersonId, type WorkspaceId } from '../../platform/ids.ts';

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

export type WorkspaceState = 'creating' | 'active' | 'suspended' | 'deleting';

export interface WorkspaceDetails {
  readonly id: WorkspaceId;
  readonly slug: string;
  readonly name: string;
  readonly description: string | null;
  /** Null when that person is gone. */
  readonly createdBy: PersonId | null;
  readonly createdAt: Date;
}

interface DetailsRow {
  id: string;
  slug: string;
  name: string;
  description: string | null;
  created_by: string | null;
  created_at: Date;
}

const DETAILS = sql`workspace.id, slug, workspace.name, description, created_by, workspace.created_at`;

/** Holds a workspace's row until the transaction ends; rows that refer to it can still be added by others. */
export async function lockWorkspace(tx: ControlTx, id: WorkspaceId): Promise<WorkspaceState | null> {
  const { rows } = await sql<{ state: WorkspaceState }>`
    select state from workspace where id = ${id} for no key update
  `.execute(tx);
  return rows[0]?.state ?? null;
}

/** A workspace that people can be in. */
export async function findWorkspace(tx: ControlTx, id: WorkspaceId): Promise<WorkspaceDetails | null> {
  const { rows } = await sql<DetailsRow>`
    select ${DETAILS} from workspace where id = ${id} and state in ('active', 'suspended')
  `.execute(tx);
  return rows.flatMap(detailsOf)[0] ?? null;
}

/** The active workspaces of a person, the oldest first. */
export async function listWorkspacesOf(tx: ControlTx, personId: PersonId): Promise<readonly WorkspaceDetails[]> {
  const { rows } = await sql<DetailsRow>`
    select ${DETAILS} from workspace join member on member.workspace_id = workspace.id
    where member.person_id = ${personId} and state = 'active' order by workspace.created_at, workspace.id
  `.execute(tx);
  return rows.flatMap(detailsOf);
}

export async function updateWorkspaceRow(
  tx: ControlTx,
  { id, name, description }: Pick<WorkspaceDetails, 'id' | 'name' | 'description'>,
): Promise<void> {
  await sql`update workspace set name = ${name}, description = ${description} where id = ${id}`.execute(tx);
}

function detailsOf(row: DetailsRow): WorkspaceDetails[] {
  const id = parseId<WorkspaceId>(row.id);
  if (id === null) return [];
  const { slug, name, description, created_at: createdAt } = row;
  return [{ id, slug, name, description, createdBy: parseId<PersonId>(row.created_by ?? ''), createdAt }];
}
