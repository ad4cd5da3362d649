// One step of a change of the master key, of about two seconds: lets the new key seal once every process knows it, then seals
// anew what older keys sealed. Whoever was interrupted, or killed, goes on where the last batch ended.
import { problem } from '../problem.ts';
import { resealBatch, START, type Walk } from './reseal.ts';
import { changeKeyFile, type KeyActor, recordKeyEvent, type RotationDeps } from './rotation-deps.ts';
import {
  endLease,
  findRotation,
  leaseRotation,
  listProgress,
  markFinished,
  markSealing,
  type PlaceProgress,
  type RotationRow,
  saveProgress,
  startNextPass,
} from './rotation.store.ts';
import type { SealedPlace } from './sealed-place.ts';
import { lockVault, promoteKey } from './vault-key.store.ts';
import { keyIdOf } from './vault.ts';

/** How long a process that was killed keeps others from going on. */
const LEASE_MS = 10_000;

export interface RotationState {
  readonly rotation: RotationRow;
  /** Processes that do not know the new key yet, or still seal with the one before. */
  readonly waitingFor: readonly string[];
  readonly places: readonly PlaceProgress[];
}

/**
 * Works on a rotation for about so long and says how far it is. Safe to call again, by anybody, after anything.
 *
 * @throws problem `not_found` when there is no such rotation
 */
export async function stepRotation(
  deps: RotationDeps,
  id: string,
  work: { readonly by: KeyActor; readonly budgetMs: number },
): Promise<RotationState> {
  const { db, holding } = deps;
  await holding.beat();
  const rotation = await db.control((tx) => findRotation(tx, id));
  if (rotation === null) throw problem('not_found', 'There is no such rotation.');
  const mayWork =
    rotation.finishedAt === null && (await db.control((tx) => leaseRotation(tx, id, holding.id, LEASE_MS)));
  if (!mayWork) return await stateOf(deps, id);
  try {
    if (rotation.state === 'announced') await promote(deps, rotation);
    else await resealFor(deps, rotation, work);
  } finally {
    await db.control((tx) => endLease(tx, id, holding.id));
  }
  return await stateOf(deps, id);
}

/** Lets the new key seal, if every process knows it. */
async function promote(deps: RotationDeps, { id, keyId }: RotationRow): Promise<void> {
  const { db, loaded, holding, clock } = deps;
  const promoted = await db.control(async (tx) => {
    await lockVault(tx);
    const others = await holding.others(tx);
    if (!loaded.vault.keyIds.includes(keyId) || others.some((each) => !each.keyIds.includes(keyId))) return false;
    await promoteKey(tx, keyId, clock.now());
    await markSealing(tx, id, others.length === 0);
    return true;
  });
  if (!promoted) return;
  loaded.vault.sealWith(keyId);
  await putFirst(deps, keyId);
  // Nobody has to wait until this process says so by itself.
  await holding.beat();
}

/** The first line of the file is the key that seals, also for whoever opens the file beside a new database. */
async function putFirst({ db, loaded: { vault, file } }: RotationDeps, keyId: string): Promise<void> {
  if (file === null) return;
  await db.control(async (tx) => {
    await lockVault(tx);
    const ring = file.read();
    const [first, ...rest] = ring.toSorted((a, b) => Number(keyIdOf(b) === keyId) - Number(keyIdOf(a) === keyId));
    const isThere = first !== undefined && keyIdOf(first) === keyId && ring[0] !== first;
    if (isThere) await changeKeyFile(() => file.write([first, ...rest]));
  });
  vault.refresh();
}

async function resealFor(
  deps: RotationDeps,
  rotation: RotationRow,
  { by, budgetMs }: { readonly by: KeyActor; readonly budgetMs: number },
): Promise<void> {
  const { db, places } = deps;
  const until = performance.now() + budgetMs;
  const progress = new Map((await db.control((tx) => listProgress(tx, rotation.id))).map((each) => [each.place, each]));
  for (const place of places) {
    const before = progress.get(place.name);
    if (before?.done === true) continue;
    if (!(await resealPlace(deps, rotation, { place, from: before ?? START, until }))) return;
  }
  const rows = await db.control((tx) => listProgress(tx, rotation.id));
  await closePass(deps, { rotation, rows }, by);
}

/** @returns whether the place was gone through to its end in time */
async function resealPlace(
  { db, loaded, log }: RotationDeps,
  { id, pass }: RotationRow,
  { place, from, until }: { place: SealedPlace; from: Walk; until: number },
): Promise<boolean> {
  let walk = from;
  for (;;) {
    const batch = await resealBatch(db, loaded.vault, place, walk);
    await db.control((tx) => saveProgress(tx, id, { place: place.name, pass, ...batch }));
    if (batch.unreadable > 0) log.warn('vault.values_unreadable', { count: batch.unreadable });
    if (batch.done) return true;
    if (performance.now() >= until) return false;
    walk = batch;
  }
}

/**
 * After a whole pass: finished when the pass began with every process sealing with the new key and found nothing more;
 * else once more. A process that lagged may have sealed something with the older key behind our back.
 */
async function closePass(
  deps: RotationDeps,
  { rotation, rows }: { rotation: RotationRow; rows: readonly PlaceProgress[] },
  by: KeyActor,
): Promise<void> {
  const { db, holding, clock } = deps;
  const { id, keyId, pass, settledPass } = rotation;
  const isSettled = settledPass !== null && pass >= settledPass;
  if (!isSettled || rows.some((row) => row.moved > 0)) {
    await db.control(async (tx) => {
      await lockVault(tx);
      const others = await holding.others(tx);
      if (others.every((each) => each.sealingKey === keyId)) await startNextPass(tx, rotation);
    });
    return;
  }
  await putFirst(deps, keyId);
  await deps.remember();
  const now = clock.now();
  await db.control(async (tx) => {
    if (await markFinished(tx, id, { state: 'done', now }))
      await recordKeyEvent(tx, 'vault_key_rotated', { by, keyId, now });
  });
}

/** How far a rotation has come. @throws problem `not_found` */
export async function stateOf({ db, holding }: RotationDeps, id: string): Promise<RotationState> {
  return await db.control(async (tx) => {
    const rotation = await findRotation(tx, id);
    if (rotation === null) throw problem('not_found', 'There is no such rotation.');
    const { keyId, state } = rotation;
    const behind = (await holding.others(tx)).filter((each) =>
      state === 'announced' ? !each.keyIds.includes(keyId) : state === 'sealing' && each.sealingKey !== keyId,
    );
    return { rotation, waitingFor: behind.map((each) => each.name), places: await listProgress(tx, id) };
  });
}
