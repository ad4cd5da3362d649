// Slack's names for things: ids of a letter and ten characters, and timestamps that are texts and keys at once.
import { createHash } from 'node:crypto';

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ';
const TS = /^(\d{1,12})(?:\.(\d{1,6}))?$/;

/** The same seed and text bring the same id. */
export function slackId(letter: string, seed: number, text: string): string {
  const digest = createHash('sha256').update(`${seed}:${letter}:${text}`).digest();
  return `${letter}0${Array.from(digest.subarray(0, 9), (byte) => ALPHABET[byte % ALPHABET.length] ?? '0').join('')}`;
}

/**
 * A `ts` at a moment, later than the last one of the channel. The six digits are no fraction of a second but a counter, so
 * two posts of one second differ; a reader who makes a number of it loses digits.
 */
export function tsAfter(last: string | null, at: Date): string {
  const seconds = Math.floor(at.getTime() / 1000);
  const fresh = BigInt(seconds) * 1_000_000n + BigInt(100 * (1 + (at.getTime() % 1000)) + 19);
  const least = last === null ? 0n : (ticksOf(last) ?? 0n) + 100n;
  const ticks = fresh > least ? fresh : least;
  return `${ticks / 1_000_000n}.${String(ticks % 1_000_000n).padStart(6, '0')}`;
}

/** A `ts` as a number of microseconds, to compare with; null when the text is none. */
export function ticksOf(ts: string): bigint | null {
  const match = TS.exec(ts);
  if (match === null) return null;
  const [, seconds = '0', rest = ''] = match;
  return BigInt(seconds) * 1_000_000n + BigInt(rest.padEnd(6, '0'));
}

export function secondsOf(at: Date): number {
  return Math.floor(at.getTime() / 1000);
}
