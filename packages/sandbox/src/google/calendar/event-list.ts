// Calendar's list of events: pages in a steady order, and sync tokens that stand for "everything up to here".
import { invalidArgument, refuse } from '../google-answers.ts';
import { DAY_MS } from '../story-weeks.ts';
import type { CalendarBook, Span } from './calendar-book.ts';
import type { Meeting } from './meeting.ts';
import { AHEAD_MS } from './meeting-story.ts';

/** An endless series is shown this far ahead. */
const HORIZON_MS = 365 * DAY_MS;
const TOKEN_MS = 30 * DAY_MS;
const FORBIDDEN = [
  'iCalUID',
  'orderBy',
  'privateExtendedProperty',
  'q',
  'sharedExtendedProperty',
  'timeMin',
  'timeMax',
  'updatedMin',
];

/** Where a reader stands: a moment of the story, and a number of what came beside it. */
interface Mark {
  readonly t: number;
  readonly s: number;
}

export interface EventQuery {
  readonly calendar: string;
  readonly single: boolean;
  readonly showDeleted: boolean;
  readonly timeMin: number | null;
  readonly timeMax: number | null;
  readonly updatedMin: number | null;
  readonly uid: string | null;
  readonly words: string | null;
  readonly orderBy: 'startTime' | 'updated' | null;
  readonly types: readonly string[];
  readonly limit: number;
  /** Only what changed since; null for a full list. */
  readonly since: Mark | null;
  /** Where the sync stands once the last page is read: at its first page. */
  readonly mark: Mark;
  /** The key of the last one seen. */
  readonly after: string | null;
}

export interface EventPage {
  readonly meetings: readonly Meeting[];
  readonly nextPageToken: string | null;
  readonly nextSyncToken: string | null;
}

export interface ListGround {
  readonly book: CalendarBook;
  readonly now: number;
  readonly storyFrom: number;
}

/** @throws GoogleRefusal 400 for what cannot be asked together, 410 for a sync token that is too old */
export function readEventQuery(query: URLSearchParams, calendar: string, { book, now }: ListGround): EventQuery {
  const page = query.get('pageToken');
  const token = page === null ? null : opened(page);
  const sync = query.get('syncToken');
  const synced = sync === null ? null : opened(sync);
  if (synced !== null) assertSync(query, synced, { calendar, now, oldest: book.oldest() });
  const updatedMin = momentOf(query, 'updatedMin');
  if (updatedMin !== null && updatedMin < now - TOKEN_MS) throw tooLongAgo();
  const fixed = synced ?? token;
  const orderBy = query.get('orderBy');
  const single = query.get('singleEvents') === 'true';
  if (orderBy !== null && orderBy !== 'updated' && orderBy !== 'startTime') throw invalidArgument('Invalid orderBy');
  if (orderBy === 'startTime' && !single)
    throw invalidArgument('The requested ordering is not available for the particular query.');
  return {
    calendar,
    single,
    showDeleted: query.get('showDeleted') === 'true' || synced !== null || updatedMin !== null,
    timeMin: momentOf(query, 'timeMin') ?? fixed?.min ?? null,
    timeMax: momentOf(query, 'timeMax') ?? fixed?.max ?? null,
    updatedMin,
    uid: query.get('iCalUID'),
    words: query.get('q')?.toLowerCase() ?? null,
    orderBy,
    types: query.getAll('eventTypes'),
    limit: limitOf(query),
    since: synced === null ? null : { t: synced.t, s: synced.s },
    mark: token === null ? { t: now, s: book.changes() } : { t: token.t, s: token.s },
    after: token?.k ?? null,
  };
}

export function listEvents(ground: ListGround, query: EventQuery): EventPage {
  const wanted = candidates(ground, query).filter((meeting) => keeps(query, meeting));
  const keyed = wanted
    .map((meeting) => ({ meeting, key: keyOf(query, meeting) }))
    .sort((a, b) => (a.key < b.key ? -1 : 1));
  const rest = keyed.filter(({ key }) => query.after === null || key > query.after);
  const shown = rest.slice(0, query.limit);
  const last = shown.at(-1);
  const more = rest.length > shown.length && last !== undefined;
  // A sorted or searched list cannot be continued by a sync.
  const syncs = query.orderBy === null && query.words === null && query.uid === null && query.updatedMin === null;
  return {
    meetings: shown.map(({ meeting }) => meeting),
    nextPageToken: more ? closed(query, last.key) : null,
    nextSyncToken: more || !syncs ? null : closed(query, null),
  };
}

