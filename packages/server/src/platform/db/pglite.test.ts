import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { newId, type WorkspaceId } from '../ids.ts';
import { silentLogger } from '../log.ts';
import { controlMigrations } from './control.migrations.ts';
import { type Database, type Migrations, openDatabase } from './database.ts';
import { DatabaseUnusable, DataFolderInUse } from './errors.ts';
import { TEST_CACHE } from './cache.testing.ts';

const note = {
  id: '0001-note',
  sql: ({ role }: { role: string }) => `create table note (text text); grant select, insert on note to ${role};`,
};
const migrations: Migrations = { control: controlMigrations, workspace: [note] };

let dataDir: string;
let open: Database[] = [];
beforeEach(async () => {
  dataDir = join(await mkdtemp(join(tmpdir(), 'sentinel-pglite-')), 'data');
});
afterEach(async () => {
  for (const db of open) await db.close();
  open = [];
  await rm(join(dataDir, '..'), { recursive: true, force: true });
});

async function start(with_: Migrations = migrations): Promise<Database> {
  const db = await openDatabase(
    { url: null, directUrl: null, dataDir, cacheDir: TEST_CACHE, log: silentLogger },
    with_,
  );
  open.push(db);
  return db;
}
const write = (db: Database, id: WorkspaceId, text: string) =>
  db.workspace(id, (tx) => sql`insert into note values (${text})`.execute(tx));
const read = async (db: Database, id: WorkspaceId) =>
  (await db.workspace(id, (tx) => sql<{ text: string }>`select text from note`.execute(tx))).rows.map(
    (row) => row.text,
  );

