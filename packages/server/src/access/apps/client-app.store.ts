// SQL of client apps.
import { type Selectable, sql } from 'kysely';
import type { ControlTx } from '../../platform/db/database.ts';
import { type ClientAppId, newId, parseId, type PersonId } from '../../platform/ids.ts';
import type { AccessTables } from '../access.tables.ts';
import type { ClientApp } from './apps.ts';
import type { AdminAct } from '../admin/admin-change.ts';

export interface ClientAppChanges {
  readonly name?: string | null | undefined;
  readonly redirect_uris?: string[] | null | undefined;
  readonly is_active?: boolean | null | undefined;
}

/** All of them, newest first. */
export async function listClientApps(tx: ControlTx): Promise<readonly ClientApp[]> {
  const rows = await tx
    .withTables<AccessTables>()
    .selectFrom('client_app')
    .selectAll()
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .execute();
  return rows.map(appOf);
}

export async function findClientApp(tx: ControlTx, id: ClientAppId): Promise<ClientApp | null> {
  const row = await tx
    .withTables<AccessTables>()
    .selectFrom('client_app')
    .selectAll()
    .where('id', '=', id)
    .executeTakeFirst();
  return row === undefined ? null : appOf(row);
}

export async function insertClientApp(
  tx: ControlTx,
  draft: { readonly name: string; readonly redirect_uris: string[] },
  { actorId, now }: AdminAct,
): Promise<ClientApp> {
  const row = await tx
    .withTables<AccessTables>()
    .insertInto('client_app')
    .values({
      id: newId<ClientAppId>(now.getTime()),
      ...draft,
      created_by: actorId,
      created_at: now,
      updated_at: now,
    })
    .returningAll()
    .executeTakeFirstOrThrow();
  return appOf(row);
}

/** Changes what is given. Null when there is no such app. */
export async function updateClientApp(
  tx: ControlTx,
  id: ClientAppId,
  changes: ClientAppChanges,
  now: Date,
): Promise<ClientApp | null> {
  const { rows } = await sql<Selectable<AccessTables['client_app']>>`
    update client_app set name = coalesce(${changes.name ?? null}::text, name),
      redirect_uris = coalesce(${changes.redirect_uris ?? null}::text[], redirect_uris),
      is_active = coalesce(${changes.is_active ?? null}::boolean, is_active),
      updated_at = ${now}::timestamptz
    where id = ${id} returning *
  `.execute(tx);
  return rows[0] === undefined ? null : appOf(rows[0]);
}

/** Locks the token families of an app, in the order in which refreshing does: the family before the revision. */
export async function lockFamilies(tx: ControlTx, id: ClientAppId): Promise<void> {
  await tx
    .withTables<AccessTables>()
    .selectFrom('token_family')
    .select('id')
    .where('client_app_id', '=', id)
    .orderBy('id')
    .forUpdate()
    .execute();
}

/** Whether there was one. Its families stay, because revoked ones must be known until their tokens end. */
export async function deleteClientApp(tx: ControlTx, id: ClientAppId): Promise<boolean> {
  const rows = await tx
    .withTables<AccessTables>()
    .deleteFrom('client_app')
    .where('id', '=', id)
    .returning('id')
    .execute();
  return rows.length === 1;
}

function appOf(row: Selectable<AccessTables['client_app']>): ClientApp {
  const id = parseId<ClientAppId>(row.id);
  if (id === null) throw new Error('a client app has no id');
  return {
    id,
    name: row.name,
    redirectUris: row.redirect_uris,
    active: row.is_active,
    createdBy: parseId<PersonId>(row.created_by ?? ''),
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
