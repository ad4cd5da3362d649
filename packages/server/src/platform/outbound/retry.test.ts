import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OutboundFailed, type OutboundFailure } from './guarded-fetch.ts';
import { fullJitter, mayRepeat } from './retry.ts';

const failed = (reason: OutboundFailure, unsent = false) => ({ error: new OutboundFailed(reason, { unsent }) });

describe('what is repeated', () => {
  it.each<[OutboundFailure, boolean]>([
    ['no_answer', true],
    ['timed_out', true],
    ['limited', true],
    ['unavailable', true],
    ['unreadable_answer', true],
    ['too_large', false],
    ['address_refused', false],
    ['aborted', false],
    ['breaker_open', false],
    ['queue_full', false],
  ])('%s of a safe request: %s; never of one that must not be', (reason, may) => {
    expect(mayRepeat('safe', failed(reason))).toBe(may);
    expect(mayRepeat('never', failed(reason, true))).toBe(false);
  });

  it.each<[string, boolean, ReturnType<typeof failed>]>([
    ['no connection came about', true, failed('no_answer', true)],
    ['connecting took too long', true, failed('timed_out', true)],
    ['the answer is missing', false, failed('no_answer')],
    ['the answer took too long', false, failed('timed_out')],
    ['429', true, failed('limited')],
    ['500, or a 503 from a gateway behind which it was done', false, failed('unavailable')],
    ['a 200 that cannot be read', false, failed('unreadable_answer')],
    ['an address that may not be asked', false, failed('address_refused', true)],
  ])('what may only be sent once, when %s: %s', (_what, may, given) => {
    expect(mayRepeat('unsent_only', given)).toBe(may);
  });
});

describe('the pause before a repetition', () => {
  it('is anything from nothing to a bound that doubles up to 20 seconds', () => {
    const fraction = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), fraction, (attempt, random) => {
        const bound = Math.min(20_000, 500 * 2 ** (attempt - 1));
        const pause = fullJitter(attempt, () => random);
        expect(pause).toBeGreaterThanOrEqual(0);
        expect(pause).toBeLessThan(bound);
        expect(Math.abs(pause - random * bound)).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('reaches both ends', () => {
    expect(fullJitter(1, () => 0)).toBe(0);
    expect(fullJitter(3, () => 0.9999)).toBe(1999);
  });
});
