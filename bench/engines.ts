// The two databases the benchmarks run on, each with the driver beneath it: PGlite in a folder of its own, as `npm start`
// uses it, and a fresh database on the PostgreSQL server that SENTINEL_TEST_DATABASE_URL names.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { serverTypes } from '../packages/server/src/platform/db/column-values.ts';
import { type Database, openDatabase } from '../packages/server/src/platform/db/database.ts';
import { createServerDatabase, testServerUrl } from '../packages/server/src/platform/db/testing.ts';
import { TEST_CACHE } from '../packages/server/src/platform/db/cache.testing.ts';
import { silentLogger } from '../packages/server/src/platform/log.ts';
import { MIGRATIONS } from '../packages/server/src/main.ts';

export interface Engine {
  /** With the durability it runs at: what a commit costs depends on it. */
  readonly name: string;
  /** A server that waits for the disk at every commit, as one in use does. */
  readonly isServerInUse: boolean;
  readonly db: Database;
  /** One statement on the driver, in a transaction of its own (autocommit), as the superuser. */
  query(text: string, values?: readonly unknown[]): Promise<Record<string, unknown>[]>;
  /** Does at once what maintenance would have done a little later: reclaims rows and refreshes statistics. */
  settle(): Promise<void>;
  close(): Promise<void>;
}

/** Opens every engine there is, one after the other; with --server-only only the server. */
export async function* eachEngine(): AsyncGenerator<Engine> {
  const server = testServerUrl() === null ? [] : [openServer];
  for (const open of process.argv.includes('--server-only') ? server : [openEmbedded, ...server]) {
    const engine = await open();
    try {
      yield engine;
    } finally {
      await engine.close();
    }
  }
}

async function openEmbedded(): Promise<Engine> {
  const folder = await mkdtemp(join(tmpdir(), 'sentinel-bench-'));
  const db = await openDatabase(
    { url: null, directUrl: null, dataDir: folder, cacheDir: TEST_CACHE, log: silentLogger },
    MIGRATIONS,
  );
  return {
    name: db.engine.version,
    isServerInUse: false,
    db,
    query: async (text, values) => (await db.engine.run(text, values)).rows,
    settle: () => db.engine.maintain(),
    async close() {
      await db.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function openServer(): Promise<Engine> {
  const fresh = await createServerDatabase(testServerUrl() ?? '');
  const db = await openDatabase(
    { url: fresh.url, directUrl: fresh.directUrl, dataDir: '', cacheDir: TEST_CACHE, log: silentLogger },
    MIGRATIONS,
  );
  const client = new pg.Client({ connectionString: fresh.directUrl, types: serverTypes });
  await client.connect();
  const query = async (text: string, values: readonly unknown[] = []) =>
    (await client.query<Record<string, unknown>>(text, [...values])).rows;
  const [setting] = await query(
    `select current_setting('fsync') = 'on' and current_setting('synchronous_commit') <> 'off' as durable`,
  );
  const isDurable = setting?.['durable'] === true;
  return {
    name: `${db.engine.version}, fsync ${isDurable ? 'on' : 'off'}`,
    isServerInUse: isDurable,
    db,
    query,
    async settle() {
      await query('vacuum analyze');
    },
    async close() {
      await client.end();
      await db.close();
      await fresh.drop();
    },
  };
}
