// Where the parts of stacked bars lie: pure geometry, so that it can be tested without a screen.
import type { OutcomeFamily } from '@sentinel/contract/outcomes';

/** From the floor up. */
export const STACK_ORDER = [
  'passed',
  'dropped',
  'duplicate',
  'failed_closed',
] as const satisfies readonly OutcomeFamily[];

export type FamilyCounts = Readonly<Record<OutcomeFamily, number>>;

export interface BarPart {
  readonly family: OutcomeFamily;
  readonly y: number;
  readonly height: number;
}

/** The whole of one bar. */
export const sumOf = (counts: FamilyCounts): number => STACK_ORDER.reduce((sum, family) => sum + counts[family], 0);

/**
 * A round number at or above the largest bar, so that guides stand at values one can say: 1, 2, 4, 5 or 8 times a
 * power of ten. An empty chart gets 4.
 */
export function roundTop(largest: number): number {
  if (largest <= 4) return 4;
  const power = 10 ** Math.floor(Math.log10(largest));
  const factor = [1, 2, 4, 5, 8, 10].find((candidate) => candidate * power >= largest) ?? 10;
  return factor * power;
}

/**
 * Stacks the parts of one bar.
 *
 * @param counts how many of each family
 * @param top the value at full height
 * @param height full height in pixels
 * @returns parts from the floor up with a pixel of air between them; what failed closed is never under 2 px
 */
export function stackParts(counts: FamilyCounts, top: number, height: number): BarPart[] {
  const parts: BarPart[] = [];
  let floor = height;
  for (const family of STACK_ORDER) {
    if (counts[family] === 0) continue;
    const least = family === 'failed_closed' ? 2 : 1;
    const size = Math.max(least, (counts[family] / top) * height - 1);
    parts.push({ family, y: floor - size, height: size });
    floor -= size + 1;
  }
  return parts;
}

/** At most about six labels, evenly apart, the first always among them. */
export function labelEvery(bars: number, width: number): number {
  const fit = Math.max(2, Math.floor(width / 90));
  return Math.max(1, Math.ceil(bars / Math.min(6, fit)));
}
