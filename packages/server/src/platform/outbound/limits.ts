// How long to be silent after a provider said "too often" without saying for how long: a second, and twice as long with each
// such answer in a row, so that requests that wait do so together instead of asking one after the other.
const FIRST_MS = 1_000;
const LONGEST_MS = 60_000;

/** What one exchange tells about the limit it was under. */
export interface LimitWitness {
  /**
   * It was limited.
   *
   * @returns how long to be silent from now on, in milliseconds; 0 when another exchange that was under way with it said
   *   so already, since those are one refusal and not several in a row
   */
  limited(): number;
  /** It was answered, so nothing is in a row any more. */
  answered(): void;
}

export interface Limits {
  /** An exchange begins. @param budget what it is paid from; null stands for the whole lane */
  begin(budget: string | null): LimitWitness;
}

export function createLimits(): Limits {
  const rows = new Map<string | null, { inARow: number; era: number }>();
  return {
    begin: (budget) => {
      const row = rows.get(budget) ?? { inARow: 0, era: 0 };
      rows.set(budget, row);
      const begun = row.era;
      return {
        limited: () => {
          if (begun !== row.era) return 0;
          row.era += 1;
          row.inARow += 1;
          return Math.min(LONGEST_MS, FIRST_MS * 2 ** (row.inARow - 1));
        },
        answered: () => {
          if (begun === row.era) row.inARow = 0;
        },
      };
    },
  };
}
