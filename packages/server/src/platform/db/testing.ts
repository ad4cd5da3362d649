// A fresh database per call, for tests: PGlite in memory from a cached template, or a new database on the server that
// SENTINEL_TEST_DATABASE_URL (a superuser's URL) names. Closing it leaves nothing behind.
import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { silentLogger } from '../log.ts';
import { TEST_CACHE } from './cache.testing.ts';
import { type Database, type Migrations, openDatabase } from './database.ts';
import { errorCode } from './errors.ts';
import { FOUNDATION_TEXT } from './foundation.ts';
import { fingerprint } from './migrate.ts';
import { openInMemory } from './pglite.ts';

export type TestDatabase = Database & { readonly engineName: string };

/** The superuser's URL of the test server, or null when tests run on PGlite. */
export function testServerUrl(): string | null {
  return process.env['SENTINEL_TEST_DATABASE_URL'] || null;
}

/** Opens a fresh database with the given migrations. Close it in `afterAll`: an open one keeps the process alive. */
export async function openTestDatabase(migrations: Migrations): Promise<TestDatabase> {
  const server = testServerUrl();
  if (server !== null) return openOnServer(server, migrations);
  const database = await openInMemory({ cacheDir: TEST_CACHE }, migrations);
  return { ...database, engineName: database.engine.version };
}

export interface TestServerDatabase {
  /** Login that owns nothing and is no superuser. */
  readonly url: string;
  /** The superuser's, in the same database. */
  readonly directUrl: string;
  drop(): Promise<void>;
}

/**
 * Creates a database and an application login on the test server.
 *
 * @param template the database to copy; an empty one unless said
 */
export async function createServerDatabase(server: string, template = 'template1'): Promise<TestServerDatabase> {
  const name = `sentinel_test_${randomBytes(6).toString('hex')}`;
  const password = randomBytes(12).toString('hex');
  await asSuperuser(server, async (client) => {
    await client.query(`create role ${name}_app login noinherit password '${password}'`);
    await onceFree(client, `create database ${name} template ${template}`);
  });
  const directUrl = changed(server, { database: name });
  return {
    url: changed(directUrl, { login: `${name}_app`, password }),
    directUrl,
    async drop() {
      const roles = await workspaceRoles(directUrl);
      await asSuperuser(server, async (client) => {
        await client.query(`drop database ${name} with (force)`);
        for (const role of [...roles, `${name}_app`]) await client.query(`drop role if exists ${role}`);
      });
    },
  };
}

async function openOnServer(server: string, migrations: Migrations): Promise<TestDatabase> {
  const fresh = await createServerDatabase(server, await migratedTemplate(server, migrations));
  const database = await openFresh(fresh, migrations);
  return {
    ...database,
    engineName: database.engine.version,
    async close() {
      await database.close();
      await fresh.drop();
    },
  };
}

function openFresh({ url, directUrl }: TestServerDatabase, migrations: Migrations): Promise<Database> {
  return openDatabase({ url, directUrl, dataDir: '', cacheDir: TEST_CACHE, log: silentLogger }, migrations);
}

/**
 * The name of a database in which these migrations ran; made by whoever needs it first and left on the server, which is a
 * throw-away one. Copying it takes a third of the time of migrating anew.
 */
function migratedTemplate(server: string, { control, workspace }: Migrations): Promise<string> {
  const steps = [FOUNDATION_TEXT, ...control.map(({ id, sql }) => id + sql), ...workspace.map(({ id }) => id)];
  const name = `sentinel_template_${fingerprint(steps)}`;
  return asSuperuser(server, async (client) => {
    await client.query('select pg_advisory_lock(hashtextextended($1, 0))', [name]);
    const { rowCount } = await client.query('select from pg_database where datname = $1', [name]);
    if (rowCount === 0) {
      const made = await createServerDatabase(server);
      await (await openFresh(made, { control, workspace })).close();
      await onceFree(client, `alter database ${new URL(made.directUrl).pathname.slice(1)} rename to ${name}`);
    }
    return name;
  });
}

/** Roles belong to the cluster, so those of this database's workspaces are named before it is dropped. */
async function workspaceRoles(url: string): Promise<readonly string[]> {
  return asSuperuser(url, async (client) => {
    const { rows: known } = await client.query<{ known: boolean }>(
      `select to_regclass('sentinel.workspace_schema') is not null as known`,
    );
    if (known[0]?.known !== true) return [];
    const { rows } = await client.query<{ role: string }>(
      `select 'ws_' || replace(workspace_id::text, '-', '') as role from sentinel.workspace_schema`,
    );
    return rows.flatMap(({ role }) => [`${role}_ingest`, role]);
  });
}

/** A database is neither copied nor renamed while somebody else copies it, or is just leaving it. */
async function onceFree(client: pg.Client, statement: string): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await client.query(statement);
      return;
    } catch (error) {
      if (errorCode(error) !== '55006' || attempt === 250) throw error;
      await pause(20);
    }
  }
}

async function asSuperuser<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

function changed(text: string, to: { database?: string; login?: string; password?: string }): string {
  const url = new URL(text);
  if (to.database !== undefined) url.pathname = `/${to.database}`;
  if (to.login !== undefined) url.username = to.login;
  if (to.password !== undefined) url.password = to.password;
  return url.href;
}
