// Reads the events of a calendar file (RFC 5545) as messages: the organizer is the author, attendees are recipients.
// Rooms, resources and groups never count, nor does anybody named in an alarm; a broken event is skipped, its neighbours are read.
import { MAX_TEXT_LENGTH, type InboundMessage, type MessageContent } from '../admission/message.ts';
import { readEventTimes, type ZoneBlocks } from './calendar-time.ts';
import { cleanText, cleanTextTo } from './clean-text.ts';
import { decodeLine, lineName, parseContentLine, unescapeText, unfoldLines, type ContentLine } from './content-line.ts';
import type { MailItem, SkipReason } from './mail-item.ts';
import { boundKey } from './mime-headers.ts';
import { MAX_SUBJECT_LENGTH } from './mail-content.ts';

/** Largest calendar file; the whole of it is held, since a zone may stand behind the events that use it. */
export const MAX_CALENDAR_BYTES = 50 * 1024 * 1024;
export const MAX_EVENT_BYTES = 8 * 1024 * 1024;
const MAX_ZONES = 200;

/**
 * Yields an item per VEVENT.
 *
 * @param bytes the whole file: events use zones that may stand anywhere in it
 */
export function* readCalendar(bytes: Buffer): Generator<MailItem> {
  const blocks = [...findBlocks(bytes)];
  const zones = collectZones(bytes, blocks);
  for (const block of blocks) {
    const { end } = block;
    if (block.kind === 'broken') yield { kind: 'skipped', reason: block.reason, end };
    else if (block.kind === 'event') yield readEvent(bytes.subarray(block.start, block.end), end, zones);
  }
}

type Block =
  | { readonly kind: 'event' | 'zone'; readonly start: number; readonly end: number }
  | { readonly kind: 'broken'; readonly reason: SkipReason; readonly start: number; readonly end: number };

/** Finds whole VEVENT and VTIMEZONE blocks by their BEGIN and END lines. */
function* findBlocks(bytes: Buffer): Generator<Block> {
  let open: { kind: 'event' | 'zone'; start: number; inner: string[]; nested: boolean } | null = null;
  for (let at = 0; at < bytes.length; ) {
    const newline = bytes.indexOf(0x0a, at);
    const next = newline === -1 ? bytes.length : newline + 1;
    const mark = readMark(bytes, at, next);
    const kind = mark === null ? null : mark.name === 'VEVENT' ? 'event' : mark.name === 'VTIMEZONE' ? 'zone' : null;
    if (mark !== null && open !== null && (mark.name === 'VCALENDAR' || (mark.begins && kind !== null))) {
      if (open.kind === 'event') yield { kind: 'broken', reason: 'event_malformed', start: open.start, end: at };
      open = null;
    }
    if (mark === null) {
      // An ordinary line.
    } else if (open === null) {
      if (mark.begins && kind !== null) open = { kind, start: at, inner: [], nested: true };
    } else if (mark.begins) {
      open.inner.push(mark.name);
    } else if (kind === open.kind) {
      yield closeBlock(open, next);
      open = null;
    } else if (open.inner.pop() !== mark.name) {
      open.nested = false;
    }
    at = next;
  }
  if (open?.kind === 'event') yield { kind: 'broken', reason: 'event_malformed', start: open.start, end: bytes.length };
}

function closeBlock(
  open: { kind: 'event' | 'zone'; start: number; inner: string[]; nested: boolean },
  end: number,
): Block {
  const { kind, start } = open;
  if (kind === 'event' && end - start > MAX_EVENT_BYTES)
    return { kind: 'broken', reason: 'event_too_large', start, end };
  // An alarm that is not closed would turn its own attendees into the event's, or the other way round.
  if (kind === 'event' && (!open.nested || open.inner.length > 0))
    return { kind: 'broken', reason: 'event_malformed', start, end };
  return { kind, start, end };
}

function readMark(bytes: Buffer, at: number, next: number): { readonly begins: boolean; readonly name: string } | null {
  const first = (bytes[at] ?? 0) & 0xdf;
  if ((first !== 0x42 && first !== 0x45) || next - at > 80) return null;
  const match = /^(BEGIN|END):([A-Za-z0-9-]+)[ \t]*\r?\n?$/i.exec(bytes.toString('latin1', at, next));
  return match === null ? null : { begins: match[1]?.length === 5, name: (match[2] ?? '').toUpperCase() };
}

function collectZones(bytes: Buffer, blocks: readonly Block[]): ZoneBlocks {
  const zones = new Map<string, Buffer>();
  for (const block of blocks) {
    if (block.kind !== 'zone' || zones.size >= MAX_ZONES) continue;
    const zone = bytes.subarray(block.start, block.end);
    const name = unfoldLines(zone.subarray(0, 4_096)).find((line) => lineName(line) === 'TZID');
    const id = name === undefined ? null : parseContentLine(decodeLine(name));
    if (id !== null && !zones.has(id.value)) zones.set(id.value, zone);
  }
  return zones;
}

