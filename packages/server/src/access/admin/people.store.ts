// SQL of platform administrators about people, across workspaces.
import { sql } from 'kysely';
import type { WorkspaceRole } from '@sentinel/contract';
import type { ControlTx } from '../../platform/db/database.ts';
import { parseId, type PersonId } from '../../platform/ids.ts';
import type { AccessTables } from '../access.tables.ts';

export interface ListedPerson {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly avatarUrl: string | null;
  readonly active: boolean;
  readonly isAdmin: boolean;
  readonly createdAt: Date;
  readonly workspaces: number;
}

export interface WholePerson extends Omit<ListedPerson, 'workspaces'> {
  readonly updatedAt: Date;
  readonly identities: readonly { readonly id: string; readonly provider: string; readonly subject: string }[];
  readonly memberships: readonly {
    readonly workspaceId: string;
    readonly name: string;
    readonly slug: string;
    readonly role: WorkspaceRole;
    readonly joinedAt: Date;
  }[];
}

export interface PeopleFilter {
  /** Part of a name or address, as it stands: `%` and `_` mean themselves. */
  readonly search?: string | null;
  readonly organisationId?: string | null;
}

export const PERSON_COLUMNS = sql`id, email, name, avatar_url as "avatarUrl", deactivated_at is null as active,
  is_admin as "isAdmin", created_at as "createdAt",
  (select count(*) from member where member.person_id = person.id) as workspaces`;

/** Lists people, newest first, and counts them all. */
export async function listPeople(
  tx: ControlTx,
  filter: PeopleFilter,
  part: { readonly offset: number; readonly limit: number },
): Promise<{ readonly people: readonly ListedPerson[]; readonly total: number }> {
  const matches = matching(filter);
  const { rows: people } = await sql<ListedPerson>`
    select ${PERSON_COLUMNS} from person where ${matches}
    order by created_at desc, id desc offset ${part.offset} limit ${part.limit}
  `.execute(tx);
  const { rows } = await sql<{ total: number }>`select count(*) as total from person where ${matches}`.execute(tx);
  return { people, total: rows[0]?.total ?? 0 };
}

function matching({ search, organisationId }: PeopleFilter) {
  const pattern = containing(search ?? '');
  const found = search ? sql`(email ilike ${pattern} or name ilike ${pattern})` : sql`true`;
  return organisationId ? sql`${found} and organisation_id = ${organisationId}` : found;
}

/** The pattern of LIKE that finds a text anywhere; what stands in it means itself. */
export function containing(text: string): string {
  return `%${text.replace(/[\\%_]/g, '\\$&')}%`;
}

/** One person with where they sign in from and where they are a member; workspaces by how long they are there. */
export async function findPerson(tx: ControlTx, id: PersonId): Promise<WholePerson | null> {
  const tables = tx.withTables<AccessTables>();
  const person = await tables.selectFrom('person').selectAll().where('id', '=', id).executeTakeFirst();
  if (person === undefined) return null;
  return {
    id,
    email: person.email,
    name: person.name,
    avatarUrl: person.avatar_url,
    active: person.deactivated_at === null,
    isAdmin: person.is_admin,
    createdAt: person.created_at,
    updatedAt: person.updated_at,
    identities: await tables
      .selectFrom('identity')
      .select(['id', 'provider', 'subject'])
      .where('person_id', '=', id)
      .orderBy('created_at')
      .execute(),
    memberships: await tables
      .selectFrom('member')
      .innerJoin('workspace', 'workspace.id', 'member.workspace_id')
      .select(['workspace.id as workspaceId', 'workspace.name', 'workspace.slug', 'member.role'])
      .select('member.created_at as joinedAt')
      .where('member.person_id', '=', id)
      .orderBy('member.created_at')
      .orderBy('workspace.id')
      .execute(),
  };
}

export interface LockedPerson {
  readonly id: PersonId;
  readonly name: string;
  readonly active: boolean;
  readonly isAdmin: boolean;
}

/** Makes other changes of these people wait until this transaction ends; locked in the order of ids. */
export function lockPeople(tx: ControlTx, ids: readonly PersonId[]): Promise<readonly LockedPerson[]> {
  return locked(tx, sql`id = any(${[...ids]}::uuid[])`);
}

/**
 * Makes other changes of active administrators wait. Comes before `lockPeople`, so that two administrators who take each
 * other's power away do so one after the other.
 */
export function lockActiveAdmins(tx: ControlTx): Promise<readonly LockedPerson[]> {
  return locked(tx, sql`is_admin and deactivated_at is null`);
}

async function locked(tx: ControlTx, which: ReturnType<typeof sql>): Promise<readonly LockedPerson[]> {
  const { rows } = await sql<Omit<LockedPerson, 'id'> & { id: string }>`
    select id, name, deactivated_at is null as active, is_admin as "isAdmin"
    from person where ${which} order by id for no key update
  `.execute(tx);
  return rows.flatMap((row) => {
    const id = parseId<PersonId>(row.id);
    return id === null ? [] : [{ ...row, id }];
  });
}

/** Adds somebody who has not signed in yet. */
export async function insertPerson(
  tx: ControlTx,
  person: { readonly id: PersonId; readonly email: string; readonly name: string },
  now: Date,
): Promise<void> {
  await tx
    .withTables<AccessTables>()
    .insertInto('person')
    .values({ ...person, created_at: now, updated_at: now })
    .execute();
}

export interface PersonChange {
  readonly name?: string;
  readonly active?: boolean;
  readonly isAdmin?: boolean;
}

/** Writes a change of several people. A name given here is not overwritten at the next sign-in. */
export async function updatePeople(
  tx: ControlTx,
  ids: readonly PersonId[],
  { name, active, isAdmin }: PersonChange,
  now: Date,
): Promise<void> {
  if (ids.length === 0) return;
  await tx
    .withTables<AccessTables>()
    .updateTable('person')
    .set({
      updated_at: now,
      ...(name === undefined ? {} : { name, name_chosen: true }),
      ...(active === undefined ? {} : { deactivated_at: active ? null : now }),
      ...(isAdmin === undefined ? {} : { is_admin: isAdmin }),
    })
    .where('id', 'in', [...ids])
    .execute();
}
