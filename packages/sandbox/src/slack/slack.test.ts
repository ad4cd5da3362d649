import { ErrorCode, WebClientEvent } from '@slack/web-api';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { addPost, changePost, findPost, postsOf, removePost } from './chat.ts';
import { appTokenOf } from './slack-app-token.ts';
import { app, listIn, NOW, refusal, startSlack } from './test-slack.ts';

const Texts = z.array(z.looseObject({ text: z.string() }));
let slack: Awaited<ReturnType<typeof startSlack>>;

beforeEach(async () => {
  slack = await startSlack();
});
afterEach(async () => await slack.close());

describe('reading the Slack stand-in', () => {
  it('tells people of the own workspace, guests, and those of others apart', async () => {
    const client = await slack.bot();
    const own = slack.person(({ teamId, kind }) => teamId === slack.home && kind === 'member');
    const found = await client.users.lookupByEmail({ email: own.address?.toUpperCase() ?? '' });
    expect(found.user).toMatchObject({ id: own.id, team_id: slack.home, profile: { email: own.address } });
    const guest = slack.person(({ kind }) => kind === 'single_channel_guest');
    const seenGuest = await client.users.info({ user: guest.id });
    expect(seenGuest.user).toMatchObject({ is_restricted: true, is_ultra_restricted: true });
    const isForeign = ({ teamId, address }: { teamId: string; address: string | null }) =>
      teamId !== slack.home && address !== null;
    const foreign = slack.person((each) => isForeign(each) && slack.shared().members.has(each.id));
    const { user } = await client.users.info({ user: foreign.id });
    expect(user).toMatchObject({ team_id: foreign.teamId, is_stranger: false, profile: { email: foreign.address } });
    const unfound = await refusal(client.users.lookupByEmail({ email: foreign.address ?? '' }));
    expect(unfound).toMatchObject({ error: 'users_not_found' });
    const inside = new Set([...slack.chat.channels.values()].flatMap(({ members }) => [...members]));
    const stranger = slack.person((each) => isForeign(each) && !inside.has(each.id));
    const thin = await client.users.info({ user: stranger.id });
    expect(thin.user).toMatchObject({ is_stranger: true });
    expect(thin.user?.profile?.email).toBeUndefined();
    const listed = await client.users.list({});
    expect(listed.members?.every(({ team_id }) => team_id === slack.home)).toBe(true);
    expect(listed.members?.some(({ deleted }) => deleted)).toBe(true);
  });

  it('pages members and shows the foreign ones', async () => {
    const client = await slack.bot();
    const members: string[] = [];
    for await (const page of client.paginate('conversations.members', { channel: slack.shared().id, limit: 3 })) {
      members.push(...listIn(page, 'members').map(String));
    }
    expect(members).toEqual([...slack.shared().members]);
    expect(members.some((id) => slack.chat.users.get(id)?.teamId !== slack.home)).toBe(true);
    const { channel: described } = await client.conversations.info({
      channel: slack.shared().id,
      include_num_members: true,
    });
    expect(described).toMatchObject({
      is_ext_shared: true,
      shared_team_ids: [...slack.shared().teams],
      num_members: members.length,
    });
  });

  it('pages history newest first, without replies, and ends', async () => {
    const client = await slack.bot();
    const seen: string[] = [];
    let cursor = '';
    do {
      const page = await client.conversations.history({
        channel: slack.channel('sales').id,
        limit: 40,
        ...(cursor === '' ? {} : { cursor }),
      });
      seen.push(...(page.messages ?? []).map(({ ts }) => ts ?? ''));
      cursor = page.response_metadata?.next_cursor ?? '';
      expect(page.has_more).toBe(cursor !== '');
    } while (cursor !== '');
    const wanted = postsOf(slack.chat, slack.channel('sales').id).filter(
      ({ thread, subtype }) => thread === null || subtype === 'thread_broadcast',
    );
    expect(wanted.length).toBeGreaterThan(100);
    expect(seen).toEqual(wanted.map(({ ts }) => ts).toReversed());
  });

  it('keeps to a window, and to timestamps as text', async () => {
    const client = await slack.bot();
    const [first, second, third] = postsOf(slack.chat, slack.channel('sales').id)
      .filter(({ thread }) => thread === null)
      .map(({ ts }) => ts);
    const window = { channel: slack.channel('sales').id, oldest: first ?? '', latest: third ?? '' };
    const read = async (inclusive: boolean) =>
      (await client.conversations.history({ ...window, inclusive })).messages?.map(({ ts }) => ts);
    expect(await read(false)).toEqual([second]);
    expect(await read(true)).toEqual([third, second, first]);
    expect(await refusal(client.conversations.history({ ...window, oldest: 'yesterday' }))).toMatchObject({
      error: 'invalid_ts_oldest',
    });
  });

  it('shows the parent of a thread on every page', async () => {
    const client = await slack.bot();
    const { chat } = slack;
    const { id } = slack.channel('sales');
    const parent = addPost(chat, id, { user: slack.people()[0]?.id ?? '', text: 'Who comes?' }, NOW);
    for (let number = 0; number < 5; number += 1)
      addPost(chat, id, { user: slack.people()[1]?.id ?? '', text: `Me ${number}`, thread: parent.ts }, NOW);
    const pages: string[][] = [];
    for await (const page of client.paginate('conversations.replies', { channel: id, ts: parent.ts, limit: 2 })) {
      pages.push(Texts.parse(listIn(page, 'messages')).map(({ text }) => text));
    }
    expect(pages).toEqual([
      ['Who comes?', 'Me 0', 'Me 1'],
      ['Who comes?', 'Me 2', 'Me 3'],
      ['Who comes?', 'Me 4'],
    ]);
    const [head] = (await client.conversations.history({ channel: id, limit: 1 })).messages ?? [];
    expect(head).toMatchObject({ reply_count: 5, thread_ts: parent.ts });
    removePost(chat, id, parent.ts, NOW);
    const [stone] = (await client.conversations.history({ channel: id, limit: 1 })).messages ?? [];
    expect(stone).toMatchObject({ subtype: 'tombstone', user: 'USLACKBOT' });
  });

  it('hides private channels it is not in, and reads only where it is', async () => {
    const client = await slack.bot();
    const { channels } = await client.conversations.list({
      types: 'public_channel,private_channel,im,mpim',
      exclude_archived: true,
    });
    const names = channels?.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['general', 'sales', 'engineering', 'deals-private']));
    expect(names).not.toContain('leadership');
    expect(names).not.toContain('old-project');
    const read = async (name: string) =>
      await refusal(client.conversations.history({ channel: slack.channel(name).id }));
    expect(await read('engineering')).toMatchObject({ error: 'not_in_channel' });
    expect(await read('leadership')).toMatchObject({ error: 'channel_not_found' });
    expect(await refusal(client.conversations.history({ channel: 'C000' }))).toMatchObject({
      error: 'channel_not_found',
    });
  });

  it('names the scope that is missing', async () => {
    const client = await slack.bot({ scope: 'channels:read' });
    expect(await refusal(client.conversations.history({ channel: slack.channel('sales').id }))).toMatchObject({
      error: 'missing_scope',
      needed: 'channels:history',
      provided: 'channels:read',
    });
    expect(await refusal(client.users.list({}))).toMatchObject({ error: 'missing_scope', needed: 'users:read' });
  });

  it('lets cursors die, and gives short pages', async () => {
    const client = await slack.bot();
    const ask = { channel: slack.channel('sales').id, limit: 10 };
    const cursor = (await client.conversations.history(ask)).response_metadata?.next_cursor ?? '';
    expect((await client.conversations.history({ ...ask, cursor })).messages).toHaveLength(10);
    expect(await refusal(client.conversations.members({ ...ask, cursor }))).toMatchObject({ error: 'invalid_cursor' });
    slack.faults.set({ provider: 'slack', kind: 'expired_cursor', match: 'conversations.history', times: 1 });
    expect(await refusal(client.conversations.history({ ...ask, cursor }))).toMatchObject({ error: 'invalid_cursor' });
    slack.faults.set({ provider: 'slack', kind: 'half_page', times: 1 });
    const short = await client.conversations.history(ask);
    expect(short.messages).toHaveLength(5);
    expect(short.has_more).toBe(true);
  });

  it('limits calls per minute, and history to one of fifteen messages for apps outside the Marketplace', async () => {
    const client = await slack.bot();
    for (let call = 0; call < 20; call += 1) await client.users.list({ limit: 1 });
    const heard: number[] = [];
    client.on(WebClientEvent.RATE_LIMITED, (seconds: number) => heard.push(seconds));
    await expect(client.users.list({ limit: 1 })).rejects.toMatchObject({ code: ErrorCode.RateLimitedError });
    expect(heard[0]).toBeGreaterThan(50);
    slack.standIn.setLimits('restricted');
    expect(
      (await client.conversations.history({ channel: slack.channel('sales').id, limit: 200 })).messages,
    ).toHaveLength(15);
    await expect(client.conversations.history({ channel: slack.channel('sales').id })).rejects.toMatchObject({
      code: ErrorCode.RateLimitedError,
    });
    slack.standIn.setLimits('off');
    expect((await client.users.list({ limit: 1 })).ok).toBe(true);
  });

  it('is a chat of two companies: the other side sees its own people and ours as foreign', async () => {
    const theirs = slack.people().find(({ teamId }) => teamId !== slack.home && slack.shared().teams.includes(teamId));
    const client = await slack.bot({ account: theirs?.id ?? '' });
    expect(await client.auth.test()).toMatchObject({ team_id: theirs?.teamId });
    const { members } = await client.users.list({});
    expect(members?.every(({ team_id }) => team_id === theirs?.teamId)).toBe(true);
    expect((await client.conversations.list({})).channels?.map(({ id }) => id)).toContain(slack.shared().id);
  });

  it('knows an app by its own token, and nobody else', async () => {
    const ask = { event_context: 'made-up' };
    expect(await refusal(slack.client(appTokenOf(app)).apps.event.authorizations.list(ask))).toMatchObject({
      error: 'invalid_event_context',
    });
    expect(await refusal((await slack.bot()).apps.event.authorizations.list(ask))).toMatchObject({
      error: 'not_allowed_token_type',
    });
  });
});

