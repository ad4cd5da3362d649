// Run as a process of its own by a test: holds the keys, writes and reads secrets all the time and rotates when it is told
// to, until it is killed. Says on standard output what was kept and how far it is.
import { argv, stdin, stdout } from 'node:process';
import { setTimeout as pause } from 'node:timers/promises';
import { TEST_CACHE } from '../db/cache.testing.ts';
import { openDatabase } from '../db/database.ts';
import { parseId, type WorkspaceId } from '../ids.ts';
import { silentLogger } from '../log.ts';
import { stepRotation } from './step-rotation.ts';
import { MIGRATIONS, put, readAll } from './lock-box.testing.ts';
import { NOBODY, startProcess } from './rotation-world.testing.ts';

const [, , dataDir = '', url = '', directUrl = '', role = '', ...ids] = argv;
const workspaces = ids.map((text) => parseId<WorkspaceId>(text)).filter((id) => id !== null);
const db = await openDatabase(
  { url: url || null, directUrl: directUrl || null, dataDir, cacheDir: TEST_CACHE, log: silentLogger },
  MIGRATIONS,
);
const { vault, rotation, deps } = await startProcess(db, { dataDir, name: role, beatMs: 100, silentMs: 2_000 });
const say = (what: object): void => void stdout.write(`${JSON.stringify(what)}\n`);
let ending = false;

async function write(): Promise<void> {
  for (let n = 0; !ending; n += 1) {
    const workspaceId = workspaces[n % workspaces.length] ?? null;
    const [name, text] = [`${role}-${n % 40}`, `${role} wrote ${n}`];
    await put(db, vault, { workspaceId, name }, text);
    say({ kept: { workspaceId, name, text } });
    await pause(2);
  }
}

async function read(): Promise<void> {
  while (!ending) {
    for (const id of workspaces) {
      const closed = Object.entries(await readAll(db, vault, id)).filter(([, text]) => text === null);
      if (closed.length > 0) say({ closed: closed.map(([name]) => name) });
    }
    await pause(10);
  }
}

async function rotate(): Promise<void> {
  const { rotation: begun } = await rotation.begin(NOBODY);
  for (;;) {
    // One batch at a time, so that there is a middle to be killed in.
    const state = await stepRotation(deps, begun.id, { by: NOBODY, budgetMs: 0 });
    const resealed = state.places.reduce((sum, place) => sum + place.resealed, 0);
    say({ rotation: { keyId: state.rotation.keyId, state: state.rotation.state, resealed } });
    if (state.rotation.finishedAt !== null) return;
    await pause(5);
  }
}

stdin.on('data', (words: Buffer) => {
  if (words.toString('utf8').includes('rotate')) void rotate();
  if (words.toString('utf8').includes('end')) ending = true;
});
say({ ready: vault.currentKeyId });
await Promise.all([write(), read()]);
stdin.destroy();
await db.close();
