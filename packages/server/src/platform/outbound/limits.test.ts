import { describe, expect, it } from 'vitest';
import { createLimits } from './limits.ts';

describe('the silence after limits without a time', () => {
  it('doubles with each in a row, up to a minute', () => {
    const limits = createLimits();
    const waits = Array.from({ length: 9 }, () => limits.begin('search').limited());
    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60].map((seconds) => seconds * 1000));
  });

  it('begins anew after an answer', () => {
    const limits = createLimits();
    limits.begin(null).limited();
    limits.begin(null).limited();
    limits.begin(null).answered();
    expect(limits.begin(null).limited()).toBe(1_000);
  });

  it('takes what was under way together for one, and late answers for none', () => {
    const limits = createLimits();
    const four = Array.from({ length: 4 }, () => limits.begin(null));
    const late = limits.begin(null);
    expect(four.map((each) => each.limited())).toEqual([1_000, 0, 0, 0]);
    late.answered();
    expect(limits.begin(null).limited()).toBe(2_000);
  });

  it('is counted for each budget alone', () => {
    const limits = createLimits();
    limits.begin('search').limited();
    expect([limits.begin('general').limited(), limits.begin(null).limited()]).toEqual([1_000, 1_000]);
  });
});
