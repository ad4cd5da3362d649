// Who is in the chat and where they talk, made from the world: our people, guests, bots, and the customers' people on the
// other side of shared channels, some of whom stand in no contact book.
import { type Random, seeded } from '../random.ts';
import { makeStranger } from '../people.ts';
import type { Contact, World } from '../world/world.ts';
import { type ChatUser, type Chat, type ChannelKind, type Team, createChat } from './chat.ts';
import { slackId } from './slack-ids.ts';

const PARTNERS = 3;
const CONTACTS_LOOKED_AT = 200;
const PEOPLE_PER_PARTNER = 6;
/** Days before the world's first now on which everything here was made. */
const FOUNDED_DAYS = 400;
const DAY_MS = 86_400_000;

/** The chat before anybody has said anything. */
export function castChat(world: World): Chat {
  const { name, domain } = world.company;
  const home = { id: slackId('T', world.seed, domain), name, domain: domain.split('.')[0] ?? domain };
  const chat = createChat(world.seed, home);
  const founded = new Date(world.now().getTime() - FOUNDED_DAYS * DAY_MS);
  const random = seeded(world.seed * 31 + 5);
  const owners = world.owners.map((owner) => person(chat, home, { ...owner, title: 'Sales' }, founded));
  addHelpers(chat, founded, random);
  const partners = partnersOf(world).map((contacts) => addPartner({ chat, world, founded, random }, contacts));
  addChannels(chat, { owners: owners.map(({ id }) => id), founded });
  for (const [index, partner] of partners.entries()) addShared(chat, partner, { owners, index, founded });
  addStranger(chat, partners[0]?.team ?? home, founded, random);
  return chat;
}

interface Casting {
  readonly chat: Chat;
  readonly world: World;
  readonly founded: Date;
  readonly random: Random;
}

interface Partner {
  readonly team: Team;
  readonly people: readonly ChatUser[];
}

interface Named {
  readonly name: string;
  readonly address: string | null;
  readonly title?: string;
  readonly kind?: ChatUser['kind'];
  readonly deleted?: boolean;
  /** Enterprise grids of old have users whose ids begin with W. */
  readonly letter?: 'U' | 'W';
  readonly id?: string;
}

function person(chat: Chat, team: Team, named: Named, updatedAt: Date): ChatUser {
  const { name, address, title = '', kind = 'member', deleted = false, letter = 'U' } = named;
  const user: ChatUser = {
    id: named.id ?? slackId(letter, chat.seed, `${team.id} ${name} ${address ?? ''}`),
    teamId: team.id,
    name: name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '.'),
    realName: name,
    address,
    kind,
    deleted,
    title,
    status: '',
    updatedAt,
    bot: null,
  };
  chat.users.set(user.id, user);
  return user;
}

/** Guests, somebody who left, and the machines. */
function addHelpers(chat: Chat, founded: Date, random: Random): void {
  const { home } = chat;
  const designer = { ...makeStranger(random), title: 'Designer', kind: 'single_channel_guest' } as const;
  person(chat, home, designer, founded);
  person(chat, home, { name: 'Oskar Lindqvist', address: 'oskar.lindqvist@acme.example', deleted: true }, founded);
  person(chat, home, { id: 'USLACKBOT', name: 'Slackbot', address: null, kind: 'slackbot' }, founded);
  const build = person(chat, home, { name: 'Build status', address: null, kind: 'bot' }, founded);
  const bot = { id: slackId('B', chat.seed, 'build'), appId: slackId('A', chat.seed, 'build'), name: build.realName };
  chat.users.set(build.id, { ...build, bot });
}

/** The companies of which we know the most people, each with those people. */
function partnersOf(world: World): readonly (readonly Contact[])[] {
  const byCompany = new Map<number, Contact[]>();
  for (const contact of world.contacts.list({ from: 0, limit: CONTACTS_LOOKED_AT, states: ['live'] })) {
    if (contact.address === null) continue;
    byCompany.set(contact.company, [...(byCompany.get(contact.company) ?? []), contact]);
  }
  return [...byCompany.entries()]
    .toSorted(([a, one], [b, other]) => other.length - one.length || a - b)
    .slice(0, PARTNERS)
    .map(([, contacts]) => contacts.slice(0, PEOPLE_PER_PARTNER));
}

