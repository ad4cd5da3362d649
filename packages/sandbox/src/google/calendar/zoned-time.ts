// Wall clocks: a calendar's times are of its zone, so a meeting at ten stays at ten when the clocks change.
import { DAY_MS, HOUR_MS } from '../story-weeks.ts';

/** The zone of every calendar here. */
export const ZONE = 'Europe/Berlin';
const MINUTE_MS = 60_000;

const clock = new Intl.DateTimeFormat('en-CA', {
  timeZone: ZONE,
  hourCycle: 'h23',
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
});
const offsets = new Map<number, number>();

/** How far the zone is ahead of UTC at a moment (milliseconds). Zones change at full hours. */
function offsetAt(ms: number): number {
  const hour = Math.floor(ms / HOUR_MS);
  const known = offsets.get(hour);
  if (known !== undefined) return known;
  const parts = Object.fromEntries(clock.formatToParts(hour * HOUR_MS).map(({ type, value }) => [type, Number(value)]));
  const { year = 0, month = 1, day = 1, hour: hours = 0, minute = 0, second = 0 } = parts;
  const offset = Date.UTC(year, month - 1, day, hours, minute, second) - hour * HOUR_MS;
  offsets.set(hour, offset);
  return offset;
}

/** A day of the zone, counted from 1 January 1970. */
export function dayOf(ms: number): number {
  return Math.floor((ms + offsetAt(ms)) / DAY_MS);
}

/** Minutes since midnight of the zone. */
export function minutesOf(ms: number): number {
  return Math.floor(((((ms + offsetAt(ms)) % DAY_MS) + DAY_MS) % DAY_MS) / MINUTE_MS);
}

/** The moment at which the zone's clock shows it. */
export function momentOf(day: number, minutes: number): number {
  const wall = day * DAY_MS + minutes * MINUTE_MS;
  return wall - offsetAt(wall - offsetAt(wall));
}

/** RFC 3339 with the zone's offset. */
export function dateTimeText(ms: number): string {
  const offset = offsetAt(ms);
  const minutes = Math.abs(offset) / MINUTE_MS;
  const two = (n: number) => String(Math.floor(n)).padStart(2, '0');
  const sign = offset < 0 ? '-' : '+';
  return `${new Date(ms + offset).toISOString().slice(0, 19)}${sign}${two(minutes / 60)}:${two(minutes % 60)}`;
}

/** `2026-03-02`, of a time that is the day's midnight in UTC. */
export function dateText(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}
