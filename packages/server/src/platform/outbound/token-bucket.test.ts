import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createTokenBucket } from './token-bucket.ts';

const START = Date.UTC(2026, 0, 5);

describe('a token bucket', () => {
  it('gives what it holds at once, then what flows in', () => {
    const bucket = createTokenBucket({ capacity: 5, perMs: 1000 });
    for (let n = 0; n < 5; n += 1) bucket.take(1, START);
    expect(bucket.readyAt(1, START)).toBe(START + 200);
    expect(bucket.readyAt(3, START + 100)).toBe(START + 600);
    bucket.take(1, START + 200);
    expect(bucket.readyAt(1, START + 200)).toBe(START + 400);
    expect(bucket.readyAt(5, START + 60_000)).toBe(START + 60_000);
  });

  it('never gives more over any stretch than it holds plus what flows in meanwhile', () => {
    const settings = fc.record({
      capacity: fc.integer({ min: 1, max: 50 }),
      perMs: fc.integer({ min: 1, max: 20_000 }),
    });
    const wishes = fc.array(fc.record({ pause: fc.nat(3_000), share: fc.double({ min: 0, max: 1, noNaN: true }) }), {
      maxLength: 60,
    });
    fc.assert(
      fc.property(settings, wishes, (budget, wanted) => {
        const bucket = createTokenBucket(budget);
        const taken: { at: number; cost: number }[] = [];
        let now = START;
        for (const { pause, share } of wanted) {
          const cost = Math.ceil(share * budget.capacity);
          now += pause;
          while (bucket.readyAt(cost, now) > now) now = bucket.readyAt(cost, now);
          bucket.take(cost, now);
          taken.push({ at: now, cost });
        }
        for (const [first, { at: from }] of taken.entries()) {
          let sum = 0;
          for (const { at, cost } of taken.slice(first)) {
            sum += cost;
            expect(sum).toBeLessThanOrEqual(budget.capacity + ((at - from) * budget.capacity) / budget.perMs + 1e-6);
          }
        }
      }),
    );
  });

  it('lets nobody wait longer than it takes to fill', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 1, max: 100_000 }), (capacity, perMs) => {
        const bucket = createTokenBucket({ capacity, perMs });
        bucket.take(capacity, START);
        expect(bucket.readyAt(capacity, START)).toBeLessThanOrEqual(START + perMs + 1);
      }),
    );
  });

  it('gives nothing extra when the clock is set back, and stalls nobody', () => {
    const bucket = createTokenBucket({ capacity: 2, perMs: 1000 });
    bucket.take(2, START);
    expect(bucket.readyAt(1, START - 3_600_000)).toBe(START - 3_600_000 + 500);
  });

  it.each([
    [0, 1],
    [1, 0],
    [-1, 1],
    [Number.NaN, 1],
    [1, Number.POSITIVE_INFINITY],
    [Number.POSITIVE_INFINITY, 1],
  ])('of %d per %d ms is refused', (capacity, perMs) => {
    expect(() => createTokenBucket({ capacity, perMs })).toThrow(RangeError);
  });
});
