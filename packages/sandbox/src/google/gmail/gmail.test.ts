import { gmail, type gmail_v1 } from '@googleapis/gmail';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connected, GMAIL_READ, startTestGoogle, type TestGoogle } from '../test-google.ts';

let test: TestGoogle;
let api: gmail_v1.Gmail;
const userId = 'me';

beforeAll(async () => {
  test = await startTestGoogle();
  api = await clientFor([GMAIL_READ]);
});
afterAll(async () => {
  await test.close();
});

async function clientFor(scope: readonly string[], as = 0) {
  return gmail({ version: 'v1', auth: await connected(test, scope, as), rootUrl: `${test.origin}/` });
}

const me = () => test.world.owners[0] ?? { n: 0, name: '', address: '' };
const dana = { name: 'Dana Lee', address: 'dana.lee@northwind.example' };

async function idsOf(query: gmail_v1.Params$Resource$Users$Messages$List, most = Number.POSITIVE_INFINITY) {
  const ids: string[] = [];
  let pageToken: string | null | undefined;
  do {
    const page = await api.users.messages.list({
      userId,
      ...query,
      ...(typeof pageToken === 'string' && { pageToken }),
    });
    ids.push(...(page.data.messages ?? []).map(({ id }) => id ?? ''));
    pageToken = page.data.nextPageToken;
  } while (typeof pageToken === 'string' && ids.length < most);
  return ids;
}

const get = async (id: string, format: string) => (await api.users.messages.get({ userId, id, format })).data;
const bytesOf = (data: string | null | undefined) => Buffer.from(data ?? '', 'base64url');

describe('listing messages', () => {
  it('goes through a year of mail in pages, newest first, each message once', async () => {
    const ids = await idsOf({ maxResults: 500, includeSpamTrash: true });
    const { data: profile } = await api.users.getProfile({ userId });
    expect(ids.length).toBeGreaterThan(2_000);
    expect(new Set(ids).size).toBe(ids.length);
    expect(profile).toMatchObject({ emailAddress: me().address, messagesTotal: ids.length });
    const dates = await Promise.all(ids.slice(0, 5).map(async (id) => Number((await get(id, 'minimal')).internalDate)));
    expect(dates).toEqual(dates.toSorted((a, b) => b - a));
    expect(dates[0]).toBeLessThanOrEqual(test.world.now().getTime());
  });

  it('finds by time, sender, place and label, and leaves spam and the bin out unless asked', async () => {
    const after = Math.floor(Date.UTC(2026, 1, 1) / 1000);
    const before = after + 7 * 86_400;
    const week = await idsOf({ q: `after:${after} before:${before} -in:drafts -in:chats` });
    expect(week.length).toBeGreaterThan(20);
    for (const id of week.slice(0, 10)) {
      const { internalDate, labelIds = [] } = await get(id, 'minimal');
      expect(Number(internalDate)).toBeGreaterThanOrEqual(after * 1000);
      expect(Number(internalDate)).toBeLessThan(before * 1000);
      expect(['SPAM', 'TRASH', 'DRAFT', 'CHAT'].filter((label) => labelIds?.includes(label))).toEqual([]);
    }
    const hidden = await idsOf({ q: `after:${after} before:${before}`, includeSpamTrash: true });
    expect(hidden.length).toBeGreaterThan(week.length);
    const sent = await idsOf({ labelIds: ['SENT', 'INBOX'], maxResults: 5 }, 5);
    expect((await get(sent[0] ?? '', 'minimal')).labelIds).toEqual(expect.arrayContaining(['SENT', 'INBOX']));
    const news = await idsOf({ q: 'from:letter@news.example.com', maxResults: 3 }, 3);
    expect(JSON.stringify(await get(news[0] ?? '', 'metadata'))).toContain('letter@news.example.com');
  });

  it('leaves the key out when there is nothing, and refuses words it does not know', async () => {
    const { data } = await api.users.messages.list({ userId, q: 'from:nobody@nowhere.example' });
    expect(data).toEqual({ resultSizeEstimate: 0 });
    await expect(api.users.messages.list({ userId, q: 'around:noon' })).rejects.toMatchObject({ status: 400 });
  });
});

