// Turns a series of outcome counts into bars: families in place of tokens, empty hours in place of missing ones.
import type { OutcomeCounts, OutcomeSeries } from '@sentinel/contract';
import { OUTCOME_TOKENS, OUTCOMES } from '@sentinel/contract/outcomes';
import { formatShortDay, formatShortTime } from '../phrases/format.ts';
import { type FamilyCounts, sumOf } from '../ui/bar-layout.ts';
import type { Bar } from '../ui/bar-table.tsx';

const BUCKET_MS = { hour: 3_600_000, day: 86_400_000 } as const;
const MOST_BARS = 2000;

/** Sums tokens by family. */
export function familyCounts(counts: OutcomeCounts): FamilyCounts {
  const families = { passed: 0, dropped: 0, duplicate: 0, failed_closed: 0 };
  for (const token of OUTCOME_TOKENS) families[OUTCOMES[token].family] += counts[token] ?? 0;
  return families;
}

/**
 * One bar per bucket of the series' span, those without a message included: the gate was there and saw none.
 *
 * @param hrefOf makes the address of the rows behind a bar from its span
 */
export function barsOf(series: OutcomeSeries, hrefOf: (since: string, until: string) => string): Bar[] {
  const step = BUCKET_MS[series.bucket];
  const known = new Map(series.buckets.map((bucket) => [new Date(bucket.at).getTime(), bucket.counts]));
  const first = new Date(countedSpan(series).since).getTime();
  const end = new Date(series.until).getTime();
  const sparse = (end - first) / step > 48;
  const bars: Bar[] = [];
  for (let at = first; at < end && bars.length < MOST_BARS; at += step) {
    const since = new Date(at).toISOString();
    const until = new Date(at + step).toISOString();
    bars.push({
      key: since,
      ...labelsOf(at, step, sparse),
      counts: familyCounts(known.get(at) ?? {}),
      href: hrefOf(since, until),
    });
  }
  return bars;
}

/** Days carry their date; hours their time, or, where there are very many, only midnight carries its date. */
function labelsOf(at: number, step: number, sparse: boolean): { label: string; span: string } {
  if (step === BUCKET_MS.day) return { label: formatShortDay(at), span: formatShortDay(at) };
  const hour = sparse && new Date(at).getHours() !== 0 ? '' : sparse ? formatShortDay(at) : formatShortTime(at);
  return { label: hour, span: `${formatShortDay(at)}, ${formatShortTime(at)} to ${formatShortTime(at + step)}` };
}

/** What a series really counted: whole hours or whole UTC days from the one its start lies in. */
export function countedSpan({ since, until, bucket }: OutcomeSeries): { since: string; until: string } {
  const step = BUCKET_MS[bucket];
  return { since: new Date(Math.floor(new Date(since).getTime() / step) * step).toISOString(), until };
}

/** Leaves out the empty bars before the first message, but never shows fewer than a week. */
export function fromFirstMessage(bars: readonly Bar[]): Bar[] {
  const first = bars.findIndex(({ counts }) => sumOf(counts) > 0);
  const from = first === -1 ? bars.length : first;
  return bars.slice(Math.max(0, Math.min(from, bars.length - 7)));
}
