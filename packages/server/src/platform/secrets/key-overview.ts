// Which master keys there are, what is sealed with them and how a change of them stands: for whoever runs the installation.
import { countByKey, UNSEALED } from './reseal.ts';
import type { RotationDeps } from './rotation-deps.ts';
import { findNewestRotation } from './rotation.store.ts';
import { type RotationState, stateOf } from './step-rotation.ts';
import { type KnownKey, listKnownKeys, sealingKeyOf } from './vault-key.store.ts';

export interface KeyFacts {
  readonly keyId: string;
  /** `next`: known, has never sealed; `opens`: an older one; `missing`: not at hand although values are sealed with it. */
  readonly state: 'seals' | 'next' | 'opens' | 'missing';
  readonly sealingSince: Date | null;
  readonly stoppedAt: Date | null;
  /** Values sealed with it; null for the key that seals, whose values are not counted. */
  readonly sealed: number | null;
}

export interface PlaceFacts {
  readonly name: string;
  /** Values that are not sealed with the key that seals. */
  readonly older: number;
  /** Those among them that are no sealed values at all. */
  readonly unsealed: number;
}

export interface KeyOverview {
  readonly origin: 'setting' | 'file';
  readonly keys: readonly KeyFacts[];
  readonly places: readonly PlaceFacts[];
  /** The newest one. */
  readonly rotation: RotationState | null;
}

/** Reads every place of every workspace, a small transaction per batch. */
export async function listKeys(deps: RotationDeps): Promise<KeyOverview> {
  const { db, loaded, holding, places } = deps;
  await holding.beat();
  const { known, newest } = await db.control(async (tx) => ({
    known: await listKnownKeys(tx),
    newest: await findNewestRotation(tx),
  }));
  const sealing = sealingKeyOf(known) ?? loaded.vault.currentKeyId;
  const sums = new Map<string, number>();
  const facts: PlaceFacts[] = [];
  for (const place of places) {
    const counts = await countByKey(db, place, sealing);
    for (const [keyId, count] of counts) sums.set(keyId, (sums.get(keyId) ?? 0) + count);
    const older = [...counts.values()].reduce((sum, count) => sum + count, 0);
    facts.push({ name: place.name, older, unsealed: counts.get(UNSEALED) ?? 0 });
  }
  return {
    origin: loaded.file === null ? 'setting' : 'file',
    keys: keyFacts({ known, sealing, ring: loaded.vault.keyIds, sums }),
    places: facts,
    rotation: newest === null ? null : await stateOf(deps, newest.id),
  };
}

interface Ring {
  readonly known: readonly KnownKey[];
  readonly sealing: string;
  readonly ring: readonly string[];
  readonly sums: ReadonlyMap<string, number>;
}

/** The keys at hand, the one that seals first; then those that are not at hand but would be needed. */
function keyFacts({ known, sealing, ring, sums }: Ring): readonly KeyFacts[] {
  const missing = [...sums.keys()].filter((keyId) => keyId !== UNSEALED && !ring.includes(keyId));
  const ordered = [...ring.filter((keyId) => keyId === sealing), ...ring.filter((keyId) => keyId !== sealing)];
  return [...ordered, ...missing].map((keyId) => {
    const key = known.find((each) => each.keyId === keyId);
    const state = missing.includes(keyId) ? 'missing' : stateOfKey(key, keyId === sealing);
    return {
      keyId,
      state,
      sealingSince: key?.sealingSince ?? null,
      stoppedAt: key?.stoppedAt ?? null,
      sealed: keyId === sealing ? null : (sums.get(keyId) ?? 0),
    };
  });
}

/** Of a key at hand. */
export function stateOfKey(key: KnownKey | undefined, seals: boolean): KeyFacts['state'] {
  if (seals) return 'seals';
  return key !== undefined && key.sealingSince === null && key.stoppedAt === null ? 'next' : 'opens';
}
