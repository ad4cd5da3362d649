import { createServer } from 'node:net';
import { sql } from 'kysely';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { newId, type WorkspaceId } from '../ids.ts';
import { type LogFields, silentLogger } from '../log.ts';
import { controlMigrations } from './control.migrations.ts';
import { type Database, type Migrations, openDatabase } from './database.ts';
import { DatabaseUnusable } from './errors.ts';
import { serverTarget } from './server-target.ts';
import { createServerDatabase, TEST_CACHE, testServerUrl } from './testing.ts';

const migrations: Migrations = {
  control: controlMigrations,
  workspace: [{ id: '0001-note', sql: ({ role }) => `create table note (x int); grant select on note to ${role};` }],
};
const warnings: { event: string; fields: LogFields | undefined }[] = [];
const log = { ...silentLogger, warn: (event: string, fields?: LogFields) => void warnings.push({ event, fields }) };
const start = (url: string, directUrl: string | null = null): Promise<Database> =>
  openDatabase({ url, directUrl, dataDir: '', cacheDir: TEST_CACHE, log }, migrations);

describe('a server that cannot be used', () => {
  const refused = async (url: string) => {
    const failure = await start(url).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(DatabaseUnusable);
    expect(String(failure)).not.toContain('geheim');
    return failure;
  };

  it('is named when nothing listens there', async () => {
    const probe = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => probe.once('listening', resolve));
    const address = probe.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    await new Promise((resolve) => probe.close(resolve));
    expect(await refused(`postgres://app:geheim@127.0.0.1:${port}/sentinel`)).toMatchObject({
      trouble: 'unreachable',
      message: expect.stringContaining(`127.0.0.1:${port}/sentinel`),
    });
  });

  it('is refused when its URL is none', () => {
    for (const text of ['', 'localhost', 'mysql://x/y']) expect(() => serverTarget(text)).toThrow(DatabaseUnusable);
    expect(serverTarget('postgresql://a%40b:geheim@db.example:6432/x?sslmode=require')).toMatchObject({
      place: 'db.example:6432/x',
      login: 'a@b',
    });
  });
});

const server = testServerUrl();

