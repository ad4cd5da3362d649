// SQL of platform administrators about the installation as a whole: counts, largest workspaces, origins, keys.
import { sql } from 'kysely';
import type { ControlTx } from '../../platform/db/database.ts';
import type { AccessTables } from '../access.tables.ts';
import { WORKSPACE_THERE } from './workspaces.store.ts';

/** Whether the database answers; a fault when it does not. */
export async function ping(tx: ControlTx): Promise<void> {
  await sql`select 1`.execute(tx);
}

export interface Totals {
  readonly users: number;
  readonly active: number;
  readonly workspaces: number;
  readonly groups: number;
}

export async function countEverything(tx: ControlTx): Promise<Totals> {
  const { rows } = await sql<Totals>`
    select (select count(*) from person) as users,
      (select count(*) from person where deactivated_at is null) as active,
      (select count(*) from workspace where ${WORKSPACE_THERE}) as workspaces,
      (select count(*) from member_group) as groups
  `.execute(tx);
  return rows[0] ?? { users: 0, active: 0, workspaces: 0, groups: 0 };
}

export interface LargeWorkspace {
  readonly id: string;
  readonly name: string;
  readonly slug: string;
  readonly members: number;
}

/** The workspaces with most members; the older one first where they have as many. */
export async function listLargest(tx: ControlTx, limit: number): Promise<readonly LargeWorkspace[]> {
  const { rows } = await sql<LargeWorkspace>`
    select workspace.id, workspace.name, workspace.slug, count(member.person_id) as members
    from workspace left join member on member.workspace_id = workspace.id
    where ${WORKSPACE_THERE}
    group by workspace.id order by members desc, workspace.created_at, workspace.id limit ${limit}
  `.execute(tx);
  return rows;
}

/** Names and addresses of people, by id. */
export async function findNames(
  tx: ControlTx,
  ids: readonly string[],
): Promise<ReadonlyMap<string, { readonly name: string; readonly email: string }>> {
  if (ids.length === 0) return new Map();
  const rows = await tx
    .withTables<AccessTables>()
    .selectFrom('person')
    .select(['id', 'name', 'email'])
    .where('id', 'in', [...ids])
    .execute();
  return new Map(rows.map(({ id, name, email }) => [id, { name, email }]));
}

export interface Registered {
  /** Redirect addresses of active client apps and origins of active service apps. */
  readonly addresses: readonly string[];
  readonly keys: readonly { readonly name: string; readonly preview: string }[];
  /** Single tokens that were revoked and have not run out. */
  readonly denied: number;
}

/** What applications have registered; of their keys the beginning that is shown. */
export async function readRegistered(tx: ControlTx, now: Date): Promise<Registered> {
  const { rows: addresses } = await sql<{ address: string }>`
    select distinct address from (
      select unnest(redirect_uris) as address from client_app where is_active
      union all select unnest(allowed_origins) from service_app where is_active
    ) as registered order by address
  `.execute(tx);
  const { rows: keys } = await sql<{ name: string; preview: string }>`
    select service_app.service_name as name, service_key.prefix || '…' as preview
    from service_key join service_app on service_app.id = service_key.service_app_id
    where service_key.expires_at is null or service_key.expires_at > ${now}::timestamptz
    order by service_app.service_name, service_key.created_at
  `.execute(tx);
  const { rows: denied } = await sql<{ count: number }>`
    select count(*) as count from revoked_token where until > ${now}::timestamptz
  `.execute(tx);
  return { addresses: addresses.map(({ address }) => address), keys, denied: denied[0]?.count ?? 0 };
}
