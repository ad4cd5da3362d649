// The operator key: proof of having the machine's data folder. The `sentinel` command sends it; it works from this
// machine only. The file is readable by its owner alone, and in memory we keep nothing but its hash.
import { createHash, timingSafeEqual } from 'node:crypto';
import { chmod, readFile, stat, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RandomBytes } from './secret-token.ts';

export const OPERATOR_KEY_FILE = 'operator.key';
const SHAPE = /^sentinel_operator_[A-Za-z0-9_-]{43}$/;

export interface OperatorKey {
  /** Compares in constant time. */
  matches(presented: string): boolean;
}

/**
 * Opens the key of a data folder, and makes it when it is not there. A key that others could read, or that is damaged,
 * is replaced: nobody can say who knows it.
 */
export async function openOperatorKey(dataDir: string, randomBytes: RandomBytes): Promise<OperatorKey> {
  const path = join(dataDir, OPERATOR_KEY_FILE);
  const key = (await readGuarded(path)) ?? (await makeKey(path, randomBytes));
  const expected = sha256(key);
  return { matches: (presented) => timingSafeEqual(sha256(presented), expected) };
}

/** Reads the key for the `sentinel` command, or answers null when this data folder has none. */
export async function readOperatorKey(dataDir: string): Promise<string | null> {
  const text = await readFile(join(dataDir, OPERATOR_KEY_FILE), 'utf8').catch(() => null);
  return text !== null && SHAPE.test(text.trim()) ? text.trim() : null;
}

async function readGuarded(path: string): Promise<string | null> {
  const found = await stat(path).catch(() => null);
  if (found === null) return null;
  const key = (await readFile(path, 'utf8')).trim();
  // Windows keeps no such bits; there the folder's own permissions guard the file.
  const openToOthers = process.platform !== 'win32' && (found.mode & 0o077) !== 0;
  if (SHAPE.test(key) && !openToOthers) return key;
  await unlink(path);
  return null;
}

async function makeKey(path: string, randomBytes: RandomBytes): Promise<string> {
  const key = `sentinel_operator_${Buffer.from(randomBytes(32)).toString('base64url')}`;
  await writeFile(path, `${key}\n`, { flag: 'wx', mode: 0o600 });
  await chmod(path, 0o600);
  return key;
}

function sha256(text: string): Uint8Array {
  return createHash('sha256').update(text).digest();
}
