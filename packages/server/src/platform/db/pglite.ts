// The embedded database: PostgreSQL in this process (PGlite), in a folder that belongs to this process alone.
// Its only login is a superuser, so isolation between workspaces guards against bugs and injected queries, not against whole statements.
import { rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { Kysely, PGliteDialect } from 'kysely';
import { embeddedParsers } from './column-values.ts';
import type { Database, DatabaseOptions, Migrations } from './database.ts';
import { adminSession } from './embedded-session.ts';
import { errorCode } from './errors.ts';
import { type FolderLock, lockFolder } from './folder-lock.ts';
import { bringUpToDate, deprovisionWorkspace, provisionWorkspace } from './migrate.ts';
import { PGLITE_VERSION, prepared, preparedLately } from './prepared.ts';
import { privateFolder } from './private-folder.ts';
import { admitStatement } from './statement-guard.ts';
import { unitsOfWork, workScope } from './unit-of-work.ts';
import { UnpackedInMemory, unpackInto } from './unpack.ts';

/**
 * Opens the data folder, preparing it first when it is new. PGlite creates files that everybody may read, and they hold
 * messages. So its folder is closed to other accounts, and so is whatever this process creates from here on (umask 0077).
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
      version: PGLITE_VERSION,
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
  const fs = new UnpackedInMemory(await preparedLately(options.cacheDir, migrations));
  return embeddedDatabase(await PGlite.create({ fs, parsers: embeddedParsers }), migrations, null);
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
  const files = await prepared(options.cacheDir, migrations);
  await writeFile(incomplete, '', { mode: 0o600 });
  unpackInto(folder, files);
  const lite = await PGlite.create({ dataDir: folder, parsers: embeddedParsers });
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
      version: `pglite ${PGLITE_VERSION}`,
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
