// The times and the state of each record, in columns of plain numbers: 25 bytes for each of a million.
import type { RecordState } from './world.ts';

/** In the order of their codes. */
export const STATES = ['live', 'archived', 'erased', 'merged'] as const satisfies readonly RecordState[];

/** Milliseconds since 1970, and the code of the state. */
export interface Row {
  readonly created: number;
  readonly updated: number;
  readonly touched: number;
  readonly state: number;
}

export interface Columns {
  count: number;
  created: Float64Array;
  updated: Float64Array;
  touched: Float64Array;
  state: Uint8Array;
}

export function createColumns(capacity: number): Columns {
  const size = Math.max(64, capacity);
  return {
    count: 0,
    created: new Float64Array(size),
    updated: new Float64Array(size),
    touched: new Float64Array(size),
    state: new Uint8Array(size),
  };
}

export function codeOf(state: RecordState): number {
  return STATES.indexOf(state);
}

export function stateAt(columns: Columns, n: number): RecordState {
  return STATES[columns.state[n] ?? 0] ?? 'live';
}

export function appendRow(columns: Columns, row: Row): number {
  if (columns.count === columns.state.length) grow(columns);
  const n = columns.count;
  columns.created[n] = row.created;
  columns.updated[n] = row.updated;
  columns.touched[n] = row.touched;
  columns.state[n] = row.state;
  columns.count += 1;
  return n;
}

function grow(columns: Columns): void {
  const size = Math.ceil(columns.state.length * 1.25) + 64;
  for (const name of ['created', 'updated', 'touched'] as const) {
    const next = new Float64Array(size);
    next.set(columns[name]);
    columns[name] = next;
  }
  const states = new Uint8Array(size);
  states.set(columns.state);
  columns.state = states;
}
