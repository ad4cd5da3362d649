// What becomes of a letter in one mailbox: its labels on arrival, and when it is read, filed away or thrown out.
import { seeded } from '../../random.ts';
import { HOUR_MS, weekOf } from '../story-weeks.ts';
import { concerns, firstFor, type Letter } from './letter.ts';

/** One copy of a letter, in one mailbox. */
export interface Copy {
  /** 16 hexadecimal digits that rise with time, as Gmail's do. */
  readonly id: string;
  readonly threadId: string;
  readonly at: number;
  readonly letter: Letter;
  readonly labels: readonly string[];
  readonly steps: readonly Step[];
}

export interface Step {
  readonly at: number;
  readonly add: readonly string[];
  readonly remove: readonly string[];
  /** The message is gone for good. */
  readonly deletes: boolean;
}

/** Nothing happens to a letter by itself later than this after it came. */
export const LIFE_MS = 72 * HOUR_MS;
export const USER_LABELS = [
  { id: 'Label_1', name: 'Customers' },
  { id: 'Label_2', name: 'Read later' },
] as const;
const OWNERS = 128;
const DRAFTS_FROM = 3_000;
export const OWN_FROM = 6_000;

/** 44 bits of milliseconds and 20 of number: order of id is order of time. */
export function copyId(at: number, n: number, owner: number): string {
  return ((BigInt(at) << 20n) | BigInt(n * OWNERS + (owner % OWNERS))).toString(16).padStart(16, '0');
}

export function timeOfId(id: string): number {
  return Number(BigInt(`0x${id}`) >> 20n);
}

/** How a copy stands when only its own steps up to a moment touched it. */
export function aloneUntil(copy: Copy, until: number) {
  const past = copy.steps.filter(({ at }) => at <= until);
  const labels = past.reduce(
    (left, { add, remove }) => [...left.filter((label) => !remove.includes(label)), ...add],
    copy.labels,
  );
  return { labels, at: past.at(-1)?.at ?? copy.at, gone: past.some(({ deletes }) => deletes) };
}

/** The copies of a letter in the mailbox of an owner: none, one, or one and the drafts it began as. */
export function copiesOf(letter: Letter, mailbox: { readonly n: number; readonly address: string }): readonly Copy[] {
  if (!concerns(letter, mailbox.address)) return listMember(letter) ? [copyOf(letter, mailbox)] : [];
  return [...draftsOf(letter, mailbox), copyOf(letter, mailbox)];
}

/** Everybody in the house gets what goes to a list. */
function listMember(letter: Letter): boolean {
  return letter.kind === 'list';
}

function copyOf(letter: Letter, { n, address }: { readonly n: number; readonly address: string }): Copy {
  const first = firstFor(letter, address);
  const random = seeded(letter.seed + n * 31 + 1);
  const labels = arrivalLabels(letter, address, random.next());
  return {
    id: copyId(letter.at, letter.n, n),
    threadId: copyId(first.at, first.n, n),
    at: letter.at,
    letter,
    labels,
    steps: labels.includes('INBOX') ? stepsOf(letter.at, random) : [],
  };
}

function arrivalLabels(letter: Letter, mailbox: string, chance: number): readonly string[] {
  const sent = letter.from.address === mailbox;
  const received = !sent || letter.to.some(({ address }) => address === mailbox);
  if (letter.kind === 'chat') return ['CHAT'];
  if (letter.kind === 'forged' && chance < 0.6 && !sent) return ['SPAM', 'UNREAD'];
  if (letter.kind === 'newsletter' && chance < 0.15) return ['SPAM', 'UNREAD'];
  const category =
    letter.kind === 'newsletter'
      ? 'CATEGORY_PROMOTIONS'
      : letter.kind === 'list'
        ? 'CATEGORY_FORUMS'
        : 'CATEGORY_PERSONAL';
  const important = letter.kind === 'customer' && chance < 0.3 ? ['IMPORTANT'] : [];
  if (!received) return ['SENT'];
  return [...(sent ? ['SENT'] : ['UNREAD']), ...important, category, 'INBOX'];
}

/** Read within hours, mostly; then left, filed, labelled, starred or thrown away. */
function stepsOf(at: number, random: { readonly next: () => number }): readonly Step[] {
  const hours = (most: number) => Math.floor(random.next() * most * HOUR_MS) + 1;
  const steps: Step[] = [];
  const step = (after: number, add: readonly string[], remove: readonly string[]) =>
    steps.push({ at: after, add, remove, deletes: false });
  if (random.next() < 0.92) step(at + hours(20), [], ['UNREAD']);
  const fate = random.next();
  const later = at + 20 * HOUR_MS + hours(40);
  if (fate < 0.35) step(later, [], ['INBOX']);
  else if (fate < 0.45) step(later, ['Label_1'], ['INBOX', 'CATEGORY_PERSONAL']);
  else if (fate < 0.5) step(later, ['STARRED'], []);
  else if (fate < 0.58) step(later, ['TRASH'], ['INBOX']);
  // Filed away from every label: the list of labels is then missing from the message.
  else if (fate < 0.62)
    step(later, [], ['INBOX', 'UNREAD', 'IMPORTANT', 'CATEGORY_PERSONAL', 'CATEGORY_FORUMS', 'CATEGORY_PROMOTIONS']);
  return steps;
}

/** Each edit of a draft is a new message, and the last one goes when the mail is sent. */
function draftsOf(letter: Letter, { n, address }: { readonly n: number; readonly address: string }): readonly Copy[] {
  const begun = letter.at - 2 * HOUR_MS;
  const drafted = letter.from.address === address && letter.seed % 16 === 0 && letter.kind !== 'chat';
  if (!drafted || weekOf(begun) !== weekOf(letter.at)) return [];
  const times = [begun, letter.at - HOUR_MS];
  const first = firstFor(letter, address);
  return times.map((at, index) => {
    const until = times[index + 1] ?? letter.at;
    return {
      id: copyId(at, DRAFTS_FROM + letter.n, n),
      threadId: first === letter ? copyId(letter.at, letter.n, n) : copyId(first.at, first.n, n),
      at,
      letter: { ...letter, at },
      labels: ['DRAFT'],
      steps: [{ at: until, add: [], remove: [], deletes: true }],
    };
  });
}
