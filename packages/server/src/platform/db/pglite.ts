// The embedded database: PostgreSQL in this process (PGlite), in a folder that belongs to this process alone.
// Its only login is a superuser, so isolation between workspaces guards against bugs and injected queries, not against whole statements.
import { readFileSync } from 'node:fs';
import { rm, stat, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { PGlite, type Transaction as LiteTransaction } from '@electric-sql/pglite';
import { Kysely, PGliteDialect } from 'kysely';
import { z } from 'zod';
import { QUEUE_SCHEMA_VERSION } from '../jobs/queue-schema.ts';
import { embeddedParsers } from './column-values.ts';
import type { Database, DatabaseOptions, Migrations } from './database.ts';
import { errorCode } from './errors.ts';
import { type FolderLock, lockFolder } from './folder-lock.ts';
import { FOUNDATION_TEXT, layFoundation } from './foundation.ts';
import { harden } from './hardening.ts';
import type { AdminSession } from './admin-session.ts';
import { bringUpToDate, deprovisionWorkspace, fingerprint, provisionWorkspace } from './migrate.ts';
import { privateFolder } from './private-folder.ts';
import { admitStatement } from './statement-guard.ts';
import { template } from './template.ts';
import { unitsOfWork, workScope } from './unit-of-work.ts';

/** Written into postgresql.conf when the database is made. Without the two limits its log grows to gigabytes. */
const SETTINGS = ['shared_buffers=16MB', 'max_wal_size=64MB', 'min_wal_size=32MB'];

const VERSION = packageVersion();

/**
 * Opens the data folder, preparing it first when it is new. PGlite creates files that everybody may read, and they hold
 * messages. So its folder is closed to other accounts, and so is whatever this process creates from here on (umask 0077);
 * only files unpacked from a prepared database keep the modes of the archive, behind the closed folder.
 */
export async function openEmbedded(options: DatabaseOptions, migrations: Migrations): Promise<Database> {
  process.umask(0o077);
  const lock = await lockFolder(options.dataDir);
  try {
    const started = performance.now();
    const { lite, isNew } = await openFolder(join(options.dataDir, 'database'), options, migrations);
    // Left open it would keep a process alive that has nothing more to do.
    const ran = await bringUpToDate(adminSession(lite), migrations, null).catch(async (error: unknown) => {
      await lite.close();
      throw error;
    });
    options.log.info('database.opened', {
      engine: 'pglite',
      version: VERSION,
      fromTemplate: isNew,
      migrations: ran.control,
      workspaces: ran.workspaces,
      durationMs: Math.round(performance.now() - started),
    });
    return embeddedDatabase(lite, migrations, lock);
  } catch (error) {
    await lock.release();
    throw error;
  }
}

/** A fresh embedded database in memory, for tests and for trying things out. Nothing of it is kept. */
export async function openInMemory(options: { cacheDir: string }, migrations: Migrations): Promise<Database> {
  const lite = await PGlite.create({
    loadDataDir: await prepared(options.cacheDir, migrations),
    parsers: embeddedParsers,
  });
  return embeddedDatabase(lite, migrations, null);
}

async function openFolder(
  folder: string,
  options: DatabaseOptions,
  migrations: Migrations,
): Promise<{ lite: PGlite; isNew: boolean }> {
  // Stands while a new folder is being filled: a start that died half-way begins anew instead of opening half a database.
  const incomplete = `${folder}.incomplete`;
  if (await exists(incomplete)) await rm(folder, { recursive: true, force: true });
  await privateFolder(folder);
  if (await exists(join(folder, 'PG_VERSION'))) {
    return { lite: await PGlite.create({ dataDir: folder, parsers: embeddedParsers }), isNew: false };
  }
  const archive = await prepared(options.cacheDir, migrations);
  await writeFile(incomplete, '', { mode: 0o600 });
  const lite = await PGlite.create({ dataDir: folder, loadDataDir: archive, parsers: embeddedParsers });
  await rm(incomplete);
  return { lite, isNew: true };
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return false;
    throw error;
  }
}