function candidates({ book, now, storyFrom }: ListGround, query: EventQuery): readonly Meeting[] {
  const { calendar, since, timeMin, timeMax, single } = query;
  const span: Span = {
    // What changed since then was made at most so long before it takes place.
    from: Math.max(storyFrom, timeMin ?? 0, since === null ? 0 : since.t - 7 * DAY_MS),
    to: Math.min(now + HORIZON_MS, timeMax ?? Number.POSITIVE_INFINITY),
  };
  const found = [...book.singles(calendar, { from: span.from, to: Math.min(span.to, now + AHEAD_MS) })];
  const whole = { from: Math.max(storyFrom, timeMin ?? 0) - DAY_MS, to: span.to + DAY_MS };
  for (const master of book.masters(calendar)) {
    if (!single) found.push(master);
    if (!single && master.cancelled) continue;
    const instances = book.instances(master, whole);
    found.push(...(single ? instances : instances.filter(({ instance }) => instance?.exception === true)));
  }
  return found;
}

function keeps(query: EventQuery, meeting: Meeting): boolean {
  const { since, timeMin, timeMax, updatedMin, uid, words, types } = query;
  if (since !== null && !changedSince(meeting, since)) return false;
  if (updatedMin !== null && meeting.updated < updatedMin) return false;
  if (meeting.cancelled && !query.showDeleted && (query.single || meeting.instance === null)) return false;
  if (meeting.rule === null && timeMin !== null && meeting.when.end <= timeMin) return false;
  if (timeMax !== null && meeting.when.start >= timeMax) return false;
  if (meeting.rule !== null && timeMin !== null && meeting.rule.until !== null && meeting.rule.until < timeMin)
    return false;
  if (uid !== null && meeting.uid !== uid) return false;
  if (types.length > 0 && !types.includes(meeting.kind)) return false;
  return (
    words === null ||
    `${meeting.summary} ${meeting.description ?? ''} ${meeting.location ?? ''}`.toLowerCase().includes(words)
  );
}

export function changedSince({ change, updated }: Meeting, { t, s }: Mark): boolean {
  return change === null ? updated > t : change > s;
}

function keyOf({ orderBy, since }: EventQuery, { updated, when, id }: Meeting): string {
  const by = orderBy === 'updated' || since !== null ? updated : when.start;
  return `${String(by).padStart(15, '0')} ${id}`;
}

interface Opened extends Mark {
  readonly c: string;
  readonly single: boolean;
  readonly types: string;
  readonly min: number | null;
  readonly max: number | null;
  readonly k: string | null;
}

function closed(query: EventQuery, k: string | null): string {
  const { mark, calendar, single, types, timeMin, timeMax } = query;
  const token: Opened = { ...mark, c: calendar, single, types: types.join(), min: timeMin, max: timeMax, k };
  return Buffer.from(JSON.stringify(token)).toString('base64url');
}

function opened(text: string): Opened {
  try {
    const token: Opened = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
    if (typeof token.t === 'number' && typeof token.s === 'number') return token;
  } catch {
    // Said below, like every other token that is none.
  }
  throw refuse({ code: 400, reason: 'invalid', message: 'Invalid sync token value.' });
}

function assertSync(
  query: URLSearchParams,
  token: Opened,
  { calendar, now, oldest }: { readonly calendar: string; readonly now: number; readonly oldest: number },
): void {
  const forbidden = FORBIDDEN.find((name) => query.has(name));
  if (forbidden !== undefined || query.get('showDeleted') === 'false')
    throw refuse({
      code: 400,
      reason: 'badRequest',
      message: `Sync token cannot be used with the ${forbidden ?? 'showDeleted'} parameter`,
    });
  const same =
    token.c === calendar &&
    token.single === (query.get('singleEvents') === 'true') &&
    token.types === query.getAll('eventTypes').join();
  if (!same)
    throw refuse({
      code: 400,
      reason: 'badRequest',
      message: 'The parameters differ from those of the first request.',
    });
  if (token.t < now - TOKEN_MS || token.s < oldest) throw fullSyncRequired();
}

export function fullSyncRequired() {
  return refuse({
    code: 410,
    domain: 'calendar',
    reason: 'fullSyncRequired',
    message: 'Sync token is no longer valid, a full sync is required.',
    location: { type: 'parameter', name: 'syncToken' },
  });
}

function tooLongAgo() {
  return refuse({
    code: 410,
    domain: 'calendar',
    reason: 'updatedMinTooLongAgo',
    message: 'The requested minimum modification time lies too far in the past.',
    location: { type: 'parameter', name: 'updatedMin' },
  });
}

function momentOf(query: URLSearchParams, name: string): number | null {
  const text = query.get(name);
  if (text === null) return null;
  // RFC 3339 with an offset: Google refuses a time without one.
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(text))
    throw refuse({ code: 400, reason: 'badRequest', message: 'Bad Request' });
  return Date.parse(text);
}

function limitOf(query: URLSearchParams): number {
  const text = query.get('maxResults') ?? '250';
  if (!/^\d{1,9}$/.test(text) || Number(text) === 0) throw invalidArgument('Invalid maxResults');
  return Math.min(2_500, Number(text));
}
