import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openTestDatabase, type TestDatabase, testServerUrl } from '../db/testing.ts';
import type { WorkspaceId } from '../ids.ts';
import { open, openV1 } from './envelope.ts';
import { addWorkspace, boxContext, MIGRATIONS, put, readAll } from './lock-box.testing.ts';
import { NOBODY, startProcess } from './rotation-world.testing.ts';
import { createVault, parseMasterKey } from './vault.ts';

const CANARY = 'xoxb-canary-5f2c9d';

let db: TestDatabase;
let dir: string;
beforeAll(async () => {
  db = await openTestDatabase(MIGRATIONS);
  dir = await mkdtemp(join(tmpdir(), 'sentinel-dump-'));
}, 120_000);
afterAll(async () => {
  await db.close();
  await rm(dir, { recursive: true, force: true });
});

const TABLES = `
  select quote_ident(n.nspname) || '.' || quote_ident(c.relname) as name
  from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p', 'm') and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast')`;

/** Every row of every table as text: what somebody has who copied the database. */
async function dump(): Promise<string> {
  const query = await reader();
  const tables = (await query(TABLES)).map((row) => String(row['name']));
  expect(tables.some((name) => name.endsWith('.lock_box'))).toBe(true);
  const lines: string[] = [];
  for (const name of tables)
    lines.push(...(await query(`select t::text as line from ${name} t`)).map((row) => String(row['line'])));
  await query('end');
  return lines.join('\n');
}

type Rows = readonly Record<string, unknown>[];
let client: pg.Client | null = null;

async function reader(): Promise<(text: string) => Promise<Rows>> {
  const server = testServerUrl();
  // The embedded database has no other login than the one that sees everything.
  if (server === null) return async (text) => (text === 'end' ? [] : (await db.engine.run(text)).rows);
  const { rows } = await db.engine.run('select current_database() as name');
  const url = new URL(server);
  url.pathname = `/${String(rows[0]?.['name'])}`;
  const opened = new pg.Client({ connectionString: url.href });
  client = opened;
  await opened.connect();
  return async (text) => {
    if (text !== 'end') return (await opened.query<Record<string, unknown>>(text)).rows;
    await opened.end();
    client = null;
    return [];
  };
}
afterAll(async () => {
  await client?.end();
});

it('a copy of the database opens nothing without a key at hand, also not with one that was retired', async () => {
  const process = await startProcess(db, { dataDir: join(dir, 'data') });
  const ids: WorkspaceId[] = [await addWorkspace(db), await addWorkspace(db)];
  const places = [null, ...ids].map((workspaceId, n) => ({ workspaceId, name: `box-${n}` }));
  for (const [n, place] of places.entries()) await put(db, process.vault, place, `${CANARY}-${n}`);
  const oldKey = parseMasterKey((await readFile(join(dir, 'data', 'vault.key'), 'utf8')).trimEnd()) ?? new Uint8Array();
  const oldId = process.vault.currentKeyId;
  await process.rotate();
  await process.rotation.retire(oldId, { ...NOBODY, now: true });

  const text = await dump();
  const newKey = parseMasterKey((await readFile(join(dir, 'data', 'vault.key'), 'utf8')).trimEnd()) ?? new Uint8Array();
  expect(newKey).toHaveLength(32);
  for (const bytes of [Buffer.from(CANARY), oldKey, newKey])
    for (const form of ['utf8', 'hex', 'base64', 'base64url'] as const)
      expect(text).not.toContain(Buffer.from(bytes).toString(form).replace(/=+$/, '').slice(0, 24));

  const values = [...new Set(text.match(/enc:v[0-9]+:[0-9A-Za-z+/=:]*/g))];
  expect(values.length).toBeGreaterThanOrEqual(places.length);
  const strangers = [createVault([randomBytes(32)]), createVault([oldKey]), createVault([new Uint8Array(32)])];
  for (const value of values) {
    for (const stranger of strangers)
      for (const { workspaceId, name } of places)
        expect(open(stranger, boxContext(workspaceId, name), value).kind).toBe('refused');
    for (const key of [oldKey, new Uint8Array(32)]) expect(openV1(value, key).kind).toBe('refused');
  }
  expect(await readAll(db, process.vault, ids[1] ?? null)).toEqual({ 'box-2': `${CANARY}-2` });
  await process.holding.close();
});
