// A meeting as Calendar's API shows it in one calendar, to one reader.
import type { Party } from '../correspondents.ts';
import type { Attendee, Meeting, When } from './meeting.ts';
import { ruleText } from './recurrence.ts';
import { dateText, dateTimeText, ZONE } from './zoned-time.ts';

export interface EventView {
  /** The calendar's address. */
  readonly calendar: string;
  /** Whether the reader sees no more of private meetings than when they are. */
  readonly veiled: boolean;
  /** Null for all. */
  readonly maxAttendees: number | null;
  readonly base: string;
}

export function eventShape(meeting: Meeting, view: EventView): object {
  const { id, cancelled, instance, updated, change } = meeting;
  const etag = `"${String(updated * 2 + (change ?? 0))}"`;
  const place =
    instance === null
      ? {}
      : { recurringEventId: instance.series, originalStartTime: timeShape(instance.original, false) };
  // Of what is deleted nobody may count on more than this.
  if (cancelled) return { kind: 'calendar#event', etag, id, status: 'cancelled', ...place };
  const times = { created: new Date(meeting.created).toISOString(), updated: new Date(updated).toISOString() };
  const veiled = meeting.private && view.veiled;
  return {
    kind: 'calendar#event',
    etag,
    id,
    status: 'confirmed',
    htmlLink: `${view.base}/calendar/event?eid=${Buffer.from(id).toString('base64url')}`,
    ...times,
    ...(veiled ? {} : detailsOf(meeting, view)),
    ...(meeting.private && { visibility: 'private' }),
    ...whenShape(meeting.when),
    ...(meeting.rule !== null && { recurrence: [ruleText(meeting.rule)] }),
    ...place,
    iCalUID: meeting.uid,
    sequence: meeting.sequence,
    eventType: meeting.kind,
  };
}

function detailsOf(meeting: Meeting, view: EventView): object {
  const { summary, description, location, creator, organizer, guestsHidden, kind } = meeting;
  const organizes = organizer.address === view.calendar;
  const shown =
    guestsHidden && !organizes
      ? meeting.attendees.filter(({ address }) => address === view.calendar)
      : meeting.attendees;
  const cut = view.maxAttendees !== null && shown.length > view.maxAttendees;
  // Cut short, the list holds only who is asking.
  const attendees = cut ? shown.filter(({ address }) => address === view.calendar) : shown;
  return {
    ...(summary !== '' && { summary }),
    ...(description !== null && { description }),
    ...(location !== null && { location }),
    creator: partyShape(creator, view.calendar),
    organizer: partyShape(organizer, view.calendar),
    ...(attendees.length > 0 && { attendees: attendees.map((each) => attendeeShape(each, meeting, view.calendar)) }),
    ...(cut && { attendeesOmitted: true }),
    ...(guestsHidden && { guestsCanSeeOtherGuests: false }),
    ...(kind === 'focusTime' && { transparency: 'opaque' }),
    reminders: { useDefault: true },
  };
}

function partyShape({ name, address }: Party, calendar: string): object {
  return { email: address, ...(name !== '' && { displayName: name }), ...(address === calendar && { self: true }) };
}

function attendeeShape(attendee: Attendee, { organizer }: Meeting, calendar: string): object {
  return {
    ...partyShape(attendee, calendar),
    ...(attendee.address === organizer.address && { organizer: true }),
    ...(attendee.resource && { resource: true }),
    ...(attendee.optional && { optional: true }),
    responseStatus: attendee.answer,
  };
}

function whenShape({ start, end, allDay }: When): object {
  return {
    start: timeShape(start, allDay),
    end: timeShape(end, allDay),
    ...(allDay && { transparency: 'transparent' }),
  };
}

function timeShape(ms: number, allDay: boolean): object {
  return allDay ? { date: dateText(ms) } : { dateTime: dateTimeText(ms), timeZone: ZONE };
}
