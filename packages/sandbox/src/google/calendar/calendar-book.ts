// Every meeting of the company, of the story and of tests, as it stands now. Calendars are views of it.
import type { Party } from '../correspondents.ts';
import { WEEK_MS, weekOf } from '../story-weeks.ts';
import { type Attendee, concerns, type Meeting, meetingId, standingAt, storyPlace, type When } from './meeting.ts';
import { invited, type MeetingStory } from './meeting-story.ts';
import { occurrences, parseRule, stampOf } from './recurrence.ts';
import type { Series } from './series-story.ts';

export interface MeetingDraft {
  readonly organizer: Party;
  readonly attendees?: readonly (Party & Partial<Attendee>)[];
  readonly start: Date;
  readonly minutes?: number;
  readonly summary?: string;
  readonly description?: string;
  readonly location?: string;
  /** `RRULE:FREQ=WEEKLY;BYDAY=MO` and the like; DAILY and WEEKLY with INTERVAL, BYDAY, UNTIL, COUNT. */
  readonly recurrence?: string;
  readonly private?: boolean;
  readonly guestsHidden?: boolean;
  /** The id it has in another system. */
  readonly uid?: string;
}

/** What happens in calendars when somebody does something. An id is of a meeting, a series, or one instance of it. */
export interface MeetingDesk {
  create(draft: MeetingDraft): { readonly id: string };
  /** @throws Error, as all below, when there is no such meeting, or a series would begin at another time */
  change(id: string, patch: Partial<Omit<MeetingDraft, 'recurrence' | 'uid'>>): void;
  cancel(id: string): void;
  /** Removes every trace: asking for it answers 410 `deleted`, and no list shows it. */
  purge(id: string): void;
  /** Every sync token given out so far is too old. */
  expireSyncTokens(): void;
}

export interface Span {
  readonly from: number;
  readonly to: number;
}

export interface CalendarBook {
  readonly desk: MeetingDesk;
  /** The number of the last change that was no part of the story. */
  changes(): number;
  /** Sync tokens from before this change are too old. */
  oldest(): number;
  get(id: string): Meeting | 'purged' | null;
  /** Single meetings of a calendar whose place in the story or whose start lies near the span; in no order. */
  singles(calendar: string, span: Span): readonly Meeting[];
  masters(calendar: string): readonly Meeting[];
  /** Exceptions come as they stand; the others as the rule says. */
  instances(master: Meeting, span: Span): readonly Meeting[];
  listen(listener: (calendars: readonly string[]) => void): void;
}

export interface CalendarBookDeps {
  readonly story: MeetingStory;
  readonly series: readonly Series[];
  readonly seed: number;
  readonly now: () => number;
}

interface State extends CalendarBookDeps {
  readonly own: Map<string, Meeting>;
  readonly purged: Set<string>;
  readonly listeners: ((calendars: readonly string[]) => void)[];
  change: number;
  oldest: number;
  made: number;
}

export function createCalendarBook(deps: CalendarBookDeps): CalendarBook {
  const state: State = { ...deps, own: new Map(), purged: new Set(), listeners: [], change: 0, oldest: 0, made: 0 };
  return {
    desk: createDesk(state),
    changes: () => state.change,
    oldest: () => state.oldest,
    get: (id) => (state.purged.has(id) ? 'purged' : find(state, id)),
    singles: (calendar, span) => singles(state, calendar, span),
    masters: (calendar) => masters(state).filter((master) => concerns(master, calendar)),
    instances: (master, span) => instances(state, master, span),
    listen: (listener) => state.listeners.push(listener),
  };
}

