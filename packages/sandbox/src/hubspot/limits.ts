// Rate limits, counted over a rolling window in the machine's time, because that is what a client can wait for.

export interface Window {
  readonly max: number;
  readonly ms: number;
}

/** Of an application from the marketplace, for each account that installed it; search is counted apart. */
export const TEN_SECONDS: Window = { max: 110, ms: 10_000 };
/** Of search, for each account. */
export const SEARCH_SECOND: Window = { max: 5, ms: 1000 };

export interface Limiter {
  /**
   * Counts one request, unless it is over the limit.
   *
   * @param nowMs a clock that never goes back
   * @returns how many more there may be now; below zero when this one was over
   */
  take(key: string, window: Window, nowMs: number): number;
}

export function createLimiter(): Limiter {
  const taken = new Map<string, number[]>();
  return {
    take: (key, { max, ms }, nowMs) => {
      const recent = (taken.get(key) ?? []).filter((at) => at > nowMs - ms);
      taken.set(key, recent);
      if (recent.length >= max) return -1;
      recent.push(nowMs);
      return max - recent.length;
    },
  };
}
