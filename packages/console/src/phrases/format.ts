// How numbers, times and dates are written: by the reader's own locale, through Intl, in one place.

const numbers = new Intl.NumberFormat();
const percents = new Intl.NumberFormat(undefined, { style: 'percent', maximumFractionDigits: 1 });
const clockTime = new Intl.DateTimeFormat(undefined, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
});
const shortTime = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
const dayName = new Intl.DateTimeFormat(undefined, { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' });
const dayShort = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'long', hourCycle: 'h23' });
const relative = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto' });
const plurals = new Intl.PluralRules('en');

/** A count with the locale's grouping. */
export const formatNumber = (value: number): string => numbers.format(value);

/** A share of a whole; an en dash when the whole is nothing. */
export const formatShare = (part: number, whole: number): string => (whole === 0 ? '–' : percents.format(part / whole));

/** HH:MM:SS in the reader's zone. */
export const formatTime = (instant: string | number | Date): string => clockTime.format(new Date(instant));

/** HH:MM in the reader's zone. */
export const formatShortTime = (instant: string | number | Date): string => shortTime.format(new Date(instant));

/** Weekday, day, month and year. */
export const formatDay = (instant: string | Date): string => dayName.format(new Date(instant));

/** Day and month. */
export const formatShortDay = (instant: string | number | Date): string => dayShort.format(new Date(instant));

/** Date, time and zone: what a hover or a detail shows. */
export const formatFull = (instant: string): string => full.format(new Date(instant));

/** The reader's zone as a short name, such as CET. */
export function zoneName(): string {
  const parts = new Intl.DateTimeFormat(undefined, { timeZoneName: 'short' }).formatToParts(new Date());
  return parts.find((part) => part.type === 'timeZoneName')?.value ?? 'UTC';
}

/** Key under which rows of one local day are grouped. */
export function localDay(instant: string): string {
  const at = new Date(instant);
  return `${at.getFullYear()}-${at.getMonth() + 1}-${at.getDate()}`;
}

const UNITS = [
  { unit: 'year', seconds: 31_556_952 },
  { unit: 'month', seconds: 2_629_746 },
  { unit: 'day', seconds: 86_400 },
  { unit: 'hour', seconds: 3600 },
  { unit: 'minute', seconds: 60 },
] as const;

/** "3 hours ago", "16 years ago"; below a minute "now". */
export function formatAgo(instant: string, now: Date): string {
  const seconds = Math.round((new Date(instant).getTime() - now.getTime()) / 1000);
  const fit = UNITS.find(({ seconds: length }) => Math.abs(seconds) >= length);
  return fit === undefined
    ? relative.format(0, 'second')
    : relative.format(Math.trunc(seconds / fit.seconds), fit.unit);
}

/** "1 contact", "2,978 contacts". */
export function count(value: number, one: string, other: string): string {
  return `${formatNumber(value)} ${plurals.select(value) === 'one' ? one : other}`;
}
