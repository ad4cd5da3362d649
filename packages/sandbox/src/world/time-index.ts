// Records in order of (when they changed, n). A change marks the old entry stale and appends a new one, so that a page costs
// a binary search and its own length; counts per block of entries let whole blocks be skipped or summed up.
import { type Columns, STATES } from './columns.ts';

const BLOCK = 1024;
const STALE = 255;

export interface TimeRange {
  /** Inclusive, in milliseconds since 1970. */
  readonly since: number;
  /** Exclusive. */
  readonly until: number;
  /** Codes of the states that are wanted. */
  readonly states: readonly number[];
  /** Only what lies behind this place. */
  readonly after: { readonly at: number; readonly n: number } | null;
}

export interface TimeIndex {
  /** To be called after each change of a record's time or state, and after a record was added. */
  note(n: number): void;
  page(range: TimeRange, limit: number): readonly number[];
  count(range: TimeRange): number;
}

interface Log {
  readonly columns: Columns;
  readonly by: 'updated' | 'touched';
  length: number;
  times: Float64Array;
  ns: Uint32Array;
  /** The state of the record, or stale. */
  states: Uint8Array;
  /** Where the entry of a record is. */
  places: Uint32Array;
  blocks: Uint32Array;
}

/** Nothing is sorted before the first question. */
export function createTimeIndex(columns: Columns, by: 'updated' | 'touched'): TimeIndex {
  let built: Log | null = null;
  const log = () => {
    built ??= build(columns, by);
    if (built.length > 2 * columns.count + 4 * BLOCK) compact(built);
    return built;
  };
  return {
    note: (n) => {
      if (built !== null) note(built, n);
    },
    page: (range, limit) => page(log(), range, limit),
    count: (range) => count(log(), range),
  };
}

function build(columns: Columns, by: Log['by']): Log {
  const times = columns[by];
  const order = new Uint32Array(columns.count);
  for (let n = 0; n < order.length; n += 1) order[n] = n;
  order.sort((a, b) => (times[a] ?? 0) - (times[b] ?? 0) || a - b);
  const log = emptyLog(columns, by, order.length);
  for (const n of order) append(log, n);
  return log;
}

function emptyLog(columns: Columns, by: Log['by'], entries: number): Log {
  const size = Math.ceil(entries * 1.25) + BLOCK;
  return {
    columns,
    by,
    length: 0,
    times: new Float64Array(size),
    ns: new Uint32Array(size),
    states: new Uint8Array(size).fill(STALE),
    places: new Uint32Array(columns.state.length),
    blocks: new Uint32Array((Math.ceil(size / BLOCK) + 1) * STATES.length),
  };
}

/** Drops stale entries; also how a log gets more room. */
function compact(log: Log): void {
  const next = emptyLog(log.columns, log.by, log.columns.count);
  for (let place = 0; place < log.length; place += 1)
    if (log.states[place] !== STALE) put(next, next.length++, entryAt(log, place));
  Object.assign(log, next);
}

interface Entry {
  readonly at: number;
  readonly n: number;
  readonly state: number;
}

function entryAt(log: Log, place: number): Entry {
  return { at: log.times[place] ?? 0, n: log.ns[place] ?? 0, state: log.states[place] ?? STALE };
}

function put(log: Log, place: number, { at, n, state }: Entry): void {
  restate(log, place, state);
  log.times[place] = at;
  log.ns[place] = n;
  if (state !== STALE) log.places[n] = place;
}

function restate(log: Log, place: number, state: number): void {
  const old = log.states[place] ?? STALE;
  const block = Math.floor(place / BLOCK) * STATES.length;
  if (old !== STALE) log.blocks[block + old] = (log.blocks[block + old] ?? 0) - 1;
  if (state !== STALE) log.blocks[block + state] = (log.blocks[block + state] ?? 0) + 1;
  log.states[place] = state;
}

function note(log: Log, n: number): void {
  const place = log.places[n] ?? 0;
  const isKnown = place < log.length && log.ns[place] === n && log.states[place] !== STALE;
  if (isKnown && log.times[place] === log.columns[log.by][n]) return restate(log, place, log.columns.state[n] ?? STALE);
  if (isKnown) restate(log, place, STALE);
  if (log.length === log.states.length || n >= log.places.length) compactFor(log, n);
  append(log, n);
}

/** A record that was just counted has no entry yet, which compacting does not mind. */
function compactFor(log: Log, n: number): void {
  compact(log);
  if (n >= log.places.length) throw new Error('the columns are shorter than their count');
}

/** At the end, or before entries of the same millisecond with a greater n. */
function append(log: Log, n: number): void {
  const entry = { at: log.columns[log.by][n] ?? 0, n, state: log.columns.state[n] ?? STALE };
  let place = log.length;
  while (place > 0 && isBehind(log, place - 1, entry)) {
    moveUp(log, place - 1);
    place -= 1;
  }
  put(log, place, entry);
  log.length += 1;
}

function isBehind({ times, ns }: Log, place: number, { at, n }: Entry): boolean {
  const time = times[place] ?? 0;
  return time > at || (time === at && (ns[place] ?? 0) > n);
}

/** What {@link put} does with the entry before, without making one. */
function moveUp(log: Log, place: number): void {
  const { times, ns, states, places } = log;
  const state = states[place] ?? STALE;
  if (states[place + 1] !== state) restate(log, place + 1, state);
  times[place + 1] = times[place] ?? 0;
  ns[place + 1] = ns[place] ?? 0;
  if (state !== STALE) places[ns[place] ?? 0] = place + 1;
}

/** The first place at or behind (at, n). */
function search(log: Log, at: number, n: number): number {
  let low = 0;
  let high = log.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const isBefore = (log.times[middle] ?? 0) < at || (log.times[middle] === at && (log.ns[middle] ?? 0) < n);
    if (isBefore) low = middle + 1;
    else high = middle;
  }
  return low;
}

function bounds(log: Log, { since, until, after }: TimeRange): { readonly from: number; readonly to: number } {
  const from = search(log, since, 0);
  const behind = after === null ? 0 : search(log, after.at, after.n + 1);
  return { from: Math.max(from, behind), to: search(log, until, 0) };
}

function inBlock(log: Log, block: number, states: readonly number[]): number {
  return states.reduce((sum, state) => sum + (log.blocks[block * STATES.length + state] ?? 0), 0);
}

function page(log: Log, range: TimeRange, limit: number): readonly number[] {
  const found: number[] = [];
  const { from, to } = bounds(log, range);
  for (let place = from; place < to && found.length < limit; place += 1) {
    if (place % BLOCK === 0 && inBlock(log, place / BLOCK, range.states) === 0) place += BLOCK - 1;
    else if (range.states.includes(log.states[place] ?? STALE)) found.push(log.ns[place] ?? 0);
  }
  return found;
}

function count(log: Log, range: TimeRange): number {
  let sum = 0;
  const { from, to } = bounds(log, range);
  for (let place = from; place < to; place += 1) {
    if (place % BLOCK === 0 && place + BLOCK <= to) {
      sum += inBlock(log, place / BLOCK, range.states);
      place += BLOCK - 1;
    } else if (range.states.includes(log.states[place] ?? STALE)) sum += 1;
  }
  return sum;
}
