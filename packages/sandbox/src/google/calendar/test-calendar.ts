// The calendar of the first owner for tests, through the official SDK.
import { calendar, type calendar_v3 } from '@googleapis/calendar';
import { CALENDAR_READ, connected, type TestGoogle } from '../test-google.ts';

export const DAY_MS = 86_400_000;
export const NO_RETRY = { retry: false };
export const dana = { name: 'Dana Lee', address: 'dana.lee@northwind.example' };
export type Event = calendar_v3.Schema$Event;
export type Query = Partial<calendar_v3.Params$Resource$Events$List>;

/** Days from the world's first, by the clock of UTC. */
export const inDays = (days: number, hour = 9) => new Date(Date.UTC(2026, 2, 4 + days, hour));
export const refusal = (status: number, reason: string) => ({
  status,
  response: { data: { error: { errors: [{ reason }] } } },
});

export async function openCalendar(test: TestGoogle): Promise<calendar_v3.Calendar> {
  const auth = await connected(test, [CALENDAR_READ]);
  // The world moves by days, and tokens live for an hour of it.
  auth.forceRefreshOnFailure = true;
  return calendar({ version: 'v3', auth, rootUrl: test.origin });
}

/** All pages, and the sync token of each. */
export async function listAll(api: calendar_v3.Calendar, query: Query = {}) {
  const items: Event[] = [];
  const tokens: (string | null | undefined)[] = [];
  let pageToken: string | null | undefined;
  do {
    const page = { calendarId: 'primary', ...query, ...(typeof pageToken === 'string' && { pageToken }) };
    const { data } = await api.events.list(page, NO_RETRY);
    items.push(...(data.items ?? []));
    tokens.push(data.nextSyncToken);
    pageToken = data.nextPageToken;
  } while (typeof pageToken === 'string');
  return { items, tokens, syncToken: tokens.at(-1) ?? '' };
}