describe('a PostgreSQL server', () => {
  const cleanups: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
    warnings.length = 0;
  });

  async function fresh() {
    const database = await createServerDatabase(String(server));
    cleanups.push(() => database.drop());
    return database;
  }
  async function opened(url: string, directUrl: string | null): Promise<Database> {
    const db = await start(url, directUrl);
    cleanups.push(() => db.close());
    return db;
  }
  async function asSuperuser(url: string, ...statements: readonly string[]): Promise<Record<string, unknown>[]> {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    try {
      let rows: Record<string, unknown>[] = [];
      for (const statement of statements) ({ rows } = await client.query(statement));
      return rows;
    } finally {
      await client.end();
    }
  }
  beforeEach((context) => {
    if (server === null) context.skip('no PostgreSQL server: run it through scripts/with-postgres.ts');
  });

  it('is opened by a login that owns nothing and is no superuser', async () => {
    const { url, directUrl } = await fresh();
    const db = await opened(url, directUrl);
    await db.provision(newId<WorkspaceId>());
    const { rows } = await db.engine.run(`
      select (select rolsuper or rolcreaterole or rolcreatedb or rolbypassrls from pg_roles where rolname = current_user) as powerful,
             (select count(*) from pg_class where relowner = (select oid from pg_roles where rolname = current_user)) as owned,
             pg_has_role(current_user, 'sentinel_owner', 'member') as owner`);
    expect(rows).toEqual([{ powerful: false, owned: 0, owner: false }]);
    for (const attempt of [
      'select * from sentinel.workspace',
      'create table planted (x int)',
      'create temporary table planted (x int)',
      'create schema planted',
      'create role planted',
      'set role sentinel_owner',
    ]) {
      await expect(db.engine.run(attempt)).rejects.toThrow(/permission denied|no schema has been selected/);
    }
    expect(warnings).toEqual([]);
  });

  it('is opened again without the migrating login when there is nothing to do', async () => {
    const { url, directUrl } = await fresh();
    const first = await opened(url, directUrl);
    const id = newId<WorkspaceId>();
    await first.provision(id);
    const second = await opened(url, null);
    expect((await second.workspace(id, (tx) => sql`select x from note`.execute(tx))).rows).toEqual([]);
    await expect(second.provision(newId<WorkspaceId>())).rejects.toMatchObject({ trouble: 'lacks_privilege' });
  });

  it('says what it lacks when the only login may not prepare it', async () => {
    const { url } = await fresh();
    await expect(start(url)).rejects.toMatchObject({
      trouble: 'lacks_privilege',
      message: expect.stringContaining('DIRECT_URL'),
    });
  });

  it('lists the statements for a superuser when the migrating login is none', async () => {
    const { url, directUrl } = await fresh();
    const name = serverTarget(directUrl).place.split('/')[1] ?? '';
    await asSuperuser(
      directUrl,
      `create role ${name}_admin login createrole`,
      `alter database ${name} owner to ${name}_admin`,
    );
    cleanups.push(() => asSuperuser(String(server), `drop role ${name}_admin`).then(() => {}));
    cleanups.push(() =>
      asSuperuser(
        directUrl,
        `alter database ${name} owner to postgres`,
        `reassign owned by ${name}_admin to postgres`,
        `drop owned by ${name}_admin`,
      ).then(() => {}),
    );
    const adminUrl = new URL(directUrl);
    adminUrl.username = `${name}_admin`;
    const failure = await start(url, adminUrl.href).catch((error: unknown) => error);
    expect(failure).toMatchObject({
      trouble: 'not_prepared',
      message: expect.stringContaining('revoke execute on function pg_catalog.set_config'),
    });
    const statements = String(failure)
      .slice(String(failure).indexOf('in the database: ') + 'in the database: '.length)
      .split('; ');
    await asSuperuser(directUrl, ...statements.map((statement) => statement.replace(/;$/, '')));
    const db = await opened(url, adminUrl.href);
    const id = newId<WorkspaceId>();
    await db.provision(id);
    await expect(
      db.workspace(id, (tx) =>
        tx.selectNoFrom((eb) => eb.fn('set_config', [eb.val('role'), eb.val('none'), eb.lit(true)]).as('x')).execute(),
      ),
    ).rejects.toThrow(/permission denied/);
    await db.close();
    await opened(url, adminUrl.href);
  });

  it('warns of a login that is a superuser', async () => {
    const { directUrl } = await fresh();
    await opened(directUrl, null);
    expect(warnings).toMatchObject([{ event: 'database.login_is_superuser' }]);
  });

  it('refuses a login it does not know and a database it does not have', async () => {
    const { url, directUrl } = await fresh();
    const missing = new URL(directUrl);
    missing.pathname = '/sentinel_nowhere';
    await expect(start(missing.href)).rejects.toMatchObject({ trouble: 'no_database' });
    const stranger = new URL(url);
    stranger.username = 'sentinel_nobody';
    await expect(start(stranger.href)).rejects.toMatchObject({ trouble: 'refused' });
  });

  it('is prepared once when several processes start at the same time', async () => {
    const { url, directUrl } = await fresh();
    await Promise.all([opened(url, directUrl), opened(url, directUrl), opened(url, directUrl)]);
    const rows = await asSuperuser(directUrl, 'select count(*)::int as migrations from sentinel.migration');
    expect(rows).toEqual([{ migrations: controlMigrations.length }]);
  });

  it('answers again after its connections were cut', async () => {
    const { url, directUrl } = await fresh();
    const db = await opened(url, directUrl);
    await db.control(async () => {});
    await asSuperuser(
      directUrl,
      `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'sentinel' and datname = current_database()`,
    );
    await expect
      .poll(() =>
        db.control(async (tx) => (await tx.selectFrom('workspace').selectAll().execute()).length).catch(() => 'cut'),
      )
      .toBe(0);
  });
});
