// An address as the gate compares it: one canonical text per mailbox, or no address at all.
// Whatever is ambiguous is not an address.
import { type Token, tokenise, unfold } from './address-tokens.ts';
import { normaliseDomain } from './domain-name.ts';
import { isLongerThan, normaliseLocalPart } from './local-part.ts';

export { normaliseDomain } from './domain-name.ts';

declare const brand: unique symbol;
/** A normalised addr-spec. Made only here. */
export type Address = string & { readonly [brand]: 'address' };

const MAX_ADDRESS_OCTETS = 254;
/** A bare address with its comments; far above what can be valid. */
const MAX_TEXT_UNITS = 4096;

const GMAIL_DOMAINS = new Set(['gmail.com', 'googlemail.com']);

/**
 * Normalises one bare addr-spec (RFC 5322 §3.4.1 with RFC 6531 letters); comments and white space around its parts
 * are allowed, a display name or angle brackets are not.
 *
 * @returns null when the text is no address, or readers would not agree which one it is
 */
export function normaliseAddress(text: string): Address | null {
  const unfolded = text.length > MAX_TEXT_UNITS ? null : unfold(text);
  const tokens = unfolded === null ? null : tokenise(unfolded);
  return tokens === null ? null : readAddrSpec(tokens, 0, tokens.length);
}

/** Reads the tokens from `start` up to `end` as one addr-spec; null when they are anything else. */
export function readAddrSpec(tokens: readonly Token[], start: number, end: number): Address | null {
  let at = start;
  while (at < end && tokens[at]?.kind !== '@') at += 1;
  const content = readLocalPart(tokens, start, at);
  if (content === null) return null;
  const domain = readDomain(tokens, at + 1, end);
  if (domain === null) return null;
  const local = normaliseLocalPart(content);
  return local === null ? null : compose(local, domain);
}

/**
 * Reads the tokens from `start` up to `end` as one domain. White space and comments beside the dots are allowed
 * (RFC 5322 §4.4, every reader agrees); an address literal is none.
 */
export function readDomain(tokens: readonly Token[], start: number, end: number): string | null {
  const text = joinDotted(tokens, start, end);
  return text === null ? null : normaliseDomain(text);
}

/** The local part without quotes. White space and comments beside its dots are not allowed: readers differ there. */
function readLocalPart(tokens: readonly Token[], start: number, end: number): string | null {
  const first = tokens[start];
  if (first?.kind === 'quoted' && end === start + 1) return first.text.replace(/\\(.)/gs, '$1');
  for (let i = start + 1; i < end; i++) {
    if (tokens[i]?.spaced) return null;
  }
  return (end - start) % 2 === 1 ? joinDotted(tokens, start, end) : null;
}

/** Atoms with dots between them, perhaps one at the end, as one text; null for any other row of tokens. */
function joinDotted(tokens: readonly Token[], start: number, end: number): string | null {
  let text = '';
  for (let i = start; i < end; i++) {
    const token = tokens[i];
    if (token?.kind !== ((i - start) % 2 === 0 ? 'atom' : '.')) return null;
    text += token.text;
  }
  return text === '' ? null : text;
}

function compose(local: string, domain: string): Address | null {
  const address = `${local}@${domain}`;
  return isLongerThan(address, MAX_ADDRESS_OCTETS) ? null : (address as Address);
}

/** The domain of an address, in ASCII. */
export function domainOf(address: Address): string {
  return address.slice(address.lastIndexOf('@') + 1);
}

/**
 * Folds an address by the workspace's policy, so that variants of one mailbox meet. An address with a quoted local
 * part stays as it is, and so does one that would lose its whole local part.
 *
 * @param how `plusTags: 'fold'` drops what follows the first `+`; `gmailDots: 'fold'` drops the dots before it in
 *   addresses at gmail.com and googlemail.com
 */
export function foldAddress(
  address: Address,
  how: { readonly plusTags: 'distinct' | 'fold'; readonly gmailDots: 'distinct' | 'fold' },
): Address {
  const domain = domainOf(address);
  const at = address.length - domain.length - 1;
  const plus = address.indexOf('+');
  if (address.startsWith('"') || plus === 0) return address;
  const user = address.slice(0, plus === -1 || plus > at ? at : plus);
  const tag = address.slice(user.length, at);
  const foldsDots = how.gmailDots === 'fold' && GMAIL_DOMAINS.has(domain);
  const folded = `${foldsDots ? user.replaceAll('.', '') : user}${how.plusTags === 'fold' ? '' : tag}@${domain}`;
  return normaliseAddress(folded) ?? address;
}

/** The address under every folding rule at once: equal for all addresses that some policy could take for one. */
export function foldFully(address: Address): Address {
  return foldAddress(address, { plusTags: 'fold', gmailDots: 'fold' });
}
