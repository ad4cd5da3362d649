// Where the master keys come from: the setting SENTINEL_VAULT_KEY, or the file `vault.key` in the data folder, made at
// the first start. A file that others can read, or that is damaged, stops the start with a sentence; nothing is ever overwritten.
import { constants } from 'node:fs';
import { copyFile, link, mkdir, open, unlink, type FileHandle } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { encodeBase64 } from './base64.ts';
import { KEY_BYTES } from './sealing.ts';
import type { Secret } from './secret.ts';
import { createVault, parseMasterKey, type Vault } from './vault.ts';

export const VAULT_FILE = 'vault.key';
const MOST_BYTES = 4096;
const OTHERS = 0o077;

export type VaultErrorCode =
  | 'vault_setting_invalid'
  | 'vault_file_missing'
  | 'vault_file_unreadable'
  | 'vault_file_readable_by_others'
  | 'vault_file_damaged';

/** Stops the start. The message is a sentence for the operator and never holds any part of a key. */
export class VaultError extends Error {
  readonly code: VaultErrorCode;

  constructor(code: VaultErrorCode, sentence: string, options?: { cause?: unknown }) {
    super(sentence, options);
    this.name = 'VaultError';
    this.code = code;
  }
}

export interface VaultKeySource {
  /** The setting: one key, or several separated by commas with the current one first. Null when it is not set. */
  readonly setting: Secret | null;
  readonly dataDir: string;
  /** `never` when the folder has data already: a new key could not open what an old one sealed. */
  readonly create: 'when_missing' | 'never';
}

export interface LoadedVault {
  readonly vault: Vault;
  readonly origin: 'setting' | 'file' | 'made';
}

/**
 * Opens the vault, and makes its key file when there is none yet. Two processes that start at once end up with one key.
 *
 * @throws VaultError when the setting or the file cannot be used
 */
export async function loadVault(source: VaultKeySource): Promise<LoadedVault> {
  if (source.setting !== null) return { vault: fromSetting(source.setting), origin: 'setting' };
  const path = join(source.dataDir, VAULT_FILE);
  const found = await readKeyFile(path);
  if (found !== null) return { vault: fromFile(path, found), origin: 'file' };
  if (source.create === 'never') {
    throw new VaultError(
      'vault_file_missing',
      `${path} is missing although the data folder is in use; bring the file back from a backup, or set SENTINEL_VAULT_KEY to its content.`,
    );
  }
  const made = await makeKeyFile(source.dataDir, path);
  const text = await readKeyFile(path);
  if (text === null)
    throw new VaultError('vault_file_unreadable', `${path} was made but is gone again; start Sentinel once more.`);
  return { vault: fromFile(path, text), origin: made ? 'made' : 'file' };
}

function fromSetting(setting: Secret): Vault {
  const keys = parseRing(setting.reveal().split(','));
  if (keys === null) {
    throw new VaultError(
      'vault_setting_invalid',
      'SENTINEL_VAULT_KEY must be standard base64 of exactly 32 bytes (`openssl rand -base64 32` makes one); several are separated by commas, the current one first.',
    );
  }
  return createVault(keys);
}

function fromFile(path: string, text: string): Vault {
  const keys = parseRing(text.replace(/\r?\n$/, '').split(/\r?\n/));
  if (keys === null) {
    throw new VaultError(
      'vault_file_damaged',
      `${path} is damaged: each line must be standard base64 of exactly 32 bytes. It was left as it is; bring it back from a backup.`,
    );
  }
  return createVault(keys);
}

function parseRing(texts: readonly string[]): Uint8Array[] | null {
  const keys = texts.map(parseMasterKey);
  return keys.every((key) => key !== null) ? keys : null;
}

/** The file's text, or null when there is no such file. Rights are read from the open file, so it cannot be swapped in between. */
async function readKeyFile(path: string): Promise<string | null> {
  const file = await openExisting(path);
  if (file === null) return null;
  try {
    const about = await file.stat();
    if (!about.isFile()) throw new VaultError('vault_file_unreadable', `${path} is not an ordinary file.`);
    if (process.platform !== 'win32' && (about.mode & OTHERS) !== 0) {
      throw new VaultError(
        'vault_file_readable_by_others',
        `${path} can be read by others on this machine; run \`chmod 600 ${path}\`, and rotate the key if somebody else may have read it.`,
      );
    }
    if (about.size > MOST_BYTES)
      throw new VaultError('vault_file_damaged', `${path} is far too large to be a key file. It was left as it is.`);
    return await file.readFile('utf8');
  } finally {
    await file.close();
  }
}

async function openExisting(path: string): Promise<FileHandle | null> {
  try {
    // O_NONBLOCK: a pipe in its place must not make the start hang.
    return await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return null;
    throw new VaultError(
      'vault_file_unreadable',
      `${path} cannot be read (${codeOf(cause)}); check its owner and rights.`,
      { cause },
    );
  }
}

/**
 * Writes a whole new file beside the place and links it in, so that a crash leaves either no key file or a complete one,
 * and an existing one is never replaced.
 *
 * @returns whether this call made the file; false when another process was first
 */
async function makeKeyFile(dataDir: string, path: string): Promise<boolean> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const draft = `${path}.${randomBytes(8).toString('hex')}.new`;
  const file = await open(draft, 'wx', 0o600);
  try {
    await file.writeFile(`${encodeBase64(randomBytes(KEY_BYTES))}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  try {
    return await placeExclusively(draft, path);
  } finally {
    await unlink(draft);
  }
}

async function placeExclusively(draft: string, path: string): Promise<boolean> {
  try {
    await link(draft, path);
    return true;
  } catch (cause) {
    if (codeOf(cause) === 'EEXIST') return false;
  }
  // A file system without hard links: an exclusive copy is the next best.
  try {
    await copyFile(draft, path, constants.COPYFILE_EXCL);
    return true;
  } catch (cause) {
    if (codeOf(cause) === 'EEXIST') return false;
    throw new VaultError(
      'vault_file_unreadable',
      `${path} cannot be written (${codeOf(cause)}); check the rights of the data folder.`,
      { cause },
    );
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'unknown';
}
