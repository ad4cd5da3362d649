// Counts what is asked in a rolling time: the org's requests in a day, a user's logins in an hour.

export interface Usage {
  /** Counts one; answers whether it was still within the limit. */
  count(limit: number): boolean;
  /** How many are counted now. */
  used(): number;
}

/** Time is counted in this many steps. */
const STEPS = 24;

/** @param now the world's time, in milliseconds since 1970 */
export function openUsage(windowMs: number, now: () => number): Usage {
  const counts = new Map<number, number>();
  const stepMs = windowMs / STEPS;
  const used = () => {
    const current = Math.floor(now() / stepMs);
    let sum = 0;
    for (const [step, count] of counts) {
      if (step <= current - STEPS) counts.delete(step);
      else sum += count;
    }
    return sum;
  };
  return {
    used,
    count: (limit) => {
      if (used() >= limit) return false;
      const step = Math.floor(now() / stepMs);
      counts.set(step, (counts.get(step) ?? 0) + 1);
      return true;
    },
  };
}
