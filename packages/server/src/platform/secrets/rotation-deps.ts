// What a change of the master key needs of the rest of the system, and the two small things that all its steps do:
// record who asked, and say in a sentence what is wrong with the key file.
import { recordActivity } from '../audit/activity.ts';
import type { Clock } from '../clock.ts';
import type { ControlTx, Database } from '../db/database.ts';
import type { PersonId } from '../ids.ts';
import type { Logger } from '../log.ts';
import { problem } from '../problem.ts';
import type { KeyHolding } from './key-holding.ts';
import type { SealedPlace } from './sealed-place.ts';
import type { LoadedVault } from './vault-key.ts';
import { VaultError } from './vault-error.ts';

export interface RotationDeps {
  readonly db: Database;
  readonly loaded: LoadedVault;
  readonly holding: KeyHolding;
  /** Every table that holds sealed values. One that is missing here would keep an old key in use for ever. */
  readonly places: readonly SealedPlace[];
  readonly clock: Clock;
  readonly log: Logger;
  /** Keeps what has to outlive a key, such as the public keys of signatures made with it; done before a key goes. */
  readonly remember: () => Promise<void>;
}

/** Who asked for it; null for the operator, and for the installation itself. */
export interface KeyActor {
  readonly actorId: PersonId | null;
}

/** Records who did something with which key. */
export async function recordKeyEvent(
  tx: ControlTx,
  action: string,
  { by, keyId, now }: { readonly by: KeyActor; readonly keyId: string; readonly now: Date },
): Promise<void> {
  const what = { targetType: 'system', targetId: 'vault_keys', workspaceId: null, detail: { keyId } } as const;
  await recordActivity(tx, { action, actorId: by.actorId, ...what }, now);
}

/** Does something with the key file; whatever is wrong with it is said to whoever asked. */
export async function changeKeyFile<T>(work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof VaultError) throw problem('key_file_unusable', cause.message, { cause });
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown';
    throw problem('key_file_unusable', `The key file cannot be changed (${code}); nothing was done.`, { cause });
  }
}
