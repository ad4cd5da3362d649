// Reads the header block of one mail (RFC 5322 §2.2) straight from its bytes: only wanted fields are decoded.
// Values stay raw (folded, encoded words untouched), so that the address rules judge what was really sent;
// no input makes it throw.
import { createHash } from 'node:crypto';
import { isUtf8 } from 'node:buffer';
import { decodeWords } from 'postal-mime';
import { cleanText } from './clean-text.ts';
import type { SkipReason } from './mail-item.ts';

export const MAX_HEADER_BYTES = 1024 * 1024;
export const MAX_HEADER_LINES = 2_000;
/** Longest sender's key that is kept as it is; it has to fit into an index. */
export const MAX_KEY_BYTES = 1_000;
/** Stands for the value of an address field nobody can read with certainty: a control character, so it names nobody. */
export const UNREADABLE = '\0';

/** The fields the gate decides by. */
export interface MailHeader {
  readonly from: readonly string[];
  readonly to: readonly string[];
  readonly cc: readonly string[];
  readonly bcc: readonly string[];
  readonly authenticationResults: readonly string[];
  readonly messageId: string | null;
  readonly labels: readonly string[];
  readonly fromList: boolean;
}

export type FieldScan =
  | {
      readonly kind: 'fields';
      /** Raw values of the wanted fields by lower-case name, topmost first. */
      readonly values: ReadonlyMap<string, readonly string[]>;
      /** Offset of the first byte of the body. */
      readonly bodyAt: number;
    }
  | { readonly kind: 'refused'; readonly reason: SkipReason };

/** A set of field names, made once and looked up by length first. */
export interface WantedFields {
  readonly byLength: readonly (ReadonlySet<string> | undefined)[];
}

const LF = 0x0a;
const CR = 0x0d;
const COLON = 0x3a;
const SPACE = 0x20;
const QUOTE = 0x3e;

/** Prepares lower-case field names for `scanFields`. */
export function wantFields(names: readonly string[]): WantedFields {
  const byLength: (Set<string> | undefined)[] = [];
  for (const name of names) (byLength[name.length] ??= new Set()).add(name);
  return { byLength };
}

const GATE_FIELDS = wantFields([
  'from',
  'to',
  'cc',
  'bcc',
  'authentication-results',
  'message-id',
  'list-id',
  'list-post',
  'x-gmail-labels',
  'keywords',
  'x-keywords',
]);
const NONE: readonly string[] = [];

/**
 * Reads what the gate needs from the header of a mail.
 *
 * @param bytes the mail from its first header line on; the body is not looked at
 */
export function readMailHeader(
  bytes: Buffer,
):
  | { readonly kind: 'header'; readonly header: MailHeader }
  | { readonly kind: 'refused'; readonly reason: SkipReason } {
  const scan = scanFields(bytes, GATE_FIELDS);
  if (scan.kind === 'refused') return scan;
  const values = (name: string): readonly string[] => scan.values.get(name) ?? NONE;
  const header: MailHeader = {
    from: values('from'),
    to: values('to'),
    cc: values('cc'),
    bcc: values('bcc'),
    authenticationResults: values('authentication-results'),
    messageId: readMessageId(values('message-id')[0] ?? ''),
    labels: readLabels(scan.values),
    fromList: scan.values.has('list-id') || scan.values.has('list-post'),
  };
  return { kind: 'header', header };
}

/**
 * Scans a header block up to its empty line. A line that is no field is passed over with its continuation lines.
 * White space before the colon (RFC 5322 §4.5 allowed it once) makes some readers see the field and others not: such a
 * field counts, but of From, To, Cc and Bcc as UNREADABLE. Control characters stay in the values.
 */
export function scanFields(bytes: Buffer, wanted: WantedFields): FieldScan {
  const values = new Map<string, string[]>();
  let at = 0;
  let lines = 0;
  let fields = 0;
  while (at < bytes.length && !isBlankLine(bytes, at)) {
    const colon = findColon(bytes, at);
    let end = nextLine(bytes, at);
    lines += 1;
    while (bytes[end] === 0x20 || bytes[end] === 0x09) {
      end = nextLine(bytes, end);
      lines += 1;
      if (lines > MAX_HEADER_LINES) break;
    }
    if (end > MAX_HEADER_BYTES || lines > MAX_HEADER_LINES) return { kind: 'refused', reason: 'header_too_large' };
    if (colon !== -1) {
      fields += 1;
      const spaced = (bytes[colon - 1] ?? 0) <= SPACE;
      const name = spaced ? readSpacedName(bytes, at, colon) : readName(bytes, at, colon, wanted);
      if (wanted.byLength[name.length]?.has(name) === true) {
        const unreadable = spaced && ADDRESS_FIELDS.has(name);
        keepValue(values, name, unreadable ? UNREADABLE : decodeRange(bytes, colon + 1, trimLineEnd(bytes, end)));
      }
    }
    at = end;
  }
  if (fields === 0) return { kind: 'refused', reason: bytes.length === 0 ? 'empty' : 'no_header' };
  return { kind: 'fields', values, bodyAt: at >= bytes.length ? bytes.length : nextLine(bytes, at) };
}

const ADDRESS_FIELDS: ReadonlySet<string> = new Set(['from', 'to', 'cc', 'bcc']);
const LONGEST_NAME = 100;

