// What `doctor` and the console say about the master keys. It is asked for often and by people of any workspace, so it reads a
// few rows and no sealed value: how many there are under which key was counted by the last listing, or by the last rotation.
import type { Check } from '@sentinel/contract';
import { type KeyOverview, stateOfKey } from './key-overview.ts';
import type { RotationDeps } from './rotation-deps.ts';
import { findNewestRotation, listProgress, type RotationRow } from './rotation.store.ts';
import { type KnownKey, listKnownKeys, sealingKeyOf } from './vault-key.store.ts';

/** What a listing found, and when it began. */
export interface Counted {
  readonly at: Date;
  readonly overview: KeyOverview;
}

/** What is known without looking at a sealed value. */
interface Standing {
  readonly known: readonly KnownKey[];
  readonly ring: readonly string[];
  readonly sealing: string;
  readonly rotation: RotationRow | null;
  /** Values that the newest rotation had to leave as they were. */
  readonly unreadable: number;
}

interface Finding {
  readonly state: Check['state'];
  readonly finding: string;
  readonly fix: string | null;
}

const ROTATE = 'npx --no sentinel keys rotate';
const BRING_BACK = 'bring that key back from a backup';

/** @param counted what this process counted last; null when it never did */
export async function checkKeys(deps: RotationDeps, counted: Counted | null): Promise<Check> {
  const standing = await readStanding(deps);
  const where =
    deps.loaded.file === null
      ? 'from the environment'
      : 'key file in the data folder; back it up apart from the database';
  const { state, finding, fix } = findingOf(standing, countedSince(standing, counted));
  return { name: 'vault', state, finding: `key ${standing.sealing} seals (${where})${finding}`, fix };
}

async function readStanding({ db, loaded: { vault } }: RotationDeps): Promise<Standing> {
  return await db.control(async (tx) => {
    const known = await listKnownKeys(tx);
    const rotation = await findNewestRotation(tx);
    const progress = rotation === null ? [] : await listProgress(tx, rotation.id);
    const unreadable = progress.reduce((sum, place) => sum + place.unreadable, 0);
    return { known, ring: vault.keyIds, sealing: sealingKeyOf(known) ?? vault.currentKeyId, rotation, unreadable };
  });
}

/** A rotation that was done after the listing knows better than it. */
function countedSince({ rotation }: Standing, counted: Counted | null): Counted | null {
  if (counted === null || rotation?.state !== 'done' || rotation.finishedAt === null) return counted;
  return rotation.finishedAt > counted.at ? null : counted;
}

function findingOf(standing: Standing, counted: Counted | null): Finding {
  return (
    findMissing(standing, counted) ?? findUnfinished(standing) ?? findOlder(standing, counted) ?? findSpare(standing)
  );
}

function findMissing({ known, ring, rotation }: Standing, counted: Counted | null): Finding | null {
  const missing = counted?.overview.keys.filter(({ keyId, state }) => state === 'missing' && !ring.includes(keyId));
  if (missing !== undefined && missing.length > 0) {
    const finding = `; values are sealed with ${idsOf(missing)}, which is not at hand${countedAt(counted)}`;
    return { state: 'failed', finding, fix: BRING_BACK };
  }
  if (rotation === null || rotation.finishedAt !== null) return null;
  const gone = known.filter(
    ({ keyId, stoppedAt, retiredAt }) => stoppedAt !== null && retiredAt === null && !ring.includes(keyId),
  );
  if (gone.length === 0) return null;
  const finding = `; a rotation is not finished, and ${idsOf(gone)}, which sealed before, is not at hand`;
  return { state: 'failed', finding, fix: BRING_BACK };
}

function findUnfinished({ rotation }: Standing): Finding | null {
  if (rotation === null || rotation.finishedAt !== null) return null;
  return { state: 'warning', finding: '; a rotation is not finished', fix: ROTATE };
}

function findOlder({ rotation, unreadable }: Standing, counted: Counted | null): Finding | null {
  const older = counted?.overview.places.reduce((sum, place) => sum + place.older, 0) ?? 0;
  if (older > 0) {
    const finding = `; ${older} values are sealed with older keys${countedAt(counted)}`;
    return { state: 'warning', finding, fix: ROTATE };
  }
  if (counted !== null || rotation === null || unreadable === 0) return null;
  const finding = `; ${unreadable} values were opened by no key in the last rotation`;
  return { state: 'warning', finding, fix: 'npx --no sentinel keys list' };
}

function findSpare({ known, ring, sealing }: Standing): Finding {
  const others = ring.filter((keyId) => keyId !== sealing);
  const next = others.filter(
    (keyId) =>
      stateOfKey(
        known.find((key) => key.keyId === keyId),
        false,
      ) === 'next',
  );
  if (next.length > 0) return { state: 'warning', finding: `; ${next.join(', ')} lies ready`, fix: ROTATE };
  const finding = others.length === 0 ? '' : `; ${others.join(', ')} only opens what it sealed before`;
  return { state: 'ok', finding, fix: null };
}

const countedAt = (counted: Counted | null): string =>
  counted === null ? '' : ` (counted ${counted.at.toISOString()})`;

function idsOf(keys: readonly { readonly keyId: string }[]): string {
  return keys.map((key) => key.keyId).join(', ');
}
