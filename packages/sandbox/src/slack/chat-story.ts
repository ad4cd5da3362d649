// What people say, hour by hour. An hour's story is drawn from the seed, the channel and the hour alone and applied in order,
// so that a day taken in one step and in a hundred brings the same posts.
import { type Random, seeded } from '../random.ts';
import {
  addMember,
  addPost,
  type Channel,
  changePost,
  type Chat,
  findPost,
  nextId,
  type Post,
  postsOf,
  putUser,
  removePost,
} from './chat.ts';

const HOUR_MS = 3_600_000;
const RECENT = 25;
/** How many things happen in a channel in a working hour. */
const RATES: Readonly<Record<string, number>> = { general: 0.4, sales: 0.9, 'deals-private': 0.5, engineering: 0.8 };
const USUAL_RATE = 0.35;
const SHARED_RATE = 0.8;

/** What can happen, each with its share. */
const SHARES = [
  ['post', 56],
  ['reply', 18],
  ['edit', 5],
  ['bot', 5],
  ['file', 4],
  ['remove', 3],
  ['link', 2],
  ['old_bot', 2],
  ['broadcast', 2],
  ['me', 1],
  ['noise', 2],
  ['arrive', 1],
] as const;
type ActKind = (typeof SHARES)[number][0];

const SENTENCES = [
  'The offer went out this morning.',
  'Can we move the call to Thursday?',
  'They asked for the calibration report again &amp; the invoice.',
  'Budget is confirmed for the second line.',
  'I will send the minutes after lunch.',
  'Delivery slipped by a week, sorry.',
  'Thanks, that helps a lot.',
  'Legal has two remarks on clause 7.',
  'Who joins the site visit on Monday?',
  'The trial ends on Friday, shall we extend it?',
  'Looks good to me.',
  'Lunch, anybody?',
] as const;
const LINKS = ['https://docs.acme.example/offer', 'https://www.example.com/report?id=7&part=2'] as const;
const FILES: readonly [FileKind, ...FileKind[]] = [
  { name: 'offer.pdf', mimetype: 'application/pdf' },
  { name: 'line-2.png', mimetype: 'image/png' },
  { name: 'minutes.txt', mimetype: 'text/plain' },
];

/** What Slack writes in somebody's name, and nobody said. */
const NOISE: readonly [Noise, ...Noise[]] = [
  { subtype: 'channel_topic', text: 'set the channel topic: plans' },
  { subtype: 'channel_purpose', text: 'set the channel description: plans' },
  { subtype: 'pinned_item', text: 'pinned a message to this channel.' },
  { subtype: 'reminder_add', text: 'set up a reminder.' },
  { subtype: 'huddle_thread', text: 'A huddle started' },
];

interface Noise {
  readonly subtype: string;
  readonly text: string;
}

interface FileKind {
  readonly name: string;
  readonly mimetype: string;
}

interface Act {
  readonly at: number;
  readonly kind: ActKind;
  readonly channelId: string;
  readonly random: Random;
}

/** Lets everything happen that belongs after `from`, up to and including `to`. */
export function tellStory(chat: Chat, from: Date, to: Date): void {
  const first = Math.floor(from.getTime() / HOUR_MS);
  const last = Math.floor(to.getTime() / HOUR_MS);
  for (let hour = first; hour <= last; hour += 1) {
    const acts = [...chat.channels.values()]
      .flatMap((channel, index) => actsOf(chat, channel, { index, hour }))
      .filter(({ at }) => at > from.getTime() && at <= to.getTime())
      .toSorted((one, other) => one.at - other.at);
    for (const act of acts) perform(chat, act);
    const noon = hour * HOUR_MS + HOUR_MS / 2;
    if (hour % 24 === 12 && noon > from.getTime() && noon <= to.getTime()) changeStatus(chat, new Date(noon));
  }
}

function actsOf(chat: Chat, channel: Channel, { index, hour }: { index: number; hour: number }): Act[] {
  const hourOfDay = hour % 24;
  // The epoch began on a Thursday.
  const weekday = (Math.floor(hour / 24) + 4) % 7;
  if (channel.archived || weekday === 0 || weekday === 6 || hourOfDay < 7 || hourOfDay > 17) return [];
  const random = seeded(chat.seed * 7919 + hour * 131 + index);
  const rate = channel.teams.length > 1 ? SHARED_RATE : (RATES[channel.name] ?? USUAL_RATE);
  const count = Math.floor(rate + random.next());
  return Array.from({ length: count }, (_, number) => ({
    at: hour * HOUR_MS + Math.floor(random.next() * HOUR_MS),
    kind: kindAt(random.next()),
    channelId: channel.id,
    random: seeded(chat.seed + hour * 977 + index * 31 + number),
  }));
}

function kindAt(share: number): ActKind {
  let left = share * SHARES.reduce((sum, [, part]) => sum + part, 0);
  for (const [kind, part] of SHARES) {
    left -= part;
    if (left < 0) return kind;
  }
  return 'post';
}

