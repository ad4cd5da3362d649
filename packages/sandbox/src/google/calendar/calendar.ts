// Calendar as one part: the calendars of every owner, their addresses in the API, and what a test can do in them.
import { answerEmpty, answerJson, readJson } from '../../frame/answers.ts';
import type { Owner } from '../../world/world.ts';
import type { Correspondents } from '../correspondents.ts';
import { notFound, refuse } from '../google-answers.ts';
import { assertScope, type Call } from '../oauth/bearer.ts';
import type { OAuth } from '../oauth/oauth.ts';
import { CALENDAR_LIST, EVENTS } from '../oauth/scopes.ts';
import type { Pusher } from '../push.ts';
import { DAY_MS } from '../story-weeks.ts';
import { type CalendarBook, createCalendarBook, type MeetingDesk } from './calendar-book.ts';
import { type CalendarChannels, type ChannelOrder, createCalendarChannels } from './calendar-channels.ts';
import { changedSince, fullSyncRequired, listEvents, type ListGround, readEventQuery } from './event-list.ts';
import { eventShape, type EventView } from './event-shape.ts';
import { concerns } from './meeting.ts';
import { AHEAD_MS, createMeetingStory } from './meeting-story.ts';
import { TEAM, tellSeries } from './series-story.ts';
import { ZONE } from './zoned-time.ts';

export interface Calendar {
  readonly desk: MeetingDesk;
  /** @throws GoogleRefusal */
  answer(call: Call): void;
  /** Time has moved on: channels hear of what happened in it. */
  pass(from: number, to: number): void;
}

export interface CalendarDeps {
  readonly oauth: OAuth;
  readonly pusher: Pusher;
  readonly correspondents: Correspondents;
  readonly begun: number;
  readonly storyFrom: number;
}

interface State {
  readonly oauth: OAuth;
  readonly book: CalendarBook;
  readonly channels: CalendarChannels;
  readonly storyFrom: number;
  readonly now: () => number;
}

interface Listed {
  readonly address: string;
  readonly name: string;
  readonly role: 'owner' | 'reader';
  readonly primary: boolean;
}

export function createCalendar(deps: CalendarDeps): Calendar {
  const { world, faults } = deps.oauth.ground;
  const { correspondents, begun, storyFrom, pusher, oauth } = deps;
  const now = () => world.now().getTime();
  const story = createMeetingStory({ world, correspondents });
  const series = tellSeries({ world, correspondents, begun, storyFrom });
  const book = createCalendarBook({ story, series, seed: world.seed, now });
  const channels = createCalendarChannels({ pusher, faults, now });
  book.listen(channels.tell);
  const state = { oauth, book, channels, storyFrom, now };
  return { desk: book.desk, answer: (call) => answer(state, call), pass: (from, to) => pass(state, from, to) };
}

function pass({ book, channels, storyFrom }: State, from: number, to: number): void {
  const span = { from: Math.max(storyFrom, from - 7 * DAY_MS), to: to + AHEAD_MS };
  const happened = (calendar: string) =>
    [...book.singles(calendar, span), ...book.masters(calendar).flatMap((master) => book.instances(master, span))].some(
      (meeting) => meeting.change === null && changedSince(meeting, { t: from, s: 0 }),
    );
  channels.tell([...new Set(channels.watched())].filter(happened));
}

function answer(state: State, call: Call): void {
  const road = `${call.exchange.method} ${call.exchange.url.pathname.slice('/calendar/v3'.length)}`;
  for (const [pattern, reply] of ROADS) {
    const found = pattern.exec(road);
    if (found !== null)
      return reply(state, call, { id: decodeURIComponent(found[1] ?? ''), event: decodeURIComponent(found[2] ?? '') });
  }
  throw notFound();
}

interface Path {
  readonly id: string;
  readonly event: string;
}

const ROADS: readonly (readonly [RegExp, (state: State, call: Call, path: Path) => void])[] = [
  [/^GET \/users\/me\/calendarList$/, answerCalendarList],
  [/^GET \/users\/me\/calendarList\/([^/]+)$/, answerListEntry],
  [/^GET \/calendars\/([^/]+)$/, answerListEntry],
  [/^GET \/calendars\/([^/]+)\/events$/, answerEvents],
  [/^GET \/calendars\/([^/]+)\/events\/([^/]+)\/instances$/, answerInstances],
  [/^GET \/calendars\/([^/]+)\/events\/([^/]+)$/, answerEvent],
  [/^POST \/calendars\/([^/]+)\/events\/watch$/, answerWatch],
  [/^POST \/channels\/stop$/, answerStop],
];

/** One's own, the team's, and the one that the next colleague shares. */
function calendarsOf({ oauth }: State, owner: Owner): readonly Listed[] {
  const { owners } = oauth.ground.world;
  const next = owners[(owner.n + 1) % owners.length] ?? owner;
  const own: Listed = { address: owner.address, name: owner.address, role: 'owner', primary: true };
  const team: Listed = { address: TEAM.address, name: TEAM.name, role: 'reader', primary: false };
  const shared: Listed = { address: next.address, name: next.name, role: 'reader', primary: false };
  return next === owner ? [own, team] : [own, team, shared];
}

function calendarOf(state: State, call: Call, id: string): Listed {
  const asked = id === 'primary' ? call.owner.address : id;
  const found = calendarsOf(state, call.owner).find(({ address }) => address === asked);
  if (found === undefined) throw refuse({ code: 404, reason: 'notFound', message: 'Not Found' });
  return found;
}

