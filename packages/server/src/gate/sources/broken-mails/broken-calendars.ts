// Broken and hostile calendars, each with what reading it has to answer. Nobody in them exists (RFC 2606 domains).
import type { BrokenMail } from './broken-mail.ts';

const EVENT_HEAD = 'BEGIN:VCALENDAR\r\nVERSION:2.0\r\n';
const event = (...lines: readonly string[]): string =>
  `${EVENT_HEAD}BEGIN:VEVENT\r\nUID:1@example.com\r\n${lines.join('\r\n')}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n`;

export const BROKEN_CALENDARS: readonly BrokenMail[] = [
  {
    name: 'an event with nothing in it',
    format: 'auto',
    bytes: event(),
    expect: [{ from: [], to: [], key: '1@example.com;;0', subject: '', startsAt: null }],
  },
  {
    name: 'an event that is cut',
    format: 'auto',
    bytes: `${EVENT_HEAD}BEGIN:VEVENT\r\nUID:1\r\nATTENDEE:mailto:ann@example.com`,
    expect: ['event_malformed'],
  },
  {
    name: 'an event within an event',
    format: 'auto',
    bytes: `${EVENT_HEAD}BEGIN:VEVENT\r\nUID:1\r\nBEGIN:VEVENT\r\nUID:2\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n`,
    expect: ['event_malformed', { key: '2;;0' }],
  },
  {
    name: 'an alarm that is not closed',
    format: 'auto',
    bytes: event('BEGIN:VALARM', 'ATTENDEE:mailto:ann@example.com'),
    expect: ['event_malformed'],
  },
  {
    name: 'attendees of an alarm take no part',
    format: 'auto',
    bytes: event('ATTENDEE:mailto:bob@example.net', 'BEGIN:VALARM', 'ATTENDEE:mailto:ann@example.com', 'END:VALARM'),
    expect: [{ to: ['bob@example.net'] }],
  },
  {
    name: 'rooms, resources, groups and unknown kinds never count',
    format: 'auto',
    bytes: event(
      'ATTENDEE;CUTYPE=ROOM:mailto:r@example.com',
      'ATTENDEE;CUTYPE="GROUP":mailto:g@example.com',
      'ATTENDEE;CUTYPE=resource:mailto:s@example.com',
      'ATTENDEE;CUTYPE=X-BOT:mailto:x@example.com',
      'ATTENDEE;CUTYPE=INDIVIDUAL;CUTYPE=ROOM:mailto:y@example.com',
      'ATTENDEE;CUTYPE=UNKNOWN:mailto:u@example.com',
    ),
    expect: [{ to: ['u@example.com'] }],
  },
  {
    name: 'an address in a name, or in no mailto, is nobody',
    format: 'auto',
    bytes: event(
      'ATTENDEE;CN="eve@example.org":urn:uuid:7',
      'ATTENDEE;CN=mailto:eve@example.org',
      'ATTENDEE;EMAIL=eve@example.org:https://example.com/7',
      'ATTENDEE;CN="x:mailto:eve@example.org',
      'ATTENDEE:MAILTO:ann@example.com',
    ),
    expect: [{ to: ['ann@example.com'] }],
  },
  {
    name: 'two addresses in one mailto are nobody',
    format: 'auto',
    bytes: event(
      'ATTENDEE:mailto:a@example.com,b@example.com',
      'ATTENDEE:mailto:a@example.com?cc=b@example.com',
      'ATTENDEE:mailto:%zz@example.com',
    ),
    expect: [{ to: [] }],
  },
  {
    name: 'two organizers are none',
    format: 'auto',
    bytes: event('ORGANIZER:mailto:a@example.com', 'ORGANIZER:mailto:b@example.com'),
    expect: [{ from: [] }],
  },
  {
    name: 'a character folded in the middle, and a bad line beside it',
    format: 'auto',
    bytes: event('SUMMARY:T\xc3\r\n \xa9l\\, x\\;y', 'this is no line', 'DESCRIPTION:a\\nb'),
    expect: [{ subject: 'T\u00e9l, x;y', text: 'a\nb' }],
  },
  {
    name: 'a parameter of a million values',
    format: 'auto',
    bytes: event(`ATTENDEE;MEMBER=${','.repeat(1_000_000)}:mailto:ann@example.com`, 'ATTENDEE:mailto:bob@example.net'),
    expect: [{ to: ['ann@example.com', 'bob@example.net'] }],
  },
  {
    name: 'times that are none',
    format: 'auto',
    bytes: event('DTSTART:20261345T990000Z', 'DTEND:99991231T000000Z'),
    expect: [{ startsAt: null, endsAt: null }],
  },
  {
    name: 'a time in a zone of its own and a duration',
    format: 'auto',
    bytes: event('DTSTART;TZID=Europe/Berlin:20260701T100000', 'DURATION:PT90M'),
    expect: [{ startsAt: '2026-07-01T08:00:00.000Z', endsAt: '2026-07-01T09:30:00.000Z' }],
  },
  {
    name: 'a zone the calendar defines, as Outlook does',
    format: 'auto',
    bytes: `${EVENT_HEAD}BEGIN:VTIMEZONE\r\nTZID:Our Time\r\nBEGIN:STANDARD\r\nDTSTART:16011028T030000\r\nRRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10\r\nTZOFFSETFROM:+0200\r\nTZOFFSETTO:+0100\r\nEND:STANDARD\r\nBEGIN:DAYLIGHT\r\nDTSTART:16010325T020000\r\nRRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200\r\nEND:DAYLIGHT\r\nEND:VTIMEZONE\r\nBEGIN:VEVENT\r\nDTSTART;TZID="Our Time":20260701T100000\r\nDTEND;TZID="Our Time":20261201T100000\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n`,
    expect: [{ key: null, startsAt: '2026-07-01T08:00:00.000Z', endsAt: '2026-12-01T09:00:00.000Z' }],
  },
  {
    name: 'a zone that changes every second is not expanded',
    format: 'auto',
    bytes: `${EVENT_HEAD}BEGIN:VTIMEZONE\r\nTZID:Bomb\r\nBEGIN:STANDARD\r\nDTSTART:16010101T000000\r\nRRULE:FREQ=SECONDLY\r\nTZOFFSETFROM:+0200\r\nTZOFFSETTO:+0100\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\nBEGIN:VEVENT\r\nDTSTART;TZID=Bomb:20260701T100000\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n`,
    expect: [{ startsAt: '2026-07-01T10:00:00.000Z' }],
  },
];
