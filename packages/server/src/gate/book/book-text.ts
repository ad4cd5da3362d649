// Turns the bytes of an address-book file into text, whatever its encoding, without holding more than a chunk.
// What is not text (a spreadsheet, an archive, a picture) is refused before anything is read from it.
import { TextDecoder } from 'node:util';
import { problem } from '../../platform/problem.ts';

export interface BookText {
  /** The beginning of the file, to recognise it by. It is part of `chunks` too. */
  readonly head: string;
  /** Whether `head` is the whole file. */
  readonly whole: boolean;
  readonly chunks: AsyncIterable<string>;
}

/** Bytes looked at before the encoding, the format and the columns are settled. */
const HEAD_BYTES = 64 * 1024;

/**
 * Reads the head of a file and offers its text.
 *
 * UTF-8, and UTF-16 with a byte order mark. A file that is neither is read as Windows-1252, which is what older
 * exports of Outlook and Excel write; its names may then be off, its addresses are ASCII and are not.
 *
 * @throws problem `file_invalid` for an empty file and for one that is not text
 */
export async function readBookText(input: AsyncIterable<Uint8Array>): Promise<BookText> {
  const iterator = input[Symbol.asyncIterator]();
  const { head, whole } = await readHead(iterator);
  if (head.length === 0) throw problem('file_invalid', 'The file is empty.');
  const encoding = encodingOf(head, whole);
  const decoder = new TextDecoder(encoding);
  const first = decoder.decode(head, { stream: !whole });
  if (first.trim() === '' && whole) throw problem('file_invalid', 'The file is empty.');
  return { head: first, whole, chunks: decodeRest(first, whole, iterator, decoder) };
}

async function readHead(iterator: AsyncIterator<Uint8Array>): Promise<{ head: Uint8Array; whole: boolean }> {
  const parts: Uint8Array[] = [];
  let length = 0;
  while (length < HEAD_BYTES) {
    const next = await iterator.next();
    if (next.done === true) return { head: Buffer.concat(parts), whole: true };
    parts.push(next.value);
    length += next.value.length;
  }
  return { head: Buffer.concat(parts), whole: false };
}

async function* decodeRest(
  first: string,
  whole: boolean,
  iterator: AsyncIterator<Uint8Array>,
  decoder: TextDecoder,
): AsyncGenerator<string> {
  try {
    yield first;
    if (whole) return;
    for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) {
      yield decoder.decode(next.value, { stream: true });
    }
    yield decoder.decode();
  } finally {
    await iterator.return?.();
  }
}

function encodingOf(head: Uint8Array, whole: boolean): string {
  if (head[0] === 0xff && head[1] === 0xfe) return 'utf-16le';
  if (head[0] === 0xfe && head[1] === 0xff) return 'utf-16be';
  refuseBinary(head);
  return isUtf8(head, whole) ? 'utf-8' : 'windows-1252';
}

function refuseBinary(head: Uint8Array): void {
  if (head[0] === 0x50 && head[1] === 0x4b && (head[2] ?? 0) < 9) {
    throw problem(
      'file_invalid',
      'This is a spreadsheet or an archive. Save the contacts as CSV or vCard and send that.',
    );
  }
  if (head[0] === 0x1f && head[1] === 0x8b) {
    throw problem('file_invalid', 'This file is compressed. Unpack it and send the CSV or vCard inside.');
  }
  if (head.includes(0)) throw problem('file_invalid', 'This is not a text file. Contacts are read from CSV or vCard.');
}

/** Whether the head is UTF-8; a character that is cut off by the end of the head does not count against it. */
function isUtf8(head: Uint8Array, whole: boolean): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(head, { stream: !whole });
    return true;
  } catch {
    return false;
  }
}
