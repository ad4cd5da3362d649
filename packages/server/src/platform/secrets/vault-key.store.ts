// SQL about the names of master keys and the processes that hold them. Whoever changes which key seals holds the vault's
// lock, so a process that starts at that moment is either counted before or sees the change.
import { sql } from 'kysely';
import { arrayLiteral } from '../db/array-literal.ts';
import type { ControlTx } from '../db/database.ts';
import type { VaultTables } from './vault.tables.ts';

/** The first of the two numbers of this lock; the second is the table. */
const VAULT_LOCK = 0x7661756c;

/** A master key as the installation has known it. */
export interface KnownKey {
  readonly keyId: string;
  readonly addedAt: Date;
  /** Null as long as it never sealed here. */
  readonly sealingSince: Date | null;
  /** Since when another one seals. */
  readonly stoppedAt: Date | null;
  readonly retiredAt: Date | null;
}

/** A process that has the vault open. */
export interface KeyHolder {
  readonly id: string;
  /** Its machine and process id. */
  readonly name: string;
  readonly keyIds: readonly string[];
  readonly sealingKey: string;
}

/** Until the transaction ends, nobody else changes which key seals or joins the processes that are counted. */
export async function lockVault(tx: ControlTx): Promise<void> {
  await sql`select pg_advisory_xact_lock(${VAULT_LOCK}::int4, 'vault_key'::regclass::oid::int4)`.execute(tx);
}

/** Every key ever known, oldest first. */
export async function listKnownKeys(tx: ControlTx): Promise<readonly KnownKey[]> {
  return await tx
    .withTables<VaultTables>()
    .selectFrom('vault_key')
    .select([
      'key_id as keyId',
      'added_at as addedAt',
      'sealing_since as sealingSince',
      'stopped_at as stoppedAt',
      'retired_at as retiredAt',
    ])
    .orderBy('added_at')
    .orderBy('key_id')
    .execute();
}

/** The key that seals, or null before the first process has registered its keys. */
export function sealingKeyOf(keys: readonly KnownKey[]): string | null {
  return keys.find((key) => key.sealingSince !== null && key.stoppedAt === null)?.keyId ?? null;
}

/** Notes keys that were not known yet. */
export async function insertKeys(
  tx: ControlTx,
  keyIds: readonly string[],
  times: { readonly addedAt: Date; readonly sealingSince: Date | null; readonly stoppedAt: Date | null },
): Promise<void> {
  if (keyIds.length === 0) return;
  await tx
    .withTables<VaultTables>()
    .insertInto('vault_key')
    .values(
      keyIds.map((key_id) => ({
        key_id,
        added_at: times.addedAt,
        sealing_since: times.sealingSince,
        stopped_at: times.stoppedAt,
        retired_at: null,
      })),
    )
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/** Lets this key seal in place of the one that does. */
export async function promoteKey(tx: ControlTx, keyId: string, now: Date): Promise<void> {
  const tables = tx.withTables<VaultTables>();
  await tables
    .updateTable('vault_key')
    .set({ stopped_at: now })
    .where('sealing_since', 'is not', null)
    .where('stopped_at', 'is', null)
    .where('key_id', '<>', keyId)
    .execute();
  await tables
    .updateTable('vault_key')
    .set({ sealing_since: now, stopped_at: null })
    .where('key_id', '=', keyId)
    .where((eb) => eb.or([eb('sealing_since', 'is', null), eb('stopped_at', 'is not', null)]))
    .execute();
}

/** Notes that nothing needs the key any more. */
export async function markRetired(tx: ControlTx, keyId: string, now: Date): Promise<void> {
  await tx
    .withTables<VaultTables>()
    .updateTable('vault_key')
    .set((eb) => ({ retired_at: now, stopped_at: eb.fn.coalesce('stopped_at', eb.val(now)) }))
    .where('key_id', '=', keyId)
    .where('retired_at', 'is', null)
    .execute();
}

/** Says that a process lives and which keys it holds. */
export async function upsertHolder(tx: ControlTx, holder: KeyHolder): Promise<void> {
  const row = {
    name: holder.name,
    key_ids: arrayLiteral(holder.keyIds),
    sealing_key: holder.sealingKey,
    seen_at: sql<Date>`now()`,
  };
  await tx
    .withTables<VaultTables>()
    .insertInto('vault_holder')
    .values({ id: holder.id, ...row })
    .onConflict((conflict) => conflict.column('id').doUpdateSet(row))
    .execute();
}

export async function deleteHolder(tx: ControlTx, id: string): Promise<void> {
  await tx.withTables<VaultTables>().deleteFrom('vault_holder').where('id', '=', id).execute();
}

/** Forgets the processes that have been silent for so long; null forgets all. */
export async function deleteSilentHolders(tx: ControlTx, silentMs: number | null): Promise<void> {
  const rows = tx.withTables<VaultTables>().deleteFrom('vault_holder');
  if (silentMs === null) await rows.execute();
  else await rows.where('seen_at', '<', earlier(silentMs)).execute();
}

/** The processes other than `self` that were heard of lately. */
export async function listOtherHolders(tx: ControlTx, self: string, silentMs: number): Promise<readonly KeyHolder[]> {
  return await tx
    .withTables<VaultTables>()
    .selectFrom('vault_holder')
    .select(['id', 'name', 'key_ids as keyIds', 'sealing_key as sealingKey'])
    .where('id', '<>', self)
    .where('seen_at', '>=', earlier(silentMs))
    .orderBy('name')
    .execute();
}

/** By the database's clock: those of the machines may differ. */
function earlier(ms: number) {
  return sql<Date>`now() - ${ms}::float8 * interval '1 millisecond'`;
}