describe('the chat', () => {
  it('is the same in one step and in many', async () => {
    const other = await startSlack();
    const day = 86_400_000;
    slack.world.advance(3 * day);
    for (let step = 0; step < 3 * 48; step += 1) other.world.advance(day / 48);
    expect([...slack.chat.posts]).toEqual([...other.chat.posts]);
    expect([...slack.chat.users]).toEqual([...other.chat.users]);
    await other.close();
  });

  it('holds everything that makes reading a chat hard', () => {
    const posts = [...slack.chat.posts.values()].flat();
    const subtypes = new Set(posts.map(({ subtype }) => subtype));
    expect([...subtypes]).toEqual(
      expect.arrayContaining([
        null,
        'file_share',
        'thread_broadcast',
        'me_message',
        'bot_message',
        'channel_topic',
        'huddle_thread',
      ]),
    );
    expect(posts.some(({ edited }) => edited !== null)).toBe(true);
    expect(posts.some(({ bot: profile, subtype }) => profile !== null && subtype === null)).toBe(true);
    expect(posts.some(({ text }) => text.includes('<@'))).toBe(true);
    expect(posts.every(({ ts }) => /^\d{10}\.\d{6}$/.test(ts))).toBe(true);
    const { chat } = slack;
    const post = addPost(chat, slack.channel('sales').id, { user: slack.people()[0]?.id ?? '', text: 'one' }, NOW);
    changePost(chat, slack.channel('sales').id, post.ts, { at: NOW, text: 'two' });
    expect(findPost(chat, slack.channel('sales').id, post.ts)).toMatchObject({
      text: 'two',
      edited: { user: slack.people()[0]?.id },
    });
  });

  it('lives at reserved domains', () => {
    const domains = slack.people().flatMap(({ address }) => (address === null ? [] : [address.split('@')[1] ?? '']));
    expect(domains.length).toBeGreaterThan(10);
    for (const domain of domains) expect(domain).toMatch(/(?:\.example|\.test|example\.(?:com|net|org))$/);
  });
});
