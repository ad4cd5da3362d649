// Making signing keys: the first one, the next one, and a new one in place of all. The next key is published long before it
// signs and the last one verifies long after, so rotation goes unnoticed; and processes that race end with one key.
import type { Database } from '../../platform/db/database.ts';
import { deleteKeys, insertKey, listKeys, lockKeys, retireKeys } from './signing-key.store.ts';
import { type KeySealing, newSigningKey, signingKeyAt } from './signing-key.ts';
import { TOKEN_LIFETIMES } from './token.ts';

/** How long a cache on the way may keep the key set, in seconds. */
export const KEY_SET_MAX_AGE_S = 300;
/** How long a key is published before it signs: verifiers keep a key set for up to ten minutes, and got it from a cache. */
export const PUBLISH_LEAD_MS = 10 * 60_000 + KEY_SET_MAX_AGE_S * 1000;
/** How long a key verifies after the next one took over: as long as its last token lives, and a little for clocks that differ. */
export const RETIRED_MS = TOKEN_LIFETIMES.refresh * 1000 + 5 * 60_000;

export interface KeyMakingDeps {
  readonly db: Pick<Database, 'control'>;
  readonly keys: KeySealing;
}

/** Makes a key that signs from now on, unless there is one. */
export async function makeFirstKey({ db, keys }: KeyMakingDeps, now: Date): Promise<void> {
  const made = await newSigningKey(keys);
  await db.control(async (tx) => {
    await lockKeys(tx);
    if (signingKeyAt(await listKeys(tx, now), now) === null) await insertKey(tx, made, { now, activeFrom: now });
  });
}

/**
 * Publishes the next key, which signs after `PUBLISH_LEAD_MS`; the ones before it verify until their last token is dead.
 * While a next key is already published, that one stays. Call `standing.catchUp()` afterwards.
 *
 * @returns the name of the next key, and when it begins to sign
 */
export async function rotateSigningKey(
  { db, keys }: KeyMakingDeps,
  now: Date,
): Promise<{ readonly kid: string; readonly activeFrom: Date }> {
  const made = await newSigningKey(keys);
  return await db.control(async (tx) => {
    await lockKeys(tx);
    const known = await listKeys(tx, now);
    const next = known.find((key) => key.activeFrom > now);
    if (next !== undefined) return { kid: next.kid, activeFrom: next.activeFrom };
    const activeFrom = known.length === 0 ? now : new Date(now.getTime() + PUBLISH_LEAD_MS);
    await retireKeys(tx, new Date(activeFrom.getTime() + RETIRED_MS));
    await deleteKeys(tx, { endedBefore: now });
    await insertKey(tx, made, { now, activeFrom });
    return { kid: made.kid, activeFrom };
  });
}

/**
 * Puts a new key in place of all, because one became known to a stranger. All tokens die with them, and everybody signs in
 * again. Call `standing.catchUp()` afterwards.
 *
 * @returns the name of the key that signs from now on
 */
export async function withdrawSigningKeys({ db, keys }: KeyMakingDeps, now: Date): Promise<{ readonly kid: string }> {
  const made = await newSigningKey(keys);
  await db.control(async (tx) => {
    await lockKeys(tx);
    await deleteKeys(tx, 'all');
    await insertKey(tx, made, { now, activeFrom: now });
  });
  return { kid: made.kid };
}
