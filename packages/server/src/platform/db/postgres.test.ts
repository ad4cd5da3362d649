import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { sql } from 'kysely';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { newId, type WorkspaceId } from '../ids.ts';
import { type LogFields, silentLogger } from '../log.ts';
import { controlMigrations } from './control.migrations.ts';
import { type Database, type Migrations, openDatabase, type WorkspaceTx } from './database.ts';
import { DatabaseUnusable } from './errors.ts';
import { folderHolder } from './folder-lock.ts';
import { serverTarget } from './server-target.ts';
import { createServerDatabase, testServerUrl } from './testing.ts';
import { TEST_CACHE } from './cache.testing.ts';

const migrations: Migrations = {
  control: controlMigrations,
  workspace: [{ id: '0001-note', sql: ({ role }) => `create table note (x int); grant select on note to ${role};` }],
};
const warnings: { event: string; fields: LogFields | undefined }[] = [];
const log = { ...silentLogger, warn: (event: string, fields?: LogFields) => void warnings.push({ event, fields }) };
const start = (url: string, directUrl: string | null = null, dataDir = ''): Promise<Database> =>
  openDatabase({ url, directUrl, dataDir, cacheDir: TEST_CACHE, log }, migrations);

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
  async function opened(url: string, directUrl: string | null, dataDir = ''): Promise<Database> {
    const db = await start(url, directUrl, dataDir);
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
    await db.deprovision(id);
    await expect(db.workspace(id, async () => {})).rejects.toMatchObject({ code: 'not_found' });
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

  describe('whose connection is cut in the middle of a unit of work', () => {
    async function cut(): Promise<{ db: Database; id: WorkspaceId; cutIn(tx: WorkspaceTx): Promise<void> }> {
      const { url, directUrl } = await fresh();
      const db = await opened(url, directUrl);
      const id = newId<WorkspaceId>();
      await db.provision(id);
      const cutIn = async (tx: WorkspaceTx) => {
        const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(tx);
        await asSuperuser(directUrl, `select pg_terminate_backend(${Number(rows[0]?.pid)})`);
        // The server's last word arrives while no statement is waiting for one.
        await pause(200);
      };
      return { db, id, cutIn };
    }
    const look = (tx: WorkspaceTx) => sql`select x from note`.execute(tx);

    it('fails that one and does the next on another connection', async () => {
      const { db, id, cutIn } = await cut();
      const failure = await db
        .workspace(id, async (tx) => {
          await cutIn(tx);
          return look(tx);
        })
        .catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(Error);
      expect((await db.workspace(id, look)).rows).toEqual([]);
      expect(warnings).toEqual([{ event: 'database.connection_lost', fields: { errorCode: '57P01' } }]);
    });

    it('fails with the work’s own error, when it had one', async () => {
      const { db, id, cutIn } = await cut();
      const work = db.workspace(id, async (tx) => {
        await cutIn(tx);
        throw new Error('of the work');
      });
      await expect(work).rejects.toThrow('of the work');
      expect((await db.workspace(id, look)).rows).toEqual([]);
    });

    it('never pretends that it was kept', async () => {
      const { db, id, cutIn } = await cut();
      await expect(db.workspace(id, cutIn)).rejects.toThrow(/connection/i);
      expect((await db.workspace(id, look)).rows).toEqual([]);
    });
  });

  it('limits how long a unit of work may take or rest, and leaves the connection as it was', async () => {
    const { url, directUrl } = await fresh();
    const db = await opened(url, directUrl);
    const id = newId<WorkspaceId>();
    await db.provision(id);
    const limits = sql<Record<string, string>>`
      select current_setting('statement_timeout') as statement, current_setting('idle_in_transaction_session_timeout') as idle`;
    const inside = [{ statement: '1min', idle: '1min' }];
    expect((await db.workspace(id, (tx) => limits.execute(tx))).rows).toEqual(inside);
    expect((await db.workspace(id, (tx) => limits.execute(tx), 'ingest')).rows).toEqual(inside);
    expect((await db.control((tx) => limits.execute(tx))).rows).toEqual(inside);
    const outside = await db.engine.run(
      `select current_setting('statement_timeout') as statement, current_setting('idle_in_transaction_session_timeout') as idle`,
    );
    expect(outside.rows).toEqual([{ statement: '0', idle: '0' }]);
  });

  it('is not waited for by a migration for ever', async () => {
    const { url, directUrl } = await fresh();
    const db = await opened(url, directUrl);
    await db.provision(newId<WorkspaceId>());
    const seen: Migrations = {
      ...migrations,
      control: [
        ...controlMigrations,
        { id: '0900-limit', sql: `create table seen as select current_setting('lock_timeout') as lock_timeout` },
      ],
    };
    const later = await openDatabase({ url, directUrl, dataDir: '', cacheDir: TEST_CACHE, log }, seen);
    cleanups.push(() => later.close());
    expect(await asSuperuser(directUrl, 'select * from sentinel.seen')).toEqual([{ lock_timeout: '20s' }]);
  });

  describe('served from a data folder', () => {
    let dataDir: string;
    beforeEach(async () => {
      const parent = await mkdtemp(join(tmpdir(), 'sentinel-server-'));
      dataDir = join(parent, 'data');
      cleanups.push(() => rm(parent, { recursive: true, force: true }));
    });
    const url = async () => (await folderHolder(dataDir))?.url ?? null;

    it('says there who serves it, until it is closed', async () => {
      const { url: login, directUrl } = await fresh();
      const db = await opened(login, directUrl, dataDir);
      expect(await url()).toBeNull();
      await db.setLockUrl('http://127.0.0.1:7171', 'serving');
      expect(await folderHolder(dataDir)).toMatchObject({ pid: process.pid, url: 'http://127.0.0.1:7171' });
      await db.close();
      expect(await folderHolder(dataDir)).toBeNull();
      expect(await readdir(dataDir)).toEqual([]);
    });

    it('keeps the note of the first when others serve or pass', async () => {
      const { url: login, directUrl } = await fresh();
      const first = await opened(login, directUrl, dataDir);
      await first.setLockUrl('http://127.0.0.1:7171', 'serving');
      const second = await opened(login, directUrl, dataDir);
      await second.setLockUrl('http://127.0.0.1:7172', 'serving');
      const passing = await opened(login, directUrl, dataDir);
      await passing.setLockUrl('http://127.0.0.1:7173', 'passing');
      expect(await url()).toBe('http://127.0.0.1:7171');
      await Promise.all([second.close(), passing.close()]);
      expect(await url()).toBe('http://127.0.0.1:7171');
    });

    it('has no note of one that only passes', async () => {
      const { url: login, directUrl } = await fresh();
      const passing = await opened(login, directUrl, dataDir);
      await passing.setLockUrl('http://127.0.0.1:7173', 'passing');
      expect(await url()).toBeNull();
    });
  });
});
