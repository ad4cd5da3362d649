import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MOST_RETRY_AFTER_MS, readRetryAfter } from './retry-after.ts';

const NOW = new Date('2026-01-05T09:00:00Z');
const read = (value: string, more: Record<string, string> = {}): number | null =>
  readRetryAfter(new Headers({ 'retry-after': value, ...more }), NOW);

describe('Retry-After', () => {
  it.each([
    ['0', 0],
    ['7', 7_000],
    [' 120 ', 120_000],
    ['Mon, 05 Jan 2026 09:00:30 GMT', 30_000],
    ['Monday, 05-Jan-26 09:00:30 GMT', 30_000],
    ['Mon Jan  5 09:00:30 2026', 30_000],
    ['Mon, 05 Jan 2026 08:00:00 GMT', 0],
  ])('%j waits %d ms', (value, ms) => {
    expect(read(value)).toBe(ms);
  });

  it.each([
    '',
    '-5',
    '1.5',
    '5, 7',
    '0x10',
    '1e3',
    'soon',
    '2026-01-05T09:00:30Z',
    'Mon, 99 Jan 2026 09:00:30 GMT',
    'Mon, 05 Jan 2026 09:00:30 +0100',
  ])('%j is as if it were not there', (value) => {
    expect(read(value)).toBeNull();
  });

  it('is counted from the time of the answer when that is known, so a wrong clock does no harm', () => {
    const date = 'Mon, 05 Jan 2026 11:00:00 GMT';
    expect(read('Mon, 05 Jan 2026 11:00:10 GMT', { date })).toBe(10_000);
    expect(read('Mon, 05 Jan 2026 09:00:10 GMT', { date: 'yesterday' })).toBe(10_000);
  });

  it('is at most a day', () => {
    expect(read('86401')).toBe(MOST_RETRY_AFTER_MS);
    expect(read('999999999999999')).toBe(MOST_RETRY_AFTER_MS);
    expect(read('Fri, 05 Jan 2046 09:00:30 GMT')).toBe(MOST_RETRY_AFTER_MS);
  });

  it('is never below zero or above a day, whatever a server sends', () => {
    const sent = fc.oneof(fc.string({ unit: 'grapheme-ascii' }), fc.integer().map(String), fc.date().map(String));
    fc.assert(
      fc.property(sent, (value) => {
        const ms = read(value);
        expect(ms === null || (ms >= 0 && ms <= MOST_RETRY_AFTER_MS)).toBe(true);
      }),
    );
  });
});
