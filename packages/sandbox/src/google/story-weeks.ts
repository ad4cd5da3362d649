// Weeks of a story: how far one is from another, and a small memory for those told last.

export const HOUR_MS = 3_600_000;
export const DAY_MS = 86_400_000;
export const WEEK_MS = 7 * DAY_MS;
/** 5 January 1970 was a Monday. */
const FIRST_MONDAY_MS = 4 * DAY_MS;

/** The week a moment lies in, counted from the first Monday of 1970 (UTC). */
export const weekOf = (ms: number): number => Math.floor((ms - FIRST_MONDAY_MS) / WEEK_MS);
export const startOfWeek = (week: number): number => week * WEEK_MS + FIRST_MONDAY_MS;

/** Remembers what `make` made for the last `limit` numbers asked for. `make` must always make the same of the same. */
export function remembering<T>(limit: number, make: (n: number) => T): (n: number) => T {
  const known = new Map<number, T>();
  return (n) => {
    const made = known.get(n) ?? make(n);
    known.delete(n);
    known.set(n, made);
    for (const oldest of known.keys()) {
      if (known.size <= limit) break;
      known.delete(oldest);
    }
    return made;
  };
}