/** The name in lower case, or '' when no wanted name has its length. */
function readName(bytes: Buffer, at: number, end: number, wanted: WantedFields): string {
  return wanted.byLength[end - at] === undefined ? '' : bytes.toString('latin1', at, end).toLowerCase();
}

/** The name before white space and a colon. A mailbox may have quoted `From :` as if it were an envelope line. */
function readSpacedName(bytes: Buffer, at: number, colon: number): string {
  let start = at;
  while (bytes[start] === QUOTE) start += 1;
  let end = start;
  while (end < colon && end - start < LONGEST_NAME && (bytes[end] ?? 0) > SPACE) end += 1;
  return bytes.toString('latin1', start, end).toLowerCase();
}

function keepValue(values: Map<string, string[]>, name: string, value: string): void {
  const known = values.get(name);
  if (known === undefined) values.set(name, [value]);
  else known.push(value);
}

/**
 * The message's own key: its `<left@right>` (RFC 5322 §3.6.4), comments around it left out.
 * Null for anything else: two mails that both say `<>` are not the same mail.
 */
export function readMessageId(value: string): string | null {
  const open = value.indexOf('<');
  const close = value.indexOf('>', open);
  if (open === -1 || close === -1 || close - open >= MAX_ID_LENGTH) return null;
  const id = value.slice(open, close + 1);
  if (!MESSAGE_ID.test(id) || !isCommentOnly(value.slice(0, open)) || !isCommentOnly(value.slice(close + 1)))
    return null;
  return boundKey(id);
}

const MAX_ID_LENGTH = 998;
const MESSAGE_ID = /^<[^<>\s\p{Cc}]+@[^<>\s\p{Cc}]+>$/u;

function isCommentOnly(text: string): boolean {
  let depth = 0;
  for (const character of text) {
    if (character === '(') depth += 1;
    else if (character === ')') depth -= 1;
    else if (depth === 0 && !/\s/.test(character)) return false;
    if (depth < 0) return false;
  }
  return depth === 0;
}

/** The key, or its digest where it is too long: cutting could make two keys one, and one of two mails a duplicate. */
export function boundKey(key: string): string {
  if (Buffer.byteLength(key) <= MAX_KEY_BYTES) return key;
  return `sha256:${createHash('sha256').update(key).digest('hex')}`;
}

/** Decodes as UTF-8 when it is that (RFC 6532), else byte by byte, so that nothing is lost and nothing throws. */
function decodeRange(bytes: Buffer, start: number, end: number): string {
  const text = bytes.toString('latin1', start, end);
  // Nearly every value is ASCII, and then both readings are the same.
  return BEYOND_ASCII.test(text) && isUtf8(bytes.subarray(start, end)) ? bytes.toString('utf8', start, end) : text;
}

const BEYOND_ASCII = /[\x80-\xff]/;

function isBlankLine(bytes: Buffer, at: number): boolean {
  return bytes[at] === LF || (bytes[at] === CR && bytes[at + 1] === LF);
}

function nextLine(bytes: Buffer, at: number): number {
  const newline = bytes.indexOf(LF, at);
  return newline === -1 ? bytes.length : newline + 1;
}

function trimLineEnd(bytes: Buffer, end: number): number {
  if (bytes[end - 1] !== LF) return end;
  return bytes[end - 2] === CR ? end - 2 : end - 1;
}

/**
 * The colon behind a field name of printable ASCII (RFC 5322 §2.2), white space or a fold between them included;
 * -1 when the line is no field.
 */
function findColon(bytes: Buffer, at: number): number {
  let index = at;
  while (isNameByte(bytes[index])) index += 1;
  if (index === at) return -1;
  for (; index < bytes.length; index += 1) {
    const byte = bytes[index] ?? 0;
    if (byte === COLON) return index;
    if (byte > SPACE) return -1;
    if (byte === LF && bytes[index + 1] !== 0x20 && bytes[index + 1] !== 0x09) return -1;
  }
  return -1;
}

function isNameByte(byte: number | undefined): boolean {
  return byte !== undefined && byte > SPACE && byte < 0x7f && byte !== COLON;
}

/**
 * Labels of Gmail exports and keywords of other stores; X-Keywords is divided by spaces where it has no comma.
 * All of them, however many: labels of a sender must not push out those that exclude the message.
 */
function readLabels(fields: ReadonlyMap<string, readonly string[]>): readonly string[] {
  const gmail = fields.get('x-gmail-labels');
  const keywords = fields.get('keywords');
  const other = fields.get('x-keywords');
  if (gmail === undefined && keywords === undefined && other === undefined) return NONE;
  const labels = new Set<string>();
  for (const value of [...(gmail ?? NONE), ...(keywords ?? NONE)]) addLabels(labels, value, ',');
  for (const value of other ?? NONE) addLabels(labels, value, value.includes(',') ? ',' : ' ');
  return [...labels];
}

function addLabels(labels: Set<string>, value: string, separator: string): void {
  const unfolded = value.replace(/\r?\n[ \t]/g, ' ');
  const text = unfolded.includes('=?') ? decodeWords(unfolded) : unfolded;
  for (const part of text.split(separator)) {
    const label = cleanText(part)
      .trim()
      .replace(/^"(.*)"$/s, '$1')
      .slice(0, 200)
      .toWellFormed();
    if (label !== '') labels.add(label);
  }
}