function readEvent(block: Buffer, end: number, zones: ZoneBlocks): MailItem {
  const lines = ownLines(block);
  const people = (name: string): readonly string[] => (lines.get(name) ?? []).flatMap((line) => readPerson(line) ?? []);
  const organizers = lines.get('ORGANIZER') ?? [];
  const message: InboundMessage = {
    kind: 'event',
    source: 'ics',
    key: readEventKey(lines),
    // Two organizers are as ambiguous as two From fields: none of them is the author.
    participants: {
      form: 'addresses',
      from: organizers.length === 1 ? people('ORGANIZER') : [],
      to: people('ATTENDEE'),
      cc: [],
      bcc: [],
    },
    authenticationResults: [],
    labels: readCategories(lines.get('CATEGORIES') ?? []),
    fromList: false,
    end,
    size: block.length,
    content: () => Promise.resolve(readEventContent(ownLines(block), zones)),
  };
  return { kind: 'message', message };
}

const EVENT_LINES = new Set([
  'UID',
  'RECURRENCE-ID',
  'SEQUENCE',
  'ORGANIZER',
  'ATTENDEE',
  'CATEGORIES',
  'SUMMARY',
  'DESCRIPTION',
  'DTSTART',
  'DTEND',
  'DURATION',
]);

/** The event's own lines by name, without those of its alarms. */
function ownLines(block: Buffer): ReadonlyMap<string, readonly ContentLine[]> {
  const lines = new Map<string, ContentLine[]>();
  let depth = 0;
  for (const line of unfoldLines(block)) {
    const name = lineName(line);
    if (name === 'BEGIN') depth += 1;
    else if (name === 'END') depth -= 1;
    if (depth !== 1 || !EVENT_LINES.has(name)) continue;
    const parsed = parseContentLine(decodeLine(line));
    if (parsed === null) continue;
    const known = lines.get(name);
    if (known === undefined) lines.set(name, [parsed]);
    else known.push(parsed);
  }
  return lines;
}

/**
 * The address of a line that names a person: a mailto URI (RFC 6068) of exactly one address and nothing else.
 * CUTYPE is INDIVIDUAL, UNKNOWN or absent; a room, a group, or a kind nobody knows is no person we may keep mail for.
 */
function readPerson(line: ContentLine): string | null {
  const kinds = line.parameters.get('CUTYPE') ?? ['INDIVIDUAL'];
  if (kinds.length !== 1 || !/^(?:INDIVIDUAL|UNKNOWN)$/i.test(kinds[0] ?? '')) return null;
  const match = /^mailto:([^?,]+)$/i.exec(line.value.trim());
  if (match === null) return null;
  try {
    return decodeURIComponent(match[1] ?? '');
  } catch {
    return null;
  }
}

/** UID, instance and revision: an update is another message, the same revision in two files is not. */
function readEventKey(lines: ReadonlyMap<string, readonly ContentLine[]>): string | null {
  const first = (name: string): string => lines.get(name)?.[0]?.value.trim() ?? '';
  const uid = cleanText(first('UID'));
  if (uid === '') return null;
  const instance = first('RECURRENCE-ID').replace(/[^0-9TZ]/g, '');
  const sequence = /^\d{1,9}$/.exec(first('SEQUENCE'))?.[0] ?? '0';
  return boundKey(`${uid};${instance};${Number(sequence)}`);
}

function readCategories(lines: readonly ContentLine[]): readonly string[] {
  const labels = new Set<string>();
  for (const line of lines) {
    for (const part of line.value.split(/(?<!\\),/)) {
      const label = cleanTextTo(unescapeText(part).trim(), 200);
      if (label !== '') labels.add(label);
    }
  }
  return [...labels];
}

function readEventContent(lines: ReadonlyMap<string, readonly ContentLine[]>, zones: ZoneBlocks): MessageContent {
  const line = (name: string): ContentLine | null => lines.get(name)?.[0] ?? null;
  const times = readEventTimes(
    { start: line('DTSTART'), end: line('DTEND'), duration: line('DURATION')?.value ?? null },
    zones,
  );
  return {
    subject: cleanTextTo(
      unescapeText(line('SUMMARY')?.value ?? '')
        .replace(/\s+/g, ' ')
        .trim(),
      MAX_SUBJECT_LENGTH,
    ),
    text: cleanTextTo(unescapeText(line('DESCRIPTION')?.value ?? '').trim(), MAX_TEXT_LENGTH),
    sentAt: null,
    inReplyTo: null,
    references: [],
    attachments: [],
    startsAt: times.startsAt,
    endsAt: times.endsAt,
  };
}
