import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TEST_CACHE } from '../db/cache.testing.ts';
import { type Database, openDatabase } from '../db/database.ts';
import { createServerDatabase, type TestServerDatabase, testServerUrl } from '../db/testing.ts';
import type { WorkspaceId } from '../ids.ts';
import { silentLogger } from '../log.ts';
import { addWorkspace, MIGRATIONS, put, readAll, stored } from './lock-box.testing.ts';
import { NOBODY, startProcess } from './rotation-world.testing.ts';

const PROGRAM = fileURLToPath(new URL('./rotation-crash.testing.ts', import.meta.url));
const MANY = 1_500;

let dir: string;
let server: TestServerDatabase | null;
let children: ChildProcess[] = [];
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sentinel-rotation-crash-'));
  const url = testServerUrl();
  server = url === null ? null : await createServerDatabase(url);
});
afterEach(async () => {
  for (const child of children) if (child.exitCode === null && child.signalCode === null) await killed(child);
  children = [];
  await server?.drop();
  await rm(dir, { recursive: true, force: true });
});

const dataDir = () => join(dir, 'data');
const openHere = (): Promise<Database> =>
  openDatabase(
    {
      url: server?.url ?? null,
      directUrl: server?.directUrl ?? null,
      dataDir: dataDir(),
      cacheDir: TEST_CACHE,
      log: silentLogger,
    },
    MIGRATIONS,
  );

async function killed(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL');
  await once(child, 'close');
}

interface Child {
  readonly process: ChildProcess;
  /** The last text that the process said it had kept, by workspace and name. */
  readonly kept: Map<string, string>;
  /** Names of secrets that it could not open at some moment. */
  readonly closed: string[];
  readonly rotations: { keyId: string; state: string; resealed: number }[];
  until(isSo: () => boolean, what: string): Promise<void>;
  tell(word: string): void;
}

async function begin(role: string, workspaces: readonly WorkspaceId[]): Promise<Child> {
  const args = [PROGRAM, dataDir(), server?.url ?? '', server?.directUrl ?? '', role, ...workspaces];
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  children.push(child);
  const kept = new Map<string, string>();
  const closed: string[] = [];
  const rotations: Child['rotations'] = [];
  let ready = false;
  createInterface({ input: child.stdout }).on('line', (line) => {
    const said = JSON.parse(line);
    if (said.ready !== undefined) ready = true;
    if (said.kept !== undefined) kept.set(`${said.kept.workspaceId}/${said.kept.name}`, said.kept.text);
    if (said.closed !== undefined) closed.push(...said.closed);
    if (said.rotation !== undefined) rotations.push(said.rotation);
  });
  const until = async (isSo: () => boolean, what: string): Promise<void> => {
    for (let waited = 0; !isSo(); waited += 5) {
      if (waited > 60_000 || child.exitCode !== null) throw new Error(`${role} did not get to: ${what}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };
  await until(() => ready, 'its start');
  return { process: child, kept, closed, rotations, until, tell: (word) => void child.stdin.write(`${word}\n`) };
}

/** Two workspaces with many secrets under the first key. */
async function prepare(): Promise<readonly WorkspaceId[]> {
  const db = await openHere();
  const { vault, holding } = await startProcess(db, { dataDir: dataDir() });
  const ids = [await addWorkspace(db), await addWorkspace(db)];
  for (let n = 0; n < MANY; n += 1) {
    const workspaceId = ids[n % 2] ?? null;
    await put(db, vault, { workspaceId, name: `old-${String(n).padStart(4, '0')}` }, `old ${n}`);
  }
  await holding.close();
  await db.close();
  return ids;
}

/** Opens everything that is there: nothing may be closed, nothing that was said to be kept may be missing or older. */
async function expectWhole(ids: readonly WorkspaceId[], writers: readonly Child[]): Promise<void> {
  const db = await openHere();
  const { vault, rotation, rotate, holding } = await startProcess(db, { dataDir: dataDir(), silentMs: 2_000 });
  try {
    const { places } = await rotation.list();
    const ended = await rotate();
    expect(ended.places.every(({ unreadable }) => unreadable === 0)).toBe(true);
    for (const key of vault.keyIds.slice(1)) await rotation.retire(key, { ...NOBODY, now: true });
    expect((await readFile(join(dataDir(), 'vault.key'), 'utf8')).trimEnd().split('\n')).toHaveLength(1);
    expect(places).toHaveLength(2);
    const kept = new Map(writers.flatMap((writer) => [...writer.kept]));
    let old = 0;
    for (const id of ids) {
      const all = await readAll(db, vault, id);
      expect(Object.entries(all).filter(([, text]) => text === null)).toEqual([]);
      const mine = [...kept].filter(([key]) => key.startsWith(id));
      const lost = mine.filter(([key, text]) => numberOf(all[key.slice(id.length + 1)]) < numberOf(text));
      expect(lost).toEqual([]);
      old += Object.entries(all).filter(([name, text]) => text === `old ${Number(name.slice(4))}`).length;
      const prefix = `enc:v2:${vault.currentKeyId}:`;
      expect((await stored(db, id)).every(({ sealed }) => sealed.startsWith(prefix))).toBe(true);
    }
    expect(old).toBe(MANY);
  } finally {
    await holding.close();
    await db.close();
  }
}

/** A process that is killed may have kept one more than it could say. */
const numberOf = (text: string | null | undefined): number => Number(/ wrote (\d+)$/.exec(text ?? '')?.[1] ?? -1);

describe('a rotation under load', () => {
  it('that is killed in the middle, again and again, is gone on with; everything opens, and the old key can go', async () => {
    const ids = await prepare();
    const writers: Child[] = [];
    let resealed = 0;
    for (let round = 0; round < 3; round += 1) {
      const child = await begin(`writer${round}`, ids);
      writers.push(child);
      child.tell('rotate');
      const before = resealed;
      await child.until(
        () => child.rotations.some((said) => said.resealed > before || said.state === 'done'),
        'some sealed anew',
      );
      resealed = child.rotations.at(-1)?.resealed ?? 0;
      await killed(child.process);
      expect(child.closed).toEqual([]);
      expect(child.kept.size).toBeGreaterThan(0);
    }
    const said = writers.flatMap((child) => child.rotations);
    expect(new Set(said.map(({ keyId }) => keyId)).size).toBe(1);
    expect(said.at(-1)).toMatchObject({ state: 'sealing' });
    expect(resealed).toBeLessThan(MANY);
    await expectWhole(ids, writers);
  }, 180_000);

  it.skipIf(testServerUrl() === null)(
    'is safe for a second process that writes and reads all the while and shares the file',
    async () => {
      const ids = await prepare();
      const [rotating, other] = [await begin('rotating', ids), await begin('other', ids)];
      rotating.tell('rotate');
      await rotating.until(() => rotating.rotations.some((said) => said.resealed > 0), 'some sealed anew');
      await killed(rotating.process);
      other.tell('rotate');
      await other.until(() => other.rotations.at(-1)?.state === 'done', 'the end of the rotation');
      expect(other.rotations.at(-1)?.keyId).toBe(rotating.rotations.at(-1)?.keyId);
      const count = other.kept.size;
      await other.until(() => other.kept.size >= count, 'going on');
      other.tell('end');
      await once(other.process, 'close');
      expect([...rotating.closed, ...other.closed]).toEqual([]);
      await expectWhole(ids, [rotating, other]);
    },
    180_000,
  );
});
