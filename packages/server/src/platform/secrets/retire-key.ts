// Takes an old master key away, once it is proven that nothing needs it: no process seals with it, no value in any place of
// any workspace is sealed with it, and what it signed can still be verified.
import { problem } from '../problem.ts';
import { countByKey, resealAll } from './reseal.ts';
import { changeKeyFile, type KeyActor, recordKeyEvent, type RotationDeps } from './rotation-deps.ts';
import { findOpenRotation } from './rotation.store.ts';
import { type KnownKey, listKnownKeys, lockVault, markRetired, sealingKeyOf } from './vault-key.store.ts';
import { keyIdOf } from './vault.ts';

/** What is signed with a key that is derived from a master key, such as the state of a sign-in, lives no longer than this. */
export const DERIVED_LIFETIME_MS = 60 * 60 * 1000;

export interface Retirement {
  readonly keyId: string;
  /** False with the setting: there the operator takes it out. */
  readonly removed: boolean;
}

/**
 * Retires a key. Doing it again changes nothing.
 *
 * @param how `now`: does not wait until what the key signed for people's browsers has expired
 * @throws problem `not_found` when the installation never knew such a key
 * @throws problem `key_in_use` with what still needs it
 * @throws problem `key_file_unusable` when the key file cannot be changed
 */
export async function retireKey(
  deps: RotationDeps,
  keyId: string,
  how: KeyActor & { readonly now: boolean },
): Promise<Retirement> {
  const { db, loaded, holding } = deps;
  await holding.beat();
  await refuseWhileUsed(deps, keyId, how.now);
  await refuseWhileSealing(deps, keyId);
  await deps.remember();
  const before = loaded.vault.frozen();
  const removed = await removeKey(deps, keyId, how);
  // Whoever had sealed with it before all processes changed over may have written only now.
  if (removed) await resealAll(db, before, deps.places);
  return { keyId, removed: loaded.file !== null };
}

async function refuseWhileUsed({ db, holding, clock }: RotationDeps, keyId: string, atOnce: boolean): Promise<void> {
  await db.control(async (tx) => {
    const known = await listKnownKeys(tx);
    const key = known.find((each) => each.keyId === keyId);
    if (key === undefined) throw problem('not_found', 'There is no such key; `sentinel keys list` names them.');
    if (sealingKeyOf(known) === keyId) throw inUse('It is the key that seals. Rotate first: `sentinel keys rotate`.');
    if ((await findOpenRotation(tx)) !== null)
      throw inUse('A rotation is not finished. Finish it first: `sentinel keys rotate`.');
    const users = (await holding.others(tx)).filter((each) => each.sealingKey === keyId);
    if (users.length > 0)
      throw inUse(
        `These processes still seal with it: ${users.map((each) => each.name).join(', ')}. Try again shortly.`,
      );
    if (!atOnce) refuseWhileFresh(key, clock.now());
  });
}

function refuseWhileFresh({ stoppedAt, retiredAt }: KnownKey, now: Date): void {
  const until = new Date((stoppedAt?.getTime() ?? 0) + DERIVED_LIFETIME_MS);
  if (retiredAt !== null || until <= now) return;
  throw inUse(
    `What it signed for people who are just connecting an account is valid until ${until.toISOString()}. Try again then, or at once with --now: they begin again.`,
  );
}

/** Reads every place of every workspace. */
async function refuseWhileSealing({ db, loaded, places }: RotationDeps, keyId: string): Promise<void> {
  const found: string[] = [];
  for (const place of places) {
    const count = (await countByKey(db, place, loaded.vault.currentKeyId)).get(keyId) ?? 0;
    if (count > 0) found.push(`${count} in ${place.name}`);
  }
  if (found.length > 0)
    throw inUse(
      `Values are still sealed with it: ${found.join(', ')}. Seal them anew first: \`sentinel keys rotate\`.`,
    );
}

/** @returns whether the file held it until now */
async function removeKey({ db, loaded, clock }: RotationDeps, keyId: string, by: KeyActor): Promise<boolean> {
  const { file, vault } = loaded;
  const now = clock.now();
  const removed = await db.control(async (tx) => {
    await lockVault(tx);
    const isRetired = (await listKnownKeys(tx)).some((key) => key.keyId === keyId && key.retiredAt !== null);
    const ring = file === null ? [] : await changeKeyFile(() => file.read());
    const rest = ring.filter((key) => keyIdOf(key) !== keyId);
    const isThere = rest.length < ring.length;
    if (file !== null && isThere) await changeKeyFile(() => file.write(rest));
    await markRetired(tx, keyId, now);
    if (isThere || !isRetired) await recordKeyEvent(tx, 'vault_key_retired', { by, keyId, now });
    return isThere;
  });
  vault.refresh();
  return removed;
}

const inUse = (detail: string) => problem('key_in_use', detail);
