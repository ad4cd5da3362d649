import { calendar, type calendar_v3 } from '@googleapis/calendar';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CALENDAR_READ, connected, GMAIL_READ, startTestGoogle, type TestGoogle } from '../test-google.ts';
import {
  dana,
  DAY_MS,
  type Event,
  inDays,
  listAll,
  NO_RETRY,
  openCalendar,
  type Query,
  refusal,
} from './test-calendar.ts';

let test: TestGoogle;
let api: calendar_v3.Calendar;

beforeEach(async () => {
  test = await startTestGoogle();
  test.google.switches.pushWaitMs = 1;
  api = await openCalendar(test);
});
afterEach(async () => {
  await test.close();
});

const me = () => test.world.owners[0] ?? { n: 0, name: '', address: '' };

describe('syncing', () => {
  it('brings what was made, changed and cancelled since, and of the cancelled only a tombstone', async () => {
    const [stays, goes] = [inDays(3), inDays(4)].map(
      (start) => test.google.meetings.create({ organizer: me(), attendees: [me(), dana], start }).id,
    );
    const { syncToken } = await listAll(api);
    expect((await listAll(api, { syncToken })).items).toEqual([]);
    test.google.meetings.change(stays ?? '', { start: inDays(5), summary: 'Moved' });
    test.google.meetings.cancel(goes ?? '');
    const made = test.google.meetings.create({ organizer: dana, attendees: [me()], start: inDays(6), summary: 'New' });
    const { items, syncToken: next } = await listAll(api, { syncToken });
    expect(new Map(items.map((item) => [item.id, item.status]))).toEqual(
      new Map([
        [stays, 'confirmed'],
        [goes, 'cancelled'],
        [made.id, 'confirmed'],
      ]),
    );
    expect(items.find(({ id }) => id === goes)).toEqual({
      kind: 'calendar#event',
      etag: expect.any(String),
      id: goes,
      status: 'cancelled',
    });
    expect(items.find(({ id }) => id === stays)).toMatchObject({ summary: 'Moved', sequence: 1 });
    expect((await listAll(api, { syncToken: next })).items).toEqual([]);
  });

  it('hears of one cancelled instance as an exception, and of a series as every instance', async () => {
    const series = {
      organizer: me(),
      attendees: [me(), dana],
      start: inDays(1),
      recurrence: 'RRULE:FREQ=WEEKLY;COUNT=4',
    };
    const { id } = test.google.meetings.create(series);
    const masters = (await listAll(api)).syncToken;
    const singles = (await listAll(api, { singleEvents: true })).syncToken;
    test.google.meetings.cancel(`${id}_20260312T090000Z`);
    const tombstone = {
      status: 'cancelled',
      recurringEventId: id,
      originalStartTime: { dateTime: '2026-03-12T10:00:00+01:00' },
    };
    const changed = await listAll(api, { syncToken: masters });
    expect(changed.items).toMatchObject([tombstone]);
    test.google.meetings.change(id, { summary: 'Renamed' });
    expect((await listAll(api, { syncToken: changed.syncToken })).items).toMatchObject([{ id, summary: 'Renamed' }]);
    const instances = (await listAll(api, { syncToken: singles, singleEvents: true })).items;
    expect(instances.filter(({ status }) => status === 'confirmed').map(({ summary }) => summary)).toEqual([
      'Renamed',
      'Renamed',
      'Renamed',
    ]);
    expect(instances).toHaveLength(4);
  });

  it('hears what the world did meanwhile, the same as a full list shows', async () => {
    const window = { timeMin: inDays(-30).toISOString(), singleEvents: true, showDeleted: true };
    const before = await listAll(api, window);
    const known = new Map(before.items.map((item) => [item.id, item]));
    test.world.advance(5 * DAY_MS);
    const { items } = await listAll(api, { syncToken: before.syncToken, singleEvents: true });
    expect(items.length).toBeGreaterThan(3);
    for (const item of items) known.set(item.id, item);
    // An endless series is shown a year ahead, and that end moves on by itself.
    const horizon = inDays(360).toISOString();
    const near = (each: Iterable<Event>) => [...each].filter(({ start }) => (start?.dateTime ?? '') < horizon);
    const after = near((await listAll(api, window)).items);
    expect(near(known.values()).toSorted(byId)).toEqual(after.toSorted(byId));
  });

  it('forbids what cannot be asked with a sync token', async () => {
    const { syncToken } = await listAll(api);
    const forbidden: Query[] = [
      { timeMin: inDays(0).toISOString() },
      { q: 'x' },
      { orderBy: 'updated' },
      { iCalUID: 'x' },
      { showDeleted: false },
      { singleEvents: true },
    ];
    for (const query of forbidden)
      await expect(listAll(api, { syncToken, ...query })).rejects.toMatchObject({ status: 400 });
    await expect(listAll(api, { syncToken: 'made up' })).rejects.toMatchObject({ status: 400 });
  });

  it('tells a token that is too old from a meeting that is gone: both are 410', async () => {
    const { syncToken } = await listAll(api);
    const { id } = test.google.meetings.create({ organizer: me(), start: inDays(1) });
    test.google.meetings.purge(id);
    await expect(api.events.get({ calendarId: 'primary', eventId: id }, NO_RETRY)).rejects.toMatchObject(
      refusal(410, 'deleted'),
    );
    test.google.meetings.expireSyncTokens();
    await expect(listAll(api, { syncToken })).rejects.toMatchObject(refusal(410, 'fullSyncRequired'));
    const { syncToken: next } = await listAll(api);
    test.faults.set({ provider: 'google', kind: 'expired_cursor', times: 1 });
    await expect(listAll(api, { syncToken: next })).rejects.toMatchObject(refusal(410, 'fullSyncRequired'));
    test.world.advance(31 * DAY_MS);
    await expect(listAll(api, { syncToken: next })).rejects.toMatchObject(refusal(410, 'fullSyncRequired'));
    await expect(listAll(api, { updatedMin: inDays(-60).toISOString() })).rejects.toMatchObject(
      refusal(410, 'updatedMinTooLongAgo'),
    );
  });

  it('says limits, scopes and outages as Google does', async () => {
    test.faults.set({ provider: 'google', kind: 'limit_403', times: 1 });
    const list = async () => await api.events.list({ calendarId: 'primary' }, NO_RETRY);
    const plain = calendar({ version: 'v3', auth: await connected(test, [CALENDAR_READ]), rootUrl: test.origin });
    await expect(plain.events.list({ calendarId: 'primary' }, NO_RETRY)).rejects.toMatchObject(
      refusal(403, 'rateLimitExceeded'),
    );
    test.faults.set({ provider: 'google', kind: 'status', status: 503, times: 1 });
    await expect(list()).rejects.toMatchObject(refusal(503, 'backendError'));
    const mail = calendar({ version: 'v3', auth: await connected(test, [GMAIL_READ]), rootUrl: test.origin });
    await expect(mail.events.list({ calendarId: 'primary' }, NO_RETRY)).rejects.toMatchObject(
      refusal(403, 'insufficientPermissions'),
    );
  });
});

function byId(a: Event, b: Event): number {
  return (a.id ?? '') < (b.id ?? '') ? -1 : 1;
}
