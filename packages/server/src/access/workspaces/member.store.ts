// SQL about people and their membership. There is no public way to list people across workspaces.
import { sql } from 'kysely';
import type { WorkspaceRole } from '@sentinel/contract';
import type { ControlTx, Database } from '../../platform/db/database.ts';
import { parseId, type PersonId, type WorkspaceId } from '../../platform/ids.ts';
import { ADMITTED } from './admitted.store.ts';
import type { AccessTables } from '../access.tables.ts';
import type { MemberFacts } from './member.ts';

export interface NewMember {
  readonly workspaceId: WorkspaceId;
  readonly id: PersonId;
  readonly email: string;
  readonly name: string;
  readonly role: WorkspaceRole;
}

/** Whether anybody is a member of anything: until then the installation waits for its owner. */
export async function hasAnyMember(tx: ControlTx): Promise<boolean> {
  const row = await tx.withTables<AccessTables>().selectFrom('member').select('person_id').limit(1).executeTakeFirst();
  return row !== undefined;
}

/** Inserts a person who is not known yet, as a member of one workspace. */
export async function insertMember(
  tx: ControlTx,
  { workspaceId, role, ...person }: NewMember,
  now: Date,
): Promise<void> {
  const db = tx.withTables<AccessTables>();
  await db
    .insertInto('person')
    .values({ ...person, created_at: now })
    .execute();
  await db
    .insertInto('member')
    .values({ workspace_id: workspaceId, person_id: person.id, role, created_at: now })
    .execute();
}

/** Finds an active member by address, or the owner who is longest here when no address is given. */
export async function findMember(
  tx: ControlTx,
  workspaceId: WorkspaceId,
  email: string | null,
): Promise<PersonId | null> {
  const row = await tx
    .withTables<AccessTables>()
    .selectFrom('member')
    .innerJoin('person', 'person.id', 'member.person_id')
    .select('person.id')
    .where('member.workspace_id', '=', workspaceId)
    .where('person.deactivated_at', 'is', null)
    .where((eb) =>
      email === null
        ? eb('member.role', '=', 'owner')
        : eb(eb.fn<string>('lower', ['person.email']), '=', email.toLowerCase()),
    )
    .orderBy('member.created_at')
    .limit(1)
    .executeTakeFirst();
  return parseId<PersonId>(row?.id ?? '');
}

/**
 * Addresses of everybody who is a member, deactivated people included: they are colleagues, and a colleague never
 * opens the gate.
 */
export async function listMemberAddresses(
  db: Pick<Database, 'control'>,
  workspaceId: WorkspaceId,
): Promise<readonly string[]> {
  const rows = await db.control((tx) =>
    tx
      .withTables<AccessTables>()
      .selectFrom('member')
      .innerJoin('person', 'person.id', 'member.person_id')
      .select('person.email')
      .where('member.workspace_id', '=', workspaceId)
      .orderBy('person.email')
      .execute(),
  );
  return rows.map((row) => row.email);
}

/** The role of somebody who counts: a deactivated person has none. */
export async function findRole(
  tx: ControlTx,
  workspaceId: WorkspaceId,
  personId: PersonId,
): Promise<WorkspaceRole | null> {
  const { rows } = await sql<{ role: WorkspaceRole }>`
    select member.role from member join person on person.id = member.person_id and person.deactivated_at is null
    where member.workspace_id = ${workspaceId} and member.person_id = ${personId} and ${ADMITTED}
  `.execute(tx);
  return rows[0]?.role ?? null;
}

/** @param email as `parsePersonEmail` gives it */
export async function findPersonByEmail(tx: ControlTx, email: string): Promise<PersonId | null> {
  const { rows } = await sql<{ id: string }>`
    select id from person where lower(email) = lower(${email}::text)
  `.execute(tx);
  return parseId<PersonId>(rows[0]?.id ?? '');
}

