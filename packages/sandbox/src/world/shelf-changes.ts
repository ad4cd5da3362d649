// Everything that can happen to a record of a shelf. Each happening is told once, after it is done; what changes nothing is
// not a happening.
import { appendRow, codeOf, type Row, stateAt } from './columns.ts';
import { known, type Store, valuesOf } from './shelf-store.ts';
import type { Kept, RecordState } from './world.ts';

/** Adds a record of the first hour, merged into an earlier one or not. Nobody hears of it. */
export function seedRecord<Values extends object>(store: Store<Values>, row: Row, mergedInto: number | null): void {
  const n = appendRow(store.columns, row);
  store.first = store.columns.count;
  if (mergedInto === null) return;
  store.mergedInto.set(n, mergedInto);
  const winner = valuesOf(store, mergedInto);
  keepChanges(store, mergedInto, store.kind.combine(winner, [store.kind.make(n)]));
}

export function createRecord<Values extends object>(store: Store<Values>, draft: Partial<Values>): Values & Kept {
  const at = store.now();
  const n = appendRow(store.columns, { created: at, updated: at, touched: at, state: codeOf('live') });
  keepChanges(store, n, draft);
  noteTimes(store, n);
  store.tell({ kind: 'created', what: store.kind.what, n, at: new Date(at), changed: Object.keys(draft) });
  return known(store, n);
}

/** @throws Error unless the record is live */
export function updateRecord<Values extends object>(
  store: Store<Values>,
  n: number,
  draft: Partial<Values>,
): Values & Kept {
  assertState(store, n, ['live']);
  const changed = changedIn(valuesOf(store, n), draft);
  if (changed.length === 0) return known(store, n);
  const at = store.now();
  keepChanges(store, n, draft);
  store.columns.updated[n] = at;
  store.columns.touched[n] = at;
  noteTimes(store, n);
  store.tell({ kind: 'updated', what: store.kind.what, n, at: new Date(at), changed });
  return known(store, n);
}

/** @throws Error for a record that is merged or erased */
export function turnRecord<Values extends object>(
  store: Store<Values>,
  n: number,
  to: 'live' | 'archived',
): Values & Kept {
  assertState(store, n, ['live', 'archived']);
  if (stateAt(store.columns, n) === to) return known(store, n);
  const at = setState(store, n, to);
  const kind = to === 'live' ? 'restored' : 'archived';
  store.tell({ kind, what: store.kind.what, n, at: new Date(at), changed: [] });
  return known(store, n);
}

/** @throws Error for a record that was erased before */
export function eraseRecord<Values extends object>(store: Store<Values>, n: number): void {
  assertState(store, n, ['live', 'archived', 'merged']);
  const at = setState(store, n, 'erased');
  store.changes.delete(n);
  store.tell({ kind: 'erased', what: store.kind.what, n, at: new Date(at), changed: [] });
}

/** @throws Error unless all are live and the losers are others than the winner, each once */
export function mergeRecords<Values extends object>(
  store: Store<Values>,
  winner: number,
  losers: readonly number[],
): Values & Kept {
  for (const n of [winner, ...losers]) assertState(store, n, ['live']);
  if (losers.length === 0 || new Set([winner, ...losers]).size !== losers.length + 1)
    throw new Error('a merge needs a winner and other records, each once');
  const at = store.now();
  const taken = losers.map((n) => valuesOf(store, n));
  keepChanges(store, winner, store.kind.combine(valuesOf(store, winner), taken));
  for (const n of losers) {
    store.mergedInto.set(n, winner);
    setState(store, n, 'merged');
  }
  store.columns.updated[winner] = at;
  store.columns.touched[winner] = at;
  noteTimes(store, winner);
  store.tell({ kind: 'merged', what: store.kind.what, n: winner, losers: [...losers], at: new Date(at) });
  return known(store, winner);
}

function setState<Values extends object>(store: Store<Values>, n: number, state: RecordState): number {
  const at = store.now();
  store.columns.state[n] = codeOf(state);
  store.columns.touched[n] = at;
  noteTimes(store, n);
  return at;
}

function noteTimes<Values extends object>({ updated, touched }: Store<Values>, n: number): void {
  updated.note(n);
  touched.note(n);
}

function keepChanges<Values extends object>(store: Store<Values>, n: number, draft: Partial<Values>): void {
  store.changes.set(n, { ...store.changes.get(n), ...draft });
  for (const address of store.kind.addresses(valuesOf(store, n))) {
    if (store.kind.guess(address) === n && n < store.first) continue;
    const known = store.byAddress.get(address) ?? [];
    if (!known.includes(n)) store.byAddress.set(address, [...known, n]);
  }
}

function changedIn(before: object, draft: object): readonly string[] {
  const old = new Map(Object.entries(before));
  return Object.entries(draft)
    .filter(([name, value]) => JSON.stringify(old.get(name)) !== JSON.stringify(value))
    .map(([name]) => name);
}

function assertState<Values extends object>(store: Store<Values>, n: number, states: readonly RecordState[]): void {
  if (!Number.isSafeInteger(n) || n < 0 || n >= store.columns.count) throw new Error(`there is no record ${n}`);
  const state = stateAt(store.columns, n);
  if (!states.includes(state)) throw new Error(`record ${n} is ${state}`);
}
