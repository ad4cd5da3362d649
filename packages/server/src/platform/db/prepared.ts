// The embedded database as it is before anybody used it: migrated, empty and unpacked. Made once and kept in the cache folder.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { z } from 'zod';
import { QUEUE_SCHEMA_VERSION } from '../jobs/queue-schema.ts';
import { embeddedParsers } from './column-values.ts';
import type { Migrations } from './database.ts';
import { adminSession } from './embedded-session.ts';
import { FOUNDATION_TEXT, layFoundation } from './foundation.ts';
import { harden } from './hardening.ts';
import { bringUpToDate, fingerprint } from './migrate.ts';
import { template } from './template.ts';
import { UnpackedInMemory, type UnpackedFile, unpack } from './unpack.ts';

/** Written into postgresql.conf when the database is made. Without the two limits its log grows to gigabytes. */
const SETTINGS = ['shared_buffers=16MB', 'max_wal_size=64MB', 'min_wal_size=32MB'];

export const PGLITE_VERSION = packageVersion();

/** Two steps: the bare cluster depends on PGlite only and takes longest; the migrated one is made from it. */
export async function prepared(cacheDir: string, migrations: Migrations): Promise<readonly UnpackedFile[]> {
  const keys = templateKeys(migrations);
  const { archive } = await template(cacheDir, keys.full, async () => {
    const bare = await template(cacheDir, keys.bare, async () =>
      dump(await PGlite.create({ postgresqlconf: SETTINGS })),
    );
    const fs = new UnpackedInMemory(await unpacked(bare.archive));
    const lite = await PGlite.create({ fs, parsers: embeddedParsers });
    const session = adminSession(lite);
    await layFoundation(session, null);
    await harden(session, null);
    await bringUpToDate(session, { control: migrations.control, workspace: [] }, null);
    return dump(lite);
  });
  return await unpacked(archive);
}

function templateKeys({ control }: Migrations): { bare: string; full: string } {
  const bare = fingerprint([PGLITE_VERSION, ...SETTINGS]);
  const steps = control.flatMap((step) => [step.id, step.sql]);
  return { bare, full: fingerprint([bare, FOUNDATION_TEXT, String(QUEUE_SCHEMA_VERSION), ...steps]) };
}

async function unpacked(archive: Blob): Promise<readonly UnpackedFile[]> {
  return unpack(new Uint8Array(await archive.arrayBuffer()));
}

async function dump(lite: PGlite): Promise<Blob> {
  try {
    await lite.exec('vacuum analyze');
    await lite.exec('checkpoint');
    return await lite.dumpDataDir('gzip');
  } finally {
    await lite.close();
  }
}

/** Those that databases in memory were last made from; each takes 40 MB, and a process makes many from few. */
const lately = new Map<string, Promise<readonly UnpackedFile[]>>();
const KEPT_UNPACKED = 3;

/** Like `prepared`, for whoever opens many: the last ones are remembered. */
export function preparedLately(cacheDir: string, migrations: Migrations): Promise<readonly UnpackedFile[]> {
  const { full } = templateKeys(migrations);
  const files = lately.get(full) ?? prepared(cacheDir, migrations);
  lately.delete(full);
  lately.set(full, files);
  files.catch(() => lately.delete(full));
  for (const key of [...lately.keys()].slice(0, -KEPT_UNPACKED)) lately.delete(key);
  return files;
}

/** Its package.json is not among its exports, so it is read from beside them. */
function packageVersion(): string {
  const entry = createRequire(import.meta.url).resolve('@electric-sql/pglite');
  const text = readFileSync(join(dirname(entry), '..', 'package.json'), 'utf8');
  return z.object({ version: z.string() }).parse(JSON.parse(text)).version;
}
