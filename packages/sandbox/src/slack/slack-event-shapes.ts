// What happened in the chat as the events of the Events API, with the scope each one needs.
import type { Channel, Chat, ChatHappening, ChatUser, Post } from './chat.ts';
import { secondsOf, tsAfter } from './slack-ids.ts';
import { scopeFor } from './slack-scopes.ts';
import { channelShape, postShape, sharesChannel, threadShape, userShape } from './slack-shapes.ts';
import type { Install } from './slack-installs.ts';

export interface SlackEvent {
  readonly type: string;
  /** Where it happened; null for what concerns a user or the workspace. */
  readonly channel: Channel | null;
  /** Null needs none. */
  readonly scope: string | null;
  readonly body: Readonly<Record<string, unknown>>;
}

/** The event that an install would hear of, if it may; null when its workspace has nothing to do with it. */
export function eventOf(chat: Chat, happening: ChatHappening, install: Install): SlackEvent | null {
  if (!('channel' in happening)) return userEvent(chat, happening, install);
  const { channel, at } = happening;
  const event_ts = tsAfter(null, at);
  if (!channel.teams.includes(install.teamId)) return null;
  switch (happening.kind) {
    case 'posted':
      return messageEvent(channel, posted(chat, channel, happening.post));
    case 'changed':
      return messageEvent(channel, {
        type: 'message',
        subtype: 'message_changed',
        hidden: true,
        message: full(chat, channel, happening.after),
        previous_message: full(chat, channel, happening.before),
        ts: event_ts,
        event_ts,
      });
    case 'deleted':
      return messageEvent(channel, {
        type: 'message',
        subtype: 'message_deleted',
        hidden: true,
        deleted_ts: happening.before.ts,
        previous_message: full(chat, channel, happening.before),
        ts: event_ts,
        event_ts,
      });
    case 'joined':
    case 'left':
      return memberEvent(chat, { channel, user: happening.user, kind: happening.kind, event_ts }, install);
    case 'renamed':
    case 'archived':
    case 'shared':
    case 'unshared':
      return channelEvent(chat, { channel, kind: happening.kind, team: happening.team, event_ts }, install);
  }
}

function userEvent(
  chat: Chat,
  { kind, user, at }: Extract<ChatHappening, { user: ChatUser }>,
  { teamId, botScopes }: Install,
): SlackEvent | null {
  if (user.teamId !== teamId && (kind === 'user_joined' || !sharesChannel(chat, user.id, teamId))) return null;
  const type = kind === 'user_joined' ? 'team_join' : 'user_change';
  const shape = userShape(chat, user, { teamId, withAddress: botScopes.has('users:read.email') });
  const body = { type, user: shape, cache_ts: secondsOf(at), event_ts: tsAfter(null, at) };
  return { type, channel: null, scope: 'users:read', body };
}

function messageEvent(channel: Channel, body: SlackEvent['body']): SlackEvent {
  const placed = { ...body, channel: channel.id, channel_type: channel.kind };
  return { type: 'message', channel, scope: scopeFor(channel.kind, 'history'), body: placed };
}

function full(chat: Chat, channel: Channel, post: Post) {
  return { ...postShape(chat, post), ...threadShape(chat, channel.id, post) };
}

function posted(chat: Chat, channel: Channel, post: Post): SlackEvent['body'] {
  const author = post.user === null ? undefined : chat.users.get(post.user);
  // People of two companies: the event says whose each is.
  const teams =
    channel.teams.length > 1 && author !== undefined ? { user_team: author.teamId, source_team: author.teamId } : {};
  return { ...full(chat, channel, post), ...teams, event_ts: post.ts };
}

function memberEvent(
  chat: Chat,
  change: { channel: Channel; user: string; kind: 'joined' | 'left'; event_ts: string },
  install: Install,
): SlackEvent {
  const { channel, user, kind, event_ts } = change;
  const type = kind === 'joined' ? 'member_joined_channel' : 'member_left_channel';
  const body = {
    type,
    user,
    channel: channel.id,
    channel_type: channel.kind === 'channel' ? 'C' : 'G',
    team: chat.users.get(user)?.teamId ?? install.teamId,
    event_ts,
  };
  return { type, channel, scope: scopeFor(channel.kind, 'read'), body };
}

const CHANNEL_EVENTS = {
  renamed: 'channel_rename',
  archived: 'channel_archive',
  shared: 'channel_shared',
  unshared: 'channel_unshared',
} as const;

function channelEvent(
  chat: Chat,
  change: { channel: Channel; kind: keyof typeof CHANNEL_EVENTS; team: string; event_ts: string },
  install: Install,
): SlackEvent {
  const { channel, kind, team, event_ts } = change;
  const shared = kind === 'shared' || kind === 'unshared';
  const plain = CHANNEL_EVENTS[kind];
  const type = channel.kind === 'group' && !shared ? plain.replace('channel', 'group') : plain;
  const viewer = { teamId: install.teamId, user: install.bot.id };
  const described = kind === 'renamed' ? channelShape(chat, channel, viewer) : channel.id;
  const by = kind === 'archived' ? { user: channel.creator } : {};
  const other = shared ? { connected_team_id: team } : {};
  const body = { type, channel: described, ...by, ...other, event_ts };
  return { type, channel, scope: scopeFor(channel.kind, 'read'), body };
}
