// What a provider said about somebody, made fit to be kept: the address as mail uses it, a name without markup, a picture
// that is a web address. What cannot be kept is refused before anything is asked or written.
import { withoutMarkup } from '@sentinel/contract';
import { problem } from '../../platform/problem.ts';
import type { IdpIdentity } from '../providers/identity-provider.ts';
import { parsePersonEmail } from './person-email.ts';

export interface Claimed {
  readonly provider: string;
  readonly issuer: string;
  readonly subject: string;
  /** Lower case, its domain in ASCII. */
  readonly email: string;
  /** Null when the provider names nobody; then the stored name stays. */
  readonly name: string | null;
  readonly avatarUrl: string | null;
}

const LONGEST_NAME = 120;
const LONGEST_ISSUER = 512;
const LONGEST_SUBJECT = 255;
const LONGEST_AVATAR = 2048;
/** Controls, halves of a pair, and the marks that reorder what stands around them. */
const UNPRINTABLE = /[\p{Cc}\p{Cs}\u202a-\u202e\u2066-\u2069\ufffe\uffff]/gu;

/**
 * Reads what a verified token said.
 *
 * @throws ProblemError `idp_token_refused` when issuer, subject or address cannot be kept
 */
export function claimedBy(identity: IdpIdentity): Claimed {
  const email = parsePersonEmail(identity.email.toLowerCase());
  if (email === null) throw problem('idp_token_refused', 'The provider names no address that mail can use.');
  if (!isKey(identity.issuer, LONGEST_ISSUER) || !isKey(identity.subject, LONGEST_SUBJECT))
    throw problem('idp_token_refused', 'The provider names nobody.');
  const { provider, issuer, subject } = identity;
  return { provider, issuer, subject, email, name: nameFrom(identity.name), avatarUrl: avatarFrom(identity.avatarUrl) };
}

/** What somebody is called whose provider names nobody. */
export function nameFromEmail(email: string): string {
  return email.slice(0, email.lastIndexOf('@')).slice(0, LONGEST_NAME);
}

function nameFrom(text: string | null): string | null {
  const plain = withoutMarkup((text ?? '').slice(0, 8 * LONGEST_NAME).replace(UNPRINTABLE, ' ')).replace(/\s+/g, ' ');
  // A cut can go through the middle of a pair, whose half is then gone as well.
  const name = plain.slice(0, LONGEST_NAME).replace(UNPRINTABLE, '').trim();
  return name === '' ? null : name;
}

function avatarFrom(text: string | null): string | null {
  if (text === null || text.length > LONGEST_AVATAR || !URL.canParse(text)) return null;
  const { protocol, href } = new URL(text);
  return (protocol === 'https:' || protocol === 'http:') && href.length <= LONGEST_AVATAR ? href : null;
}

function isKey(text: string, longest: number): boolean {
  return text !== '' && text.length <= longest && text.isWellFormed() && !/\p{Cc}/u.test(text);
}