/** Adds a membership of a person who is there, unless there is one. */
export async function addMembership(
  tx: ControlTx,
  { workspaceId, personId, role, joinedAt }: Pick<MemberFacts, 'workspaceId' | 'personId' | 'role' | 'joinedAt'>,
): Promise<'added' | 'exists' | 'unknown'> {
  const { rows } = await sql<{ known: number; added: number }>`
    with known as (select id from person where id = ${personId}),
    added as (
      insert into member (workspace_id, person_id, role, created_at)
      select ${workspaceId}::uuid, id, ${role}::text, ${joinedAt}::timestamptz from known
      on conflict (workspace_id, person_id) do nothing returning person_id
    )
    select (select count(*) from known)::int as known, (select count(*) from added)::int as added
  `.execute(tx);
  if (rows[0]?.added === 1) return 'added';
  return rows[0]?.known === 1 ? 'exists' : 'unknown';
}

interface MemberRow {
  person_id: string;
  email: string;
  name: string;
  avatar_url: string | null;
  role: WorkspaceRole;
  created_at: Date;
}

const COLUMNS = sql`member.person_id, person.email, person.name, person.avatar_url, member.role, member.created_at`;

export async function findMemberFacts(
  tx: ControlTx,
  { workspaceId, personId }: { readonly workspaceId: WorkspaceId; readonly personId: PersonId },
): Promise<MemberFacts | null> {
  const { rows } = await sql<MemberRow>`
    select ${COLUMNS} from member join person on person.id = member.person_id
    where member.workspace_id = ${workspaceId} and member.person_id = ${personId}
  `.execute(tx);
  return factsOf(workspaceId, rows)[0] ?? null;
}

export async function listMemberFacts(
  tx: ControlTx,
  workspaceId: WorkspaceId,
  { q = '', limit }: { readonly q?: string | undefined; readonly limit?: number | undefined },
): Promise<readonly MemberFacts[]> {
  const { rows } = await sql<MemberRow>`
    select ${COLUMNS} from member join person on person.id = member.person_id
    where member.workspace_id = ${workspaceId}
      and (strpos(lower(person.name), lower(${q}::text)) > 0 or strpos(lower(person.email), lower(${q}::text)) > 0)
    order by member.created_at, member.person_id
    limit ${limit ?? null}::int
  `.execute(tx);
  return factsOf(workspaceId, rows);
}

function factsOf(workspaceId: WorkspaceId, rows: readonly MemberRow[]): readonly MemberFacts[] {
  return rows.flatMap((row) => {
    const personId = parseId<PersonId>(row.person_id);
    const { email, name, avatar_url: avatarUrl, role, created_at: joinedAt } = row;
    return personId === null ? [] : [{ workspaceId, personId, email, name, avatarUrl, role, joinedAt }];
  });
}

/** Active owners beside this person. */
export async function countOtherOwners(
  tx: ControlTx,
  { workspaceId, personId }: { readonly workspaceId: WorkspaceId; readonly personId: PersonId },
): Promise<number> {
  const { rows } = await sql<{ owners: number }>`
    select count(*)::int as owners from member
    join person on person.id = member.person_id and person.deactivated_at is null
    where member.workspace_id = ${workspaceId} and member.role = 'owner' and member.person_id <> ${personId}
  `.execute(tx);
  return rows[0]?.owners ?? 0;
}

export async function updateRole(
  tx: ControlTx,
  { workspaceId, personId }: { readonly workspaceId: WorkspaceId; readonly personId: PersonId },
  role: WorkspaceRole,
): Promise<void> {
  await sql`
    update member set role = ${role}::text where workspace_id = ${workspaceId} and person_id = ${personId}
  `.execute(tx);
}

/** The rows of the person in the workspace's groups go with it. */
export async function deleteMembership(
  tx: ControlTx,
  { workspaceId, personId }: { readonly workspaceId: WorkspaceId; readonly personId: PersonId },
): Promise<void> {
  await sql`delete from member where workspace_id = ${workspaceId} and person_id = ${personId}`.execute(tx);
}

/** Signs a person out of one workspace. */
export async function endSessions(
  tx: ControlTx,
  { workspaceId, personId }: { readonly workspaceId: WorkspaceId; readonly personId: PersonId },
  now: Date,
): Promise<void> {
  await sql`
    update session set revoked_at = ${now}::timestamptz
    where workspace_id = ${workspaceId} and person_id = ${personId} and revoked_at is null
  `.execute(tx);
}
