// The `conversations.…` methods: a bot sees all public channels of its workspace, and of the others those it is in; it reads
// only where it is in.
import type { Channel, ChannelKind, Post } from './chat.ts';
import { findPost, postsOf, repliesTo } from './chat.ts';
import { scopesOf } from './slack-installs.ts';
import { isRestricted, RESTRICTED_OBJECTS } from './slack-limits.ts';
import { ticksOf } from './slack-ids.ts';
import { pageOf } from './slack-pages.ts';
import { scopeFor, TYPE_NAMES } from './slack-scopes.ts';
import { channelShape, postShape, threadShape, type Viewer } from './slack-shapes.ts';
import { type Call, type SlackAnswer, SlackRefusal } from './slack-state.ts';

export function viewerOf({ token }: Call): Viewer {
  return { teamId: token.install.teamId, user: token.user };
}

/** @throws SlackRefusal missing_scope */
export function requireScope({ token }: Call, needed: string): void {
  const scopes = scopesOf(token);
  if (!scopes.has(needed)) throw new SlackRefusal('missing_scope', { needed, provided: [...scopes].join(',') });
}

function sees(channel: Channel, { teamId, user }: Viewer): boolean {
  return channel.teams.includes(teamId) && (channel.kind === 'channel' || channel.members.has(user));
}

export function listChannels(call: Call): SlackAnswer {
  const { chat } = call.state;
  const kinds = (call.args.get('types') ?? 'public_channel').split(',').map((name) => kindOf(name.trim()));
  for (const kind of kinds) requireScope(call, scopeFor(kind, 'read'));
  const viewer = viewerOf(call);
  const live = ['true', '1'].includes(call.args.get('exclude_archived') ?? '');
  const all = [...chat.channels.values()].filter(
    (channel) => kinds.includes(channel.kind) && sees(channel, viewer) && !(live && channel.archived),
  );
  const page = pageOf(call, all, { list: 'channels', keyOf: ({ id }) => id });
  const channels = page.items.map((channel) => ({
    ...channelShape(chat, channel, viewer),
    ...(channel.kind === 'im' ? {} : { num_members: channel.members.size }),
  }));
  return { ok: true, channels, response_metadata: { next_cursor: page.cursor } };
}

function kindOf(name: string): ChannelKind {
  const kind = Object.hasOwn(TYPE_NAMES, name) ? TYPE_NAMES[name] : undefined;
  if (kind === undefined) throw new SlackRefusal('invalid_types');
  return kind;
}

/** The channel of the call, if its caller may know of it. */
function channelOf(call: Call, right: 'read' | 'history'): Channel {
  const channel = call.state.chat.channels.get(call.args.get('channel') ?? '');
  // Without the scope for its kind a private channel must not be told from one that is not there.
  if (channel === undefined || !sees(channel, viewerOf(call))) {
    if (channel === undefined) requireAny(call, right);
    throw new SlackRefusal('channel_not_found');
  }
  requireScope(call, scopeFor(channel.kind, right));
  return channel;
}

function requireAny(call: Call, right: 'read' | 'history'): void {
  const kinds: readonly ChannelKind[] = ['channel', 'group', 'im', 'mpim'];
  if (!kinds.some((kind) => scopesOf(call.token).has(scopeFor(kind, right))))
    requireScope(call, scopeFor('channel', right));
}

export function describeChannel(call: Call): SlackAnswer {
  const channel = channelOf(call, 'read');
  const members = call.args.get('include_num_members') === 'true' ? { num_members: channel.members.size } : {};
  return { ok: true, channel: { ...channelShape(call.state.chat, channel, viewerOf(call)), ...members } };
}

export function listMembers(call: Call): SlackAnswer {
  const channel = channelOf(call, 'read');
  const page = pageOf(call, [...channel.members], { list: `members ${channel.id}`, keyOf: (id) => id });
  return { ok: true, members: page.items, response_metadata: { next_cursor: page.cursor } };
}

/** The latest text of each message, newest first. Replies are not here unless they were sent to the channel too. */
export function readHistory(call: Call): SlackAnswer {
  const channel = readable(call);
  const { chat } = call.state;
  const inWindow = windowOf(call);
  const shown = postsOf(chat, channel.id)
    .filter(({ thread, subtype, ts }) => (thread === null || subtype === 'thread_broadcast') && inWindow(ts))
    .toReversed();
  const page = pageOf(call, shown, {
    list: `history ${channel.id}`,
    ...objects(call),
    keyOf: ({ ts }) => ts,
    reaches: ({ ts }, key) => !isBefore(key, ts),
  });
  const messages = page.items.map((post) => messageOf(call, channel, post));
  return { ok: true, messages, pin_count: 0, ...moreOf(page.cursor) };
}

/** A thread, oldest first; its parent stands at the head of every page. */
export function readReplies(call: Call): SlackAnswer {
  const channel = readable(call);
  const { chat } = call.state;
  const parent = findPost(chat, channel.id, call.args.get('ts') ?? '');
  if (parent === null) throw new SlackRefusal('thread_not_found');
  const inWindow = windowOf(call);
  const replies = repliesTo(chat, channel.id, parent.ts).filter(({ ts }) => inWindow(ts));
  const page = pageOf(call, replies, {
    list: `replies ${channel.id} ${parent.ts}`,
    ...objects(call),
    keyOf: ({ ts }) => ts,
    reaches: ({ ts }, key) => !isBefore(ts, key),
  });
  const messages = [parent, ...page.items].map((post) => messageOf(call, channel, post));
  return { ok: true, messages, ...moreOf(page.cursor) };
}

function readable(call: Call): Channel {
  const channel = channelOf(call, 'history');
  if (!channel.members.has(call.token.user)) throw new SlackRefusal('not_in_channel');
  return channel;
}

function objects({ state, method }: Call): { usual: number; most: number } {
  return isRestricted(state.limits, method)
    ? { usual: RESTRICTED_OBJECTS, most: RESTRICTED_OBJECTS }
    : { usual: 100, most: 999 };
}

/** @throws SlackRefusal invalid_ts_oldest, invalid_ts_latest */
function windowOf({ args }: Call): (ts: string) => boolean {
  const bound = (name: 'oldest' | 'latest') => {
    const given = args.get(name) ?? '';
    const ticks = given === '' ? null : ticksOf(given);
    if (given !== '' && ticks === null) throw new SlackRefusal(`invalid_ts_${name}`);
    return ticks;
  };
  const [oldest, latest] = [bound('oldest'), bound('latest')];
  const inclusive = ['true', '1'].includes(args.get('inclusive') ?? '');
  return (ts) => {
    const at = ticksOf(ts) ?? 0n;
    if (inclusive && (at === oldest || at === latest)) return true;
    // `oldest` is usually 0, which is before everything.
    return (oldest === null || at > oldest) && (latest === null || at < latest);
  };
}

function isBefore(one: string, other: string): boolean {
  return (ticksOf(one) ?? 0n) < (ticksOf(other) ?? 0n);
}

function messageOf({ state: { chat } }: Call, channel: Channel, post: Post) {
  return { ...postShape(chat, post), ...threadShape(chat, channel.id, post) };
}

function moreOf(cursor: string): SlackAnswer {
  return cursor === '' ? { has_more: false } : { has_more: true, response_metadata: { next_cursor: cursor } };
}
