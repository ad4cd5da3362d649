// What happened in a mailbox, in order, under numbers that only rise: the ground of Gmail's history.
import { DAY_MS } from '../story-weeks.ts';

export interface MailRecord {
  readonly id: bigint;
  readonly at: number;
  readonly kind: 'messageAdded' | 'messageDeleted' | 'labelAdded' | 'labelRemoved';
  readonly message: { readonly id: string; readonly threadId: string };
  /** The message's labels afterwards. */
  readonly labels: readonly string[];
  /** The labels that came or went; empty for the other kinds. */
  readonly changed: readonly string[];
}

export interface MailLog {
  /** The number of the last thing that happened. */
  last(): bigint;
  add(record: Omit<MailRecord, 'id'>): MailRecord;
  /** Everything behind `start`, or null when `start` is too old or was never given out. */
  after(start: bigint, now: number): readonly MailRecord[] | null;
  /** Makes every number given out so far too old. */
  expire(): void;
}

/** Past 2^53, where a program that reads these numbers as floating point loses its place. */
const BASE = 2n ** 53n;
const PER_MS = 1_000n;
const KEPT_MS = 7 * DAY_MS;

/** The number of something that happened before the log began. */
export function historyIdAt(at: number, n = 0): bigint {
  return BASE + BigInt(at) * PER_MS + BigInt(n % 1_000);
}

export function createMailLog(start: number): MailLog {
  const records: MailRecord[] = [];
  let last = historyIdAt(start);
  let oldest = 0n;
  return {
    last: () => last,
    add: (record) => {
      const usual = historyIdAt(record.at);
      last = usual > last ? usual : last + 1n;
      const numbered = { ...record, id: last };
      records.push(numbered);
      return numbered;
    },
    after: (from, now) => {
      const tooOld = from < oldest || (from < historyIdAt(now - KEPT_MS) && from < last);
      if (tooOld || from > last) return null;
      const first = records.findLastIndex(({ id }) => id <= from) + 1;
      return records.slice(first);
    },
    expire: () => {
      last += 1n;
      oldest = last;
    },
  };
}
