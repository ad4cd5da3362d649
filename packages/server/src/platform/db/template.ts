// Prepared, migrated, empty embedded databases. Making one takes seconds, unpacking one a fraction of that, so they are
// kept in a cache folder under the hash of everything that shaped them. A damaged file is noticed by its own hash and made anew.
import { createHash, randomBytes } from 'node:crypto';
import { open, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { errorCode } from './errors.ts';
import { privateFolder } from './private-folder.ts';

export interface Template {
  readonly archive: Blob;
  /** False when it had to be made just now. */
  readonly cached: boolean;
}

const WAIT_MS = 200;
/** A builder that has been at it this long has died. */
const BUILDER_DEAD_MS = 120_000;
const UNUSED_MS = 14 * 24 * 3600 * 1000;

/**
 * The prepared database of a key, made when it is missing. Several processes may ask at once: one makes it, the others wait.
 *
 * @param key hash of what shapes the database
 * @param build makes the archive (`dumpDataDir('gzip')`)
 */
export async function template(cacheDir: string, key: string, build: () => Promise<Blob>): Promise<Template> {
  await privateFolder(cacheDir);
  for (;;) {
    const found = await readTemplate(cacheDir, key);
    if (found !== null) return { archive: found, cached: true };
    const release = await becomeBuilder(join(cacheDir, `template-${key}.building`));
    if (release === null) {
      await pause(WAIT_MS);
      continue;
    }
    try {
      const late = await readTemplate(cacheDir, key);
      if (late !== null) return { archive: late, cached: true };
      return { archive: await writeTemplate(cacheDir, key, await build()), cached: false };
    } finally {
      await release();
    }
  }
}

/** The name carries the hash of the content, so that a file tells by itself whether it is whole. */
async function readTemplate(cacheDir: string, key: string): Promise<Blob | null> {
  for (const name of await readdir(cacheDir)) {
    const match = /^template-([0-9a-f]+)-([0-9a-f]+)\.tar\.gz$/.exec(name);
    if (match === null || match[1] !== key) continue;
    const path = join(cacheDir, name);
    const bytes = await readFile(path).catch(() => null);
    if (bytes !== null && contentHash(bytes) === match[2]) {
      const now = new Date();
      await utimes(path, now, now).catch(() => {});
      return new Blob([bytes]);
    }
    await rm(path, { force: true });
  }
  return null;
}

async function writeTemplate(cacheDir: string, key: string, archive: Blob): Promise<Blob> {
  const bytes = new Uint8Array(await archive.arrayBuffer());
  const draft = join(cacheDir, `draft-${process.pid}-${randomBytes(4).toString('hex')}`);
  await writeFile(draft, bytes, { mode: 0o600 });
  await rename(draft, join(cacheDir, `template-${key}-${contentHash(bytes)}.tar.gz`));
  await removeUnused(cacheDir);
  return new Blob([bytes]);
}

function contentHash(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex').slice(0, 32);
}

async function becomeBuilder(path: string): Promise<(() => Promise<void>) | null> {
  try {
    const handle = await open(path, 'wx', 0o600);
    await handle.close();
    return () => rm(path, { force: true });
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error;
  }
  const info = await stat(path).catch(() => null);
  if (info !== null && Date.now() - info.mtimeMs > BUILDER_DEAD_MS) await rm(path, { force: true });
  return null;
}

/** Every changed migration leaves a template behind; those of weeks ago go. */
async function removeUnused(cacheDir: string): Promise<void> {
  for (const name of await readdir(cacheDir)) {
    if (!/^(template|draft)-/.test(name)) continue;
    const path = join(cacheDir, name);
    const info = await stat(path).catch(() => null);
    if (info !== null && Date.now() - info.mtimeMs > UNUSED_MS) await rm(path, { force: true });
  }
}