function listShape({ address, name, role, primary }: Listed): object {
  return {
    kind: 'calendar#calendarListEntry',
    etag: '"1"',
    id: address,
    summary: name,
    timeZone: ZONE,
    accessRole: role,
    selected: true,
    defaultReminders: [],
    ...(primary && { primary: true }),
  };
}

/** The list never changes here: a sync of it brings nothing. */
function answerCalendarList(state: State, call: Call): void {
  assertScope(call, CALENDAR_LIST);
  const items = call.query.has('syncToken') ? [] : calendarsOf(state, call.owner);
  const from = Number(call.query.get('pageToken') ?? 0);
  const limit = Math.min(250, Number(call.query.get('maxResults') ?? 100));
  const more = items.length > from + limit;
  answerJson(call.exchange, 200, {
    kind: 'calendar#calendarList',
    etag: '"1"',
    items: items.slice(from, from + limit).map(listShape),
    ...(more ? { nextPageToken: String(from + limit) } : { nextSyncToken: 'calendar-list' }),
  });
}

function answerListEntry(state: State, call: Call, { id }: Path): void {
  assertScope(call, CALENDAR_LIST);
  answerJson(call.exchange, 200, listShape(calendarOf(state, call, id)));
}

function viewOf({ oauth }: State, call: Call, calendar: Listed): EventView {
  const most = call.query.get('maxAttendees');
  const maxAttendees = most === null ? null : Number(most);
  return { calendar: calendar.address, veiled: calendar.role === 'reader', maxAttendees, base: oauth.ground.base };
}

const groundOf = ({ book, now, storyFrom }: State): ListGround => ({ book, now: now(), storyFrom });

function answerEvents(state: State, call: Call, { id }: Path): void {
  assertScope(call, EVENTS);
  const calendar = calendarOf(state, call, id);
  const { faults } = state.oauth.ground;
  const road = `GET ${call.exchange.url.pathname}`;
  if (call.query.has('syncToken') && faults.take('google', ['expired_cursor'], road) !== null) throw fullSyncRequired();
  const asked = readEventQuery(call.query, calendar.address, groundOf(state));
  const half = faults.take('google', ['half_page'], road) !== null;
  const query = half ? { ...asked, limit: Math.max(1, Math.floor(asked.limit / 2)) } : asked;
  answerPage(state, call, { calendar, ...listEvents(groundOf(state), query) });
}

function answerInstances(state: State, call: Call, { id, event }: Path): void {
  assertScope(call, EVENTS);
  const calendar = calendarOf(state, call, id);
  const master = state.book.get(event);
  if (master === null || master === 'purged' || master.rule === null) throw notFound();
  const query = { ...readEventQuery(call.query, calendar.address, groundOf(state)), single: true };
  const book = { ...state.book, singles: () => [], masters: () => [master] };
  answerPage(state, call, { calendar, ...listEvents({ ...groundOf(state), book }, query), nextSyncToken: null });
}

function answerPage(
  state: State,
  call: Call,
  page: { readonly calendar: Listed } & ReturnType<typeof listEvents>,
): void {
  const { calendar, meetings, nextPageToken, nextSyncToken } = page;
  const view = viewOf(state, call, calendar);
  answerJson(call.exchange, 200, {
    kind: 'calendar#events',
    etag: `"${state.book.changes()}"`,
    summary: calendar.name,
    timeZone: ZONE,
    updated: new Date(state.now()).toISOString(),
    accessRole: calendar.role,
    defaultReminders: [],
    items: meetings.map((meeting) => eventShape(meeting, view)),
    ...(nextPageToken !== null && { nextPageToken }),
    ...(nextSyncToken !== null && { nextSyncToken }),
  });
}

/** Cancelled meetings can still be asked for; what was purged answers the other 410. */
function answerEvent(state: State, call: Call, { id, event }: Path): void {
  assertScope(call, EVENTS);
  const calendar = calendarOf(state, call, id);
  const meeting = state.book.get(event);
  if (meeting === 'purged') throw refuse({ code: 410, reason: 'deleted', message: 'Resource has been deleted' });
  if (meeting === null || !concerns(meeting, calendar.address))
    throw refuse({ code: 404, reason: 'notFound', message: 'Not Found' });
  answerJson(call.exchange, 200, eventShape(meeting, viewOf(state, call, calendar)));
}

function answerWatch(state: State, call: Call, { id }: Path): void {
  assertScope(call, EVENTS);
  const calendar = calendarOf(state, call, id);
  const uri = `${state.oauth.ground.base}/calendar/v3/calendars/${encodeURIComponent(id)}/events?alt=json`;
  answerJson(call.exchange, 200, state.channels.open(calendar.address, uri, channelOrder(call)));
}

function channelOrder({ exchange }: Call): ChannelOrder {
  const text = textsOf(readJson(exchange));
  const expiration = text('expiration');
  return {
    id: text('id') ?? '',
    type: text('type') ?? '',
    address: text('address') ?? '',
    token: text('token'),
    expiration: expiration === null ? null : Number(expiration),
  };
}

function answerStop(state: State, call: Call): void {
  const text = textsOf(readJson(call.exchange));
  state.channels.stop(text('id') ?? '', text('resourceId') ?? '');
  answerEmpty(call.exchange);
}

/** Members of a JSON object that are text or numbers, as text. */
function textsOf(json: unknown): (name: string) => string | null {
  const members = new Map<string, unknown>(typeof json === 'object' && json !== null ? Object.entries(json) : []);
  return (name) => {
    const value = members.get(name);
    return typeof value === 'string' || typeof value === 'number' ? String(value) : null;
  };
}
