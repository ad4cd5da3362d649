import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { calendar_v3 } from '@googleapis/calendar';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startTestGoogle, type TestGoogle } from '../test-google.ts';
import { DAY_MS, inDays, NO_RETRY, openCalendar, refusal } from './test-calendar.ts';

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

describe('watching a calendar', () => {
  it('says sync first, then that something changed, and stops when told to', async () => {
    const heard: IncomingHttpHeaders[] = [];
    const receiver = createServer((request, response) => {
      heard.push(request.headers);
      request.resume().on('end', () => response.writeHead(heard.length === 2 ? 503 : 200).end());
    });
    await new Promise<void>((done) => receiver.listen(0, '127.0.0.1', done));
    const port = receiver.address();
    const address = `http://127.0.0.1:${typeof port === 'object' ? (port?.port ?? 0) : 0}/push/calendar`;
    const requestBody = { id: 'channel-1', type: 'web_hook', address, token: 'a secret' };
    const { data } = await api.events.watch({ calendarId: 'primary', requestBody });
    expect(data).toMatchObject({
      kind: 'api#channel',
      id: 'channel-1',
      token: 'a secret',
      expiration: String(test.world.now().getTime() + 7 * DAY_MS),
    });
    await test.google.settled();
    test.google.meetings.create({ organizer: me(), start: inDays(1) });
    await test.google.settled();
    const told = heard.map((headers) => [
      headers['x-goog-resource-state'],
      headers['x-goog-message-number'],
      headers['content-length'],
    ]);
    expect(told).toEqual([
      ['sync', '1', '0'],
      ['exists', '2', '0'],
      ['exists', '2', '0'],
    ]);
    expect(heard[0]).toMatchObject({ 'x-goog-channel-token': 'a secret', 'x-goog-resource-id': data.resourceId });
    test.world.advance(3 * DAY_MS);
    await test.google.settled();
    expect(heard).toHaveLength(4);
    await expect(api.events.watch({ calendarId: 'primary', requestBody }, NO_RETRY)).rejects.toMatchObject(
      refusal(400, 'channelIdNotUnique'),
    );
    await api.channels.stop({ requestBody: { id: 'channel-1', resourceId: data.resourceId ?? '' } });
    test.google.meetings.create({ organizer: me(), start: inDays(2) });
    await test.google.settled();
    expect(heard).toHaveLength(4);
    receiver.closeAllConnections();
    await new Promise((done) => receiver.close(done));
  });

  it('takes no address that is not https', async () => {
    const requestBody = { id: 'channel-2', type: 'web_hook', address: 'http://app.example/push' };
    await expect(api.events.watch({ calendarId: 'primary', requestBody }, NO_RETRY)).rejects.toMatchObject(
      refusal(400, 'push.webhookUrlNotHttps'),
    );
  });
});
