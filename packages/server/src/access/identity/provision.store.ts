// SQL that lets a person in: who is new, who is linked, who becomes a member. All of it belongs into one transaction.
import { sql } from 'kysely';
import type { ControlTx } from '../../platform/db/database.ts';
import {
  type IdentityId,
  type InvitationId,
  newId,
  type OrganisationId,
  parseId,
  type PersonId,
} from '../../platform/ids.ts';
import type { AccessTables } from '../access.tables.ts';
import type { Claimed } from './provision-claim.ts';
import type { Offer } from './provision-known.store.ts';

/** A person as their address finds them, held until the transaction ends. */
export async function lockPersonByEmail(
  tx: ControlTx,
  email: string,
): Promise<{ id: PersonId; active: boolean; isAdmin: boolean; hasIdentity: boolean } | null> {
  const { rows } = await sql<{ id: string; deactivated_at: Date | null; is_admin: boolean }>`
    select id, deactivated_at, is_admin from person where lower(email) = ${email}::text for update
  `.execute(tx);
  const id = parseId<PersonId>(rows[0]?.id ?? '');
  if (rows[0] === undefined || id === null) return null;
  // Asked only now: somebody who linked while we waited for the row has committed by then.
  const { rows: identities } = await sql`select 1 from identity where person_id = ${id} limit 1`.execute(tx);
  return {
    id,
    active: rows[0].deactivated_at === null,
    isAdmin: rows[0].is_admin,
    hasIdentity: identities.length > 0,
  };
}

/** Whether a person is known by exactly this identity. */
export async function holdsIdentity(tx: ControlTx, id: PersonId, { issuer, subject }: Claimed): Promise<boolean> {
  const { rows } = await sql`
    select 1 from identity where person_id = ${id} and issuer = ${issuer} and subject = ${subject}
  `.execute(tx);
  return rows.length > 0;
}

export async function insertPerson(
  tx: ControlTx,
  person: { email: string; name: string; avatarUrl: string | null },
  now: Date,
): Promise<PersonId> {
  const id = newId<PersonId>(now.getTime());
  await tx
    .withTables<AccessTables>()
    .insertInto('person')
    .values({
      id,
      email: person.email,
      name: person.name,
      avatar_url: person.avatarUrl,
      created_at: now,
      updated_at: now,
    })
    .execute();
  return id;
}

export async function insertIdentity(tx: ControlTx, personId: PersonId, claim: Claimed, now: Date): Promise<void> {
  const { issuer, subject, provider } = claim;
  await tx
    .withTables<AccessTables>()
    .insertInto('identity')
    .values({
      id: newId<IdentityId>(now.getTime()),
      person_id: personId,
      issuer,
      subject,
      provider,
      created_at: now,
      seen_at: now,
    })
    .execute();
}

export async function markAdmin(tx: ControlTx, id: PersonId, now: Date): Promise<void> {
  await tx
    .withTables<AccessTables>()
    .updateTable('person')
    .set({ is_admin: true, updated_at: now })
    .where('id', '=', id)
    .execute();
}

export async function updateProfile(
  tx: ControlTx,
  id: PersonId,
  change: { name: string; avatarUrl: string | null; organisationId: OrganisationId | null },
  now: Date,
): Promise<void> {
  await tx
    .withTables<AccessTables>()
    .updateTable('person')
    .set({
      name: change.name,
      avatar_url: change.avatarUrl,
      organisation_id: change.organisationId,
      updated_at: now,
    })
    .where('id', '=', id)
    .execute();
}

export async function markSeen(tx: ControlTx, { issuer, subject }: Claimed, now: Date): Promise<void> {
  await tx
    .withTables<AccessTables>()
    .updateTable('identity')
    .set({ seen_at: now })
    .where('issuer', '=', issuer)
    .where('subject', '=', subject)
    .where('seen_at', '<', now)
    .execute();
}

/** Makes somebody a member; answers whether they were none before. */
export async function insertMembership(
  tx: ControlTx,
  personId: PersonId,
  { workspaceId, role }: Offer,
  now: Date,
): Promise<boolean> {
  const rows = await tx
    .withTables<AccessTables>()
    .insertInto('member')
    .values({ workspace_id: workspaceId, person_id: personId, role, created_at: now })
    .onConflict((conflict) => conflict.doNothing())
    .returning('person_id')
    .execute();
  return rows.length === 1;
}

export async function deleteInvitations(tx: ControlTx, ids: readonly InvitationId[]): Promise<void> {
  if (ids.length === 0) return;
  await tx.withTables<AccessTables>().deleteFrom('invitation').where('id', 'in', ids).execute();
}