function addPartner({ chat, world, founded, random }: Casting, contacts: readonly Contact[]): Partner {
  const company = world.companies.get(contacts[0]?.company ?? 0);
  const domain = company?.domain ?? 'partner.example';
  const team = {
    id: slackId('T', chat.seed, domain),
    name: company?.name ?? 'Partner',
    domain: domain.split('.')[0] ?? '',
  };
  chat.teams.set(team.id, team);
  const known = contacts.map(({ given, family, address, title }, index) =>
    person(
      chat,
      team,
      {
        name: `${given} ${family}`,
        // One of them shows no address to people of other companies.
        address: index === contacts.length - 1 && contacts.length > 1 ? null : address,
        title: title ?? '',
        letter: index === 1 ? 'W' : 'U',
      },
      founded,
    ),
  );
  const unknown = [0, 1].map(() => {
    const { name } = makeStranger(random);
    return person(chat, team, { name, address: `${name.toLowerCase().replace(' ', '.')}.x@${domain}` }, founded);
  });
  return { team, people: [...known, ...unknown] };
}

/** Somebody of another company who shares no channel with us any more, but is still mentioned. */
function addStranger(chat: Chat, team: Team, founded: Date, random: Random): void {
  const { name } = makeStranger(random);
  person(chat, team, { name, address: `${name.toLowerCase().replace(' ', '.')}@${team.domain}.example` }, founded);
}

interface ChannelDraft {
  readonly kind: ChannelKind;
  readonly name: string;
  readonly members: readonly string[];
  readonly createdAt: Date;
  readonly teams?: readonly string[];
  readonly pendingTeams?: readonly string[];
  readonly archived?: boolean;
}

/** Makes a channel; the first team is the host, the first member its creator. */
export function addChannel(chat: Chat, draft: ChannelDraft): string {
  const { kind, name, members, createdAt, teams = [chat.home.id], pendingTeams = [], archived = false } = draft;
  const letter = kind === 'im' ? 'D' : kind === 'mpim' ? 'G' : 'C';
  const id = slackId(letter, chat.seed, `${kind} ${name} ${members.slice(0, 8).join(' ')}`);
  chat.channels.set(id, {
    id,
    kind,
    name,
    topic: '',
    creator: members[0] ?? 'USLACKBOT',
    createdAt,
    archived,
    hostTeam: teams[0] ?? chat.home.id,
    teams,
    pendingTeams,
    members: new Set(members),
  });
  return id;
}

function addChannels(chat: Chat, { owners, founded }: { owners: readonly string[]; founded: Date }): void {
  const own = [...chat.users.values()].filter(({ teamId, deleted }) => teamId === chat.home.id && !deleted);
  const everybody = own.filter(({ kind }) => kind === 'member').map(({ id }) => id);
  const bots = own.filter(({ kind }) => kind === 'bot').map(({ id }) => id);
  const guest = own.filter(({ kind }) => kind === 'single_channel_guest').map(({ id }) => id);
  const make = (kind: ChannelKind, name: string, members: readonly string[]) =>
    addChannel(chat, { kind, name, members, createdAt: founded });
  make('channel', 'general', everybody);
  make('channel', 'sales', [...owners, ...bots]);
  make('channel', 'engineering', [...owners.slice(0, 4), ...bots]);
  make('group', 'deals-private', owners.slice(0, 3));
  make('group', 'leadership', owners.slice(0, 2));
  make('channel', 'website', [...owners.slice(1, 3), ...guest]);
  const launch = { kind: 'channel', name: 'launch', members: owners.slice(0, 3), createdAt: founded } as const;
  addChannel(chat, { ...launch, pendingTeams: [slackId('T', chat.seed, 'invited')] });
  addChannel(chat, { ...launch, name: 'old-project', archived: true });
  const trio = owners.slice(0, 3);
  make('mpim', `mpdm-${trio.map((id) => chat.users.get(id)?.name ?? '').join('--')}-1`, trio);
  make('im', '', owners.slice(0, 2));
}

function addShared(
  chat: Chat,
  { team, people }: Partner,
  { owners, index, founded }: { owners: readonly ChatUser[]; index: number; founded: Date },
): void {
  // Everybody of theirs but two is in it from the start; they come later.
  const theirs = people.slice(0, Math.max(1, people.length - 2)).map(({ id }) => id);
  const ours = owners.slice(index % 2, (index % 2) + 3).map(({ id }) => id);
  const hostedByThem = index === 2;
  const guests = hostedByThem ? [chat.home.id] : [team.id];
  addChannel(chat, {
    kind: index === 1 ? 'group' : 'channel',
    name: `ext-${team.domain}`,
    members: hostedByThem ? [...theirs, ...ours] : [...ours, ...theirs],
    createdAt: founded,
    teams: [hostedByThem ? team.id : chat.home.id, ...guests],
  });
}
