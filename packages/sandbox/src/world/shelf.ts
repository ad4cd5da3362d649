// All records of one kind. What was never changed is made from its number when somebody asks; only times, states and the
// values that did change are kept.
import { codeOf, createColumns, type Row } from './columns.ts';
import { createRecord, eraseRecord, mergeRecords, seedRecord, turnRecord, updateRecord } from './shelf-changes.ts';
import { findByAddress, get, heir, known, type ShelfGround, type Store } from './shelf-store.ts';
import { createTimeIndex, type TimeRange } from './time-index.ts';
import type { Kept, RecordState } from './world.ts';

interface Query {
  readonly since: Date;
  readonly until?: Date;
  readonly by: 'updatedAt' | 'touchedAt';
  readonly states: readonly RecordState[];
}

/** A shelf of the world, and what only the world itself may do with it. */
export interface FullShelf<Values extends object> {
  readonly count: number;
  get(n: number): (Values & Kept) | null;
  list(query: { from: number; limit: number; states: readonly RecordState[] }): readonly (Values & Kept)[];
  changed(
    query: Query & { readonly after?: { readonly at: Date; readonly n: number }; readonly limit: number },
  ): readonly (Values & Kept)[];
  countChanged(query: Query): number;
  findByAddress(address: string): (Values & Kept) | null;
  create(draft: Partial<Values>): Values & Kept;
  update(n: number, draft: Partial<Values>): Values & Kept;
  archive(n: number): Values & Kept;
  restore(n: number): Values & Kept;
  erase(n: number): void;
  merge(winner: number, losers: readonly number[]): Values & Kept;
  /** Adds a record of the first hour, `mergedInto` an earlier one or null. Nobody hears of it. */
  seed(row: Row, mergedInto: number | null): void;
  /** The record that stands for this one now: itself, or what it was merged into. Null when neither is there. */
  heir(n: number): number | null;
}

/** An empty shelf with room for `capacity` records; it grows. */
export function createShelf<Values extends object>(ground: ShelfGround<Values>, capacity: number): FullShelf<Values> {
  const columns = createColumns(capacity);
  const store: Store<Values> = {
    ...ground,
    columns,
    updated: createTimeIndex(columns, 'updated'),
    touched: createTimeIndex(columns, 'touched'),
    changes: new Map(),
    mergedInto: new Map(),
    byAddress: new Map(),
    first: 0,
  };
  return {
    ...reading(store),
    ...writing(store),
    get count() {
      return columns.count;
    },
  };
}

function reading<Values extends object>(store: Store<Values>) {
  const { columns } = store;
  const indexOf = (query: Query) => (query.by === 'updatedAt' ? store.updated : store.touched);
  return {
    get: (n: number) => get(store, n),
    list: ({ from, limit, states }: { from: number; limit: number; states: readonly RecordState[] }) => {
      const codes = states.map(codeOf);
      const found: (Values & Kept)[] = [];
      for (let n = Math.max(0, from); n < columns.count && found.length < limit; n += 1)
        if (codes.includes(columns.state[n] ?? 0)) found.push(known(store, n));
      return found;
    },
    changed: (
      query: Query & { readonly after?: { readonly at: Date; readonly n: number }; readonly limit: number },
    ) => {
      const after = query.after === undefined ? null : { at: query.after.at.getTime(), n: query.after.n };
      return indexOf(query)
        .page(rangeOf(query, after), query.limit)
        .map((n) => known(store, n));
    },
    countChanged: (query: Query) => indexOf(query).count(rangeOf(query, null)),
    findByAddress: (address: string) => findByAddress(store, address.toLowerCase()),
    heir: (n: number) => heir(store, n),
  };
}

function rangeOf({ since, until, states }: Query, after: TimeRange['after']): TimeRange {
  return {
    since: since.getTime(),
    until: until === undefined ? Number.POSITIVE_INFINITY : until.getTime(),
    states: states.map(codeOf),
    after,
  };
}

function writing<Values extends object>(store: Store<Values>) {
  return {
    seed: (row: Row, mergedInto: number | null) => seedRecord(store, row, mergedInto),
    create: (draft: Partial<Values>) => createRecord(store, draft),
    update: (n: number, draft: Partial<Values>) => updateRecord(store, n, draft),
    archive: (n: number) => turnRecord(store, n, 'archived'),
    restore: (n: number) => turnRecord(store, n, 'live'),
    erase: (n: number) => eraseRecord(store, n),
    merge: (winner: number, losers: readonly number[]) => mergeRecords(store, winner, losers),
  };
}
