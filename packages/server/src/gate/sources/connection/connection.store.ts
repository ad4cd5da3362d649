// SQL about connections: reading them, what a person does with them, and their standing. Credentials are written in
// `credential.store.ts`.
import type { AttentionReason, ConnectionProvider, Trouble } from '@sentinel/contract';
import { sql } from 'kysely';
import type { WorkspaceTx } from '../../../platform/db/database.ts';
import { type ConnectionId, newId } from '../../../platform/ids.ts';
import type { StoredConnection } from './connection.ts';
import type { ConnectionTables } from './connection.tables.ts';

export async function listConnections(tx: WorkspaceTx): Promise<readonly StoredConnection[]> {
  const rows = await select(tx).orderBy('connected_at').orderBy('id').execute();
  return rows.map(toStored);
}

export async function findConnection(tx: WorkspaceTx, id: ConnectionId): Promise<StoredConnection | null> {
  const row = await select(tx).where('id', '=', id).executeTakeFirst();
  return row === undefined ? null : toStored(row);
}

/**
 * Finds the row of an account or makes it, and holds it until the transaction ends. A new row has no credentials: they are
 * sealed for its id, which is known only now.
 */
export async function takeAccountRow(
  tx: WorkspaceTx,
  { provider, accountId }: { readonly provider: ConnectionProvider; readonly accountId: string },
  now: Date,
): Promise<{ readonly id: ConnectionId; readonly version: number; readonly isNew: boolean }> {
  const tables = tx.withTables<ConnectionTables>();
  const made = await tables
    .insertInto('connection')
    .values({
      id: newId<ConnectionId>(now.getTime()),
      provider,
      account_id: accountId,
      state: 'connected',
      connected_at: now,
    })
    .onConflict((conflict) => conflict.columns(['provider', 'account_id']).doNothing())
    .returning('id')
    .executeTakeFirst();
  const row = await tables
    .selectFrom('connection')
    .select(['id', 'credential_version'])
    .where('provider', '=', provider)
    .where('account_id', '=', accountId)
    .forUpdate()
    .executeTakeFirstOrThrow();
  return { id: row.id, version: row.credential_version, isNew: made !== undefined };
}

/** Pauses or resumes; one that needs attention is left as it is. @returns whether there was such a one */
export async function markPaused(tx: WorkspaceTx, id: ConnectionId, paused: boolean): Promise<boolean> {
  const row = await tx
    .withTables<ConnectionTables>()
    .updateTable('connection')
    .set({ state: paused ? 'paused' : 'connected' })
    .where('id', '=', id)
    .where('state', '<>', 'needs_attention')
    .returning('id')
    .executeTakeFirst();
  return row !== undefined;
}

/**
 * Says that only connecting anew helps, unless the credentials have changed since. A lease on them ends.
 *
 * @returns whether that is news
 */
export async function markNeedsAttention(
  tx: WorkspaceTx,
  { id, version }: { readonly id: ConnectionId; readonly version: number },
  reason: AttentionReason,
): Promise<boolean> {
  const row = await tx
    .withTables<ConnectionTables>()
    .updateTable('connection')
    .set({
      state: 'needs_attention',
      reason,
      trouble: null,
      trouble_since: null,
      lease_by: null,
      lease_until: null,
      refresh_started_at: null,
    })
    .where('id', '=', id)
    .where('credential_version', '=', version)
    .where('state', '<>', 'needs_attention')
    .returning('id')
    .executeTakeFirst();
  return row !== undefined;
}

/** Its secrets can be opened again, so it works again. */
export async function markReadable(tx: WorkspaceTx, id: ConnectionId): Promise<void> {
  await tx
    .withTables<ConnectionTables>()
    .updateTable('connection')
    .set({ state: 'connected', reason: null })
    .where('id', '=', id)
    .where('reason', '=', 'secret_unreadable')
    .execute();
}

/** Notes what keeps it from working for now; the moment it began stays while it is the same. */
export async function markTrouble(tx: WorkspaceTx, id: ConnectionId, trouble: Trouble, now: Date): Promise<void> {
  await tx
    .withTables<ConnectionTables>()
    .updateTable('connection')
    .set({ trouble, trouble_since: now })
    .where('id', '=', id)
    .where(sql<boolean>`trouble is distinct from ${trouble}`)
    .execute();
}

/** The provider answered an authorised request: whatever the trouble was, it is over. */
export async function markAnswered(tx: WorkspaceTx, id: ConnectionId, now: Date): Promise<void> {
  await tx
    .withTables<ConnectionTables>()
    .updateTable('connection')
    .set({ checked_at: now, trouble: null, trouble_since: null })
    .where('id', '=', id)
    .execute();
}

/** Deletes the row unless its credentials have changed since. */
export async function deleteConnection(
  tx: WorkspaceTx,
  { id, version }: { readonly id: ConnectionId; readonly version: number },
): Promise<boolean> {
  const row = await tx
    .withTables<ConnectionTables>()
    .deleteFrom('connection')
    .where('id', '=', id)
    .where('credential_version', '=', version)
    .returning('id')
    .executeTakeFirst();
  return row !== undefined;
}

/**
 * Uses up a state. Of any number of simultaneous returns exactly one is told that it was the first.
 *
 * @param until when it would be refused for its age anyway
 */
export async function spendState(
  tx: WorkspaceTx,
  { nonceHash, until }: { readonly nonceHash: Uint8Array; readonly until: Date },
  now: Date,
): Promise<boolean> {
  const tables = tx.withTables<ConnectionTables>();
  await tables.deleteFrom('connection_spent_state').where('until', '<', now).execute();
  const row = await tables
    .insertInto('connection_spent_state')
    .values({ nonce_hash: nonceHash, until })
    .onConflict((conflict) => conflict.column('nonce_hash').doNothing())
    .returning('until')
    .executeTakeFirst();
  return row !== undefined;
}

function select(tx: WorkspaceTx) {
  return tx
    .withTables<ConnectionTables>()
    .selectFrom('connection')
    .select(['id', 'provider', 'account_id', 'account_name', 'state', 'reason', 'trouble', 'trouble_since'])
    .select(['scopes', 'base_url', 'access_token', 'refresh_token', 'issued_at', 'expires_at', 'refreshed_at'])
    .select(['credential_version', 'connected_by', 'connected_at', 'checked_at']);
}

type Row = Awaited<ReturnType<ReturnType<typeof select>['executeTakeFirstOrThrow']>>;

function toStored(row: Row): StoredConnection {
  return {
    id: row.id,
    provider: row.provider,
    account: { id: row.account_id, name: row.account_name },
    state: row.state,
    reason: row.reason,
    trouble:
      row.trouble === null || row.trouble_since === null ? null : { kind: row.trouble, since: row.trouble_since },
    scopes: row.scopes,
    baseUrl: row.base_url,
    sealed: { access: row.access_token, refresh: row.refresh_token },
    issuedAt: row.issued_at,
    expiresAt: row.expires_at,
    refreshedAt: row.refreshed_at,
    version: row.credential_version,
    connectedBy: row.connected_by,
    connectedAt: row.connected_at,
    checkedAt: row.checked_at,
  };
}
