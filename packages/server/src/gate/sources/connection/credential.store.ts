// SQL about the credentials of connections. Every write names the version that it replaces, so a process that slept through
// somebody else's refresh changes nothing. No transaction is open while a provider is asked; the lease stands in the row.
import { sql } from 'kysely';
import type { WorkspaceTx } from '../../../platform/db/database.ts';
import type { ConnectionId } from '../../../platform/ids.ts';
import type { SealedCredentials } from './connection.ts';
import type { ConnectionTables } from './connection.tables.ts';

/** The credentials of a connection as somebody last saw them. */
export interface Seen {
  readonly id: ConnectionId;
  readonly version: number;
}

export interface Lease {
  readonly by: string;
  readonly forMs: number;
}

/**
 * Takes the right to refresh, unless somebody has it or the credentials have changed since. The database's clock counts,
 * or a machine whose own is ahead would take what somebody holds.
 *
 * @returns null when it was not taken; else whether an earlier refresh was begun whose answer nobody knows
 */
export async function takeLease(
  tx: WorkspaceTx,
  { id, version }: Seen,
  { by, forMs }: Lease,
): Promise<{ readonly answerLost: boolean } | null> {
  const { rows } = await sql<{ answer_lost: boolean }>`
    with held as (
      select id, refresh_started_at from connection
      where id = ${id} and credential_version = ${version} and state <> 'needs_attention'
        and (lease_until is null or lease_until <= now())
      for update
    )
    update connection
    set lease_by = ${by}::uuid, lease_until = now() + ${forMs}::float8 * interval '1 millisecond',
      refresh_started_at = now()
    from held where connection.id = held.id
    returning held.refresh_started_at is not null as answer_lost
  `.execute(tx);
  const [row] = rows;
  return row === undefined ? null : { answerLost: row.answer_lost };
}

/**
 * Gives the lease back without new credentials.
 *
 * @param answerLost whether the provider may have given out credentials that never reached us
 */
export async function endLease(
  tx: WorkspaceTx,
  { id, by }: { readonly id: ConnectionId; readonly by: string },
  answerLost: boolean,
): Promise<void> {
  await tx
    .withTables<ConnectionTables>()
    .updateTable('connection')
    .set({ lease_by: null, lease_until: null, ...(answerLost ? {} : { refresh_started_at: null }) })
    .where('id', '=', id)
    .where('lease_by', '=', by)
    .execute();
}

export interface NewCredentials {
  readonly sealed: SealedCredentials;
  readonly expiresAt: Date | null;
  readonly scopes: readonly string[];
  readonly baseUrl: string | null;
}

/**
 * Writes what a refresh brought, unless the credentials have changed since. Whoever took these for dead meanwhile was wrong:
 * the provider has just renewed them.
 *
 * @returns whether it was written
 */
export async function replaceCredentials(
  tx: WorkspaceTx,
  { id, version }: Seen,
  next: NewCredentials,
  now: Date,
): Promise<boolean> {
  const row = await tx
    .withTables<ConnectionTables>()
    .updateTable('connection')
    .set({ ...columnsOf(next, now), credential_version: version + 1, refreshed_at: now, reason: null })
    .set({ state: sql`case when state = 'needs_attention' then 'connected' else state end` })
    .where('id', '=', id)
    .where('credential_version', '=', version)
    .returning('id')
    .executeTakeFirst();
  return row !== undefined;
}

export interface Connected extends NewCredentials {
  readonly accountName: string | null;
  readonly by: string | null;
}

/** Writes what connecting brought, over whatever stood there: everything wrong with the connection before is over. */
export async function writeConnected(
  tx: WorkspaceTx,
  { id, version }: Seen,
  next: Connected,
  now: Date,
): Promise<void> {
  await tx
    .withTables<ConnectionTables>()
    .updateTable('connection')
    .set({
      ...columnsOf(next, now),
      account_name: next.accountName,
      state: 'connected',
      reason: null,
      trouble: null,
      trouble_since: null,
      refreshed_at: null,
      credential_version: version + 1,
      connected_by: next.by,
      connected_at: now,
      checked_at: now,
    })
    .where('id', '=', id)
    .execute();
}

function columnsOf({ sealed, expiresAt, scopes, baseUrl }: NewCredentials, now: Date) {
  return {
    access_token: sealed.access,
    refresh_token: sealed.refresh,
    issued_at: now,
    expires_at: expiresAt,
    scopes: JSON.stringify(scopes),
    base_url: baseUrl,
    lease_by: null,
    lease_until: null,
    refresh_started_at: null,
  };
}
