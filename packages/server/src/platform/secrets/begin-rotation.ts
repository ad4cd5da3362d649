// The first step of a change of the master key: which key it is to be. A new one is added behind the others, where it only
// opens; nothing is sealed with it before every process knows it.
import { randomBytes } from 'node:crypto';
import type { ControlTx } from '../db/database.ts';
import { changeKeyFile, type KeyActor, recordKeyEvent, type RotationDeps } from './rotation-deps.ts';
import { findOpenRotation, insertRotation, markFinished } from './rotation.store.ts';
import { KEY_BYTES } from './sealing.ts';
import { insertKeys, type KnownKey, listKnownKeys, lockVault, sealingKeyOf } from './vault-key.store.ts';
import { keyIdOf } from './vault.ts';

/**
 * Begins a rotation, or joins the one that is not finished. With a key file a new key is made, unless one lies ready in
 * it; with the setting, the newest key of it that never sealed is taken. Without one, only what is left over is sealed anew.
 *
 * @returns its id, for `stepRotation`
 * @throws problem `key_file_unusable` when the key file cannot be changed
 */
export async function beginRotation(deps: RotationDeps, by: KeyActor): Promise<string> {
  const { db, loaded, holding, clock } = deps;
  // Notes keys that came into the file or the setting since.
  await holding.beat();
  const now = clock.now();
  return await db.control(async (tx) => {
    await lockVault(tx);
    const open = await findOpenRotation(tx);
    if (open !== null && (open.state === 'sealing' || loaded.vault.keyIds.includes(open.keyId))) return open.id;
    // Its key was never written, or was taken out of the file again; nothing was sealed with it.
    if (open !== null) await markFinished(tx, open.id, { state: 'abandoned', now });
    const target = await chooseKey(tx, deps, now);
    const id = await insertRotation(tx, target, { personId: by.actorId, now });
    await recordKeyEvent(tx, 'vault_key_rotation_started', { by, keyId: target, now });
    return id;
  });
}

async function chooseKey(tx: ControlTx, { loaded: { vault, file } }: RotationDeps, now: Date): Promise<string> {
  const known = await listKnownKeys(tx);
  const ready = vault.keyIds.find((keyId) => neverSealed(known, keyId));
  if (ready !== undefined) return ready;
  const sealing = sealingKeyOf(known) ?? vault.currentKeyId;
  if (file === null) return sealing;
  const key = randomBytes(KEY_BYTES);
  // Behind the others: until every process knows it, it only opens.
  await changeKeyFile(() => file.write([...file.read(), key]));
  vault.refresh();
  const keyId = keyIdOf(key);
  await insertKeys(tx, [keyId], { addedAt: now, sealingSince: null, stoppedAt: null });
  return keyId;
}

function neverSealed(known: readonly KnownKey[], keyId: string): boolean {
  const key = known.find((each) => each.keyId === keyId);
  return key !== undefined && key.sealingSince === null && key.stoppedAt === null && key.retiredAt === null;
}
