import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { gmail, type gmail_v1 } from '@googleapis/gmail';
import { jwtVerify } from 'jose';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { connected, GMAIL_READ, publishedKeys, startTestGoogle, type TestGoogle } from '../test-google.ts';

const DAY_MS = 86_400_000;
const userId = 'me';
const envelope = z.object({
  message: z.object({ data: z.string(), messageId: z.string(), message_id: z.string() }),
  subscription: z.string(),
});
let test: TestGoogle;
let api: gmail_v1.Gmail;
let receiver: Server;
let eventUrl = '';
let answers: number[] = [];
let real = 0;
const pushed: { headers: IncomingHttpHeaders; body: string }[] = [];

beforeEach(async () => {
  pushed.length = 0;
  answers = [];
  real = 0;
  receiver = createServer((request, response) => void hear(request, response));
  await new Promise<void>((done) => receiver.listen(0, '127.0.0.1', done));
  const address = receiver.address();
  eventUrl = `http://127.0.0.1:${typeof address === 'object' ? (address?.port ?? 0) : 0}/push/gmail`;
  test = await startTestGoogle({ eventUrl, google: { clock: () => real } });
  test.google.switches.pushWaitMs = 1;
  const auth = await connected(test, [GMAIL_READ]);
  // The world moves by days here, and tokens live for an hour of it.
  auth.forceRefreshOnFailure = true;
  api = gmail({ version: 'v1', auth, rootUrl: test.origin });
});
afterEach(async () => {
  await test.close();
  receiver.closeAllConnections();
  await new Promise((done) => receiver.close(done));
});

async function hear(request: IncomingMessage, response: ServerResponse) {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  pushed.push({ headers: request.headers, body: Buffer.concat(chunks).toString() });
  response.writeHead(answers.shift() ?? 204).end();
}

const me = () => test.world.owners[0] ?? { n: 0, name: '', address: '' };
const dana = { name: 'Dana Lee', address: 'dana.lee@northwind.example' };
const mail = (subject: string) => ({ from: dana, to: [me()], subject, text: 'Hello' });
const now = async () => (await api.users.getProfile({ userId })).data.historyId ?? '';

async function history(startHistoryId: string, query: Partial<gmail_v1.Params$Resource$Users$History$List> = {}) {
  const { data } = await api.users.history.list({ userId, startHistoryId, ...query }, { retry: false });
  return data;
}

describe('history', () => {
  it('tells what was added, labelled and deleted, under ids that rise past what a number holds', async () => {
    const start = await now();
    expect(BigInt(start)).toBeGreaterThan(BigInt(Number.MAX_SAFE_INTEGER));
    expect(await history(start)).toEqual({ historyId: start });
    const { id, threadId } = test.google.mail.deliver(me().address, mail('One'));
    test.google.mail.trash(me().address, id);
    test.google.mail.delete(me().address, id);
    const { history: records = [], historyId } = await history(start);
    const message = { id, threadId, labelIds: expect.any(Array) };
    expect(records).toMatchObject([
      {
        messages: [{ id, threadId }],
        messagesAdded: [{ message: { id, threadId, labelIds: ['UNREAD', 'CATEGORY_PERSONAL', 'INBOX'] } }],
      },
      { labelsAdded: [{ message, labelIds: ['TRASH'] }] },
      { labelsRemoved: [{ message, labelIds: ['INBOX'] }] },
      { messagesDeleted: [{ message }] },
    ]);
    const ids = records.map((record) => BigInt(record.id ?? ''));
    expect(ids).toEqual([...new Set(ids)].toSorted((a, b) => (a < b ? -1 : 1)));
    expect(historyId).toBe(records.at(-1)?.id);
    await expect(api.users.messages.get({ userId, id }, { retry: false })).rejects.toMatchObject({ status: 404 });
  });

  it('gives every edit of a draft a new message', async () => {
    const start = await now();
    const first = test.google.mail.createDraft(me().address, { to: [dana], subject: 'Offer', text: 'one' });
    const second = test.google.mail.editDraft(me().address, first.id, { to: [dana], subject: 'Offer', text: 'two' });
    const sent = test.google.mail.sendDraft(me().address, second.id);
    const { history: records = [] } = await history(start, { historyTypes: ['messageAdded'] });
    expect(records.map((record) => record.messagesAdded?.[0]?.message)).toMatchObject([
      { id: first.id, labelIds: ['DRAFT'] },
      { id: second.id, labelIds: ['DRAFT'] },
      { id: sent.id, labelIds: ['SENT'] },
    ]);
    expect(new Set([first.id, second.id, sent.id]).size).toBe(3);
  });

  it('lives on with the world, in pages that together tell everything once', async () => {
    const start = await now();
    test.world.advance(2 * DAY_MS);
    const all = await history(start, { maxResults: 500 });
    expect(all.history?.filter((record) => record.messagesAdded !== undefined).length).toBeGreaterThan(10);
    expect(all.history?.some((record) => record.labelsRemoved?.[0]?.labelIds?.includes('UNREAD'))).toBe(true);
    const paged: (string | null | undefined)[] = [];
    let page = await history(start, { maxResults: 7 });
    for (;;) {
      paged.push(...(page.history ?? []).map(({ id }) => id));
      expect(page.historyId).toBe(all.historyId);
      if (typeof page.nextPageToken !== 'string') break;
      page = await history(start, { maxResults: 7, pageToken: page.nextPageToken });
    }
    expect(paged).toEqual(all.history?.map(({ id }) => id));
    const newest = (await api.users.messages.list({ userId, maxResults: 1 })).data.messages?.[0]?.id;
    expect(JSON.stringify(all.history)).toContain(newest ?? 'none');
  });

  it('is the same in the same world, whoever looks and when', async () => {
    const other = await startTestGoogle();
    const start = await now();
    for (let hour = 0; hour < 30; hour += 1) {
      test.world.advance(3_600_000);
      if (hour % 7 === 0) await history(start);
    }
    other.world.advance(30 * 3_600_000);
    const same = gmail({ version: 'v1', auth: await connected(other, [GMAIL_READ]), rootUrl: other.origin });
    const { data } = await same.users.history.list({ userId, startHistoryId: start, maxResults: 500 });
    expect(data.history?.length).toBeGreaterThan(5);
    expect(await history(start, { maxResults: 500 })).toEqual(data);
    await other.close();
  });

  it('forgets: an id that is too old, or that was never given out, is 404', async () => {
    const start = await now();
    const gone = { status: 404, response: { data: { error: { errors: [{ reason: 'notFound' }] } } } };
    test.world.advance(6 * DAY_MS);
    await expect(history(start)).resolves.toHaveProperty('history');
    test.world.advance(2 * DAY_MS);
    await expect(history(start)).rejects.toMatchObject(gone);
    const later = await now();
    await expect(history(String(BigInt(later) + 1_000n))).rejects.toMatchObject(gone);
    test.google.mail.expireHistory(me().address);
    await expect(history(later)).rejects.toMatchObject(gone);
    await expect(history(await now())).resolves.toBeDefined();
    test.faults.set({ provider: 'google', kind: 'expired_cursor', times: 1 });
    await expect(history(await now())).rejects.toMatchObject(gone);
    await expect(history('yesterday')).rejects.toMatchObject({ status: 400 });
  });

  it('repeats itself when the switchboard says so', async () => {
    const start = await now();
    const { id } = test.google.mail.deliver(me().address, mail('Twice'));
    test.faults.set({ provider: 'google', kind: 'duplicate_events', times: 1 });
    const { history: records = [] } = await history(start);
    expect(records.map((record) => record.messagesAdded?.[0]?.message?.id)).toEqual([id, id]);
  });
});

