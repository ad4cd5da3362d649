// Salesforce's record ids: fifteen characters whose case matters, or eighteen, where three more say which were capitals.

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const SUFFIX_DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ012345';
/** The server pod and the reserved character between an object's prefix and the number. */
const POD = '8K0';
const NUMBER_LENGTH = 9;

/**
 * The 18-character id of record `n`. Ids sort, character by character, as their numbers do.
 *
 * @param prefix three characters that name the object, such as `003` for contacts
 */
export function recordId(prefix: string, n: number): string {
  let rest = n;
  let text = '';
  for (let at = 0; at < NUMBER_LENGTH; at += 1) {
    text = `${DIGITS[rest % DIGITS.length] ?? ''}${text}`;
    rest = Math.floor(rest / DIGITS.length);
  }
  const short = `${prefix}${POD}${text}`;
  return `${short}${idSuffix(short)}`;
}

/** The number in an id of 15 or 18 characters; null for another object's id, or one whose suffix is wrong. */
export function recordNumber(prefix: string, id: string): number | null {
  const long = longId(id);
  if (long === null || !long.startsWith(`${prefix}${POD}`)) return null;
  let n = 0;
  for (const digit of long.slice(prefix.length + POD.length, 15)) n = n * DIGITS.length + DIGITS.indexOf(digit);
  return n;
}

/** An id in its 18-character form; null when it is none. */
export function longId(id: string): string | null {
  if (!/^(?:[0-9A-Za-z]{15}|[0-9A-Za-z]{15}[A-Z0-5]{3})$/.test(id)) return null;
  const short = id.slice(0, 15);
  const long = `${short}${idSuffix(short)}`;
  return id.length === 18 && id !== long ? null : long;
}

/** One character for each five: a bit for each capital, the first character's bit lowest. */
function idSuffix(short: string): string {
  const parts = [short.slice(0, 5), short.slice(5, 10), short.slice(10, 15)];
  return parts
    .map((part) => part.split('').reduce((bits, char, at) => (/[A-Z]/.test(char) ? bits | (1 << at) : bits), 0))
    .map((bits) => SUFFIX_DIGITS[bits] ?? '')
    .join('');
}