describe('the embedded database', () => {
  it('keeps what was written when it is opened again', async () => {
    const id = newId<WorkspaceId>();
    const first = await start();
    await first.provision(id);
    await write(first, id, 'kept');
    await first.close();
    const second = await start();
    expect(await read(second, id)).toEqual(['kept']);
    expect((await stat(dataDir)).mode & 0o777).toBe(0o700);
    expect(await readFile(join(dataDir, 'database', 'postgresql.conf'), 'utf8')).toMatch(/^shared_buffers\s*=\s*16MB/m);
  });

  it('is closed to other accounts, also when its folder was open before', async () => {
    const database = join(dataDir, 'database');
    const modes = async (paths: readonly string[]) =>
      Promise.all(paths.map(async (path) => (await stat(path)).mode & 0o777));
    const files = async () => (await readdir(database, { recursive: true })).map((name) => join(database, name));
    process.umask(0o022);
    await mkdir(dataDir, { mode: 0o755 });
    const first = await start();
    expect(await modes([dataDir, database])).toEqual([0o700, 0o700]);
    const unpacked = new Set(await files());
    await first.provision(newId<WorkspaceId>());
    const added = (await files()).filter((path) => !unpacked.has(path));
    expect(added.length).toBeGreaterThan(0);
    expect((await modes(added)).filter((mode) => (mode & 0o077) !== 0)).toEqual([]);
    await first.close();
    for (const folder of [dataDir, database]) await chmod(folder, 0o755);
    await start();
    expect(await modes([dataDir, database])).toEqual([0o700, 0o700]);
  });

  it('leaves a folder alone that is shared on purpose, and closes its own in it', async () => {
    await mkdir(dataDir);
    await chmod(dataDir, 0o1777);
    await start();
    expect((await stat(dataDir)).mode & 0o7777).toBe(0o1777);
    expect((await stat(join(dataDir, 'database'))).mode & 0o777).toBe(0o700);
  });

  it('belongs to one opener', async () => {
    const first = await start();
    await first.setLockUrl('http://127.0.0.1:7171', 'serving');
    await expect(start()).rejects.toMatchObject({
      name: 'DataFolderInUse',
      pid: process.pid,
      url: 'http://127.0.0.1:7171',
    });
    await first.close();
    await start();
  });

  it('survives the death of its process with everything it acknowledged', async () => {
    const id = newId<WorkspaceId>();
    const child = spawn(
      process.execPath,
      [fileURLToPath(new URL('./crash.testing.ts', import.meta.url)), dataDir, id],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    let acknowledged = '';
    child.stdout.on('data', (text: Buffer) => {
      acknowledged += text.toString();
      if (acknowledged.split('\n').length > 60) child.kill('SIGKILL');
    });
    await once(child, 'exit');
    const db = await start();
    const kept = new Set(await read(db, id));
    const lines = acknowledged.split('\n').slice(0, -1);
    expect(lines.length).toBeGreaterThan(50);
    for (const line of lines) expect(kept).toContain(line);
  }, 60_000);

  it('brings workspaces up to date that were made by an earlier version', async () => {
    const id = newId<WorkspaceId>();
    const first = await start();
    await first.provision(id);
    await write(first, id, 'old');
    await first.close();
    const second = await start({
      control: [...controlMigrations, { id: '0900-later', sql: 'create table later (x int)' }],
      workspace: [
        note,
        { id: '0002-mark', sql: () => `alter table note add column mark text not null default 'none'` },
      ],
    });
    const { rows } = await second.workspace(id, (tx) => sql`select text, mark from note`.execute(tx));
    expect(rows).toEqual([{ text: 'old', mark: 'none' }]);
    expect((await second.control((tx) => sql`select count(*) from later`.execute(tx))).rows).toEqual([{ count: 0 }]);
  });

  it('keeps nothing of a migration that fails, and says which', async () => {
    const id = newId<WorkspaceId>();
    const first = await start();
    await first.provision(id);
    await first.close();
    const broken: Migrations = {
      ...migrations,
      workspace: [
        note,
        { id: '0002-broken', sql: () => 'create table half (x int); create table nonsense (x nothing)' },
      ],
    };
    const failure = await start(broken).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(DatabaseUnusable);
    expect(failure).toMatchObject({ trouble: 'migration_failed', message: expect.stringContaining('0002-broken') });
    const again = await start();
    await expect(again.workspace(id, (tx) => sql`select * from half`.execute(tx))).rejects.toThrow(/does not exist/);
  });

  it('refuses to go on when a migration was changed after it ran', async () => {
    await (await start()).close();
    const changed = {
      ...migrations,
      control: controlMigrations.map((step) => ({ ...step, sql: `${step.sql} -- changed` })),
    };
    await expect(start(changed)).rejects.toMatchObject({
      trouble: 'migration_changed',
      message: expect.stringContaining('0001-workspace'),
    });
  });

  it('begins anew when the first start died before the folder was filled', async () => {
    await mkdir(join(dataDir, 'database'), { recursive: true });
    await writeFile(join(dataDir, 'database', 'PG_VERSION'), '18\n');
    await writeFile(join(dataDir, 'database.incomplete'), '');
    const id = newId<WorkspaceId>();
    const db = await start();
    await db.provision(id);
    await write(db, id, 'works');
    expect(await read(db, id)).toEqual(['works']);
  });

  it('lets the folder go when it cannot be opened', async () => {
    await (await start()).close();
    await writeFile(join(dataDir, 'database', 'PG_VERSION'), '9\n');
    const failure = await start().catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(Error);
    expect(failure).not.toBeInstanceOf(DataFolderInUse);
    await writeFile(join(dataDir, 'database', 'PG_VERSION'), '18\n');
    await start();
  });

  it('waits at its closing for work that is going on, and takes no more', async () => {
    const db = await start();
    const id = newId<WorkspaceId>();
    await db.provision(id);
    const working = db.workspace(id, async (tx) => {
      await new Promise((resolve) => setTimeout(resolve, 100));
      await sql`insert into note values ('late')`.execute(tx);
    });
    await Promise.all([working, db.close()]);
    await expect(db.control(async () => {})).rejects.toThrow(/after close/);
    expect(await read(await start(), id)).toEqual(['late']);
  });
});
