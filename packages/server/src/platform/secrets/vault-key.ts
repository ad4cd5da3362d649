// Where the master keys come from: the setting SENTINEL_VAULT_KEY, or the file `vault.key` in the data folder, made at
// the first start. A file that others can read, or that is damaged, stops the start with a sentence and is left as it is.
import { join } from 'node:path';
import { type KeyFile, keyFile, makeKeyFile, readRing } from './key-file.ts';
import { createLiveVault, type LiveVault } from './live-vault.ts';
import type { Secret } from './secret.ts';
import { parseMasterKey } from './vault.ts';
import { VaultError } from './vault-error.ts';

export { VaultError, type VaultErrorCode } from './vault-error.ts';

export const VAULT_FILE = 'vault.key';

export interface VaultKeySource {
  /** The setting: one key, or several separated by commas, the newest first. Null when it is not set. */
  readonly setting: Secret | null;
  readonly dataDir: string;
  /** `never` when the folder has data already: a new key could not open what an old one sealed. */
  readonly create: 'when_missing' | 'never';
}

export interface LoadedVault {
  readonly vault: LiveVault;
  readonly origin: 'setting' | 'file' | 'made';
  /** Null when the keys come from the setting, which only the operator can change. */
  readonly file: KeyFile | null;
}

/**
 * Opens the vault, and makes its key file when there is none yet. Two processes that start at once end up with one key.
 *
 * @throws VaultError when the setting or the file cannot be used
 */
export async function loadVault(source: VaultKeySource): Promise<LoadedVault> {
  if (source.setting !== null) {
    const ring = ringOfSetting(source.setting);
    return { vault: createLiveVault(ring, () => null), origin: 'setting', file: null };
  }
  const path = join(source.dataDir, VAULT_FILE);
  const found = readRing(path);
  if (found !== null) return fromFile(path, 'file');
  if (source.create === 'never') {
    throw new VaultError(
      'vault_file_missing',
      `${path} is missing although the data folder is in use; bring the file back from a backup, or set SENTINEL_VAULT_KEY to its content.`,
    );
  }
  const made = await makeKeyFile(path);
  return fromFile(path, made ? 'made' : 'file');
}

function fromFile(path: string, origin: 'file' | 'made'): LoadedVault {
  const file = keyFile(path);
  return { vault: createLiveVault(file.read(), () => file.readChanged()), origin, file };
}

function ringOfSetting(setting: Secret): readonly Uint8Array[] {
  const keys = setting.reveal().split(',').map(parseMasterKey);
  if (keys.every((key) => key !== null)) return keys;
  throw new VaultError(
    'vault_setting_invalid',
    'SENTINEL_VAULT_KEY must be standard base64 of exactly 32 bytes (`openssl rand -base64 32` makes one); several are separated by commas, the newest first.',
  );
}