/** Two steps: the bare cluster depends on PGlite only and takes longest; the migrated one is made from it. */
async function prepared(cacheDir: string, migrations: Migrations): Promise<Blob> {
  const bareKey = fingerprint([VERSION, ...SETTINGS]);
  const fullKey = fingerprint([
    bareKey,
    FOUNDATION_TEXT,
    String(QUEUE_SCHEMA_VERSION),
    ...migrations.control.flatMap((step) => [step.id, step.sql]),
  ]);
  const full = await template(cacheDir, fullKey, async () => {
    const bare = await template(cacheDir, bareKey, async () => dump(await PGlite.create({ postgresqlconf: SETTINGS })));
    const lite = await PGlite.create({ loadDataDir: bare.archive, parsers: embeddedParsers });
    const session = adminSession(lite);
    await layFoundation(session, null);
    await harden(session, null);
    await bringUpToDate(session, { control: migrations.control, workspace: [] }, null);
    return dump(lite);
  });
  return full.archive;
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

function embeddedDatabase(lite: PGlite, migrations: Migrations, lock: FolderLock | null): Database {
  const kysely = new Kysely<object>({ dialect: new PGliteDialect({ pglite: rowsOnly(lite) }) });
  const units = unitsOfWork(kysely, workScope(), null);
  return {
    kind: 'embedded',
    control: units.control,
    workspace: units.workspace,
    async provision(id) {
      units.refuseNesting('provision');
      await provisionWorkspace(adminSession(lite), id, { migrations: migrations.workspace, grantTo: null });
    },
    async deprovision(id) {
      units.refuseNesting('deprovision');
      await deprovisionWorkspace(adminSession(lite), id);
    },
    async setLockUrl(url) {
      await lock?.setUrl(url);
    },
    engine: {
      version: `pglite ${VERSION}`,
      async bytes() {
        const { rows } = await lite.query<{ bytes: number }>('select pg_database_size(current_database()) as bytes');
        return rows[0]?.bytes ?? 0;
      },
      async run(text, values) {
        units.refuseNesting('engine.run');
        return runDirectly(lite, text, values);
      },
      async maintain() {
        units.refuseNesting('engine.maintain');
        await lite.exec('vacuum analyze');
        await lite.exec('checkpoint');
      },
    },
    async close() {
      await units.drain();
      await kysely.destroy();
      if (!lite.closed) await lite.close();
      await lock?.release();
    },
  };
}

type DialectLite = Exclude<ConstructorParameters<typeof PGliteDialect>[0]['pglite'], (...args: never[]) => unknown>;

/** What the units of work see of it. `query` takes exactly one statement. */
function rowsOnly(lite: PGlite): DialectLite {
  return {
    get closed() {
      return lite.closed;
    },
    get ready() {
      return lite.ready;
    },
    waitReady: lite.waitReady,
    close: () => lite.close(),
    query() {
      throw new Error('a query outside of a unit of work');
    },
    transaction: (work) =>
      lite.transaction((tx) =>
        work({
          rollback: () => tx.rollback(),
          query(text, values, options) {
            admitStatement(text, 'work');
            return tx.query(text, values, options);
          },
        }),
      ),
  };
}

/**
 * Without values a text may hold several statements, among them its own `begin … commit`. The transaction around it sees
 * to it that a failed one is rolled back before anybody else's statement can run.
 */
async function runDirectly(
  lite: PGlite,
  text: string,
  values: readonly unknown[] = [],
): Promise<{ rows: Record<string, unknown>[] }> {
  if (values.length > 0) return lite.query<Record<string, unknown>>(text, [...values]);
  const results = await lite.transaction((tx) => tx.exec(text));
  return { rows: results.flatMap((result) => result.rows) };
}

function adminSession(lite: PGlite): AdminSession {
  return {
    ...statements(lite),
    atomically: (work) => lite.transaction((tx) => work({ ...statements(tx), atomically: refuseInner })),
  };
}

function statements(lite: PGlite | LiteTransaction): Pick<AdminSession, 'run' | 'query'> {
  return {
    async run(text) {
      await lite.exec(text);
    },
    async query(text, values = []) {
      const { rows } = await lite.query<Record<string, unknown>>(text, [...values]);
      return rows;
    },
  };
}

function refuseInner(): never {
  throw new Error('a transaction was begun inside a transaction');
}

/** Its package.json is not among its exports, so it is read from beside them. */
function packageVersion(): string {
  const entry = createRequire(import.meta.url).resolve('@electric-sql/pglite');
  const text = readFileSync(join(dirname(entry), '..', 'package.json'), 'utf8');
  return z.object({ version: z.string() }).parse(JSON.parse(text)).version;
}
