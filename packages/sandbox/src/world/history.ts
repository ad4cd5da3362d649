// The past of a shelf: when each record of the first hour came to be and was last changed, and which were archived, merged
// or erased since. A growing company: later years brought more than earlier ones.
import { codeOf, STATES } from './columns.ts';
import { noise } from './noise.ts';
import type { FullShelf } from './shelf.ts';

/** The first so many are live: a small contact book is whole. */
export const SURELY_LIVE = 100;

export interface Past {
  readonly seed: number;
  readonly count: number;
  /** Milliseconds since 1970. */
  readonly begin: number;
  readonly now: number;
  /** Whether duplicates were merged and people erased. */
  readonly isPeople: boolean;
}

/** When the record with this number came to be; later numbers are not earlier. */
export function createdAtOf({ seed, count, begin, now }: Past, n: number): number {
  const share = Math.sqrt((n + noise(seed, n, 31)) / count);
  return Math.floor(begin + (now - begin) * share * 0.9999);
}

export function seedPast<Values extends object>(shelf: FullShelf<Values>, past: Past): void {
  for (let n = 0; n < past.count; n += 1) {
    const created = createdAtOf(past, n);
    const updated = between(created, past.now, noise(past.seed, n, 32) ** 2);
    const state = codeOf(stateOf(past, n));
    const touched = state === 0 ? updated : between(updated, past.now, noise(past.seed, n, 33));
    const winner = STATES[state] === 'merged' ? winnerFor(shelf, past, n) : null;
    shelf.seed({ created, updated, touched, state }, winner);
  }
}

function stateOf({ seed, isPeople }: Past, n: number): (typeof STATES)[number] {
  const value = n < SURELY_LIVE ? 1 : noise(seed, n, 34);
  if (value < 0.03) return 'archived';
  if (isPeople && value < 0.04) return 'merged';
  return isPeople && value < 0.043 ? 'erased' : 'live';
}

/** A live record not far before this one. */
function winnerFor<Values extends object>(shelf: FullShelf<Values>, { seed }: Past, n: number): number {
  let winner = n - 1 - Math.floor(noise(seed, n, 35) * 20);
  while (winner > 0 && shelf.get(winner)?.state !== 'live') winner -= 1;
  return winner;
}

function between(from: number, to: number, share: number): number {
  return Math.floor(from + (to - from) * share * 0.9999);
}
