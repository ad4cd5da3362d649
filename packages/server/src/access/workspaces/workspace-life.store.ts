// SQL about how workspaces come and go. The row is there before the plane and goes after it, in a state that lets nobody
// in, so that whatever stops in between leaves a row that says what is unfinished.
import { sql } from 'kysely';
import type { ControlTx } from '../../platform/db/database.ts';
import { parseId, type PersonId, type WorkspaceId } from '../../platform/ids.ts';
import type { WorkspaceDetails } from './workspace.store.ts';

/** So long a workspace may be in the making; afterwards whoever made it is taken to have died. */
export const CREATION_LEASE_MS = 10 * 60 * 1000;

/** Takes the slug for a workspace that is about to be made. Answers false when it is taken. */
export async function reserveWorkspace(tx: ControlTx, workspace: WorkspaceDetails): Promise<boolean> {
  const { id, slug, name, description, createdBy, createdAt } = workspace;
  const { rows } = await sql`
    insert into workspace (id, slug, name, description, created_by, created_at, state)
    values (${id}, ${slug}, ${name}, ${description}, ${createdBy}, ${createdAt}, 'creating')
    on conflict (slug) do nothing returning 1
  `.execute(tx);
  return rows.length === 1;
}

/** Lets people in. Answers false when the making took too long and was given up. */
export async function activateWorkspace(tx: ControlTx, id: WorkspaceId): Promise<boolean> {
  const { rows } = await sql`
    update workspace set state = 'active' where id = ${id} and state = 'creating' returning 1
  `.execute(tx);
  return rows.length === 1;
}

/** Lets nobody in any more. */
export async function markDeleting(tx: ControlTx, id: WorkspaceId): Promise<void> {
  await sql`update workspace set state = 'deleting' where id = ${id}`.execute(tx);
}

/** Gives up what is in the making. Answers false when it is not: then it stays. */
export async function giveUpCreation(tx: ControlTx, id: WorkspaceId): Promise<boolean> {
  const { rows } = await sql`
    update workspace set state = 'deleting' where id = ${id} and state = 'creating' returning 1
  `.execute(tx);
  return rows.length === 1;
}

/** Workspaces that are to go: marked as such, or in the making for longer than that takes. */
export async function listUnfinished(tx: ControlTx, now: Date, slug: string | null): Promise<readonly WorkspaceId[]> {
  const { rows } = await sql<{ id: string }>`
    select id from workspace
    where (state = 'deleting' or (state = 'creating' and created_at < ${new Date(now.getTime() - CREATION_LEASE_MS)}))
      and (${slug}::text is null or slug = ${slug}::text)
    order by created_at
  `.execute(tx);
  return rows.map((row) => parseId<WorkspaceId>(row.id)).filter((id) => id !== null);
}

/** Whether people can be in another workspace. Until the transaction ends no other one may ask. */
export async function hasOtherWorkspace(tx: ControlTx, id: WorkspaceId): Promise<boolean> {
  // A statement of its own: what comes after it sees what others did before they let go.
  await sql`select pg_advisory_xact_lock(hashtextextended('sentinel.workspaces', 0))`.execute(tx);
  const { rows } = await sql`select 1 from workspace where state = 'active' and id <> ${id} limit 1`.execute(tx);
  return rows.length === 1;
}

/** How many workspaces a person has made. Until the transaction ends nobody else may ask about this person. */
export async function countMadeByAlone(tx: ControlTx, personId: PersonId): Promise<number> {
  // A statement of its own: what comes after it sees what others did before they let go.
  await sql`select 1 from person where id = ${personId} for no key update`.execute(tx);
  const { rows } = await sql<{ made: number }>`
    select count(*)::int as made from workspace where created_by = ${personId}
  `.execute(tx);
  return rows[0]?.made ?? 0;
}

/** Removes what the control plane has of a workspace that is marked as going; of others nothing. */
export async function deleteWorkspaceRows(tx: ControlTx, id: WorkspaceId): Promise<void> {
  const { rows } = await sql`select 1 from workspace where id = ${id} and state = 'deleting' for update`.execute(tx);
  if (rows.length === 0) return;
  await sql`delete from session where workspace_id = ${id}`.execute(tx);
  await sql`delete from sign_in_link where workspace_id = ${id}`.execute(tx);
  await sql`delete from member where workspace_id = ${id}`.execute(tx);
  await sql`delete from workspace where id = ${id}`.execute(tx);
}
