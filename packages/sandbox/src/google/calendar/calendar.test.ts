import type { calendar_v3 } from '@googleapis/calendar';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startTestGoogle, type TestGoogle } from '../test-google.ts';
import { dana, inDays, listAll, NO_RETRY, openCalendar, refusal } from './test-calendar.ts';

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

describe('listing events', () => {
  it('goes through all pages, each event once, and gives a sync token on the last one only', async () => {
    const { items, tokens } = await listAll(api, { maxResults: 50 });
    expect(tokens.length).toBeGreaterThan(5);
    expect(tokens.slice(0, -1).every((token) => token === undefined)).toBe(true);
    expect(tokens.at(-1)).toBeTypeOf('string');
    expect(new Set(items.map(({ id }) => id)).size).toBe(items.length);
    expect((await listAll(api, { maxResults: 2_500 })).items.map(({ id }) => id)).toEqual(items.map(({ id }) => id));
  });

  it('shows masters with their exceptions, or every instance', async () => {
    const { items } = await listAll(api, { maxResults: 2_500 });
    const master = items.find(({ summary }) => summary === 'Sales meeting');
    expect(master?.recurrence).toEqual(['RRULE:FREQ=WEEKLY;BYDAY=MO']);
    expect(master?.organizer?.email).toMatch(/@group\.calendar\.google\.com$/);
    expect(master?.attendees?.filter(({ resource }) => resource === true)).toHaveLength(1);
    const exceptions = items.filter(({ recurringEventId }) => typeof recurringEventId === 'string');
    expect(exceptions.some(({ status }) => status === 'cancelled')).toBe(true);
    const window = { timeMin: inDays(-60).toISOString(), timeMax: inDays(40).toISOString(), singleEvents: true };
    const single = (await listAll(api, { ...window, maxResults: 2_500 })).items;
    expect(single.every(({ recurrence }) => recurrence === undefined)).toBe(true);
    const instances = single.filter(({ recurringEventId }) => recurringEventId === master?.id);
    expect(instances.length).toBeGreaterThan(10);
    // Ten o'clock stays ten o'clock when the clocks change.
    const usual = instances.filter(({ start, originalStartTime }) => start?.dateTime === originalStartTime?.dateTime);
    expect(usual.every(({ start }) => start?.dateTime?.includes('T10:00:00+') === true)).toBe(true);
    expect(new Set(usual.map(({ start }) => start?.dateTime?.slice(-6)))).toEqual(new Set(['+01:00', '+02:00']));
    expect(instances[0]?.id).toMatch(new RegExp(`^${master?.id ?? ''}_\\d{8}T\\d{6}Z$`));
    expect(new Set(instances.map(({ iCalUID }) => iCalUID))).toEqual(new Set([master?.iCalUID]));
  });

  it('keeps to its window, its order and its words', async () => {
    const window = { timeMin: inDays(-7).toISOString(), timeMax: inDays(7).toISOString() };
    const { items, syncToken } = await listAll(api, { ...window, singleEvents: true, orderBy: 'startTime' });
    const starts = items.map(({ start }) => Date.parse(start?.dateTime ?? `${start?.date ?? ''}T00:00:00Z`));
    expect(items.length).toBeGreaterThan(8);
    expect(starts).toEqual(starts.toSorted((a, b) => a - b));
    expect(starts.every((start) => start < inDays(7).getTime())).toBe(true);
    expect(syncToken).toBe('');
    await expect(listAll(api, { orderBy: 'startTime' })).rejects.toMatchObject({ status: 400 });
    await expect(listAll(api, { timeMin: '2026-03-01' })).rejects.toMatchObject({ status: 400 });
  });

  it('hides what is private from who may only read, and guests from guests', async () => {
    const { data } = await api.calendarList.list();
    const [own, team, shared] = data.items ?? [];
    expect([own?.primary, own?.accessRole, team?.accessRole, shared?.accessRole]).toEqual([
      true,
      'owner',
      'reader',
      'reader',
    ]);
    const other = test.world.owners[1] ?? me();
    const { id } = test.google.meetings.create({
      organizer: other,
      start: inDays(1),
      summary: 'Dentist',
      private: true,
    });
    const { data: veiled } = await api.events.get({ calendarId: shared?.id ?? '', eventId: id });
    expect(veiled).toMatchObject({ visibility: 'private', start: { dateTime: '2026-03-05T10:00:00+01:00' } });
    expect(veiled).not.toHaveProperty('summary');
    const webinar = {
      organizer: dana,
      attendees: [dana, me(), other],
      start: inDays(2),
      guestsHidden: true,
      uid: '0400000082@mail.northwind.example',
    };
    const hidden = await api.events.get({ calendarId: 'primary', eventId: test.google.meetings.create(webinar).id });
    expect(hidden.data).toMatchObject({
      guestsCanSeeOtherGuests: false,
      iCalUID: webinar.uid,
      organizer: { email: dana.address },
    });
    expect(hidden.data.attendees).toEqual([
      { email: me().address, displayName: me().name, self: true, responseStatus: 'needsAction' },
    ]);
    await expect(api.events.list({ calendarId: 'nobody@acme.example' }, NO_RETRY)).rejects.toMatchObject(
      refusal(404, 'notFound'),
    );
  });
});
