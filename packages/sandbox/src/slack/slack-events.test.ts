import { createHmac } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type Alone, receive, type Received, serveAlone } from '../frame/test-stand-in.ts';
import { addMember, addPost, changeChannel, changePost, putUser, removePost } from './chat.ts';
import { appTokenOf } from './slack-app-token.ts';
import { openSlack, type Slack } from './slack.ts';

const NOW = new Date('2026-06-03T10:00:00Z');
const BACK = 'http://127.0.0.1/connections/callback';
const SCOPES = 'channels:history,groups:history,channels:read,users:read';
const Envelope = z.looseObject({
  type: z.string(),
  team_id: z.string().optional(),
  event_id: z.string().optional(),
  event_context: z.string().optional(),
  is_ext_shared_channel: z.boolean().optional(),
  authorizations: z.array(z.looseObject({ user_id: z.string(), team_id: z.string(), is_bot: z.boolean() })).optional(),
  event: z.looseObject({ type: z.string(), channel: z.unknown().optional(), ts: z.string().optional() }).optional(),
});
type Answer = Parameters<typeof receive>[0];
let alone: Alone<Slack>;
let inbox: Awaited<ReturnType<typeof receive>>;
let answer: Answer;
const app = { clientId: 'sentinel', clientSecret: 'made-up', signingSecret: 'signs', redirectUris: [BACK] };

beforeEach(async () => {
  answer = () => ({ status: 200 });
  inbox = await receive((each) => answer(each));
  const events = { retryWaitsMs: [0, 20, 40], answerWithinMs: 150, perHour: 40 };
  alone = await serveAlone((ground) => openSlack(ground, { events }), {
    mount: '/slack',
    apps: [{ ...app, eventUrl: inbox.url }],
    now: NOW,
  });
});
afterEach(async () => {
  await alone.close();
  await inbox.close();
});

async function install(account = '', userScope = '') {
  const search = new URLSearchParams({
    client_id: app.clientId,
    scope: SCOPES,
    user_scope: userScope,
    redirect_uri: BACK,
  });
  const url = `${alone.base}/oauth/v2/authorize?${search.toString()}`;
  const first = /name="account" value="(\w+)"/.exec(await (await fetch(url)).text())?.[1] ?? '';
  const body = new URLSearchParams({ account: account === '' ? first : account });
  await fetch(url, { method: 'POST', body, redirect: 'manual' });
  await alone.standIn.settled();
  inbox.received.length = 0;
}

const told = () => inbox.received.map(({ body }) => Envelope.parse(JSON.parse(body.toString('utf8'))));
const named = (name: string) => [...alone.standIn.chat.channels.values()].find((each) => each.name === name)?.id ?? '';
const shared = () => [...alone.standIn.chat.channels.values()].find(({ teams }) => teams.length > 1);
const somebody = () => [...alone.standIn.chat.users.values()][0]?.id ?? '';
const say = (text = 'Hello', channel = named('sales')) =>
  addPost(alone.standIn.chat, channel, { user: somebody(), text }, alone.world.now());

function isSigned({ headers, body }: Received, secret = app.signingSecret): boolean {
  const timestamp = String(headers['x-slack-request-timestamp']);
  const wanted = createHmac('sha256', secret).update(`v0:${timestamp}:`).update(body).digest('hex');
  return headers['x-slack-signature'] === `v0=${wanted}`;
}

async function until(claim: () => boolean) {
  for (let turn = 0; turn < 200 && !claim(); turn += 1) await new Promise((resolve) => setTimeout(resolve, 10));
  expect(claim()).toBe(true);
}

