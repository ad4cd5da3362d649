// Turns the part before the @ into the one form the gate compares.
// What readers would fold, decode or show differently is no local part here.
import { Buffer } from 'node:buffer';
import { turnsIntoAscii } from './domain-name.ts';

const MAX_LOCAL_OCTETS = 64;
/** Longer texts are not even looked at: composing (NFC) makes a text shorter, but never this much. */
const MAX_LOCAL_UNITS = 1024;

const PRINTABLE_ASCII = /^[ -~]*$/;
const DOT_ATOM = /^[^\s"(),.:;<>@[\\\]]+(?:\.[^\s"(),.:;<>@[\\\]]+)*$/;
/** Format, control, white space, unassigned, ignorable and replacement characters and halves of pairs.
 *  A mark in front would melt into the character before it. */
const UNCERTAIN = /^\p{M}|[[\p{C}\p{Z}]--[ \p{Co}]]|[\p{Default_Ignorable_Code_Point}\ufffd]/v;

/**
 * Normalises a local part: lower case, NFC, and in quotes only when the grammar needs them.
 *
 * @param content the local part without its quotes, unescaped
 * @returns null when it is empty, over 64 octets (RFC 5321 §4.5.3.1.1), or read differently by different readers
 */
export function normaliseLocalPart(content: string): string | null {
  if (content === '' || content.length > MAX_LOCAL_UNITS) return null;
  const folded = PRINTABLE_ASCII.test(content) ? content.toLowerCase() : foldInternational(content);
  if (folded === null || holdsEncodedWord(folded)) return null;
  const local = DOT_ATOM.test(folded) ? folded : `"${folded.replace(/["\\]/g, '\\$&')}"`;
  return isLongerThan(local, MAX_LOCAL_OCTETS) ? null : local;
}

function foldInternational(content: string): string | null {
  if (UNCERTAIN.test(content) || turnsIntoAscii(content)) return null;
  return content.toLowerCase().normalize('NFC');
}

/** Whether a text has more octets in UTF-8. A UTF-16 unit takes at most three, so most texts need no counting. */
export function isLongerThan(text: string, octets: number): boolean {
  return text.length * 3 > octets && Buffer.byteLength(text) > octets;
}

/** RFC 2047 §5 forbids encoded words in an address, yet some readers decode them there. */
function holdsEncodedWord(text: string): boolean {
  const start = text.indexOf('=?');
  return start !== -1 && text.includes('?=', start + 2);
}
