// Gmail's search words, as far as the stand-in knows them. One that it does not know is refused, never ignored.
import { invalidArgument } from '../google-answers.ts';
import { DAY_MS } from '../story-weeks.ts';
import type { Party } from '../correspondents.ts';
import { compose } from './compose.ts';
import { type Letter, partiesOf } from './letter.ts';
import type { Mail } from './mailbox.ts';

export interface Search {
  /** Milliseconds; `until` is exclusive. */
  readonly from: number;
  readonly until: number;
  /** Whether the words themselves ask for spam or the bin. */
  readonly everywhere: boolean;
  keep(mail: Mail): boolean;
}

type Test = (mail: Mail) => boolean;

const PLACES: Readonly<Record<string, string>> = {
  inbox: 'INBOX',
  sent: 'SENT',
  draft: 'DRAFT',
  drafts: 'DRAFT',
  chat: 'CHAT',
  chats: 'CHAT',
  spam: 'SPAM',
  trash: 'TRASH',
  unread: 'UNREAD',
  starred: 'STARRED',
  important: 'IMPORTANT',
};
/** Dates without a time begin at midnight in California, whatever the calendar says there about summer. */
const PACIFIC_MS = 8 * 3_600_000;
const UNITS: Readonly<Record<string, number>> = { d: 1, m: 30, y: 365 };

/** @throws GoogleRefusal 400 for words that the stand-in does not know */
export function parseSearch(q: string, now: number, mailbox: string): Search {
  let [from, until] = [0, Number.POSITIVE_INFINITY];
  const tests: Test[] = [];
  let everywhere = false;
  for (const term of q.match(/-?(?:\w+:)?(?:"[^"]*"|\S+)/g) ?? []) {
    const [, minus = '', operator = '', quoted = ''] = /^(-?)(?:(\w+):)?(.*)$/s.exec(term) ?? [];
    const value = quoted.replaceAll('"', '').toLowerCase();
    const bound = minus === '' ? boundOf(operator, value, now) : null;
    if (bound !== null) [from, until] = [Math.max(from, bound.from), Math.min(until, bound.until)];
    else tests.push(testOf({ operator: operator.toLowerCase(), value, negated: minus !== '' }, mailbox));
    everywhere ||= minus === '' && operator === 'in' && ['anywhere', 'spam', 'trash'].includes(value);
  }
  return { from, until, everywhere, keep: (mail) => tests.every((test) => test(mail)) };
}

function boundOf(operator: string, value: string, now: number): { from: number; until: number } | null {
  switch (operator.toLowerCase()) {
    case 'after':
    case 'newer':
      return { from: momentOf(value), until: Number.POSITIVE_INFINITY };
    case 'before':
    case 'older':
      return { from: 0, until: momentOf(value) };
    case 'newer_than':
      return { from: now - spanOf(value), until: Number.POSITIVE_INFINITY };
    case 'older_than':
      return { from: 0, until: now - spanOf(value) };
    default:
      return null;
  }
}

/** Seconds since 1970, or a day. */
function momentOf(value: string): number {
  if (/^\d{9,11}$/.test(value)) return Number(value) * 1000;
  const [, year, month, day] = /^(\d{4})[/-](\d{1,2})[/-](\d{1,2})$/.exec(value) ?? [];
  if (year === undefined) throw invalidArgument('Invalid date in the search.');
  return Date.UTC(Number(year), Number(month) - 1, Number(day)) + PACIFIC_MS;
}

function spanOf(value: string): number {
  const [, count, unit = 'd'] = /^(\d+)([dmy])$/.exec(value) ?? [];
  if (count === undefined) throw invalidArgument('Invalid span in the search.');
  return Number(count) * (UNITS[unit] ?? 1) * DAY_MS;
}

function testOf(
  { operator, value, negated }: { readonly operator: string; readonly value: string; readonly negated: boolean },
  mailbox: string,
): Test {
  const test = plainTest(operator, value, mailbox);
  return negated ? (mail) => !test(mail) : test;
}

function plainTest(operator: string, value: string, mailbox: string): Test {
  const party = (parties: (letter: Letter) => readonly Party[]): Test => {
    const wanted = value === 'me' ? mailbox : value;
    return ({ copy }) =>
      parties(copy.letter).some(({ name, address }) => `${name} ${address}`.toLowerCase().includes(wanted));
  };
  switch (operator) {
    case 'in':
    case 'is':
      return placeTest(value);
    case 'label':
      return ({ labels }) => labels.some((label) => label.toLowerCase() === value);
    case 'from':
      return party(({ from }) => [from]);
    case 'to':
      return party(({ to, cc }) => [...to, ...cc]);
    case 'subject':
      return ({ copy }) => copy.letter.subject.toLowerCase().includes(value);
    case 'rfc822msgid':
      return ({ copy }) => copy.letter.messageId.toLowerCase() === `<${value.replaceAll(/[<>]/g, '')}>`;
    case 'has':
      if (value !== 'attachment') throw invalidArgument('The search has a word that is not known here.');
      return ({ copy }) => compose(copy.letter, mailbox).mimeType === 'multipart/mixed';
    case '':
      return ({ copy }) =>
        copy.letter.subject.toLowerCase().includes(value) ||
        partiesOf(copy.letter).some(({ name, address }) => `${name} ${address}`.toLowerCase().includes(value));
    default:
      throw invalidArgument('The search has a word that is not known here.');
  }
}

function placeTest(value: string): Test {
  if (value === 'anywhere') return () => true;
  if (value === 'read') return ({ labels }) => !labels.includes('UNREAD');
  const label = PLACES[value];
  if (label === undefined) throw invalidArgument('The search has a word that is not known here.');
  return ({ labels }) => labels.includes(label);
}
