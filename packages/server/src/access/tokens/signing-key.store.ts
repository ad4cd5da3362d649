// SQL about signing keys. Whoever adds one holds the keys' own lock first, so processes that start at once end with one.
import { sql } from 'kysely';
import type { ControlTx } from '../../platform/db/database.ts';
import type { AccessTables } from '../access.tables.ts';
import { announce } from '../standing/change.store.ts';
import { type NewSigningKey, readPublicKey, type SigningKey } from './signing-key.ts';

/** The first of the two numbers of this lock; the second is the table. */
const KEYS_LOCK = 0x6b657973;

/** Until the transaction ends nobody else adds a key. */
export async function lockKeys(tx: ControlTx): Promise<void> {
  await sql`select pg_advisory_xact_lock(${KEYS_LOCK}::int4, 'signing_key'::regclass::oid::int4)`.execute(tx);
}

/**
 * Every key that may still verify.
 *
 * @throws a fault when a row is not a key of ours
 */
export async function listKeys(tx: ControlTx, now: Date): Promise<readonly SigningKey[]> {
  const rows = await tx
    .withTables<AccessTables>()
    .selectFrom('signing_key')
    .select(['kid', 'public_jwk', 'sealed_private', 'active_from', 'verify_until'])
    .where((eb) => eb.or([eb('verify_until', 'is', null), eb('verify_until', '>', now)]))
    .orderBy('active_from')
    .execute();
  return await Promise.all(
    rows.map(async (row) => {
      const publicJwk = await readPublicKey(row.public_jwk);
      if (publicJwk.kid !== row.kid) throw new Error('a signing key does not fit its name');
      return {
        kid: row.kid,
        publicJwk,
        sealedPrivate: row.sealed_private,
        activeFrom: row.active_from,
        verifyUntil: row.verify_until,
      };
    }),
  );
}

export async function insertKey(
  tx: ControlTx,
  key: NewSigningKey,
  times: { readonly now: Date; readonly activeFrom: Date },
): Promise<void> {
  await tx
    .withTables<AccessTables>()
    .insertInto('signing_key')
    .values({
      kid: key.kid,
      public_jwk: JSON.stringify(key.publicJwk),
      sealed_private: key.sealedPrivate,
      created_at: times.now,
      active_from: times.activeFrom,
    })
    .execute();
  await announce(tx, [{ kind: 'keys', subject: '' }], times.now);
}

/** Says until when the keys of now verify. They go on signing until the next one does. */
export async function retireKeys(tx: ControlTx, verifyUntil: Date): Promise<void> {
  await tx
    .withTables<AccessTables>()
    .updateTable('signing_key')
    .set({ verify_until: verifyUntil })
    .where((eb) => eb.or([eb('verify_until', 'is', null), eb('verify_until', '>', verifyUntil)]))
    .execute();
}

/** Replaces a sealed key by the same one sealed anew, unless somebody else did already. @returns whether it did */
export async function resealKey(
  tx: ControlTx,
  kid: string,
  sealed: { readonly before: string; readonly after: string },
): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .withTables<AccessTables>()
    .updateTable('signing_key')
    .set({ sealed_private: sealed.after })
    .where('kid', '=', kid)
    .where('sealed_private', '=', sealed.before)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

/** Deletes keys that verify nothing any more, or all of them. */
export async function deleteKeys(tx: ControlTx, which: { readonly endedBefore: Date } | 'all'): Promise<void> {
  const keys = tx.withTables<AccessTables>().deleteFrom('signing_key');
  await (which === 'all' ? keys : keys.where('verify_until', '<', which.endedBefore)).execute();
}