describe('watching a mailbox', () => {
  const order = { topicName: 'projects/p/topics/mail', labelIds: ['INBOX'], labelFilterBehavior: 'include' };
  const watch = async () => (await api.users.watch({ userId, requestBody: order })).data;

  it('pushes a hint, proved by a token of Google’s, again until it is taken', async () => {
    const { historyId, expiration } = await watch();
    expect(historyId).toBe(await now());
    expect(Number(expiration)).toBe(test.world.now().getTime() + 7 * DAY_MS);
    answers = [500, 404];
    test.google.mail.deliver(me().address, mail('Push'));
    await test.google.settled();
    expect(pushed).toHaveLength(3);
    const { message, subscription } = envelope.parse(JSON.parse(pushed[0]?.body ?? ''));
    expect(subscription).toMatch(/^projects\//);
    const data = Buffer.from(message.data, 'base64').toString();
    expect(data).toBe(`{"emailAddress":"${me().address}","historyId":${await now()}}`);
    const token = pushed[0]?.headers.authorization?.replace('Bearer ', '') ?? '';
    const keys = await publishedKeys(test);
    const checks = { audience: eventUrl, issuer: 'https://accounts.google.com', currentDate: test.world.now() };
    expect((await jwtVerify(token, keys, checks)).payload).toMatchObject({ email_verified: true });
  });

  it('drops what comes within a second, and tells what the labels ask for only', async () => {
    await watch();
    test.google.mail.deliver(me().address, mail('One'));
    await test.google.settled();
    test.google.mail.deliver(me().address, mail('Two'));
    await test.google.settled();
    real = 1_000;
    test.google.mail.deliver(me().address, { ...mail('Spam'), labels: ['SPAM'] });
    await test.google.settled();
    expect(pushed).toHaveLength(1);
    test.world.advance(DAY_MS);
    await test.google.settled();
    expect(pushed).toHaveLength(2);
  });

  it('ends when it is stopped and after seven days', async () => {
    await watch();
    test.world.advance(7 * DAY_MS);
    await test.google.settled();
    pushed.length = 0;
    real = 10_000;
    test.google.mail.deliver(me().address, mail('Late'));
    await watch();
    expect((await api.users.stop({ userId })).status).toBe(204);
    test.google.mail.deliver(me().address, mail('Stopped'));
    await test.google.settled();
    expect(pushed).toHaveLength(0);
    await expect(
      api.users.watch({ userId, requestBody: { topicName: 'mail' } }, { retry: false }),
    ).rejects.toMatchObject({ status: 400 });
  });

  it('is told twice, or by a clock that is wrong, when the switchboard says so', async () => {
    await watch();
    test.faults.set({ provider: 'google', kind: 'duplicate_events', times: 1 });
    test.faults.set({ provider: 'google', kind: 'clock_skew', times: 1 });
    test.google.mail.deliver(me().address, mail('Twice'));
    await test.google.settled();
    const ids = pushed.map(({ body }) => envelope.parse(JSON.parse(body)).message.messageId);
    expect([ids.length, new Set(ids).size]).toEqual([2, 1]);
    const token = pushed[0]?.headers.authorization?.replace('Bearer ', '') ?? '';
    const keys = await publishedKeys(test);
    await expect(jwtVerify(token, keys, { currentDate: test.world.now() })).rejects.toThrow('exp');
  });
});
