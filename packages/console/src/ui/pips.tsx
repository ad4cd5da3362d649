// Participants as small anonymous tiles: how many, never who. Filled went on, faded was taken out, hollow is unknown.

export type PipFate = 'kept' | 'removed' | 'unknown';

const MOST = 8;

/**
 * Decides which tiles are drawn: at most eight, in proportion when there are more, and never so rounded that a
 * part which exists would vanish.
 *
 * @param before how many went into the step
 * @param after how many went on
 * @param rest what became of those that did not go on
 */
export function pipsOf(before: number, after: number, rest: 'removed' | 'unknown'): PipFate[] {
  const drawn = Math.min(before, MOST);
  if (drawn === 0) return [];
  const kept = Math.min(after, before);
  const exact = Math.round((kept / before) * drawn);
  const filled = kept === before ? drawn : Math.min(drawn - 1, kept > 0 ? Math.max(1, exact) : 0);
  return Array.from({ length: drawn }, (_, index) => (index < filled ? 'kept' : rest));
}

const LOOKS: Record<PipFate, string> = {
  kept: 'fill-ink-2',
  removed: 'fill-line-strong',
  unknown: 'fill-none stroke-no-fill',
};

export function Pips({ fates }: { readonly fates: readonly PipFate[] }) {
  return (
    <svg aria-hidden width={Math.max(0, fates.length * 8 - 2)} height={10} className="shrink-0">
      {fates.map((fate, index) => (
        <rect
          // Tiles are anonymous on purpose; their place is all they have.
          // oxlint-disable-next-line react/no-array-index-key
          key={index}
          x={index * 8 + (fate === 'unknown' ? 0.75 : 0)}
          y={fate === 'unknown' ? 0.75 : 0}
          width={fate === 'unknown' ? 4.5 : 6}
          height={fate === 'unknown' ? 8.5 : 10}
          rx={fate === 'unknown' ? 1.25 : 2}
          strokeWidth={1.5}
          className={LOOKS[fate]}
        />
      ))}
    </svg>
  );
}