function find(state: State, id: string): Meeting | null {
  const own = state.own.get(id);
  if (own !== undefined) return own;
  const place = storyPlace(id);
  if (place !== null) {
    const told = state.story.week(place.week).find(({ first }) => first.id === id);
    return told === undefined ? null : standingAt(told, state.now());
  }
  const [, seriesId = '', stamp = ''] = /^([0-9a-v]{26})_(\d{8}T\d{6}Z)$/.exec(id) ?? [];
  const master = masters(state).find((each) => each.id === (seriesId === '' ? id : seriesId)) ?? null;
  if (master === null || seriesId === '') return master;
  const original = Date.parse(stamp.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
  return instances(state, master, { from: original, to: original + 1 }).find((each) => each.id === id) ?? null;
}

function singles(state: State, calendar: string, { from, to }: Span): readonly Meeting[] {
  const found: Meeting[] = [];
  const visit = (meeting: Meeting | null) => {
    if (meeting !== null && concerns(meeting, calendar) && !state.purged.has(meeting.id)) found.push(meeting);
  };
  // A meeting that was moved keeps its place in the story, so the weeks around are looked through as well.
  for (let week = weekOf(from - WEEK_MS); week <= weekOf(to + WEEK_MS); week += 1)
    for (const told of state.story.week(week)) if (!state.own.has(told.first.id)) visit(standingAt(told, state.now()));
  for (const own of state.own.values()) if (own.rule === null && own.instance === null) visit(own);
  return found;
}

function masters(state: State): readonly Meeting[] {
  const told = state.series.map(({ master }) => state.own.get(master.id) ?? master);
  const own = [...state.own.values()].filter(({ id, rule }) => rule !== null && !told.some((each) => each.id === id));
  return [...told, ...own].filter(({ id }) => !state.purged.has(id));
}

function instances(state: State, master: Meeting, span: Span): readonly Meeting[] {
  if (master.rule === null) return [];
  const series = state.series.find((each) => each.master.id === master.id);
  return occurrences(master.rule, master.when.start, span)
    .map((original) => instanceOf(state, master, { original, series }))
    .filter(({ id }) => !state.purged.has(id));
}

function instanceOf(
  state: State,
  master: Meeting,
  { original, series }: { readonly original: number; readonly series: Series | undefined },
): Meeting {
  const id = `${master.id}_${stampOf(original)}`;
  const when: When = { start: original, end: original + master.when.end - master.when.start, allDay: false };
  const instance = { series: master.id, original, exception: false };
  const plain: Meeting = { ...master, id, when, rule: null, instance };
  if (master.cancelled) return plain;
  const own = state.own.get(id);
  if (own !== undefined) return own;
  const fate = series?.fate(original) ?? null;
  if (fate === null || fate.at > state.now()) return plain;
  const updated = Math.max(fate.at, master.updated);
  return { ...plain, ...fate.patch, instance: { ...instance, exception: true }, updated };
}

function createDesk(state: State): MeetingDesk {
  const commit = (before: Meeting | null, meeting: Meeting) => {
    state.change += 1;
    const instance = meeting.instance === null ? null : { ...meeting.instance, exception: true };
    const changed = { ...meeting, instance, updated: state.now(), change: state.change };
    state.own.set(meeting.id, changed);
    tell(state, before === null ? [changed] : [before, changed]);
  };
  return {
    create: (draft) => {
      const meeting = newMeeting(state, draft);
      commit(null, meeting);
      return { id: meeting.id };
    },
    change: (id, patch) => {
      const before = findOrFail(state, id);
      commit(before, patched(before, patch));
    },
    cancel: (id) => {
      const before = findOrFail(state, id);
      commit(before, { ...before, cancelled: true, sequence: before.sequence + 1 });
    },
    purge: (id) => {
      const before = findOrFail(state, id);
      state.purged.add(id);
      tell(state, [before]);
    },
    expireSyncTokens: () => {
      state.change += 1;
      state.oldest = state.change;
    },
  };
}

function tell({ listeners }: State, meetings: readonly Meeting[]): void {
  const calendars = new Set(
    meetings.flatMap(({ organizer, attendees }) => [organizer, ...attendees].map(({ address }) => address)),
  );
  for (const listener of listeners) listener([...calendars]);
}

function findOrFail(state: State, id: string): Meeting {
  const found = state.purged.has(id) ? null : find(state, id);
  if (found === null) throw new Error('there is no such meeting');
  return found;
}

function newMeeting(state: State, draft: MeetingDraft): Meeting {
  state.made += 1;
  const { organizer, attendees = [], start, minutes = 60, summary = '', description = null, location = null } = draft;
  const id = meetingId(state.seed, 'own', state.made);
  const now = state.now();
  return {
    id,
    uid: draft.uid ?? `${id}@google.com`,
    cancelled: false,
    when: { start: start.getTime(), end: start.getTime() + minutes * 60_000, allDay: false },
    summary,
    description,
    location,
    organizer,
    creator: organizer,
    attendees: attendeesOf(attendees, organizer),
    created: now,
    updated: now,
    change: null,
    sequence: 0,
    rule: draft.recurrence === undefined ? null : parseRule(draft.recurrence),
    instance: null,
    private: draft.private ?? false,
    guestsHidden: draft.guestsHidden ?? false,
    kind: 'default',
  };
}

function attendeesOf(drafts: readonly (Party & Partial<Attendee>)[], organizer: Party): readonly Attendee[] {
  return invited(drafts, organizer).map((attendee) => ({
    ...attendee,
    ...drafts.find(({ address }) => address === attendee.address),
  }));
}

function patched(before: Meeting, patch: Partial<Omit<MeetingDraft, 'recurrence' | 'uid'>>): Meeting {
  const { start, minutes, attendees, organizer = before.organizer, ...rest } = patch;
  if (start !== undefined && before.rule !== null) throw new Error('a series keeps its time; change its instances');
  const from = start?.getTime() ?? before.when.start;
  const length = minutes === undefined ? before.when.end - before.when.start : minutes * 60_000;
  const moved = start !== undefined || minutes !== undefined;
  return {
    ...before,
    ...rest,
    organizer,
    when: moved ? { start: from, end: from + length, allDay: false } : before.when,
    attendees: attendees === undefined ? before.attendees : attendeesOf(attendees, organizer),
    sequence: before.sequence + (moved ? 1 : 0),
  };
}
