// A data folder belongs to one process. PGlite itself lets two open it and then loses writes without a word,
// so we hold a lock file and refuse. A lock whose holder is gone is taken over, even when its process id was given to another program.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { open, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { DataFolderInUse, errorCode } from './errors.ts';
import { privateFolder } from './private-folder.ts';

const Holder = z.object({
  pid: z.int().positive(),
  startedAt: z.string(),
  /** Tells programs apart that were given the same process id one after the other; null where the system does not say. */
  birth: z.string().nullable(),
  host: z.string(),
  url: z.string().nullable(),
});
export type FolderHolder = z.infer<typeof Holder>;

export interface FolderLock {
  /** Notes where this process serves, for whoever tries to open the folder next. */
  setUrl(url: string): Promise<void>;
  release(): Promise<void>;
}

const LOCK_NAME = 'lock.json';
const HEARTBEAT_MS = 5_000;
/** A holder on another machine cannot be asked; silence this long means it is gone. */
const SILENT_MS = 30_000;

/**
 * Takes the folder, creating it when it is missing and closing it to other accounts (mode 0700).
 *
 * @throws DataFolderInUse when a living process holds it
 */
export async function lockFolder(folder: string): Promise<FolderLock> {
  await privateFolder(folder);
  const path = join(folder, LOCK_NAME);
  const mine: FolderHolder = {
    pid: process.pid,
    startedAt: new Date().toISOString(),
    birth: birthOf(process.pid),
    host: machine(),
    url: null,
  };
  while (!(await create(path, mine))) {
    const holder = await livingHolder(path);
    if (holder !== null) throw new DataFolderInUse(folder, holder);
    await removeDeadLock(path);
  }
  return holding(path, mine);
}

/** Who holds the folder now, or null when nobody does. */
export async function folderHolder(folder: string): Promise<FolderHolder | null> {
  return livingHolder(join(folder, LOCK_NAME));
}

function holding(path: string, mine: FolderHolder): FolderLock {
  const heartbeat = setInterval(() => {
    const now = new Date();
    utimes(path, now, now).catch(() => {});
  }, HEARTBEAT_MS);
  heartbeat.unref();
  let released = false;
  return {
    async setUrl(url) {
      const draft = `${path}.${process.pid}`;
      await writeFile(draft, JSON.stringify({ ...mine, url }), { mode: 0o600 });
      await rename(draft, path);
    },
    async release() {
      if (released) return;
      released = true;
      clearInterval(heartbeat);
      await rm(path, { force: true });
    },
  };
}

/** Answers false when the file exists already. */
async function create(path: string, holder: FolderHolder): Promise<boolean> {
  try {
    await writeFile(path, JSON.stringify(holder), { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  }
}

async function livingHolder(path: string): Promise<FolderHolder | null> {
  const file = await readHolder(path);
  if (file === null) return null;
  if (file.holder === null) return file.silentMs < SILENT_MS ? UNREADABLE : null;
  if (file.holder.host !== machine()) return file.silentMs < SILENT_MS ? file.holder : null;
  return isRunning(file.holder) ? file.holder : null;
}

/** Stands for a holder that has created the file but not yet written it, or whose file is damaged and still fresh. */
const UNREADABLE: FolderHolder = { pid: 0, startedAt: '', birth: null, host: '', url: null };

/** Another process may be between creating the file and filling it: an unreadable file gets a moment. */
async function readHolder(path: string): Promise<{ holder: FolderHolder | null; silentMs: number } | null> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const [text, info] = await Promise.all([readFile(path, 'utf8'), stat(path)]);
      const parsed = Holder.safeParse(parseJson(text));
      if (parsed.success || attempt === 10)
        return { holder: parsed.success ? parsed.data : null, silentMs: Date.now() - info.mtimeMs };
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return null;
      throw error;
    }
    await pause(50);
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Removing is done by one process at a time, or a slow one could remove the lock that a quick one has just taken. */
async function removeDeadLock(path: string): Promise<void> {
  const guard = `${path}.takeover`;
  try {
    const handle = await open(guard, 'wx', 0o600);
    await handle.close();
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error;
    const info = await stat(guard).catch(() => null);
    if (info !== null && Date.now() - info.mtimeMs > SILENT_MS) await rm(guard, { force: true });
    await pause(100);
    return;
  }
  try {
    if ((await livingHolder(path)) === null) await rm(path, { force: true });
  } finally {
    await rm(guard, { force: true });
  }
}

function isRunning(holder: FolderHolder): boolean {
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    // EPERM: it runs, under another account.
    if (errorCode(error) !== 'EPERM') return false;
  }
  const birth = birthOf(holder.pid);
  return birth === null || holder.birth === null || birth === holder.birth;
}

/** When a process began, in whatever words the system has for it; null when it does not say. */
function birthOf(pid: number): string | null {
  try {
    if (process.platform === 'linux') {
      // proc(5): field 22 is the start time; the command in field 2 may hold spaces and brackets.
      const line = readFileSync(`/proc/${pid}/stat`, 'utf8');
      return line.slice(line.lastIndexOf(')') + 2).split(' ')[19] ?? null;
    }
    if (process.platform === 'win32') return null;
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim() || null;
  } catch {
    return null;
  }
}

/** Process ids mean something only on one machine, since one start of it and in one pid namespace (container). */
function machine(): string {
  try {
    return `${hostname()}:${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}`;
  } catch {
    return hostname();
  }
}