function perform(chat: Chat, { at, kind, channelId, random }: Act): void {
  const channel = chat.channels.get(channelId);
  if (channel === undefined) return;
  const when = new Date(at);
  const say = (extra: Partial<Post> = {}) => {
    const draft = { user: voiceOf(chat, channel, random), text: textOf(chat, channel, random), clientId: uuid(random) };
    return addPost(chat, channelId, { ...draft, ...extra }, when);
  };
  const some = recentPost(chat, channelId, random);
  switch (kind) {
    case 'post':
      return void say();
    case 'reply':
    case 'broadcast':
      return void say(
        some === null
          ? {}
          : { thread: some.thread ?? some.ts, subtype: kind === 'broadcast' ? 'thread_broadcast' : null },
      );
    case 'me':
      return void say({ subtype: 'me_message' });
    case 'file':
      return void say({ subtype: 'file_share', files: [fileOf(chat, random)] });
    case 'link':
      return postLink(chat, { channelId, when, random, say });
    case 'noise':
      return void say({ ...random.pick(NOISE), clientId: null });
    case 'bot':
    case 'old_bot':
      return botSays(chat, { channelId, when, old: kind === 'old_bot' });
    case 'edit':
      return edit(chat, channelId, some, when);
    case 'remove':
      if (some !== null) removePost(chat, channelId, some.ts, when);
      return;
    case 'arrive':
      return arrive(chat, channel, when);
  }
}

/** People correct what people wrote. */
function edit(chat: Chat, channelId: string, post: Post | null, when: Date): void {
  if (post === null || post.user === null || post.subtype !== null || post.bot !== null) return;
  changePost(chat, channelId, post.ts, { at: when, text: `${post.text} (corrected)` });
}

/** A link is posted, and its preview arrives as a change in which nobody edited anything. */
function postLink(
  chat: Chat,
  story: { channelId: string; when: Date; random: Random; say: (extra: Partial<Post>) => Post },
): void {
  const link = story.random.pick(LINKS);
  const { ts } = story.say({ text: `See &lt;attached&gt; and <${link.replaceAll('&', '&amp;')}>` });
  if (findPost(chat, story.channelId, ts) !== null)
    changePost(chat, story.channelId, ts, { at: story.when, unfurled: link });
}

/** Bots of today have a user, an app and no subtype; those of old have a subtype and no user. */
function botSays(chat: Chat, { channelId, when, old }: { channelId: string; when: Date; old: boolean }): void {
  const user = [...chat.users.values()].find(({ kind, teamId }) => kind === 'bot' && teamId === chat.home.id);
  if (user === undefined || user.bot === null) return;
  const draft = old
    ? { subtype: 'bot_message', text: 'Nightly report: all green', bot: user.bot }
    : { user: user.id, text: 'Build 118 passed', bot: user.bot };
  addPost(chat, channelId, draft, when);
}

/** Somebody of a team that takes part, who is not yet in a shared channel, joins it. */
function arrive(chat: Chat, channel: Channel, when: Date): void {
  if (channel.teams.length < 2) return;
  const newcomer = [...chat.users.values()].find(
    ({ id, teamId, kind, deleted }) =>
      teamId !== chat.home.id &&
      channel.teams.includes(teamId) &&
      kind === 'member' &&
      !deleted &&
      !channel.members.has(id),
  );
  if (newcomer === undefined) return;
  addMember(chat, channel.id, newcomer.id, when);
  const text = `<@${newcomer.id}> has joined the channel`;
  addPost(chat, channel.id, { user: newcomer.id, subtype: 'channel_join', text }, when);
}

function changeStatus(chat: Chat, at: Date): void {
  const random = seeded(chat.seed + Math.floor(at.getTime() / HOUR_MS));
  const [first, ...rest] = [...chat.users.values()].filter(({ kind, deleted }) => kind === 'member' && !deleted);
  if (first === undefined || !random.chance(0.4)) return;
  const user = random.pick([first, ...rest]);
  putUser(chat, { ...user, status: user.status === '' ? 'Travelling' : '' }, at);
}

function voiceOf(chat: Chat, channel: Channel, random: Random): string {
  const [first, ...rest] = [...channel.members].filter((id) => {
    const user = chat.users.get(id);
    return user !== undefined && user.kind !== 'bot' && !user.deleted;
  });
  return first === undefined ? 'USLACKBOT' : random.pick([first, ...rest]);
}

function textOf(chat: Chat, channel: Channel, random: Random): string {
  const sentence = random.pick(SENTENCES);
  if (!random.chance(0.25)) return sentence;
  return `<@${voiceOf(chat, channel, random)}> ${sentence.charAt(0).toLowerCase()}${sentence.slice(1)}`;
}

/** One of the last posts of people; a post of the story, so never one that is gone. */
function recentPost(chat: Chat, channelId: string, random: Random): Post | null {
  const recent = postsOf(chat, channelId).slice(-RECENT);
  return recent[random.below(recent.length)] ?? null;
}

function fileOf(chat: Chat, random: Random) {
  return { ...random.pick(FILES), id: nextId(chat, 'F'), size: 1000 + random.below(500_000) };
}

function uuid(random: Random): string {
  const part = (length: number) =>
    random
      .below(16 ** length)
      .toString(16)
      .padStart(length, '0');
  return [part(8), part(4), `4${part(3)}`, `a${part(3)}`, `${part(6)}${part(6)}`].join('-');
}
