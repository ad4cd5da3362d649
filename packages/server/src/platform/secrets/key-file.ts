// The file `vault.key`: one master key per line. It is read only when nobody else can read it, made without replacing
// another, and rewritten whole, so that a crash at any moment leaves a complete file: the old one or the new one.
import { closeSync, constants, fstatSync, openSync, readFileSync, statSync } from 'node:fs';
import { copyFile, link, mkdir, open, readdir, rename, unlink } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { basename, dirname, join } from 'node:path';
import { encodeBase64 } from './base64.ts';
import { KEY_BYTES } from './sealing.ts';
import { parseMasterKey } from './vault.ts';
import { VaultError } from './vault-error.ts';

const MOST_BYTES = 4096;
const OTHERS = 0o077;
const DRAFT = '.new';

/** The key file of an installation that has one. */
export interface KeyFile {
  /** The keys as they stand in the file now. @throws VaultError when it is gone, damaged or open to others */
  read(): readonly Uint8Array[];
  /** The keys when the file changed since the last call, else null; null too while it cannot be read. */
  readChanged(): readonly Uint8Array[] | null;
  /** Puts these keys in place of all. Only one process may do so at a time: the caller holds the vault's lock. */
  write(ring: readonly Uint8Array[]): Promise<void>;
}

/** @param path of a file that is there */
export function keyFile(path: string): KeyFile {
  let seen = stampOf(path);
  const read = (): readonly Uint8Array[] => {
    const ring = readRing(path);
    if (ring === null) throw new VaultError('vault_file_missing', `${path} is gone; bring it back from a backup.`);
    return ring;
  };
  return {
    read,
    readChanged() {
      const stamp = stampOf(path);
      if (stamp === null || stamp === seen) return null;
      try {
        const ring = read();
        seen = stamp;
        return ring;
      } catch {
        // Half-copied or closed for the moment: the keys at hand stay, and the next look tries again.
        return null;
      }
    },
    write: (ring) => replaceFile(path, ring),
  };
}

/**
 * Reads the ring, or answers null when there is no such file. Rights are read from the open file, so it cannot be
 * swapped in between.
 *
 * @throws VaultError when it cannot be used
 */
export function readRing(path: string): readonly Uint8Array[] | null {
  const text = readText(path);
  if (text === null) return null;
  const keys = text
    .replace(/\r?\n$/, '')
    .split(/\r?\n/)
    .map(parseMasterKey);
  if (keys.every((key) => key !== null)) return keys;
  throw new VaultError(
    'vault_file_damaged',
    `${path} is damaged: each line must be standard base64 of exactly 32 bytes. It was left as it is; bring it back from a backup.`,
  );
}

function readText(path: string): string | null {
  const file = openExisting(path);
  if (file === null) return null;
  try {
    const about = fstatSync(file);
    if (!about.isFile()) throw new VaultError('vault_file_unreadable', `${path} is not an ordinary file.`);
    if (process.platform !== 'win32' && (about.mode & OTHERS) !== 0) {
      throw new VaultError(
        'vault_file_readable_by_others',
        `${path} can be read by others on this machine; run \`chmod 600 ${path}\`, and rotate the key if somebody else may have read it.`,
      );
    }
    if (about.size > MOST_BYTES)
      throw new VaultError('vault_file_damaged', `${path} is far too large to be a key file. It was left as it is.`);
    return readFileSync(file, 'utf8');
  } finally {
    closeSync(file);
  }
}

function openExisting(path: string): number | null {
  try {
    // O_NONBLOCK: a pipe in its place must not make the start hang.
    return openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return null;
    throw new VaultError(
      'vault_file_unreadable',
      `${path} cannot be read (${codeOf(cause)}); check its owner and rights.`,
      { cause },
    );
  }
}

/** Tells one content from the next without reading it: every rewrite is a new file. */
function stampOf(path: string): string | null {
  const about = statSync(path, { bigint: true, throwIfNoEntry: false });
  return about === undefined ? null : `${about.ino}:${about.mtimeNs}:${about.size}`;
}

/**
 * Writes a whole new file with one fresh key beside the place and links it in, so that a crash leaves either no key file
 * or a complete one, and an existing one is never replaced.
 *
 * @returns whether this call made the file; false when another process was first
 */
export async function makeKeyFile(path: string): Promise<boolean> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const draft = await writeDraft(path, [randomBytes(KEY_BYTES)]);
  try {
    return await placeExclusively(draft, path);
  } finally {
    await unlink(draft);
  }
}

async function replaceFile(path: string, ring: readonly Uint8Array[]): Promise<void> {
  await removeOldDrafts(path);
  const draft = await writeDraft(path, ring);
  await rename(draft, path);
  await syncFolder(dirname(path));
}

async function writeDraft(path: string, ring: readonly Uint8Array[]): Promise<string> {
  const draft = `${path}.${randomBytes(8).toString('hex')}${DRAFT}`;
  const file = await open(draft, 'wx', 0o600);
  try {
    await file.writeFile(ring.map((key) => `${encodeBase64(key)}\n`).join(''));
    await file.sync();
  } finally {
    await file.close();
  }
  return draft;
}

/** What a crash left behind holds keys too, perhaps one that was retired since. */
async function removeOldDrafts(path: string): Promise<void> {
  const name = basename(path);
  for (const found of await readdir(dirname(path)))
    if (found.startsWith(`${name}.`) && found.endsWith(DRAFT)) await unlink(join(dirname(path), found));
}

/** A rename is certain to survive a power loss only once its folder is written out; where folders cannot be, that is all there is. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => null);
  await handle?.sync().catch(() => {});
  await handle?.close();
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
