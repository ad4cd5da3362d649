// Reads the raw values of From, To, Cc or Bcc into the addresses that may count as participants.
// RFC 5322 §3.4 with RFC 6854 groups and a few obsolete forms. An entry that is not certain is skipped;
// a header that cannot be divided with certainty names nobody.
import { type Address, readAddrSpec, readDomain } from './address.ts';
import { type Token, type TokenKind, tokenise, unfold } from './address-tokens.ts';

/** UTF-16 units of one field, all its values together. Beyond it the field names nobody. */
export const MAX_FIELD_LENGTH = 1024 * 1024;
/** Entries of one field, empty ones not counted. Beyond it the field names nobody. */
export const MAX_FIELD_ENTRIES = 50_000;

/** Tokens from `start` up to `end`, between two commas. */
interface Entry {
  readonly start: number;
  readonly end: number;
}

/**
 * Reads an address field.
 *
 * @param field its name; a repeated From is uncertain and names nobody, the others are one list (RFC 5322 §4.5.3)
 * @param values the raw values of every field of that name, topmost first, still folded
 * @returns normalised addresses in order of first appearance, each once; empty when there are none, when some value
 *   does not divide with certainty, or past MAX_FIELD_LENGTH or MAX_FIELD_ENTRIES. Never throws; linear in the length
 */
export function parseAddressField(field: 'From' | 'To' | 'Cc' | 'Bcc', values: readonly string[]): readonly Address[] {
  if (field === 'From' && values.length > 1) return [];
  if (values.reduce((length, value) => length + value.length, 0) > MAX_FIELD_LENGTH) return [];
  const found = new Set<Address>();
  let entriesLeft = MAX_FIELD_ENTRIES;
  for (const value of values) {
    const text = unfold(value);
    const tokens = text === null ? null : tokenise(text);
    const entries = tokens === null ? null : divide(tokens);
    if (tokens === null || entries === null) return [];
    entriesLeft -= entries.length;
    if (entriesLeft < 0) return [];
    for (const { start, end } of entries) {
      const address = readMailbox(tokens, start, end);
      if (address !== null) found.add(address);
    }
  }
  return [...found];
}

/** Where a divider stands: at the top of the list, among the members of a group, or right after a group. */
type Place = 'list' | 'group' | 'refused group' | 'after group';

/**
 * Divides a list into the entries that may be mailboxes, members of groups included. A group whose name is no phrase
 * is skipped with its members.
 *
 * @returns null when brackets or groups do not balance, groups nest, or something follows a group without a comma
 */
function divide(tokens: readonly Token[]): readonly Entry[] | null {
  const entries: Entry[] = [];
  let place: Place = 'list';
  let depth = 0;
  let start = 0;
  for (let i = 0; i < tokens.length; i++) {
    const kind = tokens[i]?.kind;
    if (kind === '<') depth += 1;
    if (kind === '>') depth -= 1;
    if (depth < 0 || (depth > 0 && kind === ';')) return null;
    if (place === 'after group' && kind !== ',') return null;
    if (depth > 0 || !isDivider(kind)) continue;
    const next = placeAfter(kind, place, isPhrase(tokens, start, kind === ':' ? i : start));
    if (next === null) return null;
    if (kind !== ':' && place !== 'refused group' && start < i) entries.push({ start, end: i });
    place = next;
    start = i + 1;
  }
  if (depth !== 0 || place === 'group' || place === 'refused group') return null;
  if (start < tokens.length) entries.push({ start, end: tokens.length });
  return entries;
}

function isDivider(kind: TokenKind | undefined): kind is ',' | ':' | ';' {
  return kind === ',' || kind === ':' || kind === ';';
}

/** The place behind a divider; null where the divider must not stand. */
function placeAfter(divider: ',' | ':' | ';', place: Place, isNamed: boolean): Place | null {
  switch (divider) {
    case ':':
      return place === 'list' ? (isNamed ? 'group' : 'refused group') : null;
    case ';':
      return place === 'group' || place === 'refused group' ? 'after group' : null;
    case ',':
      return place === 'after group' ? 'list' : place;
  }
}

/** Reads an entry as one mailbox: `addr-spec`, or `name <addr-spec>` with an optional source route. */
function readMailbox(tokens: readonly Token[], start: number, end: number): Address | null {
  let open = start;
  while (open < end && tokens[open]?.kind !== '<') open += 1;
  if (open === end) return readAddrSpec(tokens, start, end);
  if (tokens[end - 1]?.kind !== '>') return null;
  const address = readRoutedAddress(tokens, open + 1, end - 1);
  if (address === null || open === start || isPhrase(tokens, start, open)) return address;
  // An unquoted name with an @ is outside the grammar; when it is the very same address, every reading agrees.
  return readAddrSpec(tokens, start, open) === address ? address : null;
}

/** What stands in angle brackets: an addr-spec, perhaps behind a source route (RFC 5322 §4.4 obs-angle-addr). */
function readRoutedAddress(tokens: readonly Token[], start: number, end: number): Address | null {
  let colon = start;
  while (colon < end && tokens[colon]?.kind !== ':') colon += 1;
  if (colon === end) return readAddrSpec(tokens, start, end);
  return isRoute(tokens, start, colon) ? readAddrSpec(tokens, colon + 1, end) : null;
}

/** Relays with commas between them; a relay is an @ and a domain. */
function isRoute(tokens: readonly Token[], start: number, end: number): boolean {
  let relays = 0;
  let from = start;
  for (let i = start; i <= end; i++) {
    if (i < end && tokens[i]?.kind !== ',') continue;
    const isEmpty = from === i;
    if (!isEmpty && (tokens[from]?.kind !== '@' || readDomain(tokens, from + 1, i) === null)) return false;
    relays += isEmpty ? 0 : 1;
    from = i + 1;
  }
  return relays > 0;
}

/** One or more words, dots allowed after the first (RFC 5322 §4.1 obs-phrase): a display name or a group's name. */
function isPhrase(tokens: readonly Token[], start: number, end: number): boolean {
  for (let i = start; i < end; i++) {
    const kind = tokens[i]?.kind;
    const isWord = kind === 'atom' || kind === 'quoted';
    if (!isWord && (kind !== '.' || i === start)) return false;
  }
  return start < end;
}
