// Users, channels and messages as Slack writes them. What somebody may see depends on the workspace that looks.
import type { Channel, Chat, ChatUser, Post } from './chat.ts';
import { repliesTo } from './chat.ts';
import { secondsOf } from './slack-ids.ts';

type Wire = Readonly<Record<string, unknown>>;

/** Whether a user and a workspace are in one channel together. */
export function sharesChannel(chat: Chat, userId: string, teamId: string): boolean {
  return [...chat.channels.values()].some(({ teams, members }) => teams.includes(teamId) && members.has(userId));
}

/**
 * A user as one workspace sees it. People of other companies have a thin profile; those who share no channel with the
 * workspace are strangers, whose address nobody learns.
 */
export function userShape(chat: Chat, user: ChatUser, viewer: { teamId: string; withAddress: boolean }): Wire {
  const foreign = user.teamId !== viewer.teamId;
  const stranger = foreign && !sharesChannel(chat, user.id, viewer.teamId);
  const address = viewer.withAddress && !stranger && user.address !== null ? { email: user.address } : {};
  const profile = {
    real_name: user.realName,
    real_name_normalized: user.realName,
    display_name: user.kind === 'bot' ? '' : (user.realName.split(' ')[0] ?? ''),
    display_name_normalized: user.kind === 'bot' ? '' : (user.realName.split(' ')[0] ?? ''),
    team: user.teamId,
    ...(user.bot === null ? address : { bot_id: user.bot.id, api_app_id: user.bot.appId, always_active: true }),
  };
  const thick = { title: user.title, phone: '', skype: '', status_text: user.status, status_emoji: '' };
  return {
    id: user.id,
    team_id: user.teamId,
    name: user.name,
    deleted: user.deleted,
    ...(user.deleted ? {} : { color: '9f69e7', real_name: user.realName, tz: 'Europe/Berlin', tz_offset: 3600 }),
    profile: foreign ? profile : { ...thick, ...profile },
    is_admin: false,
    is_owner: false,
    is_primary_owner: false,
    is_restricted: user.kind === 'guest' || user.kind === 'single_channel_guest',
    is_ultra_restricted: user.kind === 'single_channel_guest',
    is_bot: user.kind === 'bot',
    is_app_user: false,
    updated: secondsOf(user.updatedAt),
    ...(foreign ? { is_stranger: stranger } : { has_2fa: false, is_email_confirmed: !user.deleted }),
  };
}

export interface Viewer {
  readonly teamId: string;
  readonly user: string;
}

export function channelShape(chat: Chat, channel: Channel, viewer: Viewer): Wire {
  const common = {
    id: channel.id,
    created: secondsOf(channel.createdAt),
    is_archived: channel.archived,
    is_im: channel.kind === 'im',
    is_org_shared: false,
    context_team_id: viewer.teamId,
    updated: channel.createdAt.getTime(),
  };
  if (channel.kind === 'im') {
    const other = [...channel.members].find((id) => id !== viewer.user) ?? viewer.user;
    const gone = chat.users.get(other)?.deleted ?? false;
    return { ...common, user: other, is_user_deleted: gone, priority: 0 };
  }
  const shared = channel.teams.length > 1;
  const words = (value: string) => ({ value, creator: value === '' ? '' : channel.creator, last_set: 0 });
  return {
    ...common,
    name: channel.name,
    name_normalized: channel.name,
    is_channel: channel.kind === 'channel',
    is_group: channel.kind === 'group',
    is_mpim: channel.kind === 'mpim',
    is_private: channel.kind !== 'channel',
    is_general: channel.name === 'general',
    is_member: channel.members.has(viewer.user),
    is_shared: shared,
    is_ext_shared: shared,
    is_pending_ext_shared: channel.pendingTeams.length > 0,
    pending_shared: channel.pendingTeams,
    pending_connected_team_ids: channel.pendingTeams,
    shared_team_ids: channel.teams,
    connected_team_ids: channel.teams.filter((id) => id !== viewer.teamId),
    internal_team_ids: [],
    ...(shared ? { conversation_host_id: channel.hostTeam } : {}),
    creator: channel.creator,
    unlinked: 0,
    parent_conversation: null,
    topic: words(channel.topic),
    purpose: words(''),
    previous_names: [],
  };
}

/** A message without what only the channel knows about it (see `threadShape`). */
export function postShape(chat: Chat, post: Post): Wire {
  const author = post.user === null ? undefined : chat.users.get(post.user);
  return {
    type: 'message',
    ...(post.subtype === null ? {} : { subtype: post.subtype }),
    ...(post.user === null ? {} : { user: post.user }),
    text: post.text,
    ts: post.ts,
    ...(author === undefined || post.subtype === 'tombstone' ? {} : { team: author.teamId }),
    ...(post.clientId === null ? {} : { client_msg_id: post.clientId }),
    ...(post.subtype === 'tombstone' ? { hidden: true } : {}),
    ...(post.thread === null ? {} : { thread_ts: post.thread }),
    ...(post.edited === null ? {} : { edited: post.edited }),
    ...(post.files.length === 0 ? {} : { files: post.files.map(fileShape), upload: false }),
    ...(post.unfurled === null ? {} : { attachments: [{ id: 1, from_url: post.unfurled, fallback: 'A page' }] }),
    ...botShape(post),
  };
}

function botShape({ bot, subtype }: Post): Wire {
  if (bot === null) return {};
  if (subtype === 'bot_message') return { bot_id: bot.id, username: bot.name };
  const profile = { id: bot.id, app_id: bot.appId, name: bot.name, deleted: false };
  return { bot_id: bot.id, app_id: bot.appId, bot_profile: profile };
}

function fileShape(file: Post['files'][number]): Wire {
  const url = `https://files.example/files-pri/${file.id}/${file.name}`;
  return {
    ...file,
    title: file.name,
    mode: 'hosted',
    url_private: url,
    url_private_download: url,
    file_access: 'visible',
  };
}

/** What makes a message a parent or a reply, as history and replies show it. */
export function threadShape(chat: Chat, channelId: string, post: Post): Wire {
  if (post.thread !== null) {
    const parent = chat.posts.get(channelId)?.find(({ ts }) => ts === post.thread)?.user;
    return parent === undefined || parent === null ? {} : { parent_user_id: parent };
  }
  const replies = repliesTo(chat, channelId, post.ts);
  if (replies.length === 0) return {};
  const users = [...new Set(replies.flatMap(({ user }) => (user === null ? [] : [user])))];
  return {
    thread_ts: post.ts,
    reply_count: replies.length,
    reply_users_count: users.length,
    reply_users: users.slice(0, 5),
    latest_reply: replies.at(-1)?.ts,
    is_locked: false,
    subscribed: false,
  };
}
