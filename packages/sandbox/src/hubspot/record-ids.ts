// A record's id at HubSpot. A merge gives the surviving record a new id, and the old ones keep leading to it; so each record
// has a small range of ids, one for every merge that it went through.
import type { Merges } from './merges.ts';
import type { RecordType } from './record-types.ts';

const STEP = 32n;
const FIRST: Readonly<Record<RecordType, bigint>> = {
  contacts: 138_017_600_001n,
  deals: 41_300_500_001n,
  companies: 27_700_400_001n,
};
/** 2^53: from here on a number in JavaScript is no longer every whole number. */
const WIDE = 9_007_199_254_740_992n;

export interface RecordIds {
  idOf(type: RecordType, n: number): string;
  /** All ids that the record had before this one and that lead to it, its merged records' included. */
  formerIds(type: RecordType, n: number): readonly string[];
  /** Whose id this is or was, before following merges; null when it is nobody's. */
  find(type: RecordType, id: string): number | null;
}

/** @param isWide asked at each call: whether ids lie beyond what a double can hold */
export function openRecordIds(merges: Merges, isWide: () => boolean): RecordIds {
  const first = (type: RecordType) => FIRST[type] + (isWide() ? WIDE : 0n);
  const idAt = (type: RecordType, n: number, generation: number) =>
    String(first(type) + BigInt(n) * STEP + BigInt(Math.min(generation, Number(STEP) - 1)));
  const generations = (type: RecordType, n: number) => merges.absorbed(type, n).length;
  const idOf = (type: RecordType, n: number) => idAt(type, n, generations(type, n));
  const formerIds = (type: RecordType, n: number): string[] => [
    ...Array.from({ length: generations(type, n) }, (_, generation) => idAt(type, n, generation)),
    ...merges.absorbed(type, n).flatMap((loser) => [...formerIds(type, loser), idOf(type, loser)]),
  ];
  return {
    idOf,
    formerIds,
    find: (type, id) => {
      if (!/^[1-9][0-9]{0,18}$/.test(id)) return null;
      const offset = BigInt(id) - first(type);
      if (offset < 0n) return null;
      const n = Number(offset / STEP);
      return Number(offset % STEP) <= generations(type, n) ? n : null;
    },
  };
}
