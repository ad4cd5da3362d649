// Which failed exchanges are repeated, how often, and after what pause. A refusal is never among them: what a server has
// said no to once it says no to again. Ours and not cockatiel's (4.0.0), whose pause no signal ends and no budget bounds.
import type { OutboundFailed, OutboundFailure } from './guarded-fetch.ts';
import type { RetryRule } from './lane.ts';

/** Exchanges for one request, the first included. */
export const MOST_ATTEMPTS = 4;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 20_000;

/** An exchange without an answer to go by. */
export interface FailedExchange {
  readonly error: OutboundFailed;
}

const REPEATABLE: ReadonlySet<OutboundFailure> = new Set([
  'no_answer',
  'timed_out',
  'limited',
  'unavailable',
  'unreadable_answer',
]);

/** Tells whether a failed exchange may be repeated at all under a request's rule. */
export function mayRepeat(rule: RetryRule, { error }: FailedExchange): boolean {
  if (rule === 'never' || !REPEATABLE.has(error.reason)) return false;
  if (rule === 'safe') return true;
  return error.unsent || error.reason === 'limited';
}

/**
 * The pause before a repetition, in milliseconds: anything between nothing and a bound that doubles each time ("full
 * jitter"), so that those who failed together do not come back together.
 *
 * @param failed how many exchanges have failed so far, at least 1
 * @param random within 0 and 1, 1 excluded
 */
export function fullJitter(failed: number, random: () => number): number {
  return Math.floor(random() * Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (failed - 1)));
}
