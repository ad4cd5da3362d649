// SQL about rotations: at most one is open at a time, one process works on it at a time, and how far it has come in each
// place is kept with every batch, so whoever goes on begins where the last one stopped.
import { sql } from 'kysely';
import type { ControlTx } from '../db/database.ts';
import { newId } from '../ids.ts';
import type { VaultTables } from './vault.tables.ts';

export interface RotationRow {
  readonly id: string;
  /** The key everything is to be sealed with. */
  readonly keyId: string;
  /** `announced`: not every process knows the key yet; `sealing`: it seals, and what older keys sealed is sealed anew. */
  readonly state: 'announced' | 'sealing' | 'done' | 'abandoned';
  /** How often all places were gone through, this time included. */
  readonly pass: number;
  /** The first pass that began when every process sealed with the key. */
  readonly settledPass: number | null;
  readonly startedAt: Date;
  readonly finishedAt: Date | null;
}

/** How far a rotation has come in one place. */
export interface PlaceProgress {
  readonly place: string;
  /** The workspace that was looked at last; empty at the beginning and on the control plane. */
  readonly scope: string;
  /** Where to go on within that workspace; null when it is finished. */
  readonly after: string | null;
  /** In the whole rotation. */
  readonly resealed: number;
  /** In this pass. */
  readonly moved: number;
  /** Values in this pass that no key at hand opens. */
  readonly unreadable: number;
  readonly done: boolean;
}

const tablesOf = (tx: ControlTx) => tx.withTables<VaultTables>();

function selectRotations(tx: ControlTx) {
  return tablesOf(tx)
    .selectFrom('vault_rotation')
    .select([
      'id',
      'key_id as keyId',
      'state',
      'pass',
      'settled_pass as settledPass',
      'started_at as startedAt',
      'finished_at as finishedAt',
    ]);
}

export async function findRotation(tx: ControlTx, id: string): Promise<RotationRow | null> {
  return (await selectRotations(tx).where('id', '=', id).executeTakeFirst()) ?? null;
}

/** The rotation that is not finished, if there is one. */
export async function findOpenRotation(tx: ControlTx): Promise<RotationRow | null> {
  return (await selectRotations(tx).where('finished_at', 'is', null).executeTakeFirst()) ?? null;
}

export async function findNewestRotation(tx: ControlTx): Promise<RotationRow | null> {
  return (await selectRotations(tx).orderBy('started_at', 'desc').orderBy('id', 'desc').executeTakeFirst()) ?? null;
}

export async function insertRotation(
  tx: ControlTx,
  keyId: string,
  by: { readonly personId: string | null; readonly now: Date },
): Promise<string> {
  const id = newId<string>(by.now.getTime());
  await tablesOf(tx)
    .insertInto('vault_rotation')
    .values({
      id,
      key_id: keyId,
      state: 'announced',
      settled_pass: null,
      started_by: by.personId,
      started_at: by.now,
      finished_at: null,
      leased_by: null,
      leased_until: null,
    })
    .execute();
  return id;
}

/** The new key seals from now on. @param settled whether every process already seals with it */
export async function markSealing(tx: ControlTx, id: string, settled: boolean): Promise<void> {
  await tablesOf(tx)
    .updateTable('vault_rotation')
    .set({ state: 'sealing', settled_pass: settled ? 1 : null })
    .where('id', '=', id)
    .where('state', '=', 'announced')
    .execute();
}

/** @returns whether it was still open */
export async function markFinished(
  tx: ControlTx,
  id: string,
  how: { readonly state: 'done' | 'abandoned'; readonly now: Date },
): Promise<boolean> {
  const { numUpdatedRows } = await tablesOf(tx)
    .updateTable('vault_rotation')
    .set({ state: how.state, finished_at: how.now })
    .where('id', '=', id)
    .where('finished_at', 'is', null)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

/** Begins all places anew. Every process seals with the new key by now, so this pass may be the last. */
export async function startNextPass(tx: ControlTx, rotation: RotationRow): Promise<void> {
  const pass = rotation.pass + 1;
  const begun = await tablesOf(tx)
    .updateTable('vault_rotation')
    .set({ pass, settled_pass: rotation.settledPass ?? pass })
    .where('id', '=', rotation.id)
    .where('pass', '=', rotation.pass)
    .executeTakeFirst();
  if (begun.numUpdatedRows === 0n) return;
  await tablesOf(tx)
    .updateTable('vault_reseal')
    .set({ pass, scope: '', after: null, moved: 0, unreadable: 0, done: false })
    .where('rotation_id', '=', rotation.id)
    .execute();
}

/**
 * Takes the right to work on a rotation for a while, or keeps it.
 *
 * @returns false while another process has it
 */
export async function leaseRotation(tx: ControlTx, id: string, by: string, leaseMs: number): Promise<boolean> {
  const { numUpdatedRows } = await tablesOf(tx)
    .updateTable('vault_rotation')
    .set({ leased_by: by, leased_until: sql<Date>`now() + ${leaseMs}::float8 * interval '1 millisecond'` })
    .where('id', '=', id)
    .where((eb) =>
      eb.or([eb('leased_until', 'is', null), eb('leased_until', '<', sql<Date>`now()`), eb('leased_by', '=', by)]),
    )
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

export async function endLease(tx: ControlTx, id: string, by: string): Promise<void> {
  await tablesOf(tx)
    .updateTable('vault_rotation')
    .set({ leased_by: null, leased_until: null })
    .where('id', '=', id)
    .where('leased_by', '=', by)
    .execute();
}

/** Places that were worked on, by name. */
export async function listProgress(tx: ControlTx, rotationId: string): Promise<readonly PlaceProgress[]> {
  return await tablesOf(tx)
    .selectFrom('vault_reseal')
    .select(['place', 'scope', 'after', 'resealed', 'moved', 'unreadable', 'done'])
    .where('rotation_id', '=', rotationId)
    .orderBy('place')
    .execute();
}

/** Keeps how far a place has come. Counts are added to what stands there; what belongs to an earlier pass comes too late. */
export async function saveProgress(
  tx: ControlTx,
  rotationId: string,
  step: Omit<PlaceProgress, 'resealed'> & { readonly pass: number },
): Promise<void> {
  const { place, pass, scope, after, moved, unreadable, done } = step;
  await tablesOf(tx)
    .insertInto('vault_reseal')
    .values({ rotation_id: rotationId, place, pass, scope, after, resealed: moved, moved, unreadable, done })
    .onConflict((conflict) =>
      conflict
        .columns(['rotation_id', 'place'])
        .doUpdateSet({
          scope,
          after,
          done,
          resealed: sql<number>`vault_reseal.resealed + ${moved}::bigint`,
          moved: sql<number>`vault_reseal.moved + ${moved}::bigint`,
          unreadable: sql<number>`vault_reseal.unreadable + ${unreadable}::bigint`,
        })
        .where('vault_reseal.pass', '=', pass),
    )
    .execute();
}
