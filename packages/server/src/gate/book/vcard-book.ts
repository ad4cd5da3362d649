// Reads contacts from vCard 2.1, 3.0 (RFC 2426) and 4.0 (RFC 6350): every EMAIL of a card, its name and organisation.
// A card that is not closed is no card, and what stands in a card inside a card belongs to somebody else.
import { TextDecoder } from 'node:util';
import { problem } from '../../platform/problem.ts';
import type { BookText } from './book-text.ts';
import { AddressGatherer, readLabel } from './claimed-addresses.ts';
import type { BookFile, BookRow, SkippedRow } from './contact.ts';
import { readVcardLines, type VcardLine } from './vcard-lines.ts';

/** Whether a text begins as vCard files do. */
export function looksLikeVcard(head: string): boolean {
  return /^\s*BEGIN:VCARD[ \t]*[\r\n]/i.test(head);
}

/** @throws problem `file_invalid` when the file does not begin with a card */
export function openVcardBook(text: BookText): BookFile {
  if (!looksLikeVcard(text.head))
    throw problem('file_invalid', 'This is not a vCard file: it does not begin with BEGIN:VCARD.');
  const columns = { EMAIL: 'address', FN: 'name', N: 'name', ORG: 'company', UID: 'record id' };
  return { format: 'vcard', layout: 'vcard', columns, items: readCards(text) };
}

interface OpenCard {
  readonly row: number;
  readonly addresses: AddressGatherer;
  fullName: string | null;
  nameParts: string | null;
  company: string | null;
  uid: string | null;
  kind: string;
  /** Cards open inside this one (AGENT of vCard 2.1). */
  inner: number;
}

async function* readCards(text: BookText): AsyncGenerator<BookRow | SkippedRow> {
  let card: OpenCard | null = null;
  let row = 0;
  let agent = false;
  for await (const line of readVcardLines(text.chunks)) {
    if (isMark(line, 'BEGIN') && card !== null && (agent || card.inner > 0)) card.inner += 1;
    else if (isMark(line, 'BEGIN')) {
      if (card !== null) yield { kind: 'skipped', row, column: null, reason: 'card_not_closed' };
      row += 1;
      card = openCard(row);
    } else if (isMark(line, 'END') && card !== null && card.inner > 0) card.inner -= 1;
    else if (isMark(line, 'END')) {
      if (card !== null) yield* closeCard(card);
      card = null;
    } else if (card !== null && card.inner === 0) readProperty(card, line);
    agent = line.name === 'AGENT' && line.value.trim() === '';
  }
  if (card !== null) yield { kind: 'skipped', row, column: null, reason: 'card_not_closed' };
}

function isMark(line: VcardLine, name: 'BEGIN' | 'END'): boolean {
  return line.name === name && line.value.trim().toUpperCase() === 'VCARD';
}

function openCard(row: number): OpenCard {
  return {
    row,
    addresses: new AddressGatherer(),
    fullName: null,
    nameParts: null,
    company: null,
    uid: null,
    kind: 'individual',
    inner: 0,
  };
}

/** Takes what is wanted from a property. The first FN, N, ORG and UID count; every EMAIL does. */
function readProperty(card: OpenCard, line: VcardLine): void {
  switch (line.name) {
    case 'EMAIL':
      // A value that was cut off is no address; an empty text would be passed over without a word.
      return card.addresses.add(line.cut ? '(too long)' : unescapeText(decodeValue(line)).replace(/^mailto:/i, ''), {
        row: card.row,
        column: 'EMAIL',
      });
    case 'FN':
      card.fullName ??= readLabel(unescapeText(decodeValue(line)));
      return;
    case 'N':
      card.nameParts ??= nameOf(decodeValue(line));
      return;
    case 'ORG':
      card.company ??= readLabel(unescapeText(splitValue(decodeValue(line))[0] ?? ''));
      return;
    case 'UID':
      card.uid ??= line.cut || line.value.length > 200 ? null : readLabel(line.value);
      return;
    case 'KIND':
    case 'X-ADDRESSBOOKSERVER-KIND':
      card.kind = line.value.trim().toLowerCase();
      return;
    default:
      return;
  }
}

function closeCard(card: OpenCard): readonly (BookRow | SkippedRow)[] {
  const skip = (reason: SkippedRow['reason']): SkippedRow => ({ kind: 'skipped', row: card.row, column: null, reason });
  // A group or a room is not somebody one talks to; its address would open the gate for all of its members.
  if (card.kind !== 'individual' && card.kind !== 'org') return [skip('not_a_person')];
  const { found, skipped } = card.addresses;
  if (found.length === 0) return skipped.length > 0 ? skipped : [skip('no_address')];
  const person: BookRow = {
    kind: 'row',
    row: card.row,
    recordId: card.uid === null ? null : `uid:${card.uid}`,
    name: card.fullName ?? card.nameParts,
    company: card.company,
    owner: null,
    addresses: found,
  };
  return [...skipped, person];
}

/** N is family; given; additional; prefixes; suffixes. */
function nameOf(value: string): string | null {
  const [family = '', given = '', additional = ''] = splitValue(value).map(unescapeText);
  return readLabel([given, additional, family].join(' '));
}

/** Divides at every `;` that is not escaped. */
function splitValue(value: string): string[] {
  return [...value.matchAll(/((?:\\.?|[^\\;])*)(?:;|$)/gs)].map((part) => part[1] ?? '');
}

function unescapeText(value: string): string {
  return value.replace(/\\(.)/gs, (_, character: string) =>
    character === 'n' || character === 'N' ? '\n' : character,
  );
}

/** Undoes quoted-printable (RFC 2045 §6.7) in the character set that the property names. */
function decodeValue({ value, params }: VcardLine): string {
  const encoded = params.get('ENCODING') === 'QUOTED-PRINTABLE' || params.has('QUOTED-PRINTABLE');
  if (!encoded) return value;
  const octets = value.replace(/=([0-9A-Fa-f]{2})|[^\x20-\x7e]+/g, (text, hex: string | undefined) =>
    hex === undefined ? Buffer.from(text).toString('latin1') : String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return decoderFor(params.get('CHARSET') ?? 'UTF-8').decode(Buffer.from(octets, 'latin1'));
}

function decoderFor(charset: string): TextDecoder {
  try {
    return new TextDecoder(charset);
  } catch {
    return new TextDecoder('utf-8');
  }
}
