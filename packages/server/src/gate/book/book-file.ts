// The front of reading address-book files: recognises CSV and vCard and offers their people as a stream.
// Pure parsing: it knows no database, holds one chunk and one row at a time, and never throws once rows are flowing.
import { readBookText } from './book-text.ts';
import type { BookFile, BookFormat, BookRow, SkippedRow } from './contact.ts';
import { openCsvBook } from './csv-book.ts';
import { looksLikeVcard, openVcardBook } from './vcard-book.ts';

/**
 * Recognises an address-book file by its first 64 KiB.
 *
 * @param format what the caller says it is; `auto` looks at the file
 * @throws problem `file_invalid` for an empty file, one that is not text, and one without e-mail addresses
 */
export async function openBookFile(input: AsyncIterable<Uint8Array>, format: BookFormat | 'auto'): Promise<BookFile> {
  const text = await readBookText(input);
  const isVcard = format === 'vcard' || (format === 'auto' && looksLikeVcard(text.head));
  return isVcard ? openVcardBook(text) : openCsvBook(text);
}

/**
 * Reads the people of a file, and what had to be left out.
 *
 * @throws problem `file_invalid`, before the first row only
 */
export async function* parseBookFile(
  input: AsyncIterable<Uint8Array>,
  format: BookFormat | 'auto',
): AsyncGenerator<BookRow | SkippedRow> {
  const file = await openBookFile(input, format);
  yield* file.items;
}
