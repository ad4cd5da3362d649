// How long a server asks us to wait (RFC 9110 §10.2.3). What is not exactly one of the forms is as if it were not there.

/** Nobody is waited for longer than a day, whatever a server says. */
export const MOST_RETRY_AFTER_MS = 24 * 3_600_000;

/** A lane keeps silent no longer than this at a stretch, whatever a server says: then one finds out whether it still holds. */
export const LONGEST_HOLD_MS = 15 * 60_000;

const SECONDS = /^\d{1,15}$/;
/** The three forms of an HTTP date (RFC 9110 §5.6.7): IMF-fixdate, RFC 850 and asctime, all of them in UTC. */
const HTTP_DATES: readonly RegExp[] = [
  /^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/,
  /^[A-Z][a-z]{5,8}, \d\d-[A-Z][a-z]{2}-\d\d \d\d:\d\d:\d\d GMT$/,
  /^[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4}$/,
];

/**
 * The wait that `Retry-After` asks for, in milliseconds and at most a day; null when it is absent or not understood.
 * A date counts from the answer's own `Date`, so that a clock which is wrong on either side does no harm.
 *
 * @param now used when the answer carries no `Date`
 */
export function readRetryAfter(headers: Headers, now: Date): number | null {
  const given = headers.get('retry-after')?.trim() ?? '';
  if (SECONDS.test(given)) return capWait(Number(given) * 1000);
  const until = readHttpDate(given);
  if (until === null) return null;
  return capWait(until - (readHttpDate(headers.get('date')?.trim() ?? '') ?? now.getTime()));
}

/** A wait as it is honoured: not below zero, not above a day. */
export function capWait(ms: number): number {
  return Math.min(Math.max(Math.ceil(ms), 0), MOST_RETRY_AFTER_MS);
}

function readHttpDate(text: string): number | null {
  if (!HTTP_DATES.some((form) => form.test(text))) return null;
  const time = Date.parse(text.endsWith('GMT') ? text : `${text} GMT`);
  return Number.isNaN(time) ? null : time;
}
