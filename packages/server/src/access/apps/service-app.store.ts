// SQL of service apps: what they are, what they may be called, which origins are theirs.
import { type RawBuilder, sql } from 'kysely';
import type { ControlTx } from '../../platform/db/database.ts';
import { newId, parseId, type PersonId, type ServiceAppId } from '../../platform/ids.ts';
import type { AccessTables } from '../access.tables.ts';
import type { ServiceApp } from './apps.ts';
import type { AdminAct } from '../admin/admin-change.ts';
import { type RealmRow, realmOf } from './realm.store.ts';

/** A service app as administrators see it. */
export interface ServiceAppRecord extends ServiceApp {
  readonly keyPrefix: string;
  /** Until when the key before the current one is good. */
  readonly previousKeyExpiresAt: Date | null;
  readonly lastUsedAt: Date | null;
  readonly createdBy: PersonId | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export interface NewServiceApp {
  readonly name: string;
  readonly service_name: string;
  readonly allowed_origins: string[];
  readonly allowed_idp_audiences: string[];
  readonly browser_minting: boolean;
}

type Changeable = Omit<NewServiceApp, 'service_name'> & { readonly is_active: boolean };
export type ServiceAppChanges = { readonly [Name in keyof Changeable]?: Changeable[Name] | null | undefined };

/** All of them, newest first. */
export function listServiceApps(tx: ControlTx, now: Date): Promise<readonly ServiceAppRecord[]> {
  return selectApps(tx, sql`true`, now);
}

export async function findServiceApp(tx: ControlTx, id: ServiceAppId, now: Date): Promise<ServiceAppRecord | null> {
  const [app] = await selectApps(tx, sql`app.id = ${id}`, now);
  return app ?? null;
}

/** Inserts an app without a key. */
export async function insertServiceApp(
  tx: ControlTx,
  draft: NewServiceApp,
  { actorId, now }: AdminAct,
): Promise<ServiceAppId> {
  const id = newId<ServiceAppId>(now.getTime());
  await tx
    .withTables<AccessTables>()
    .insertInto('service_app')
    .values({ id, ...draft, created_by: actorId, created_at: now, updated_at: now })
    .execute();
  return id;
}

/** Changes what is given. Answers false when there is no such app. */
export async function updateServiceApp(
  tx: ControlTx,
  id: ServiceAppId,
  changes: ServiceAppChanges,
  now: Date,
): Promise<boolean> {
  const { rows } = await sql`
    update service_app set name = coalesce(${changes.name ?? null}::text, name),
      is_active = coalesce(${changes.is_active ?? null}::boolean, is_active),
      allowed_origins = coalesce(${changes.allowed_origins ?? null}::text[], allowed_origins),
      allowed_idp_audiences = coalesce(${changes.allowed_idp_audiences ?? null}::text[], allowed_idp_audiences),
      browser_minting = coalesce(${changes.browser_minting ?? null}::boolean, browser_minting),
      updated_at = ${now}::timestamptz
    where id = ${id} returning id
  `.execute(tx);
  return rows.length === 1;
}

/** Deletes an app and its keys; answers the name it had, or null. */
export async function deleteServiceApp(tx: ControlTx, id: ServiceAppId): Promise<string | null> {
  const row = await tx
    .withTables<AccessTables>()
    .deleteFrom('service_app')
    .where('id', '=', id)
    .returning('service_name')
    .executeTakeFirst();
  return row?.service_name ?? null;
}

/** Whether a service or a realm, active or not, is called so. */
export async function isScopeTaken(tx: ControlTx, name: string): Promise<boolean> {
  const { rows } = await sql<{ taken: boolean }>`
    select exists (select from service_app where service_name = ${name})
      or exists (select from realm where slug = ${name}) as taken
  `.execute(tx);
  return rows[0]?.taken === true;
}

/** Whether an active app shares an origin with another active one; then nobody could say whose page asks. */
export async function hasOriginOfAnother(tx: ControlTx, id: ServiceAppId): Promise<boolean> {
  const { rows } = await sql<{ shared: boolean }>`
    select exists (
      select from service_app as mine join service_app as other on other.id <> mine.id
      where mine.id = ${id} and mine.is_active and other.is_active and other.allowed_origins && mine.allowed_origins
    ) as shared
  `.execute(tx);
  return rows[0]?.shared === true;
}

/** Notes when an app last used its key, unless that was noted less than a minute ago. */
export async function touchServiceApp(tx: ControlTx, id: ServiceAppId, now: Date): Promise<void> {
  await sql`
    update service_app set last_used_at = ${now}::timestamptz
    where id = ${id} and (last_used_at is null or last_used_at <= ${now}::timestamptz - interval '1 minute')
  `.execute(tx);
}

interface Row {
  readonly id: string;
  readonly name: string;
  readonly service_name: string;
  readonly is_active: boolean;
  readonly allowed_origins: string[];
  readonly allowed_idp_audiences: string[];
  readonly browser_minting: boolean;
  readonly created_by: string | null;
  readonly created_at: Date;
  readonly updated_at: Date;
  readonly last_used_at: Date | null;
  readonly key_prefix: string | null;
  readonly previous_key_expires_at: Date | null;
  readonly realm: Omit<RealmRow, 'created_at'> | null;
  readonly realm_created_at: Date | null;
}

async function selectApps(tx: ControlTx, which: RawBuilder<unknown>, now: Date): Promise<readonly ServiceAppRecord[]> {
  const { rows } = await sql<Row>`
    select app.id, app.name, service_name, app.is_active, allowed_origins, allowed_idp_audiences, browser_minting,
      created_by, app.created_at, updated_at, last_used_at, realm.created_at as realm_created_at,
      (select prefix from service_key where service_app_id = app.id and expires_at is null) as key_prefix,
      (select max(expires_at) from service_key
        where service_app_id = app.id and expires_at > ${now}::timestamptz) as previous_key_expires_at,
      case when realm.id is null then null else json_build_object('id', realm.id, 'name', realm.name, 'slug', realm.slug,
        'm2m_ttl_s', realm.m2m_ttl_s, 'is_active', realm.is_active) end as realm
    from service_app as app left join realm on realm.id = app.realm_id
    where ${which}
    order by app.created_at desc, app.id desc
  `.execute(tx);
  return rows.map(recordOf);
}

function recordOf(row: Row): ServiceAppRecord {
  const id = parseId<ServiceAppId>(row.id);
  if (id === null) throw new Error('a service app has no id');
  const realm =
    row.realm === null || row.realm_created_at === null
      ? null
      : realmOf({ ...row.realm, created_at: row.realm_created_at });
  return {
    id,
    name: row.name,
    serviceName: row.service_name,
    active: row.is_active,
    allowedOrigins: row.allowed_origins,
    allowedIdpAudiences: row.allowed_idp_audiences,
    browserMinting: row.browser_minting,
    realm,
    scope: realm?.active === true ? realm.slug : row.service_name,
    keyPrefix: row.key_prefix ?? '',
    previousKeyExpiresAt: row.previous_key_expires_at,
    lastUsedAt: row.last_used_at,
    createdBy: parseId<PersonId>(row.created_by ?? ''),
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
