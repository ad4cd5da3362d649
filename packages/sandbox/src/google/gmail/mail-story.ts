// The mail of the whole company, week by week, made up from the seed when somebody looks: the same week is always the same.
import { makeStranger } from '../../people.ts';
import { type Random, seeded } from '../../random.ts';
import type { Owner, World } from '../../world/world.ts';
import type { Correspondents, Party } from '../correspondents.ts';
import { DAY_MS, HOUR_MS, remembering, startOfWeek, WEEK_MS } from '../story-weeks.ts';
import type { Letter, LetterKind } from './letter.ts';
import { BUSINESS, LISTS, NEWSLETTERS, PRIVATE } from './mail-words.ts';

/** How likely a conversation begins in an hour of the day, midnight first (UTC). */
const RHYTHM = [1, 1, 0, 0, 0, 1, 5, 14, 26, 36, 34, 30, 18, 28, 34, 32, 26, 16, 9, 5, 4, 3, 2, 1] as const;
const RHYTHM_SUM = RHYTHM.reduce<number>((sum, each) => sum + each, 0);
/** Letters of a week must fit the numbers of their ids. */
const MAX_LETTERS = 2_900;
/** Four years: every mailbox is made of the same weeks, and telling one takes longer than keeping it. */
const WEEKS_KEPT = 210;

export interface MailStory {
  /** All letters of a week in the order of time, those to come included. */
  week(week: number): readonly Letter[];
}

export interface MailStoryDeps {
  readonly world: World;
  readonly correspondents: Correspondents;
  readonly conversationsPerDay: number;
}

interface Teller {
  readonly deps: MailStoryDeps;
  readonly random: Random;
  readonly weekStart: number;
  readonly owner: Owner;
}

type Draft = Omit<Letter, 'n' | 'messageId' | 'answers'> & { readonly answers: Draft | null };

export function createMailStory(deps: MailStoryDeps): MailStory {
  return { week: remembering(WEEKS_KEPT, (week) => tellWeek(deps, week)) };
}

function tellWeek(deps: MailStoryDeps, week: number): readonly Letter[] {
  const weekStart = startOfWeek(week);
  const drafts: Draft[] = [];
  for (const owner of deps.world.owners) {
    const random = seeded(deps.world.seed * 1_000_003 + week * 521 + owner.n * 7_919);
    const teller = { deps, random, weekStart, owner };
    for (let day = 0; day < 7; day += 1) drafts.push(...tellDay(teller, weekStart + day * DAY_MS, day > 4));
  }
  drafts.sort((a, b) => a.at - b.at || a.seed - b.seed);
  return numbered(drafts.slice(0, MAX_LETTERS));
}

function tellDay(teller: Teller, dayStart: number, weekend: boolean): readonly Draft[] {
  const { random, deps } = teller;
  const usual = deps.conversationsPerDay * (weekend ? 0.2 : 1);
  const count = Math.round(usual * (0.7 + 0.6 * random.next()));
  return Array.from({ length: count }, () => tellConversation(teller, dayStart + timeOfDay(random))).flat();
}

function timeOfDay(random: Random): number {
  let left = random.next() * RHYTHM_SUM;
  const hour = RHYTHM.findIndex((weight) => (left -= weight) < 0);
  return Math.floor((Math.max(0, hour) + random.next()) * HOUR_MS);
}

const SHARES: readonly (readonly [LetterKind, number])[] = [
  ['customer', 0.36],
  ['internal', 0.14],
  ['newsletter', 0.14],
  ['prospect', 0.12],
  ['private', 0.12],
  ['list', 0.05],
  ['self', 0.03],
  ['forged', 0.03],
  ['chat', 0.01],
];

function tellConversation(teller: Teller, at: number): readonly Draft[] {
  let left = teller.random.next();
  const kind = SHARES.find(([, share]) => (left -= share) < 0)?.[0] ?? 'customer';
  const first = opening(teller, kind, at);
  const long = { customer: 4, prospect: 2, internal: 3, private: 2 } as Partial<Record<LetterKind, number>>;
  const turns = teller.random.below(long[kind] ?? 1);
  const letters = [first];
  for (let turn = 0; turn < turns; turn += 1) {
    const last = letters.at(-1) ?? first;
    const next = last.at + Math.floor((0.2 + 20 * teller.random.next() ** 2) * HOUR_MS);
    if (next >= teller.weekStart + WEEK_MS) break;
    letters.push(reply(teller, last, next));
  }
  return letters;
}

function opening(teller: Teller, kind: LetterKind, at: number): Draft {
  const { random, owner, deps, weekStart } = teller;
  const me: Party = { name: owner.name, address: owner.address };
  const base = { kind, at, answers: null, seed: random.below(1_000_000_000), cc: [], written: null };
  const other = (): Party => deps.correspondents.pick(random, owner.n, weekStart) ?? makeStranger(random);
  const turned = (them: Party, outward: boolean) => (outward ? { from: me, to: [them] } : { from: them, to: [me] });
  const domain = deps.world.company.domain;
  switch (kind) {
    case 'internal':
    case 'chat':
      return { ...base, from: colleague(teller), to: [me], subject: random.pick(BUSINESS) };
    case 'list': {
      const list = random.pick(LISTS);
      return {
        ...base,
        from: colleague(teller),
        to: [{ name: list, address: `${list}@${domain}` }],
        cc: [me],
        subject: random.pick(BUSINESS),
      };
    }
    case 'self':
      return { ...base, from: me, to: [me], subject: 'Note to myself' };
    case 'newsletter':
      return { ...base, ...turned(random.pick(NEWSLETTERS), false), subject: random.pick(PRIVATE) };
    case 'private':
      return { ...base, ...turned(makeStranger(random), random.chance(0.3)), subject: random.pick(PRIVATE) };
    case 'forged':
      return { ...base, from: other(), to: [me], subject: random.pick(BUSINESS) };
    case 'prospect': {
      const host = other().address.split('@')[1] ?? 'example.com';
      const them = {
        ...makeStranger(random),
        address: `${random.pick(['info', 'purchasing', 'lab', 'office'])}@${host}`,
      };
      return { ...base, ...turned(them, random.chance(0.4)), subject: random.pick(BUSINESS) };
    }
    default: {
      const cc = random.chance(0.3) ? [random.chance(0.5) ? colleague(teller) : other()] : [];
      return { ...base, ...turned(other(), random.chance(0.5)), cc, subject: random.pick(BUSINESS) };
    }
  }
}

function colleague({ random, deps, owner }: Teller): Party {
  const { owners } = deps.world;
  const other = owners[(owner.n + 1 + random.below(Math.max(1, owners.length - 1))) % owners.length] ?? owner;
  return { name: other.name, address: other.address };
}

function reply({ random }: Teller, last: Draft, at: number): Draft {
  const [first, ...rest] = last.to;
  const subject = last.subject.startsWith('Re: ') ? last.subject : `Re: ${last.subject}`;
  const answered = { ...last, at, subject, answers: last, seed: random.below(1_000_000_000) };
  return { ...answered, from: first ?? last.from, to: [last.from, ...rest] };
}

function numbered(drafts: readonly Draft[]): readonly Letter[] {
  const letters = new Map<Draft, Letter>();
  return drafts.map((draft, n) => {
    const host = draft.from.address.split('@')[1] ?? 'example.com';
    const messageId = `<${draft.at.toString(36)}.${n.toString(36)}.${draft.seed.toString(36)}@${host}>`;
    const answers = draft.answers === null ? null : (letters.get(draft.answers) ?? null);
    const letter = { ...draft, n, messageId, answers };
    letters.set(draft, letter);
    return letter;
  });
}
