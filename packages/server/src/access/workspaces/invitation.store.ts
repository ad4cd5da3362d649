// SQL about invitations. They are used up where somebody signs in with the address (`identity/provision.ts`).
import { sql } from 'kysely';
import type { WorkspaceRole } from '@sentinel/contract';
import type { ControlTx } from '../../platform/db/database.ts';
import { type InvitationId, newId, parseId, type PersonId, type WorkspaceId } from '../../platform/ids.ts';

export interface InvitationFacts {
  readonly id: InvitationId;
  readonly email: string;
  readonly role: WorkspaceRole;
  /** Null when that person is gone. */
  readonly invitedBy: PersonId | null;
  readonly createdAt: Date;
  readonly expiresAt: Date;
}

export interface DeletedInvitation extends Pick<InvitationFacts, 'id' | 'role'> {
  readonly workspaceId: WorkspaceId;
}

interface InvitationRow {
  id: string;
  email: string;
  role: WorkspaceRole;
  invited_by: string | null;
  created_at: Date;
  expires_at: Date;
}

/** Those that can still be used, the newest first. */
export async function listInvitationFacts(
  tx: ControlTx,
  workspaceId: WorkspaceId,
  now: Date,
): Promise<readonly InvitationFacts[]> {
  const { rows } = await sql<InvitationRow>`
    select * from invitation where workspace_id = ${workspaceId} and expires_at > ${now}
    order by created_at desc, id desc
  `.execute(tx);
  return rows.flatMap(factsOf);
}

/** Null when there is one for this address that can still be used; one that cannot is replaced. */
export async function insertInvitation(
  tx: ControlTx,
  workspaceId: WorkspaceId,
  invitation: Omit<InvitationFacts, 'id'>,
): Promise<InvitationFacts | null> {
  const { email, role, invitedBy, createdAt, expiresAt } = invitation;
  const { rows } = await sql<InvitationRow>`
    insert into invitation (id, workspace_id, email, role, invited_by, created_at, expires_at)
    values (${newId<InvitationId>(createdAt.getTime())}, ${workspaceId}, ${email}, ${role}, ${invitedBy}, ${createdAt}, ${expiresAt})
    on conflict (workspace_id, lower(email)) do update
      set id = excluded.id, email = excluded.email, role = excluded.role, invited_by = excluded.invited_by,
        created_at = excluded.created_at, expires_at = excluded.expires_at
      where invitation.expires_at <= ${createdAt}
    returning *
  `.execute(tx);
  return rows.flatMap(factsOf)[0] ?? null;
}

/** Answers the role it was for; null when the workspace has no such invitation. */
export async function deleteInvitation(
  tx: ControlTx,
  { workspaceId, id }: { readonly workspaceId: WorkspaceId; readonly id: InvitationId },
): Promise<WorkspaceRole | null> {
  const { rows } = await sql<{ role: WorkspaceRole }>`
    delete from invitation where workspace_id = ${workspaceId} and id = ${id} returning role
  `.execute(tx);
  return rows[0]?.role ?? null;
}

/** Whoever is a member needs none. */
export async function deleteInvitationOf(
  tx: ControlTx,
  { workspaceId, email }: { readonly workspaceId: WorkspaceId; readonly email: string },
): Promise<void> {
  await sql`
    delete from invitation where workspace_id = ${workspaceId} and lower(email) = lower(${email}::text)
  `.execute(tx);
}

/**
 * Deletes what these people invited others to and could not grant any more: a role of a workspace where they are neither
 * owner nor, for roles up to that, admin, or where they do not count because they are deactivated. Their power as platform
 * administrators is not looked at.
 *
 * @param workspaceId where; null is everywhere
 */
export async function deleteOutgrantedInvitations(
  tx: ControlTx,
  { people, workspaceId }: { readonly people: readonly PersonId[]; readonly workspaceId: WorkspaceId | null },
): Promise<readonly DeletedInvitation[]> {
  const { rows } = await sql<{ id: string; workspace_id: string; role: WorkspaceRole }>`
    delete from invitation
    where invited_by = any(${[...people]}::uuid[])
      and (${workspaceId}::uuid is null or workspace_id = ${workspaceId}::uuid)
      and not exists (
        select 1 from member join person on person.id = member.person_id and person.deactivated_at is null
        where member.person_id = invitation.invited_by and member.workspace_id = invitation.workspace_id
          and (member.role = 'owner' or (member.role = 'admin' and invitation.role <> 'owner'))
      )
    returning id, workspace_id, role
  `.execute(tx);
  return rows.flatMap((row) => {
    const id = parseId<InvitationId>(row.id);
    const of = parseId<WorkspaceId>(row.workspace_id);
    return id === null || of === null ? [] : [{ id, workspaceId: of, role: row.role }];
  });
}

export async function deleteExpiredInvitations(tx: ControlTx, now: Date): Promise<void> {
  await sql`delete from invitation where expires_at <= ${now}`.execute(tx);
}

function factsOf(row: InvitationRow): InvitationFacts[] {
  const id = parseId<InvitationId>(row.id);
  if (id === null) return [];
  const { email, role, created_at: createdAt, expires_at: expiresAt } = row;
  return [{ id, email, role, invitedBy: parseId<PersonId>(row.invited_by ?? ''), createdAt, expiresAt }];
}
