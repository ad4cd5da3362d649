// SQL of realms and of which services are in them.
import { sql } from 'kysely';
import type { ControlTx } from '../../platform/db/database.ts';
import { newId, parseId, type RealmId, type ServiceAppId } from '../../platform/ids.ts';
import type { AccessTables } from '../access.tables.ts';
import type { Realm } from './apps.ts';

export interface RealmRow {
  readonly id: string;
  readonly name: string;
  readonly slug: string;
  readonly m2m_ttl_s: number;
  readonly is_active: boolean;
  readonly created_at: Date;
}

export interface RealmChanges {
  readonly name?: string | null | undefined;
  readonly m2m_ttl_s?: number | null | undefined;
  readonly is_active?: boolean | null | undefined;
}

export interface RealmMember {
  readonly id: ServiceAppId;
  readonly name: string;
  readonly serviceName: string;
}

/** All of them, newest first. */
export async function listRealms(tx: ControlTx): Promise<readonly Realm[]> {
  const rows = await tx
    .withTables<AccessTables>()
    .selectFrom('realm')
    .selectAll()
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .execute();
  return rows.map(realmOf);
}

export async function findRealm(tx: ControlTx, id: RealmId): Promise<Realm | null> {
  const row = await tx
    .withTables<AccessTables>()
    .selectFrom('realm')
    .selectAll()
    .where('id', '=', id)
    .executeTakeFirst();
  return row === undefined ? null : realmOf(row);
}

export async function insertRealm(
  tx: ControlTx,
  draft: Pick<RealmRow, 'name' | 'slug' | 'm2m_ttl_s'>,
  now: Date,
): Promise<Realm> {
  const row = await tx
    .withTables<AccessTables>()
    .insertInto('realm')
    .values({ id: newId<RealmId>(now.getTime()), ...draft, created_at: now })
    .returningAll()
    .executeTakeFirstOrThrow();
  return realmOf(row);
}

/** Changes what is given. Null when there is no such realm. */
export async function updateRealm(tx: ControlTx, id: RealmId, changes: RealmChanges): Promise<Realm | null> {
  const { rows } = await sql<RealmRow>`
    update realm set name = coalesce(${changes.name ?? null}::text, name),
      m2m_ttl_s = coalesce(${changes.m2m_ttl_s ?? null}::integer, m2m_ttl_s),
      is_active = coalesce(${changes.is_active ?? null}::boolean, is_active)
    where id = ${id} returning *
  `.execute(tx);
  return rows[0] === undefined ? null : realmOf(rows[0]);
}

/** Whether there was one. Its services go on under their own names. */
export async function deleteRealm(tx: ControlTx, id: RealmId): Promise<boolean> {
  const rows = await tx.withTables<AccessTables>().deleteFrom('realm').where('id', '=', id).returning('id').execute();
  return rows.length === 1;
}

/** By name. */
export async function listRealmMembers(tx: ControlTx, id: RealmId): Promise<readonly RealmMember[]> {
  const rows = await tx
    .withTables<AccessTables>()
    .selectFrom('service_app')
    .select(['id', 'name', 'service_name'])
    .where('realm_id', '=', id)
    .orderBy('service_name')
    .execute();
  return rows.flatMap((row) => {
    const appId = parseId<ServiceAppId>(row.id);
    return appId === null ? [] : [{ id: appId, name: row.name, serviceName: row.service_name }];
  });
}

/** Puts a service into a realm, or takes it out with null. */
export async function setRealm(
  tx: ControlTx,
  { appId, realmId }: { readonly appId: ServiceAppId; readonly realmId: RealmId | null },
  now: Date,
): Promise<void> {
  await tx
    .withTables<AccessTables>()
    .updateTable('service_app')
    .set({ realm_id: realmId, updated_at: now })
    .where('id', '=', appId)
    .execute();
}

export function realmOf(row: RealmRow): Realm {
  const id = parseId<RealmId>(row.id);
  if (id === null) throw new Error('a realm has no id');
  return {
    id,
    name: row.name,
    slug: row.slug,
    m2mSeconds: row.m2m_ttl_s,
    active: row.is_active,
    createdAt: row.created_at,
  };
}
