// Cuts a header value into the tokens of RFC 5322 §3.2, with the letters of RFC 6532.
// One pass, linear in the length. Comments and white space become a mark on the token after them.

export type TokenKind = 'atom' | 'quoted' | 'literal' | '.' | '@' | '<' | '>' | ',' | ':' | ';';

export interface Token {
  readonly kind: TokenKind;
  /** Of a quoted string and a literal: what stands between the marks, not yet unescaped. */
  readonly text: string;
  /** Whether white space or a comment stands before it. */
  readonly spaced: boolean;
}

const CONTROL = /[^\P{Cc}\t]/u;
const FOLD = /\r?\n(?=[ \t])/g;

const ILLEGAL = 0;
const ATEXT = 1;
const WHITE = 2;
const DELIMITER = 3;

/** The kind of every ASCII character; everything above is atext (RFC 6532 §3.2). */
const CLASSES = classes();

function classes(): Uint8Array {
  const table = new Uint8Array(128);
  const letters = 'abcdefghijklmnopqrstuvwxyz';
  mark(table, `${letters}${letters.toUpperCase()}0123456789!#$%&'*+-/=?^_\`{|}~`, ATEXT);
  mark(table, ' \t', WHITE);
  mark(table, '.@<>,:;', DELIMITER);
  return table;
}

function mark(table: Uint8Array, characters: string, kind: number): void {
  for (let i = 0; i < characters.length; i++) table[characters.charCodeAt(i)] = kind;
}

function classOf(code: number): number {
  return code < 128 ? (CLASSES[code] ?? ILLEGAL) : ATEXT;
}

/**
 * Takes the folding out of a header value (RFC 5322 §2.2.3).
 *
 * @returns null when a control character is left: a line break or NUL in it means that readers see different headers
 */
export function unfold(value: string): string | null {
  const text = value.includes('\n') ? value.replace(FOLD, '') : value;
  return CONTROL.test(text) ? null : text;
}

/**
 * Cuts unfolded text into tokens.
 *
 * @returns null when a quote, a comment or a square bracket is not closed or was never opened, or a `\` stands
 *   outside quotes and comments: nobody can say where such a text divides
 */
export function tokenise(text: string): Token[] | null {
  const tokens: Token[] = [];
  let spaced = false;
  let at = 0;
  while (at < text.length) {
    const kind = classOf(text.charCodeAt(at));
    if (kind === WHITE) {
      spaced = true;
      at += 1;
      continue;
    }
    const end = endOfToken(text, at, kind);
    if (end === -1) return null;
    const token = tokenOf(text, at, end, spaced);
    if (token !== null) tokens.push(token);
    spaced = token === null;
    at = end;
  }
  return tokens;
}

/** The token of a piece of text; null for a comment. */
function tokenOf(text: string, start: number, end: number, spaced: boolean): Token | null {
  const first = text.charAt(start);
  switch (first) {
    case '(':
      return null;
    case '"':
      return { kind: 'quoted', text: text.slice(start + 1, end - 1), spaced };
    case '[':
      return { kind: 'literal', text: text.slice(start + 1, end - 1), spaced };
    case '.':
    case '@':
    case '<':
    case '>':
    case ',':
    case ':':
    case ';':
      return { kind: first, text: first, spaced };
    default:
      return { kind: 'atom', text: text.slice(start, end), spaced };
  }
}

/** Index after the token that starts here, or -1. */
function endOfToken(text: string, start: number, kind: number): number {
  if (kind === DELIMITER) return start + 1;
  if (kind === ATEXT) return endOfAtom(text, start);
  switch (text.charAt(start)) {
    case '"':
      return endOfQuoted(text, start);
    case '(':
      return endOfComment(text, start);
    case '[':
      return endOfLiteral(text, start);
    default:
      return -1;
  }
}

function endOfAtom(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && classOf(text.charCodeAt(at)) === ATEXT) at += 1;
  return at;
}

/** Index after the quoted string that opens at `start`; -1 when it stays open. */
export function endOfQuoted(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    const character = text.charAt(at);
    if (character === '"') return at + 1;
    if (character === '\\') at += 1;
  }
  return -1;
}

/** Index after the comment, nested ones included, that opens at `start`; -1 when it stays open. */
export function endOfComment(text: string, start: number): number {
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    const character = text.charAt(at);
    if (character === '\\') {
      at += 1;
      continue;
    }
    if (character === '(') depth += 1;
    if (character === ')') depth -= 1;
    if (depth === 0) return at + 1;
  }
  return -1;
}

/** A quote, comment or bracket mark inside a literal is plain text for some readers and opens something for others. */
function endOfLiteral(text: string, start: number): number {
  const end = text.indexOf(']', start);
  return end === -1 || /["()<>;\\[]/.test(text.slice(start + 1, end)) ? -1 : end + 1;
}
