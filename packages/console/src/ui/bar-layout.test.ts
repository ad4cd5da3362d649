// The geometry of the stacked bars.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { labelEvery, roundTop, stackParts, sumOf } from './bar-layout.ts';

const counts = fc.record({
  passed: fc.nat(5000),
  dropped: fc.nat(5000),
  duplicate: fc.nat(5000),
  failed_closed: fc.nat(50),
});

describe('stacked bars', () => {
  it('stack from the floor up in one order and never overlap', () => {
    fc.assert(
      fc.property(counts, (some) => {
        const parts = stackParts(some, roundTop(sumOf(some)), 200);
        for (const [index, part] of parts.entries()) {
          const above = parts[index + 1];
          if (above !== undefined) expect(above.y + above.height).toBeLessThanOrEqual(part.y - 1 + 1e-6);
        }
        expect(parts[0] === undefined || Math.abs(parts[0].y + parts[0].height - 200) < 1e-6).toBe(true);
      }),
    );
  });

  it('show what failed closed even when it is one of thousands', () => {
    const parts = stackParts({ passed: 9000, dropped: 0, duplicate: 0, failed_closed: 1 }, 10_000, 100);
    expect(parts.at(-1)).toMatchObject({ family: 'failed_closed', height: 2 });
  });

  it('leave out families without a message', () => {
    expect(
      stackParts({ passed: 0, dropped: 3, duplicate: 0, failed_closed: 0 }, 4, 80).map(({ family }) => family),
    ).toEqual(['dropped']);
  });

  it('have a top that is round and not below the largest bar', () => {
    expect([0, 3, 5, 11, 99, 812, 1001].map(roundTop)).toEqual([4, 4, 5, 20, 100, 1000, 2000]);
    fc.assert(fc.property(fc.nat(10_000_000), (largest) => roundTop(largest) >= largest));
  });

  it('carry at most about six labels', () => {
    expect(labelEvery(24, 900)).toBe(4);
    expect(labelEvery(7, 300)).toBe(3);
  });
});