describe('events of the Slack stand-in', () => {
  it('tells of a message, signed over its very bytes', async () => {
    await install();
    const post = say('Grüße & <tags>');
    await alone.standIn.settled();
    const [envelope] = told();
    expect(envelope).toMatchObject({
      type: 'event_callback',
      team_id: alone.standIn.chat.home.id,
      is_ext_shared_channel: false,
      event: { type: 'message', channel: named('sales'), channel_type: 'channel', text: 'Grüße & <tags>', ts: post.ts },
    });
    expect(envelope?.authorizations).toHaveLength(1);
    expect(inbox.received.every((each) => isSigned(each))).toBe(true);
    expect(inbox.received.some((each) => isSigned(each, 'another'))).toBe(false);
  });

  it('says nothing of channels without its bot, or without the scope', async () => {
    await install();
    say('Hello', named('engineering'));
    say('Hello', [...alone.standIn.chat.channels.values()].find(({ kind }) => kind === 'mpim')?.id ?? '');
    await alone.standIn.settled();
    expect(told()).toEqual([]);
  });

  it('tells of edits, of deletes, of tombstones, and of previews that nobody wrote', async () => {
    await install();
    const { chat } = alone.standIn;
    const at = alone.world.now();
    const channel = named('sales');
    const post = say('See <https://www.example.com/>');
    changePost(chat, channel, post.ts, { at, unfurled: 'https://www.example.com/' });
    changePost(chat, channel, post.ts, { at, text: 'See it' });
    addPost(chat, channel, { user: somebody(), text: 'Me too', thread: post.ts }, at);
    removePost(chat, channel, post.ts, at);
    removePost(chat, channel, say('Gone').ts, at);
    await alone.standIn.settled();
    expect(told().map(({ event }) => event)).toMatchObject([
      { ts: post.ts },
      {
        subtype: 'message_changed',
        hidden: true,
        message: { text: 'See <https://www.example.com/>', attachments: [{}] },
      },
      {
        subtype: 'message_changed',
        message: { text: 'See it', edited: { user: somebody() } },
        previous_message: { ts: post.ts },
      },
      { thread_ts: post.ts, parent_user_id: somebody() },
      { subtype: 'message_changed', message: { subtype: 'tombstone', reply_count: 1 } },
      { text: 'Gone' },
      { subtype: 'message_deleted', deleted_ts: expect.any(String), previous_message: { text: 'Gone' } },
    ]);
    expect(told()[1]?.event).not.toHaveProperty('message.edited');
  });

  it('tells of people who come, and of people who change', async () => {
    await install();
    const { chat } = alone.standIn;
    const user = chat.users.get(somebody());
    if (user === undefined) throw new Error('nobody');
    putUser(chat, { ...user, status: 'Away' }, alone.world.now());
    addMember(chat, named('sales'), 'USLACKBOT', alone.world.now());
    await alone.standIn.settled();
    expect(told().map(({ event }) => event)).toMatchObject([
      { type: 'user_change', user: { id: user.id } },
      { type: 'member_joined_channel', user: 'USLACKBOT', channel: named('sales') },
    ]);
  });

  it('tells of channels that are renamed, archived, shared and unshared', async () => {
    await install();
    const { chat } = alone.standIn;
    const at = alone.world.now();
    const [, partner = ''] = shared()?.teams ?? [];
    changeChannel(chat, named('sales'), { teams: [chat.home.id, partner] }, at);
    changeChannel(chat, named('sales'), { teams: [chat.home.id] }, at);
    changeChannel(chat, named('sales'), { archived: true }, at);
    changeChannel(chat, named('deals-private'), { name: 'deals' }, at);
    await alone.standIn.settled();
    expect(told().map(({ event }) => event)).toMatchObject([
      { type: 'channel_shared', channel: named('sales'), connected_team_id: partner },
      { type: 'channel_unshared', connected_team_id: partner },
      { type: 'channel_archive', channel: named('sales') },
    ]);
    changeChannel(chat, named('general'), { name: 'everybody' }, at);
    await alone.standIn.settled();
    expect(told().at(-1)?.event).toMatchObject({ type: 'channel_rename', channel: { name: 'everybody' } });
  });

  it('tells both companies of one message in events of their own', async () => {
    const theirs = [...alone.standIn.chat.users.values()].find(
      ({ teamId }) => teamId !== alone.standIn.chat.home.id && shared()?.teams.includes(teamId) === true,
    );
    await install();
    await install(theirs?.id ?? '');
    const { ts } = say('Hello both', shared()?.id ?? '');
    await alone.standIn.settled();
    const envelopes = told();
    expect(envelopes).toHaveLength(2);
    expect(new Set(envelopes.map(({ event_id }) => event_id)).size).toBe(2);
    expect(new Set(envelopes.map(({ team_id }) => team_id)).size).toBe(2);
    expect(envelopes.every(({ event, is_ext_shared_channel: ext }) => event?.ts === ts && ext === true)).toBe(true);
    const asked = await fetch(`${alone.base}/api/apps.event.authorizations.list`, {
      method: 'POST',
      headers: { authorization: `Bearer ${appTokenOf(app)}` },
      body: new URLSearchParams({ event_context: envelopes[0]?.event_context ?? '' }),
    });
    expect(z.object({ authorizations: z.array(z.unknown()) }).parse(await asked.json()).authorizations).toHaveLength(2);
  });

  it('repeats what failed three times, with the same id and the reason', async () => {
    await install();
    answer = () => ({ status: 500 });
    say();
    await until(() => inbox.received.length === 4);
    const retries = inbox.received.map(({ headers }) => [
      headers['x-slack-retry-num'],
      headers['x-slack-retry-reason'],
    ]);
    expect(retries).toEqual([[undefined, undefined], ...['1', '2', '3'].map((number) => [number, 'http_error'])]);
    expect(new Set(told().map(({ event_id }) => event_id)).size).toBe(1);
    expect(inbox.received.every((each) => isSigned(each))).toBe(true);
    await new Promise((resolve) => setTimeout(resolve, 80));
    expect(inbox.received).toHaveLength(4);
  });

  it('does not wait for an answer that comes late, and stops when it is told to', async () => {
    await install();
    answer = ({ headers }) => (headers['x-slack-retry-num'] === undefined ? null : { status: 200 });
    say();
    await until(() => inbox.received.length === 2);
    expect(inbox.received[1]?.headers['x-slack-retry-reason']).toBe('http_timeout');
    inbox.received.length = 0;
    answer = () => ({ status: 503, headers: { 'x-slack-no-retry': '1' } });
    say();
    await alone.standIn.settled();
    await new Promise((resolve) => setTimeout(resolve, 80));
    expect(inbox.received).toHaveLength(1);
    expect(alone.standIn.deliveries().at(-1)).toMatchObject({ status: 503, failed: 'http_error', number: 1 });
  });

  it('duplicates, reorders and misdates when the switchboard says so', async () => {
    await install();
    alone.faults.set({ provider: 'slack', kind: 'duplicate_events', match: 'EVENT /message', times: 1 });
    say();
    await alone.standIn.settled();
    expect(told()).toHaveLength(2);
    expect(new Set(told().map(({ event_id }) => event_id)).size).toBe(1);
    inbox.received.length = 0;
    alone.faults.set({ provider: 'slack', kind: 'reorder_events', times: 1 });
    const sent = ['one', 'two'].map((text) => say(text).ts);
    await alone.standIn.settled();
    expect(told().map(({ event }) => event?.ts)).toEqual(sent.toReversed());
    inbox.received.length = 0;
    alone.faults.set({ provider: 'slack', kind: 'clock_skew', times: 1 });
    alone.faults.set({ provider: 'slack', kind: 'clock_skew', times: 1, delayMs: 400_000 });
    say();
    say();
    await alone.standIn.settled();
    const ages = inbox.received.map(({ headers }) => Date.now() / 1000 - Number(headers['x-slack-request-timestamp']));
    expect(ages.toSorted((one, other) => one - other).map((age) => Math.round(age / 100))).toEqual([-6, 4]);
  });

  it('says when there was too much, and loses the rest', async () => {
    await install();
    for (let number = 0; number < 60; number += 1) say();
    await alone.standIn.settled();
    const envelopes = told();
    expect(envelopes.filter(({ type }) => type === 'event_callback').length).toBeLessThanOrEqual(40);
    expect(envelopes.find(({ type }) => type === 'app_rate_limited')).toMatchObject({
      team_id: alone.standIn.chat.home.id,
      minute_rate_limited: expect.any(Number),
    });
    expect(envelopes.filter(({ type }) => type === 'app_rate_limited').length).toBeLessThanOrEqual(2);
  });

  it('tells an app that it was taken out', async () => {
    await install('', 'channels:history');
    alone.standIn.revokeGrants(somebody());
    await alone.standIn.settled();
    const events = told().map(({ event }) => event);
    expect(events).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ type: 'app_uninstalled' }),
        expect.objectContaining({ type: 'tokens_revoked', tokens: { oauth: [somebody()], bot: [expect.any(String)] } }),
      ]),
    );
  });

  it('asks an address to prove itself, with text or with JSON', async () => {
    const challenge = ({ body }: Received) =>
      z.object({ challenge: z.string() }).parse(JSON.parse(body.toString('utf8')));
    answer = (each) => ({ status: 200, body: challenge(each).challenge });
    expect(await alone.standIn.verifyEventUrl(app.clientId)).toBe(true);
    expect(isSigned(inbox.received[0] ?? { headers: {}, body: Buffer.alloc(0) })).toBe(true);
    answer = (each) => ({ status: 200, body: JSON.stringify(challenge(each)) });
    expect(await alone.standIn.verifyEventUrl(app.clientId)).toBe(true);
    answer = () => ({ status: 200, body: 'ok' });
    expect(await alone.standIn.verifyEventUrl(app.clientId)).toBe(false);
    alone.standIn.setEventUrl(app.clientId, null);
    expect(await alone.standIn.verifyEventUrl(app.clientId)).toBe(false);
  });

  it('tells of what the world does by itself', async () => {
    await install();
    alone.world.advance(4 * 3_600_000);
    await alone.standIn.settled();
    expect(told().some(({ event }) => event?.type === 'message')).toBe(true);
  });
});
