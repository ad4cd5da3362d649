// Test support: processes that hold a vault on one database, as `main.ts` wires them.
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import type { Clock } from '../clock.ts';
import type { Database } from '../db/database.ts';
import { openTestDatabase, type TestDatabase } from '../db/testing.ts';
import type { WorkspaceId } from '../ids.ts';
import { silentLogger } from '../log.ts';
import { holdKeys, type KeyHolding } from './key-holding.ts';
import { addWorkspace, controlBoxes, MIGRATIONS, put, readAll, workspaceBoxes } from './lock-box.testing.ts';
import { createRotation, type Rotation, type RotationDeps } from './rotation.ts';
import { Secret } from './secret.ts';
import { type LoadedVault, loadVault } from './vault-key.ts';
import { createVault, parseMasterKey } from './vault.ts';

/** A process that holds the keys. */
export interface KeyProcess {
  readonly loaded: LoadedVault;
  readonly vault: LoadedVault['vault'];
  readonly holding: KeyHolding;
  readonly deps: RotationDeps;
  readonly rotation: Rotation;
  /** Steps until it is done. @throws when it does not end */
  rotate(): Promise<Awaited<ReturnType<Rotation['step']>>>;
}

export interface ProcessOptions {
  readonly dataDir: string;
  readonly setting?: string;
  readonly name?: string;
  readonly clock?: Clock;
  readonly beatMs?: number;
  readonly silentMs?: number;
  readonly remember?: () => Promise<void>;
  /** Tells processes of one database apart, also on the embedded one. */
  readonly kind?: Database['kind'];
}

export const NOBODY = { actorId: null } as const;

export async function startProcess(db: Database, options: ProcessOptions): Promise<KeyProcess> {
  const { dataDir, setting, clock = { now: () => new Date() }, silentMs, kind = db.kind } = options;
  await mkdir(dataDir, { recursive: true });
  const loaded = await loadVault({
    setting: setting === undefined ? null : new Secret(setting),
    dataDir,
    create: 'when_missing',
  });
  const holding = await holdKeys({
    db: { ...db, kind },
    loaded,
    clock,
    log: silentLogger,
    name: options.name ?? 'a process',
    beatMs: options.beatMs ?? 3_600_000,
    ...(silentMs === undefined ? {} : { silentMs }),
  });
  const remember = options.remember ?? (async () => {});
  const places = [controlBoxes, workspaceBoxes];
  const deps: RotationDeps = { db, loaded, holding, places, clock, log: silentLogger, remember };
  const rotation = createRotation(deps);
  return { loaded, vault: loaded.vault, holding, deps, rotation, rotate: () => rotateFully(rotation) };
}

async function rotateFully(rotation: Rotation): Promise<Awaited<ReturnType<Rotation['step']>>> {
  let state = await rotation.begin(NOBODY);
  for (let steps = 0; state.rotation.finishedAt === null; steps += 1) {
    if (steps > 1_000) throw new Error('the rotation does not end');
    state = await rotation.step(state.rotation.id, NOBODY);
  }
  return state;
}

/** A database with two workspaces, the second one suspended, and a data folder that every test finds empty. */
export interface RotationWorld {
  readonly db: TestDatabase;
  readonly one: WorkspaceId;
  readonly two: WorkspaceId;
  readonly dataDir: () => string;
  readonly file: () => string;
  /** Lines of the key file. */
  fileKeys(): Promise<string[]>;
  /** A process among others, whatever the database; it shares the data folder unless told otherwise. */
  start(options?: Partial<ProcessOptions>): Promise<KeyProcess>;
  /** Stops all processes and forgets every key and secret. */
  reset(): Promise<void>;
  close(): Promise<void>;
}

const TABLES = ['vault_reseal', 'vault_rotation', 'vault_key', 'vault_holder', 'lock_box'];

export async function openRotationWorld(): Promise<RotationWorld> {
  const db = await openTestDatabase(MIGRATIONS);
  const [one, two] = [await addWorkspace(db), await addWorkspace(db, 'suspended')];
  const root = await mkdtemp(join(tmpdir(), 'sentinel-rotation-'));
  let round = 0;
  const dataDir = () => join(root, String(round));
  const file = () => join(dataDir(), 'vault.key');
  let running: KeyProcess[] = [];
  const reset = async (): Promise<void> => {
    for (const each of running) await each.holding.close();
    running = [];
    await db.control(async (tx) => {
      for (const table of TABLES) await sql`delete from ${sql.table(table)}`.execute(tx);
    });
    for (const id of [one, two]) await db.workspace(id, (tx) => sql`delete from lock_box`.execute(tx));
    round += 1;
  };
  return {
    db,
    one,
    two,
    dataDir,
    file,
    fileKeys: async () => (await readFile(file(), 'utf8')).trimEnd().split('\n'),
    async start(options = {}) {
      const started = await startProcess(db, { dataDir: dataDir(), kind: 'server', ...options });
      running.push(started);
      return started;
    },
    reset,
    async close() {
      await reset();
      await db.close();
      await rm(root, { recursive: true, force: true });
    },
  };
}

/** 250 secrets in the first workspace, one in the suspended one, one of the installation. */
export async function fill({ db, one, two }: RotationWorld, process: KeyProcess): Promise<void> {
  for (let n = 0; n < 250; n += 1)
    await put(db, process.vault, { workspaceId: one, name: `n-${String(n).padStart(3, '0')}` }, `secret ${n}`);
  await put(db, process.vault, { workspaceId: two, name: 'only' }, 'of the suspended one');
  await put(db, process.vault, { workspaceId: null, name: 'own' }, 'of the installation');
}

/** What `fill` wrote and opens now; 252 when it is everything. */
export async function whatOpens({ db, one, two }: RotationWorld, process: KeyProcess): Promise<number> {
  const [first, second, own] = [
    await readAll(db, process.vault, one),
    await readAll(db, process.vault, two),
    await readAll(db, process.vault, null),
  ];
  const right = Object.values(first).filter((text, n) => text === `secret ${n}`).length;
  return right + Number(second['only'] === 'of the suspended one') + Number(own['own'] === 'of the installation');
}

export const EVERYTHING = 252;

export const randomKey = (): string => randomBytes(32).toString('base64');

/** The names of keys that stand in a file or a setting. */
export function idsOf(keys: readonly string[]): readonly string[] {
  return keys.map((key) => createVault([parseMasterKey(key) ?? new Uint8Array()]).currentKeyId);
}

/** `code: sentence` of what an attempt was refused with. */
export async function refusalOf(attempt: Promise<unknown>): Promise<string> {
  return await attempt.then(
    () => 'not refused',
    (error: unknown) =>
      error instanceof Error && 'code' in error ? `${String(error.code)}: ${error.message}` : 'other',
  );
}
