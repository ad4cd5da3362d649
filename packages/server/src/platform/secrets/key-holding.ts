// A process that has the vault open says so in the database every few seconds: which keys it knows and which one it seals
// with. So nothing is sealed with a key that some process cannot open, and no key is taken away that some process still uses.
import type { Clock } from '../clock.ts';
import type { Database } from '../db/database.ts';
import { newId } from '../ids.ts';
import { errorFields, type Logger } from '../log.ts';
import type { LoadedVault } from './vault-key.ts';
import {
  deleteHolder,
  deleteSilentHolders,
  insertKeys,
  type KeyHolder,
  listKnownKeys,
  listOtherHolders,
  lockVault,
  sealingKeyOf,
  upsertHolder,
} from './vault-key.store.ts';
import { VaultError } from './vault-error.ts';
import type { ControlTx } from '../db/database.ts';

export const BEAT_MS = 5_000;
/** A process that was not heard of for so long is gone. */
export const SILENT_MS = 20_000;

export interface KeyHoldingDeps {
  readonly db: Pick<Database, 'control' | 'kind'>;
  readonly loaded: LoadedVault;
  readonly clock: Clock;
  readonly log: Logger;
  /** Machine and process id, for the operator who has to find it. */
  readonly name: string;
  readonly beatMs?: number;
  readonly silentMs?: number;
}

export interface KeyHolding {
  readonly id: string;
  /** Takes over what changed, in the key file and in the database, and says so. Happens every few seconds by itself. */
  beat(): Promise<void>;
  /** The other living processes. On the embedded database there are none. */
  others(tx: ControlTx): Promise<readonly KeyHolder[]>;
  /** Stops and takes this process off the list. Before the database is closed. */
  close(): Promise<void>;
}

/**
 * Joins the processes that hold the keys. From here on the key that the database names seals.
 *
 * @throws VaultError when the key that seals in this database is not among the keys at hand
 */
export async function holdKeys(deps: KeyHoldingDeps): Promise<KeyHolding> {
  const { db, loaded, log } = deps;
  const id = newId<string>();
  const silentMs = deps.silentMs ?? SILENT_MS;
  let beating: Promise<void> | null = null;
  const beat = (): Promise<void> => {
    beating ??= register(deps, id).finally(() => {
      beating = null;
    });
    return beating;
  };
  await db.control((tx) => deleteSilentHolders(tx, db.kind === 'embedded' ? null : silentMs));
  await beat();
  const timer = setInterval(() => {
    beat().catch((error: unknown) => log.warn('vault.beat_failed', errorFields(error)));
  }, deps.beatMs ?? BEAT_MS);
  timer.unref();
  log.debug('vault.opened', { count: loaded.vault.keyIds.length, source: loaded.origin });
  return {
    id,
    beat,
    others: (tx) => (db.kind === 'embedded' ? Promise.resolve([]) : listOtherHolders(tx, id, silentMs)),
    async close() {
      clearInterval(timer);
      await beating?.catch(() => {});
      await db.control((tx) => deleteHolder(tx, id));
    },
  };
}

async function register({ db, loaded, clock, name }: KeyHoldingDeps, id: string): Promise<void> {
  const { vault } = loaded;
  vault.refresh();
  const sealing = await db.control(async (tx) => {
    await lockVault(tx);
    const { keyIds } = vault;
    const sealingKey = await knowKeys(tx, keyIds, clock.now());
    if (!keyIds.includes(sealingKey)) throw keyMissing(loaded, sealingKey);
    await upsertHolder(tx, { id, name, keyIds, sealingKey });
    return sealingKey;
  });
  if (sealing !== vault.currentKeyId) vault.sealWith(sealing);
}

/** Notes new keys of the ring. In a new database the first key seals; later, only a rotation lets another one do so. */
async function knowKeys(tx: ControlTx, keyIds: readonly string[], now: Date): Promise<string> {
  const known = await listKnownKeys(tx);
  const sealing = sealingKeyOf(known);
  if (sealing !== null) {
    const names = new Set(known.map((key) => key.keyId));
    const fresh = keyIds.filter((keyId) => !names.has(keyId));
    await insertKeys(tx, fresh, { addedAt: now, sealingSince: null, stoppedAt: null });
    return sealing;
  }
  const [first = '', ...older] = keyIds;
  await insertKeys(tx, [first], { addedAt: now, sealingSince: now, stoppedAt: null });
  await insertKeys(tx, older, { addedAt: now, sealingSince: null, stoppedAt: now });
  return first;
}

function keyMissing({ origin, vault }: LoadedVault, keyId: string): VaultError {
  const where = origin === 'setting' ? 'SENTINEL_VAULT_KEY' : 'the file vault.key in the data folder';
  return new VaultError(
    'vault_key_missing',
    `The secrets in this database are sealed with the key ${keyId}, and ${where} does not hold it (it holds ${vault.keyIds.join(', ')}). Bring that key back; several stand beside each other.`,
  );
}
