// SQL about the groups of a workspace. Whoever leaves the workspace leaves its groups: the database sees to that.
import { sql } from 'kysely';
import type { ControlTx } from '../../platform/db/database.ts';
import { type GroupId, newId, parseId, type PersonId, type WorkspaceId } from '../../platform/ids.ts';

export interface GroupFacts {
  readonly id: GroupId;
  readonly workspaceId: WorkspaceId;
  readonly name: string;
  readonly description: string | null;
  /** Null when that person is gone. */
  readonly createdBy: PersonId | null;
  readonly createdAt: Date;
}

export interface GroupMemberFacts {
  readonly personId: PersonId;
  readonly email: string;
  readonly name: string;
  readonly addedAt: Date;
}

/** A group is always looked for in a workspace, so that an id of another one finds nothing. */
export interface GroupRef {
  readonly workspaceId: WorkspaceId;
  readonly groupId: GroupId;
}

interface GroupRow {
  id: string;
  workspace_id: string;
  name: string;
  description: string | null;
  created_by: string | null;
  created_at: Date;
}

export async function listGroupFacts(tx: ControlTx, workspaceId: WorkspaceId): Promise<readonly GroupFacts[]> {
  const { rows } = await sql<GroupRow>`
    select * from member_group where workspace_id = ${workspaceId} order by created_at, id
  `.execute(tx);
  return rows.flatMap(factsOf);
}

export async function findGroup(tx: ControlTx, { workspaceId, groupId }: GroupRef): Promise<GroupFacts | null> {
  const { rows } = await sql<GroupRow>`
    select * from member_group where workspace_id = ${workspaceId} and id = ${groupId}
  `.execute(tx);
  return rows.flatMap(factsOf)[0] ?? null;
}

/** For those who may look into every workspace. */
export async function findWorkspaceOfGroup(tx: ControlTx, groupId: GroupId): Promise<WorkspaceId | null> {
  const { rows } = await sql<{ workspace_id: string }>`
    select workspace_id from member_group where id = ${groupId}
  `.execute(tx);
  return parseId<WorkspaceId>(rows[0]?.workspace_id ?? '');
}

/** Null when the workspace has a group of this name. */
export async function insertGroup(tx: ControlTx, group: Omit<GroupFacts, 'id'>): Promise<GroupFacts | null> {
  const { workspaceId, name, description, createdBy, createdAt } = group;
  const { rows } = await sql<GroupRow>`
    insert into member_group (id, workspace_id, name, description, created_by, created_at)
    values (${newId<GroupId>(createdAt.getTime())}, ${workspaceId}, ${name}, ${description}, ${createdBy}, ${createdAt})
    on conflict (workspace_id, name) do nothing returning *
  `.execute(tx);
  return rows.flatMap(factsOf)[0] ?? null;
}

/** Whether another group of the workspace has this name. */
export async function isNameTaken(tx: ControlTx, { workspaceId, groupId }: GroupRef, name: string): Promise<boolean> {
  const { rows } = await sql`
    select 1 from member_group where workspace_id = ${workspaceId} and name = ${name} and id <> ${groupId}
  `.execute(tx);
  return rows.length > 0;
}

export async function updateGroupRow(
  tx: ControlTx,
  { id, name, description }: Pick<GroupFacts, 'id' | 'name' | 'description'>,
): Promise<void> {
  await sql`
    update member_group set name = ${name}, description = ${description} where id = ${id}
  `.execute(tx);
}

export async function deleteGroupRow(tx: ControlTx, { workspaceId, groupId }: GroupRef): Promise<void> {
  await sql`delete from member_group where workspace_id = ${workspaceId} and id = ${groupId}`.execute(tx);
}

export async function listGroupMemberFacts(
  tx: ControlTx,
  { workspaceId, groupId }: GroupRef,
): Promise<readonly GroupMemberFacts[]> {
  const { rows } = await sql<{ person_id: string; email: string; name: string; added_at: Date }>`
    select group_member.person_id, person.email, person.name, group_member.added_at
    from group_member join person on person.id = group_member.person_id
    where group_member.workspace_id = ${workspaceId} and group_member.group_id = ${groupId}
    order by group_member.added_at, group_member.person_id
  `.execute(tx);
  return rows.flatMap(({ person_id, email, name, added_at: addedAt }) => {
    const personId = parseId<PersonId>(person_id);
    return personId === null ? [] : [{ personId, email, name, addedAt }];
  });
}

/** False when the person is in the group already. The person must be a member of the workspace. */
export async function insertGroupMember(
  tx: ControlTx,
  { workspaceId, groupId, personId }: GroupRef & { readonly personId: PersonId },
  now: Date,
): Promise<boolean> {
  const { rows } = await sql`
    insert into group_member (group_id, workspace_id, person_id, added_at)
    values (${groupId}, ${workspaceId}, ${personId}, ${now})
    on conflict (group_id, person_id) do nothing returning 1
  `.execute(tx);
  return rows.length === 1;
}

/** False when the person is not in the group. */
export async function deleteGroupMember(
  tx: ControlTx,
  { workspaceId, groupId, personId }: GroupRef & { readonly personId: PersonId },
): Promise<boolean> {
  const { rows } = await sql`
    delete from group_member
    where workspace_id = ${workspaceId} and group_id = ${groupId} and person_id = ${personId} returning 1
  `.execute(tx);
  return rows.length === 1;
}

function factsOf(row: GroupRow): GroupFacts[] {
  const [id, workspaceId] = [parseId<GroupId>(row.id), parseId<WorkspaceId>(row.workspace_id)];
  if (id === null || workspaceId === null) return [];
  const { name, description, created_at: createdAt } = row;
  return [{ id, workspaceId, name, description, createdBy: parseId<PersonId>(row.created_by ?? ''), createdAt }];
}
