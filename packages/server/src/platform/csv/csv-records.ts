// Divides CSV text into records (RFC 4180, any separator, any line end) in constant memory.
// It never gives up: a broken or endless record costs its own line, and reading goes on with the next one.
// That recovery is why this is written here: a stray quote must not swallow the rest of somebody's file.

/** Longest record that is read, in characters. */
export const MAX_RECORD_LENGTH = 1024 * 1024;

export type CsvRecord =
  | { readonly kind: 'record'; readonly row: number; readonly cells: readonly string[] }
  | { readonly kind: 'broken'; readonly row: number; readonly reason: 'quote_broken' | 'row_too_long' };

/**
 * Reads records. An empty line is a record of one empty cell, so that rows count as a spreadsheet counts them.
 *
 * @param chunks the text, divided anywhere
 * @param separator one character that is neither a quote nor a line end
 */
export async function* readCsvRecords(chunks: AsyncIterable<string>, separator: string): AsyncGenerator<CsvRecord> {
  const reader = csvReader(separator);
  for await (const chunk of chunks) yield* reader.push(chunk);
  yield* reader.end();
}

/** The records of the beginning of a text; the last one may be cut off. */
export function* csvRecordsOf(text: string, separator: string): Generator<CsvRecord> {
  const reader = csvReader(separator);
  yield* reader.push(text);
  yield* reader.end();
}

interface CsvReader {
  push(chunk: string): Generator<CsvRecord>;
  end(): Generator<CsvRecord>;
}

function csvReader(separator: string): CsvReader {
  let text = '';
  let row = 0;
  /** A record that is not whole is looked at again only when the text has doubled, so tiny chunks cost no more than large ones. */
  let wanted = 0;
  /** Inside a line that is too long: everything up to its end is passed over. */
  let passing = false;

  /** One step from `at`: what was read, and where the next one begins. Null asks for more text. */
  function step(at: number, atEnd: boolean): { found: CsvRecord | null; next: number } | null {
    const end = passing ? lineEnd(text, at, atEnd) : 0;
    if (passing) {
      passing = end === null;
      return { found: null, next: end ?? text.length };
    }
    const taken = takeRecord(text, at, separator, atEnd);
    if (typeof taken === 'object' && taken.next - at <= MAX_RECORD_LENGTH) {
      row += 1;
      return { found: { kind: 'record', row, cells: taken.cells }, next: taken.next };
    }
    const mayGrow = !atEnd && text.length - at <= MAX_RECORD_LENGTH;
    return taken === 'incomplete' && mayGrow ? null : dropLine(at, atEnd, mayGrow);
  }

  function dropLine(at: number, atEnd: boolean, mayGrow: boolean): { found: CsvRecord; next: number } | null {
    const end = lineEnd(text, at, atEnd);
    if (end === null && mayGrow) return null;
    const next = end ?? text.length;
    passing = end === null;
    row += 1;
    return {
      found: { kind: 'broken', row, reason: next - at > MAX_RECORD_LENGTH ? 'row_too_long' : 'quote_broken' },
      next,
    };
  }

  function* drain(atEnd: boolean): Generator<CsvRecord> {
    let at = 0;
    while (at < text.length) {
      const stepped = step(at, atEnd);
      if (stepped === null) break;
      at = stepped.next;
      if (stepped.found !== null) yield stepped.found;
    }
    text = text.slice(at);
    wanted = text.length * 2;
  }

  return {
    *push(chunk) {
      text += chunk;
      if (text.length >= wanted) yield* drain(false);
    },
    end: () => drain(true),
  };
}

const QUOTE = '"';

interface TakenRecord {
  readonly cells: string[];
  readonly next: number;
}

/** Takes the record that begins at `at`; `incomplete` when its end is not in the text. */
function takeRecord(
  text: string,
  at: number,
  separator: string,
  atEnd: boolean,
): TakenRecord | 'broken' | 'incomplete' {
  const cells: string[] = [];
  let position = at;
  for (;;) {
    const cell = text[position] === QUOTE ? takeQuoted(text, position, atEnd) : takePlain(text, position, separator);
    if (cell === null) return 'incomplete';
    cells.push(cell.value);
    position = cell.next;
    if (position >= text.length) return atEnd ? { cells, next: position } : 'incomplete';
    if (text[position] === separator) {
      position += 1;
      continue;
    }
    if (text[position] !== '\n' && text[position] !== '\r') return 'broken';
    const next = lineEnd(text, position, atEnd);
    return next === null ? 'incomplete' : { cells, next };
  }
}

function takeQuoted(text: string, at: number, atEnd: boolean): { value: string; next: number } | null {
  let value = '';
  let from = at + 1;
  for (;;) {
    const quote = text.indexOf(QUOTE, from);
    if (quote === -1 || (quote + 1 === text.length && !atEnd)) return null;
    if (text[quote + 1] !== QUOTE) return { value: value + text.slice(from, quote), next: quote + 1 };
    value += text.slice(from, quote + 1);
    from = quote + 2;
  }
}

function takePlain(text: string, at: number, separator: string): { value: string; next: number } {
  let next = at;
  while (next < text.length && text[next] !== separator && text[next] !== '\n' && text[next] !== '\r') next += 1;
  return { value: text.slice(at, next), next };
}

/** Where the line that holds `at` is over: after LF, CR LF or CR. Null when that is not in the text. */
function lineEnd(text: string, at: number, atEnd: boolean): number | null {
  let end = at;
  while (end < text.length && text[end] !== '\n' && text[end] !== '\r') end += 1;
  if (end === text.length) return atEnd ? end : null;
  if (text[end] === '\n') return end + 1;
  if (end + 1 === text.length && !atEnd) return null;
  return text[end + 1] === '\n' ? end + 2 : end + 1;
}
