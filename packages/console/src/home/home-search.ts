// What the address of Home says: the range.

export const HOME_RANGES = ['24h', '7d', '30d'] as const;
export type HomeRange = (typeof HOME_RANGES)[number];

export interface HomeSearch {
  readonly range?: HomeRange;
}

/** Reads the search part; anything else than a known range is the default, the last day. */
export function readHomeSearch(search: Record<string, unknown>): HomeSearch {
  const range = HOME_RANGES.find((known) => known === search['range'] && known !== '24h');
  return range === undefined ? {} : { range };
}
