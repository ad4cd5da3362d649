// Recurring meetings: the part of RFC 5545's RRULE that this story uses, and where its occurrences fall.
import { DAY_MS } from '../story-weeks.ts';
import { dayOf, minutesOf, momentOf } from './zoned-time.ts';

export interface Rule {
  readonly freq: 'DAILY' | 'WEEKLY';
  readonly interval: number;
  /** 0 is Monday; empty means the day of the first one. */
  readonly days: readonly number[];
  /** Milliseconds, inclusive. */
  readonly until: number | null;
  readonly count: number | null;
}

const DAYS = ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'];

/** @throws Error for a rule outside FREQ=DAILY|WEEKLY, INTERVAL, BYDAY, UNTIL, COUNT */
export function parseRule(text: string): Rule {
  const members = new Map(
    text
      .replace(/^RRULE:/, '')
      .split(';')
      .map((member): [string, string] => [member.split('=')[0] ?? '', member.split('=')[1] ?? '']),
  );
  const freq = members.get('FREQ');
  const known = ['FREQ', 'INTERVAL', 'BYDAY', 'UNTIL', 'COUNT'];
  if ((freq !== 'DAILY' && freq !== 'WEEKLY') || [...members.keys()].some((name) => !known.includes(name)))
    throw new Error('the stand-in knows no such recurrence');
  const days = (members.get('BYDAY') ?? '').split(',').filter((day) => day !== '');
  if (days.some((day) => !DAYS.includes(day))) throw new Error('the stand-in knows no such recurrence');
  const [until, count] = [members.get('UNTIL'), members.get('COUNT')];
  return {
    freq,
    interval: Number(members.get('INTERVAL') ?? 1),
    days: days.map((day) => DAYS.indexOf(day)),
    until:
      until === undefined
        ? null
        : Date.parse(until.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z')),
    count: count === undefined ? null : Number(count),
  };
}

export function ruleText({ freq, interval, days, until, count }: Rule): string {
  const members = [
    `RRULE:FREQ=${freq}`,
    until === null ? '' : `UNTIL=${stampOf(until)}`,
    count === null ? '' : `COUNT=${count}`,
    interval === 1 ? '' : `INTERVAL=${interval}`,
    days.length === 0 ? '' : `BYDAY=${days.map((day) => DAYS[day] ?? '').join(',')}`,
  ];
  return members.filter((member) => member !== '').join(';');
}

/** `20260302T090000Z`. */
export function stampOf(ms: number): string {
  return new Date(ms).toISOString().replaceAll(/[-:]|\.\d+/g, '');
}

/** The starts that lie in [from, to), in order. */
export function occurrences(
  rule: Rule,
  first: number,
  { from, to }: { readonly from: number; readonly to: number },
): readonly number[] {
  const [firstDay, minutes] = [dayOf(first), minutesOf(first)];
  const end = Math.min(to, rule.until === null ? to : rule.until + 1);
  // Without a count the days before `from` need not be walked.
  const begin = rule.count === null ? Math.max(firstDay, Math.floor(from / DAY_MS) - 1) : firstDay;
  const found: number[] = [];
  let counted = 0;
  for (let day = begin; momentOf(day, minutes) < end; day += 1) {
    if (!falls(rule, firstDay, day)) continue;
    counted += 1;
    if (rule.count !== null && counted > rule.count) break;
    const at = momentOf(day, minutes);
    if (at >= from) found.push(at);
  }
  return found;
}

/** 1 January 1970 was a Thursday. */
const weekdayOf = (day: number): number => (((day + 3) % 7) + 7) % 7;

function falls({ freq, interval, days }: Rule, firstDay: number, day: number): boolean {
  const onDay =
    days.length === 0 ? freq === 'DAILY' || weekdayOf(day) === weekdayOf(firstDay) : days.includes(weekdayOf(day));
  const monday = (each: number) => each - weekdayOf(each);
  const distance = freq === 'DAILY' ? day - firstDay : (monday(day) - monday(firstDay)) / 7;
  return onDay && distance % interval === 0;
}
