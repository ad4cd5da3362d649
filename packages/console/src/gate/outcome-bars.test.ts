// From a series of counts to bars.
import type { OutcomeSeries } from '@sentinel/contract';
import { describe, expect, it } from 'vitest';
import { sumOf } from '../ui/bar-layout.ts';
import { barsOf, countedSpan, familyCounts, fromFirstMessage } from './outcome-bars.ts';

const series: OutcomeSeries = {
  since: '2026-03-04T06:20:00.000Z',
  until: '2026-03-04T10:20:00.000Z',
  bucket: 'hour',
  buckets: [{ at: '2026-03-04T08:00:00.000Z', counts: { passed: 2, dropped_excluded: 1, dropped_self_user: 4 } }],
  totals: { passed: 2, dropped_excluded: 1, dropped_self_user: 4 },
};

describe('bars of outcomes', () => {
  it('sum tokens by family', () => {
    expect(familyCounts(series.totals)).toEqual({ passed: 2, dropped: 5, duplicate: 0, failed_closed: 0 });
  });

  it('have one bar for each hour counted, those without a message included', () => {
    const bars = barsOf(series, (since, until) => `${since}/${until}`);
    expect(bars.map(({ counts }) => sumOf(counts))).toEqual([0, 0, 7, 0, 0]);
    expect(bars[2]?.href).toBe('2026-03-04T08:00:00.000Z/2026-03-04T09:00:00.000Z');
  });

  it('begin where counting began: at the whole hour', () => {
    expect(countedSpan(series)).toEqual({ since: '2026-03-04T06:00:00.000Z', until: series.until });
  });

  it('of all time begin with the first message, but hold a week', () => {
    const bars = barsOf({ ...series, since: '2026-03-03T00:00:00.000Z' }, () => '');
    expect(fromFirstMessage(bars)).toHaveLength(7);
    const early = barsOf({ ...series, until: '2026-03-05T10:20:00.000Z' }, () => '');
    expect(sumOf(fromFirstMessage(early)[0]?.counts ?? familyCounts({}))).toBe(7);
  });
});
