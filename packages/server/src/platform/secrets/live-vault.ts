// The vault of a running process. Its keys change while it runs: another process adds one to the key file or takes one
// away, and the database says which of them seals. Whoever holds this vault always works with the keys of the moment.
import { createVault, type Vault } from './vault.ts';

export interface LiveVault extends Vault {
  /** Takes over the key file when it changed. */
  refresh(): void;
  /** From now on this key seals. Until it is called, the first of the ring does. @throws a fault when the ring has no such key */
  sealWith(keyId: string): void;
  /** The keys as they are now; later changes do not reach it. */
  frozen(): Vault;
}

/**
 * @param first the ring at the start, 32 bytes each
 * @param readChanged the ring when it changed since it was last asked, else null; asked before every sealing and for every
 *   key that is not known, so it must be quick
 */
export function createLiveVault(
  first: readonly Uint8Array[],
  readChanged: () => readonly Uint8Array[] | null,
): LiveVault {
  let ring = first;
  let sealing: string | null = null;
  let now = createVault(ring);

  function refresh(): void {
    const changed = readChanged();
    if (changed === null) return;
    ring = changed;
    now = createVault(ring, sealing);
  }

  return {
    get currentKeyId() {
      // A key that was retired elsewhere must not seal once more.
      refresh();
      return now.currentKeyId;
    },
    get keyIds() {
      refresh();
      return now.keyIds;
    },
    deriveKey(purpose) {
      refresh();
      return now.deriveKey(purpose);
    },
    deriveKeys(purpose) {
      refresh();
      return now.deriveKeys(purpose);
    },
    deriveFor(purpose, context, keyId) {
      const known = now.deriveFor(purpose, context, keyId);
      if (known !== null) return known;
      refresh();
      return now.deriveFor(purpose, context, keyId);
    },
    refresh,
    sealWith(keyId) {
      refresh();
      if (!now.keyIds.includes(keyId)) throw new Error('the vault has no key of that name to seal with');
      sealing = keyId;
      now = createVault(ring, sealing);
    },
    frozen: () => now,
  };
}
