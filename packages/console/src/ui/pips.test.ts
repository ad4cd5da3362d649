// Pips: how many, never who.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pipsOf } from './pips.tsx';

describe('pips', () => {
  it('draw one tile each up to eight', () => {
    expect(pipsOf(5, 3, 'removed')).toEqual(['kept', 'kept', 'kept', 'removed', 'removed']);
    expect(pipsOf(3, 0, 'unknown')).toEqual(['unknown', 'unknown', 'unknown']);
    expect(pipsOf(0, 0, 'removed')).toEqual([]);
  });

  it('draw eight for any more, and never round away a part that exists', () => {
    fc.assert(
      fc.property(fc.integer({ min: 9, max: 100_000 }), fc.nat(), (before, some) => {
        const after = some % (before + 1);
        const pips = pipsOf(before, after, 'removed');
        expect(pips).toHaveLength(8);
        expect(pips.includes('kept')).toBe(after > 0);
        expect(pips.includes('removed')).toBe(after < before);
      }),
    );
  });
});
