// What is kept of one kind's records, and how a record is put together from it.
import { type Columns, stateAt } from './columns.ts';
import type { TimeIndex } from './time-index.ts';
import type { Happening, Kept } from './world.ts';

/** What a shelf has to know about its kind. */
export interface Kind<Values extends object> {
  readonly what: Happening['what'];
  readonly blank: Values;
  /** The values a record of the first hour has had from the beginning. */
  make(n: number): Values;
  /** How the values are seen from outside, such as with references that followed a merge. */
  view(values: Values): Values;
  /** What the winner of a merge takes over. */
  combine(winner: Values, losers: readonly Values[]): Partial<Values>;
  /** Addresses to be found by, lower case. */
  addresses(values: Values): readonly string[];
  /** The record of the first hour that could have this address from the beginning. */
  guess(address: string): number | null;
}

export interface ShelfGround<Values extends object> {
  readonly kind: Kind<Values>;
  now(): number;
  tell(happening: Happening): void;
}

export interface Store<Values extends object> extends ShelfGround<Values> {
  readonly columns: Columns;
  readonly updated: TimeIndex;
  readonly touched: TimeIndex;
  readonly changes: Map<number, Partial<Values>>;
  readonly mergedInto: Map<number, number>;
  /** Which records have ever been given an address that they did not have from the beginning. */
  readonly byAddress: Map<string, readonly number[]>;
  /** How many are of the first hour. */
  first: number;
}

/** The record, made from its number and what changed since; null when there never was one. */
export function get<Values extends object>(store: Store<Values>, n: number): (Values & Kept) | null {
  return Number.isSafeInteger(n) && n >= 0 && n < store.columns.count ? known(store, n) : null;
}

/** As {@link get}, for a number that is surely there. */
export function known<Values extends object>(store: Store<Values>, n: number): Values & Kept {
  return { ...store.kind.view(valuesOf(store, n)), ...keptOf(store, n) };
}

/** As they are kept. An erased record has none any more. */
export function valuesOf<Values extends object>(store: Store<Values>, n: number): Values {
  if (stateAt(store.columns, n) === 'erased') return store.kind.blank;
  const base = n < store.first ? store.kind.make(n) : store.kind.blank;
  const changes = store.changes.get(n);
  return changes === undefined ? base : { ...base, ...changes };
}

function keptOf<Values extends object>({ columns, mergedInto }: Store<Values>, n: number): Kept {
  const state = stateAt(columns, n);
  const touchedAt = new Date(columns.touched[n] ?? 0);
  return {
    n,
    createdAt: new Date(columns.created[n] ?? 0),
    updatedAt: new Date(columns.updated[n] ?? 0),
    touchedAt,
    state,
    // Nothing touches an archived record but what ends that state.
    archivedAt: state === 'archived' ? touchedAt : null,
    mergedInto: state === 'merged' ? (mergedInto.get(n) ?? null) : null,
  };
}

/** The record that stands for this one now: itself, or what it was merged into. Null when that is erased or never was. */
export function heir<Values extends object>({ columns, mergedInto }: Store<Values>, n: number): number | null {
  let at = n;
  while (at < columns.count) {
    const state = stateAt(columns, at);
    if (state === 'erased') return null;
    if (state !== 'merged') return at;
    at = mergedInto.get(at) ?? columns.count;
  }
  return null;
}

/** The live record with this address, in lower case; of several the oldest. */
export function findByAddress<Values extends object>(store: Store<Values>, address: string): (Values & Kept) | null {
  const guess = store.kind.guess(address);
  const candidates = [
    ...(store.byAddress.get(address) ?? []),
    ...(guess === null || guess >= store.first ? [] : [guess]),
  ];
  const live = candidates
    .map((n) => heir(store, n))
    .filter((n): n is number => n !== null && stateAt(store.columns, n) === 'live')
    .filter((n) => store.kind.addresses(valuesOf(store, n)).includes(address));
  return live.length === 0 ? null : known(store, Math.min(...live));
}
