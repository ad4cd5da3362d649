// When a calendar event begins and ends: UTC, dates, IANA zones, and the zones a calendar defines itself.
// A zone nobody can tell counts as UTC, and so does floating time; what is no time is null.
import ICAL from 'ical.js';
import { parseContentLine, unfoldLines, type ContentLine } from './content-line.ts';

export interface EventTimes {
  readonly startsAt: Date | null;
  readonly endsAt: Date | null;
}

/** Definitions of time zones as they stand in the calendar, by TZID. */
export type ZoneBlocks = ReadonlyMap<string, Buffer>;

const DATE_TIME = /^(\d{4})(\d{2})(\d{2})(?:T(\d{2})(\d{2})(\d{2})(Z?))?$/;
/** Rules that end: yearly, in one month, on a weekday that every such month has. Others could be expanded for ever. */
const HARMLESS_RULE =
  /^FREQ=YEARLY(?:;(?:INTERVAL=1|BYMONTH=(?:[1-9]|1[0-2])|BYDAY=[+-]?[1-4](?:SU|MO|TU|WE|TH|FR|SA)|WKST=[A-Z]{2}|UNTIL=\d{8}(?:T\d{6}Z?)?))*$/;
const ZONE_LINES = new Set(['BEGIN', 'END', 'TZID', 'DTSTART', 'TZOFFSETFROM', 'TZOFFSETTO', 'RRULE', 'RDATE']);
const MAX_ZONE_BYTES = 32 * 1024;
const MAX_ZONE_RULES = 20;

/**
 * @param start the DTSTART line, if there is one
 * @param end the DTEND line, if there is one; `duration` (a DURATION value) counts without it
 */
export function readEventTimes(
  lines: { start: ContentLine | null; end: ContentLine | null; duration: string | null },
  zones: ZoneBlocks,
): EventTimes {
  const startsAt = lines.start === null ? null : readTime(lines.start, zones);
  if (lines.end !== null) return { startsAt, endsAt: readTime(lines.end, zones) };
  if (startsAt === null || lines.duration === null) return { startsAt, endsAt: null };
  return { startsAt, endsAt: checked(startsAt.getTime() + durationSeconds(lines.duration) * 1000) };
}

function readTime(line: ContentLine, zones: ZoneBlocks): Date | null {
  const match = DATE_TIME.exec(line.value.trim());
  if (match === null) return null;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match
    .slice(1, 7)
    .map((part) => Number(part ?? 0));
  const asUtc = Date.UTC(year, month - 1, day, hour, minute, Math.min(second, 59));
  const real = new Date(asUtc);
  if (real.getUTCMonth() !== month - 1 || real.getUTCDate() !== day || hour > 23 || minute > 59 || second > 60)
    return null;
  const zone = line.parameters.get('TZID')?.[0];
  if (checked(asUtc) === null || match[4] === undefined || match[7] === 'Z' || zone === undefined)
    return checked(asUtc);
  return checked(asUtc - (ianaOffset(zone, asUtc) ?? definedOffset(zone, asUtc, zones) ?? 0));
}

/** Years outside these are mistakes, and would only cost time to expand. */
function checked(time: number): Date | null {
  const date = new Date(time);
  const year = date.getUTCFullYear();
  return year >= 1900 && year <= 2199 ? date : null;
}

function durationSeconds(value: string): number {
  const match = /^([+-]?)P(?:(\d{1,4})W)?(?:(\d{1,5})D)?(?:T(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,8})S)?)?$/.exec(
    value.trim(),
  );
  if (match === null) return 0;
  const [weeks = 0, days = 0, hours = 0, minutes = 0, seconds = 0] = match.slice(2).map((part) => Number(part ?? 0));
  const total = ((weeks * 7 + days) * 24 + hours) * 3600 + minutes * 60 + seconds;
  return match[1] === '-' ? 0 : total;
}

const formats = new Map<string, Intl.DateTimeFormat | null>();

/** Milliseconds east of UTC of a local time in an IANA zone; null when the zone is none. */
function ianaOffset(zone: string, localAsUtc: number): number | null {
  const format = zoneFormat(zone);
  if (format === null) return null;
  // The offset at the instant guessed first may be that of the other side of a change of clocks: ask once more.
  const guess = offsetAt(format, localAsUtc);
  return offsetAt(format, localAsUtc - guess);
}

function zoneFormat(zone: string): Intl.DateTimeFormat | null {
  const known = formats.get(zone);
  if (known !== undefined) return known;
  if (formats.size > 1_000 || zone.length > 60) return null;
  let format: Intl.DateTimeFormat | null = null;
  try {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    });
  } catch {
    // No IANA zone: the calendar may define it itself.
  }
  formats.set(zone, format);
  return format;
}

function offsetAt(format: Intl.DateTimeFormat, time: number): number {
  const parts = new Map(format.formatToParts(time).map((part) => [part.type, Number(part.value)]));
  const part = (type: Intl.DateTimeFormatPartTypes): number => parts.get(type) ?? 0;
  return (
    Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second')) -
    Math.trunc(time / 1000) * 1000
  );
}

/** The same for a zone the calendar defines (RFC 5545 §3.6.5), as Outlook writes them; null when it does not, or not harmlessly. */
function definedOffset(name: string, localAsUtc: number, zones: ZoneBlocks): number | null {
  const block = zones.get(name);
  const zone = block === undefined ? null : readZone(block);
  if (zone === null) return null;
  const local = new Date(localAsUtc);
  const parts = {
    year: local.getUTCFullYear(),
    month: local.getUTCMonth() + 1,
    day: local.getUTCDate(),
    hour: local.getUTCHours(),
    minute: local.getUTCMinutes(),
    second: local.getUTCSeconds(),
    isDate: false,
  };
  try {
    const offset = zone.utcOffset(new ICAL.Time(parts, ICAL.Timezone.utcTimezone)) * 1000;
    return Number.isFinite(offset) ? offset : null;
  } catch {
    return null;
  }
}

/** Expanding a zone's rules costs, and every event of a calendar asks for the same one. */
const readZones = new WeakMap<Buffer, { readonly zone: ICAL.Timezone | null }>();

function readZone(block: Buffer): ICAL.Timezone | null {
  const known = readZones.get(block);
  if (known !== undefined) return known.zone;
  const text = block.length > MAX_ZONE_BYTES ? null : harmlessZone(block);
  let zone: ICAL.Timezone | null = null;
  try {
    if (text !== null) zone = new ICAL.Timezone(ICAL.Component.fromString(text));
  } catch {
    // Not readable: the zone counts as unknown.
  }
  readZones.set(block, { zone });
  return zone;
}

/** The definition with only the lines an offset depends on; null when one of its rules could be expanded for ever. */
function harmlessZone(block: Buffer): string | null {
  const kept: string[] = [];
  let rules = 0;
  for (const line of unfoldLines(block)) {
    const parsed = parseContentLine(line);
    if (parsed === null || !ZONE_LINES.has(parsed.name)) continue;
    if (parsed.name === 'RRULE') {
      rules += 1;
      if (rules > MAX_ZONE_RULES || !HARMLESS_RULE.test(parsed.value.trim())) return null;
    }
    if (parsed.name === 'DTSTART' && !DATE_TIME.test(parsed.value.trim())) return null;
    kept.push(`${parsed.name}:${parsed.value.trim()}`);
  }
  return kept.join('\r\n');
}
