// A budget's token bucket. Over any stretch of time it gives out at most what it holds plus what flows in meanwhile.
import type { Budget } from './lane.ts';

export interface TokenBucket {
  /** When so many tokens are there, in milliseconds; `now` when they are already. */
  readyAt(cost: number, now: number): number;
  /** Takes them; only after `readyAt` answered `now`. */
  take(cost: number, now: number): void;
}

/** Starts full. @throws RangeError for a budget that could never give anything */
export function createTokenBucket({ capacity, perMs }: Budget): TokenBucket {
  if (!(capacity > 0 && perMs > 0 && capacity / perMs > 0 && capacity / perMs < Number.POSITIVE_INFINITY))
    throw new RangeError('not a usable budget');
  let level = capacity;
  let at = Number.NEGATIVE_INFINITY;
  const flow = (now: number): void => {
    // A clock set back: nothing is known about the time that went by, so nothing flowed in.
    if (now > at) level = Math.min(capacity, level + (Math.min(now - at, perMs) * capacity) / perMs);
    at = now;
  };
  return {
    readyAt: (cost, now) => {
      flow(now);
      return level >= cost ? now : now + Math.max(1, Math.ceil(((cost - level) * perMs) / capacity));
    },
    take: (cost, now) => {
      flow(now);
      level -= cost;
    },
  };
}