describe('one message in its formats', () => {
  it('is the same mail in all of them', async () => {
    const ids = await idsOf({ maxResults: 60 }, 60);
    for (const id of ids.slice(0, 60)) {
      const [minimal, metadata, full, raw] = await Promise.all(
        ['minimal', 'metadata', 'full', 'raw'].map(async (format) => await get(id, format)),
      );
      const text = bytesOf(raw?.raw).toString('latin1');
      expect(minimal).not.toHaveProperty('payload');
      expect(metadata?.payload?.headers).toEqual(full?.payload?.headers);
      expect(raw?.sizeEstimate).toBe(text.length);
      expect(text.split('\r\n').every((line) => line.length <= 998 && !line.includes('\n'))).toBe(true);
      const head = text.slice(0, text.indexOf('\r\n\r\n')).replaceAll(/\r\n(?=[ \t])/g, '');
      expect(head.split('\r\n')).toEqual(
        full?.payload?.headers?.map(({ name, value }) => `${name ?? ''}: ${value ?? ''}`),
      );
      for (const part of leavesOf(full?.payload)) if (typeof part.body?.data === 'string') expectInside(text, part);
    }
  });

  it('hands attachments out by their id', async () => {
    const id = (await idsOf({ q: 'has:attachment', maxResults: 1 }, 1))[0] ?? '';
    const { payload } = await get(id, 'full');
    const part = leavesOf(payload).find(({ filename }) => filename !== '');
    expect(part?.body).not.toHaveProperty('data');
    const attachment = { userId, messageId: id, id: part?.body?.attachmentId ?? '' };
    const { data } = await api.users.messages.attachments.get(attachment);
    const content = bytesOf(data.data);
    expect(content.length).toBe(part?.body?.size);
    expect(content.subarray(0, 5).toString()).toBe('%PDF-');
    const raw = bytesOf((await get(id, 'raw')).raw).toString('latin1');
    expect(raw.replaceAll('\r\n', '')).toContain(content.toString('base64'));
  });

  it('shows chosen headers only, encoded words as they are, and a doubled header twice', async () => {
    const { id } = test.google.mail.deliver(me().address, {
      from: { name: 'Jürgen Weiß', address: 'juergen.weiss@halden.example' },
      to: [me()],
      subject: 'Grüße',
      text: 'Schöne Grüße\nund bis bald',
      headers: [['To', 'somebody.else@halden.example']],
    });
    const { data } = await api.users.messages.get({
      userId,
      id,
      format: 'metadata',
      metadataHeaders: ['to', 'From', 'subject'],
    });
    expect(data.payload?.headers).toEqual([
      { name: 'To', value: 'somebody.else@halden.example' },
      { name: 'From', value: '=?UTF-8?B?SsO8cmdlbiBXZWnDnw==?= <juergen.weiss@halden.example>' },
      { name: 'To', value: `${me().name} <${me().address}>` },
      { name: 'Subject', value: '=?UTF-8?B?R3LDvMOfZQ==?=' },
    ]);
    expect(data.snippet).toBe('Schöne Grüße und bis bald');
    expect(bytesOf((await get(id, 'full')).payload?.body?.data).toString()).toBe('Schöne Grüße\r\nund bis bald');
    expect(bytesOf((await get(id, 'raw')).raw).toString()).toContain('Sch=C3=B6ne Gr=C3=BC=C3=9Fe\r\n');
  });

  it('carries the same Message-ID in the mailbox of each who got it', async () => {
    const other = await clientFor([GMAIL_READ], 1);
    const mine = await idsOf({ q: `from:me to:${test.world.owners[1]?.address ?? ''}`, maxResults: 1 }, 1);
    const { payload } = await get(mine[0] ?? '', 'metadata');
    const messageId = payload?.headers?.find(({ name }) => name?.toLowerCase() === 'message-id')?.value ?? '';
    const { data } = await other.users.messages.list({ userId, q: `rfc822msgid:${messageId}`, includeSpamTrash: true });
    expect(data.messages).toHaveLength(1);
    expect(data.messages?.[0]?.id).not.toBe(mine[0]);
  });
});

describe('threads and labels', () => {
  it('keep an answer with what it answers', async () => {
    const first = test.google.mail.deliver(me().address, { from: dana, to: [me()], subject: 'Offer', text: 'Please.' });
    const answer = { from: me(), to: [dana], subject: 'Re: Offer', text: 'Here it is.', replyTo: first.id };
    const second = test.google.mail.deliver(me().address, answer);
    const { data } = await api.users.threads.get({ userId, id: first.id, format: 'metadata' });
    expect(data.messages?.map(({ id }) => id)).toEqual([first.id, second.id]);
    expect(data.messages?.[1]?.labelIds).toEqual(['SENT']);
    const headers = data.messages?.map(
      ({ payload }) => new Map(payload?.headers?.map(({ name, value }) => [name?.toLowerCase(), value])),
    );
    expect(headers?.[1]?.get('in-reply-to')).toBe(headers?.[0]?.get('message-id'));
    expect((await api.users.threads.list({ userId, maxResults: 2 })).data.threads?.[0]?.id).toBe(first.id);
    await expect(api.users.threads.get({ userId, id: '0000000000000000' })).rejects.toMatchObject({ status: 404 });
  });

  it('are listed, and counted one by one', async () => {
    const { data } = await api.users.labels.list({ userId });
    expect(data.labels?.map(({ id }) => id)).toEqual(expect.arrayContaining(['INBOX', 'SENT', 'CHAT', 'Label_1']));
    expect((await api.users.labels.get({ userId, id: 'SENT' })).data.messagesTotal).toBeGreaterThan(100);
    expect((await api.users.settings.sendAs.list({ userId })).data.sendAs?.[0]?.sendAsEmail).toBe(me().address);
  });
});

function leavesOf(part: gmail_v1.Schema$MessagePart | null | undefined): readonly gmail_v1.Schema$MessagePart[] {
  if (part === null || part === undefined) return [];
  return part.parts === undefined ? [part] : part.parts.flatMap(leavesOf);
}

/** The decoded part is in the raw bytes, as its own header says it is encoded there. */
function expectInside(raw: string, { headers, body }: gmail_v1.Schema$MessagePart): void {
  const encoding = headers?.find(({ name }) => name === 'Content-Transfer-Encoding')?.value;
  const plain = bytesOf(body?.data).toString('latin1');
  const decoded = raw
    .replaceAll('=\r\n', '')
    .replaceAll(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  expect(encoding === 'quoted-printable' ? decoded : raw).toContain(plain);
}
