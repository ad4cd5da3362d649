// What `sentinel login` leaves behind: one file per server in the person's own configuration folder, readable by them alone.
// Whoever changes it holds its lock, so that two commands never spend the same refresh token.
import { createHash, randomUUID } from 'node:crypto';
import { chmod, mkdir, readdir, readFile, rename, rm, rmdir, stat, utimes, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { CommandFailed } from './exit-codes.ts';

const StoredLogin = z.object({
  server: z.url(),
  refreshToken: z.string().min(1),
  accessToken: z.string().min(1),
  accessExpiresAt: z.iso.datetime(),
});
export type StoredLogin = z.infer<typeof StoredLogin>;

const folder = (): string => join(homedir(), '.config', 'sentinel', 'logins');

function fileOf(server: string): string {
  return join(folder(), `${createHash('sha256').update(server).digest('hex').slice(0, 32)}.json`);
}

/** The login for a server, or null when there is none that can be used. */
export async function readLogin(server: string): Promise<StoredLogin | null> {
  const text = await readFile(fileOf(server), 'utf8').catch(() => null);
  if (text === null) return null;
  try {
    const login = StoredLogin.parse(JSON.parse(text));
    return login.server === server ? login : null;
  } catch {
    return null;
  }
}

/** Replaces the file whole, so that a reader never sees half of it. */
export async function writeLogin(login: StoredLogin): Promise<void> {
  await makeFolder();
  const path = fileOf(login.server);
  const fresh = `${path}.${process.pid}.new`;
  await rm(fresh, { force: true });
  await writeFile(fresh, `${JSON.stringify(login)}\n`, { flag: 'wx', mode: 0o600 });
  await rename(fresh, path);
}

/** Answers whether there was one. */
export async function removeLogin(server: string): Promise<boolean> {
  const there = (await stat(fileOf(server)).catch(() => null)) !== null;
  await rm(fileOf(server), { force: true });
  return there;
}

/** A command that died with the lock leaves it behind; a refresh takes seconds at most. */
const STALE_MS = 60_000;
const RETRY_MS = 50;

/**
 * Runs `work` while no other command changes the login for this server.
 *
 * The lock is a folder with one file, named by chance for who holds it. A folder that is not empty cannot be renamed over,
 * so only one command takes it; and a file is removed by its name, so nobody removes a lock that has changed hands.
 */
export async function withLoginLock<T>(server: string, work: () => Promise<T>): Promise<T> {
  await makeFolder();
  const lock = `${fileOf(server)}.lock`;
  const holder = randomUUID();
  const own = `${lock}.${holder}`;
  await mkdir(own, { mode: 0o700 });
  try {
    await writeFile(join(own, holder), '', { flag: 'wx', mode: 0o600 });
    await waitForLock(lock, holder);
    return await work();
  } finally {
    await rm(join(lock, holder), { force: true });
    // Not when somebody else has taken it: then it is not empty.
    await rmdir(lock).catch(() => {});
    await rm(own, { recursive: true, force: true });
  }
}

async function waitForLock(lock: string, holder: string): Promise<void> {
  const until = Date.now() + 2 * STALE_MS;
  while (!(await takeLock(lock, holder))) {
    if (Date.now() > until) throw new CommandFailed('Another command holds the stored sign-in.', { why: lock });
    await dropStale(lock);
    await pause(RETRY_MS);
  }
}

async function takeLock(lock: string, holder: string): Promise<boolean> {
  const own = `${lock}.${holder}`;
  const now = new Date();
  await utimes(join(own, holder), now, now);
  // Windows renames over no folder at all; one that is not empty stays.
  await rmdir(lock).catch(() => {});
  try {
    await rename(own, lock);
    return true;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : null;
    if (typeof code === 'string' && TAKEN.has(code)) return false;
    throw error;
  }
}

/** What renaming over a folder that is not empty says: POSIX either of the first, Windows either of the others. */
const TAKEN = new Set(['ENOTEMPTY', 'EEXIST', 'EPERM', 'EACCES']);

/** Takes the lock away from who held it too long. Another one who takes it meanwhile has a file of another name. */
async function dropStale(lock: string): Promise<void> {
  for (const holder of await readdir(lock).catch(() => [])) {
    const file = join(lock, holder);
    const found = await stat(file).catch(() => null);
    if (found !== null && Date.now() - found.mtimeMs > STALE_MS) await rm(file, { force: true });
  }
}

async function makeFolder(): Promise<void> {
  await mkdir(folder(), { recursive: true, mode: 0o700 });
  await chmod(folder(), 0o700);
}
