// Goes through the places where sealed values stand, a small transaction per batch: seals anew what an older key sealed,
// or counts which key sealed what. Values are replaced only where they still stand as they were read.
import type { Database } from '../db/database.ts';
import { parseId, type WorkspaceId } from '../ids.ts';
import { ProblemError } from '../problem.ts';
import { keyIdIn, open, seal } from './envelope.ts';
import type { PlaceOn, SealedPlace, SealedValue } from './sealed-place.ts';
import type { Vault } from './vault.ts';

export const BATCH = 100;

/** Where a walk through a place stands. */
export interface Walk {
  /** The workspace looked at last; empty at the beginning and on the control plane. */
  readonly scope: string;
  /** Behind which key to go on in it; null when it is finished, or nothing was looked at yet. */
  readonly after: string | null;
}

export const START: Walk = { scope: '', after: null };

/** What one batch found and did. */
export interface Batch extends Walk {
  readonly moved: number;
  /** Values that no key at hand opens; they stay as they are. */
  readonly unreadable: number;
  /** Whether the place has been gone through to its end. */
  readonly done: boolean;
}

type Visit<Found> = <Tx>(tx: Tx, place: PlaceOn<Tx>, values: readonly SealedValue[]) => Promise<Found>;

interface Visited<Found> extends Walk {
  readonly found: Found | null;
  readonly done: boolean;
}

/** Seals the next batch of a place anew under the vault's current key. */
export async function resealBatch(
  db: Pick<Database, 'control' | 'workspace'>,
  vault: Vault,
  place: SealedPlace,
  from: Walk,
): Promise<Batch> {
  const visit: Visit<{ moved: number; unreadable: number }> = async (tx, where, values) => {
    let [moved, unreadable] = [0, 0];
    for (const { key, context, value } of values) {
      const opened = open(vault, context, value);
      if (opened.kind === 'refused') unreadable += 1;
      // Of two that seal the same value anew, or one that does and its owner who writes a new one, the first wins.
      else if (await where.replace(tx, key, value, seal(vault, context, opened.plaintext))) moved += 1;
    }
    return { moved, unreadable };
  };
  const { found, ...walk } = await nextBatch(db, { place, keyId: vault.currentKeyId }, from, visit);
  return { ...walk, moved: found?.moved ?? 0, unreadable: found?.unreadable ?? 0 };
}

/** Seals everything in all places anew, without keeping progress. @returns how many values were */
export async function resealAll(
  db: Pick<Database, 'control' | 'workspace'>,
  vault: Vault,
  places: readonly SealedPlace[],
): Promise<number> {
  let moved = 0;
  for (const place of places) {
    let walk: Walk = START;
    for (let done = false; !done; ) {
      const batch = await resealBatch(db, vault, place, walk);
      moved += batch.moved;
      ({ done } = batch);
      walk = batch;
    }
  }
  return moved;
}

/** How many values of a place are sealed with which key other than the current; `unsealed` for what is no sealed value at all. */
export async function countByKey(
  db: Pick<Database, 'control' | 'workspace'>,
  place: SealedPlace,
  keyId: string,
): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>();
  const visit: Visit<null> = async (_tx, _where, values) => {
    for (const { value } of values) {
      const sealedWith = keyIdIn(value) ?? UNSEALED;
      counts.set(sealedWith, (counts.get(sealedWith) ?? 0) + 1);
    }
    return null;
  };
  let walk: Walk = START;
  for (let done = false; !done; ) {
    const visited = await nextBatch(db, { place, keyId }, walk, visit);
    ({ done } = visited);
    walk = visited;
  }
  return counts;
}

export const UNSEALED = 'unsealed';

async function nextBatch<Found>(
  db: Pick<Database, 'control' | 'workspace'>,
  { place, keyId }: { place: SealedPlace; keyId: string },
  { scope, after }: Walk,
  visit: Visit<Found>,
): Promise<Visited<Found>> {
  if (place.plane === 'control') {
    const { last, found } = await db.control((tx) => visitBatch(tx, place, { keyId, after }, visit));
    return { scope: '', after: last, found, done: last === null };
  }
  const workspaceId = after === null ? await nextWorkspace(db, scope) : parseId<WorkspaceId>(scope);
  if (workspaceId === null) return { scope, after: null, found: null, done: true };
  const batch = await db
    .workspace(workspaceId, (tx) => visitBatch(tx, place, { keyId, after }, visit))
    .catch((error: unknown) => {
      // Deleted since it was listed, or not made yet: then it holds nothing.
      if (error instanceof ProblemError && error.code === 'not_found') return { last: null, found: null };
      throw error;
    });
  return { scope: workspaceId, after: batch.last, found: batch.found, done: false };
}

/** @returns `last`: behind which key the next batch begins; null when this one was the last */
async function visitBatch<Tx, Found>(
  tx: Tx,
  place: PlaceOn<Tx>,
  { keyId, after }: { keyId: string; after: string | null },
  visit: Visit<Found>,
): Promise<{ last: string | null; found: Found }> {
  const values = await place.list(tx, { currentKeyId: keyId, after, limit: BATCH });
  const last = values.length < BATCH ? null : (values.at(-1)?.key ?? null);
  if (last !== null && last === after) throw new Error('a sealed place does not go on behind the key it was given');
  return { last, found: await visit(tx, place, values) };
}

/** All of them, whatever their state: also one that is suspended holds secrets. */
async function nextWorkspace(db: Pick<Database, 'control'>, after: string): Promise<WorkspaceId | null> {
  const row = await db.control((tx) => {
    const rows = tx.selectFrom('workspace').select('id').orderBy('id').limit(1);
    return (after === '' ? rows : rows.where('id', '>', after)).executeTakeFirst();
  });
  return row === undefined ? null : parseId<WorkspaceId>(row.id);
}
