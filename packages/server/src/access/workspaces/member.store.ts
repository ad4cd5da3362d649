// SQL about people and their membership. There is no public way to list people across workspaces.
import type { WorkspaceRole } from '@sentinel/contract';
import type { ControlTx, Database } from '../../platform/db/database.ts';
import { parseId, type PersonId, type WorkspaceId } from '../../platform/ids.ts';
import type { AccessTables } from '../access.migrations.ts';

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
