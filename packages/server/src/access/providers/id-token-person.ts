// What verified claims say about a person: above all an address, and only one that the issuer vouches for by the rule
// agreed for that issuer. Names and pictures are decoration and are cleaned rather than refused.
import { parsePersonEmail } from '../identity/person-email.ts';
import { type IdTokenClaims, refused } from './id-token.ts';

/**
 * Whose word is taken for an address: `claim` asks for `email_verified` to be exactly true (the text "false" is no
 * boolean); `always` is for an issuer that admits nobody without checking, and yields only to a plain "not verified".
 */
export type EmailRule = 'claim' | 'always';

/**
 * The address of a person; null when the issuer names none.
 *
 * @throws ProblemError `idp_token_refused` when it names one without vouching for it
 */
export type FindEmail = (claims: IdTokenClaims) => string | null;

export function emailByRule(rule: EmailRule): FindEmail {
  return ({ email, email_verified: verified }) => {
    if (email === undefined || email === null) return null;
    const vouched = verified === true || (rule === 'always' && (verified === undefined || verified === null));
    if (!vouched) throw refused('The issuer does not say that the address is verified.', { flaw: '/email_verified' });
    return readAddress(email);
  };
}

/** Lower case, with an ASCII domain. @throws ProblemError `idp_token_refused` */
export function readAddress(text: string): string {
  const address = parsePersonEmail(text.toLowerCase());
  if (address === null) throw refused('What the issuer gives as address is none.', { flaw: '/email' });
  return address;
}

const MAX_NAME = 255;
const MAX_URL = 2048;

/** Control and direction characters would let a name forge the line it stands in. Null when nothing remains. */
export function cleanName(text: string | null | undefined): string | null {
  const clean = (text ?? '').toWellFormed().replace(FORGERS, ' ').trim();
  const short = clean
    .slice(0, MAX_NAME)
    .toWellFormed()
    .replace(/\uFFFD$/, '')
    .trim();
  return short === '' ? null : short;
}

/** The joiners U+200C and U+200D stay: names in several scripts need them. */
const FORGERS = /[\p{Cc}\p{Zl}\p{Zp}\u200E\u200F\u202A-\u202E\u2066-\u2069\uFEFF\uFFFD\s]+/gu;

/** Pictures at https or http addresses; anything else is no picture. */
export function cleanPicture(text: string | null | undefined): string | null {
  if (text === undefined || text === null || text.length > MAX_URL || !URL.canParse(text)) return null;
  const url = new URL(text);
  return /^https?:$/.test(url.protocol) && url.username === '' && url.password === '' ? url.href : null;
}
