// The chat's memory: teams, users, channels and posts, and the few things that can happen to them. Whoever listens hears of
// each happening in order; how Slack says it on the wire is not decided here.
import { slackId, tsAfter } from './slack-ids.ts';

export interface Team {
  readonly id: string;
  readonly name: string;
  readonly domain: string;
}

export type UserKind = 'member' | 'guest' | 'single_channel_guest' | 'bot' | 'slackbot';

export interface ChatUser {
  readonly id: string;
  readonly teamId: string;
  /** The handle, unique in its team. */
  readonly name: string;
  readonly realName: string;
  readonly address: string | null;
  readonly kind: UserKind;
  readonly deleted: boolean;
  readonly title: string;
  readonly status: string;
  readonly updatedAt: Date;
  readonly bot: BotProfile | null;
}

export interface BotProfile {
  readonly id: string;
  readonly appId: string;
  readonly name: string;
}

export type ChannelKind = 'channel' | 'group' | 'im' | 'mpim';

export interface Channel {
  readonly id: string;
  readonly kind: ChannelKind;
  readonly name: string;
  readonly topic: string;
  readonly creator: string;
  readonly createdAt: Date;
  readonly archived: boolean;
  readonly hostTeam: string;
  /** All teams that take part; more than one is Slack Connect. */
  readonly teams: readonly string[];
  /** Invited, and not there yet. */
  readonly pendingTeams: readonly string[];
  readonly members: ReadonlySet<string>;
}

export interface PostFile {
  readonly id: string;
  readonly name: string;
  readonly mimetype: string;
  readonly size: number;
}

export interface Post {
  readonly ts: string;
  readonly user: string | null;
  readonly text: string;
  /** The parent's `ts`; the parent itself has null. */
  readonly thread: string | null;
  readonly subtype: string | null;
  readonly bot: BotProfile | null;
  readonly files: readonly PostFile[];
  readonly edited: { readonly user: string; readonly ts: string } | null;
  /** A link that was shown with a preview. */
  readonly unfurled: string | null;
  readonly clientId: string | null;
}

export type PostDraft = Partial<Omit<Post, 'ts' | 'edited'>> & { readonly text: string };

/** What happened; `at` is the world's time. */
export type ChatHappening = { readonly at: Date } & (
  | { readonly kind: 'posted'; readonly channel: Channel; readonly post: Post }
  | { readonly kind: 'changed'; readonly channel: Channel; readonly before: Post; readonly after: Post }
  | { readonly kind: 'deleted'; readonly channel: Channel; readonly before: Post }
  | { readonly kind: 'joined' | 'left'; readonly channel: Channel; readonly user: string }
  | { readonly kind: 'renamed' | 'archived' | 'shared' | 'unshared'; readonly channel: Channel; readonly team: string }
  | { readonly kind: 'user_changed' | 'user_joined'; readonly user: ChatUser }
);

export interface Chat {
  readonly seed: number;
  readonly home: Team;
  readonly teams: Map<string, Team>;
  readonly users: Map<string, ChatUser>;
  readonly channels: Map<string, Channel>;
  /** Posts of each channel, oldest first. */
  readonly posts: Map<string, Post[]>;
  readonly listeners: Set<(happening: ChatHappening) => void>;
  /** How many things were made; ids come from it. */
  made: number;
}

export function createChat(seed: number, home: Team): Chat {
  return {
    seed,
    home,
    teams: new Map([[home.id, home]]),
    users: new Map(),
    channels: new Map(),
    posts: new Map(),
    listeners: new Set(),
    made: 0,
  };
}

export function nextId(chat: Chat, letter: string): string {
  chat.made += 1;
  return slackId(letter, chat.seed, `made ${chat.made}`);
}

export function postsOf(chat: Chat, channelId: string): Post[] {
  const kept = chat.posts.get(channelId);
  if (kept !== undefined) return kept;
  const fresh: Post[] = [];
  chat.posts.set(channelId, fresh);
  return fresh;
}

export function findPost(chat: Chat, channelId: string, ts: string): Post | null {
  return postsOf(chat, channelId).find((post) => post.ts === ts) ?? null;
}

export function repliesTo(chat: Chat, channelId: string, ts: string): readonly Post[] {
  return postsOf(chat, channelId).filter((post) => post.thread === ts);
}

/** @throws Error when there is no such channel */
export function addPost(chat: Chat, channelId: string, draft: PostDraft, at: Date): Post {
  const channel = mustFind(chat, channelId);
  const posts = postsOf(chat, channelId);
  const post: Post = {
    ts: tsAfter(posts.at(-1)?.ts ?? null, at),
    user: null,
    thread: null,
    subtype: null,
    bot: null,
    files: [],
    unfurled: null,
    clientId: null,
    ...draft,
    edited: null,
  };
  posts.push(post);
  tell(chat, { kind: 'posted', at, channel, post });
  return post;
}

/** Changes a text; a preview that only now appears is a change without an edit. */
export function changePost(
  chat: Chat,
  channelId: string,
  ts: string,
  change: { readonly at: Date; readonly text?: string; readonly unfurled?: string },
): Post | null {
  const before = findPost(chat, channelId, ts);
  if (before === null) return null;
  const { at, text, unfurled } = change;
  const edited =
    text === undefined || before.user === null ? before.edited : { user: before.user, ts: tsAfter(null, at) };
  const after: Post = { ...before, text: text ?? before.text, unfurled: unfurled ?? before.unfurled, edited };
  replacePost(chat, channelId, after);
  tell(chat, { kind: 'changed', at, channel: mustFind(chat, channelId), before, after });
  return after;
}

/** Takes a post away; one with replies leaves a tombstone until they are gone too. */
export function removePost(chat: Chat, channelId: string, ts: string, at: Date): void {
  const before = findPost(chat, channelId, ts);
  if (before === null || before.subtype === 'tombstone') return;
  const channel = mustFind(chat, channelId);
  if (repliesTo(chat, channelId, ts).length === 0) {
    const posts = postsOf(chat, channelId);
    posts.splice(posts.indexOf(before), 1);
    tell(chat, { kind: 'deleted', at, channel, before });
    return;
  }
  const after: Post = {
    ...before,
    user: 'USLACKBOT',
    text: 'This message was deleted.',
    subtype: 'tombstone',
    bot: null,
    files: [],
    unfurled: null,
    edited: null,
  };
  replacePost(chat, channelId, after);
  tell(chat, { kind: 'changed', at, channel, before, after });
}

export function addMember(chat: Chat, channelId: string, user: string, at: Date): void {
  const channel = mustFind(chat, channelId);
  if (channel.members.has(user)) return;
  const grown = { ...channel, members: new Set([...channel.members, user]) };
  chat.channels.set(channelId, grown);
  tell(chat, { kind: 'joined', at, channel: grown, user });
}

export function removeMember(chat: Chat, channelId: string, user: string, at: Date): void {
  const channel = mustFind(chat, channelId);
  if (!channel.members.has(user)) return;
  const shrunk = { ...channel, members: new Set([...channel.members].filter((each) => each !== user)) };
  chat.channels.set(channelId, shrunk);
  // Told of the channel as it was: who left still hears of it.
  tell(chat, { kind: 'left', at, channel, user });
}

/** Renames, archives, shares or unshares a channel. */
export function changeChannel(
  chat: Chat,
  channelId: string,
  change: Partial<Pick<Channel, 'name' | 'archived' | 'teams'>>,
  at: Date,
): void {
  const before = mustFind(chat, channelId);
  const channel = { ...before, ...change };
  chat.channels.set(channelId, channel);
  if (channel.name !== before.name) tell(chat, { kind: 'renamed', at, channel, team: channel.hostTeam });
  if (channel.archived && !before.archived) tell(chat, { kind: 'archived', at, channel, team: channel.hostTeam });
  for (const team of channel.teams.filter((each) => !before.teams.includes(each)))
    tell(chat, { kind: 'shared', at, channel, team });
  for (const team of before.teams.filter((each) => !channel.teams.includes(each)))
    tell(chat, { kind: 'unshared', at, channel: before, team });
}

/** Adds a user, or changes one who is there. */
export function putUser(chat: Chat, user: ChatUser, at: Date): void {
  const kind = chat.users.has(user.id) ? 'user_changed' : 'user_joined';
  const kept = { ...user, updatedAt: at };
  chat.users.set(user.id, kept);
  tell(chat, { kind, at, user: kept });
}

function replacePost(chat: Chat, channelId: string, after: Post): void {
  const posts = postsOf(chat, channelId);
  posts[posts.findIndex(({ ts }) => ts === after.ts)] = after;
}

function mustFind(chat: Chat, channelId: string): Channel {
  const channel = chat.channels.get(channelId);
  if (channel === undefined) throw new Error('there is no such channel');
  return channel;
}

function tell(chat: Chat, happening: ChatHappening): void {
  for (const listener of chat.listeners) listener(happening);
}
