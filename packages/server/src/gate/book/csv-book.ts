// Reads contacts from a CSV: finds the separator and the columns, then turns each record into a row or a skip.
// Formula characters are data like any other; nothing here is ever evaluated.
import { type CsvRecord, csvRecordsOf, readCsvRecords } from '../../platform/csv/csv-records.ts';
import { problem } from '../../platform/problem.ts';
import type { BookText } from './book-text.ts';
import { AddressGatherer, readAddress, readLabel } from './claimed-addresses.ts';
import type { BookFile, BookRow, SkippedRow } from './contact.ts';
import {
  type ColumnMeaning,
  columnsWithoutHeader,
  type CsvColumns,
  detectColumns,
  hasMeaning,
  usedColumns,
} from './csv-columns.ts';
import { recordIdOf } from './record-id.ts';

/**
 * Recognises a CSV by its head.
 *
 * @throws problem `file_invalid` when no column holds e-mail addresses; it names the columns of the header, never a value
 */
export function openCsvBook(text: BookText): BookFile {
  const shape = shapeOf(text);
  return {
    format: 'csv',
    layout: shape.columns.layout,
    columns: usedColumns(shape.columns),
    items: readRows(text, shape),
  };
}

interface CsvShape {
  readonly separator: string;
  readonly columns: CsvColumns;
  /** First row that holds a person. */
  readonly firstRow: number;
}

const SEPARATORS = [',', ';', '\t', '|'];

function shapeOf(text: BookText): CsvShape {
  const declared = /^sep=([^"\r\n])(?:\r\n|\n|\r)/i.exec(text.head);
  const candidates = (declared?.[1] === undefined ? SEPARATORS : [declared[1]]).map((separator) =>
    shapeWith(text, separator, declared !== null),
  );
  const readable = candidates.filter((candidate) => candidate !== null);
  const widest = readable.sort((a, b) => b.columns.columns.length - a.columns.columns.length);
  const best = widest.find(({ columns }) => hasMeaning(columns, 'address')) ?? widest[0];
  if (best === undefined)
    throw problem('file_invalid', 'The first line of the file is too long, or its quotes do not match.');
  if (!hasMeaning(best.columns, 'address')) throw noAddressColumn(best.columns);
  return best;
}

function shapeWith(text: BookText, separator: string, declared: boolean): CsvShape | null {
  const header = firstFilled(csvRecordsOf(text.head, separator), declared);
  if (header === null || (header.last && !text.whole)) return null;
  const { cells, row } = header;
  if (cells.some((cell) => readAddress(cell) !== null)) {
    return { separator, columns: columnsWithoutHeader(cells, (cell) => readAddress(cell) !== null), firstRow: row };
  }
  return { separator, columns: detectColumns(cells), firstRow: row + 1 };
}

/** The first record that is not blank, and whether the head ends with it (so that it may be cut off). */
function firstFilled(
  records: Iterable<CsvRecord>,
  skipFirst: boolean,
): { cells: readonly string[]; row: number; last: boolean } | null {
  let found: { cells: readonly string[]; row: number } | null = null;
  for (const record of records) {
    if (found !== null) return { ...found, last: false };
    if (record.kind === 'broken') return null;
    if ((skipFirst && record.row === 1) || isBlank(record.cells)) continue;
    found = { cells: record.cells, row: record.row };
  }
  return found === null ? null : { ...found, last: true };
}

function noAddressColumn({ columns }: CsvColumns): Error {
  // When no word of the first line is one we know, it may be a row of people: then nothing of it is repeated.
  const known = columns.some(({ meaning }) => meaning !== null);
  const found = known
    ? `Columns found: ${columns
        .slice(0, 20)
        .map(({ label }) => label)
        .join(', ')}${columns.length > 20 ? ', …' : ''}.`
    : `${columns.length} ${columns.length === 1 ? 'column was' : 'columns were'} found.`;
  return problem('file_invalid', `No column with e-mail addresses. ${found} Name the column "Email".`);
}

async function* readRows(text: BookText, shape: CsvShape): AsyncGenerator<BookRow | SkippedRow> {
  const readRow = rowReader(shape.columns);
  for await (const record of readCsvRecords(text.chunks, shape.separator)) {
    if (record.row < shape.firstRow) continue;
    if (record.kind === 'broken') yield { kind: 'skipped', row: record.row, column: null, reason: record.reason };
    else if (!isBlank(record.cells)) yield* readRow(record.row, record.cells);
  }
}

function rowReader({
  layout,
  columns,
}: CsvColumns): (row: number, cells: readonly string[]) => readonly (BookRow | SkippedRow)[] {
  const of = (meaning: ColumnMeaning) => columns.filter((column) => column.meaning === meaning);
  const addressColumns = of('address');
  const places: Readonly<Record<string, readonly number[]>> = Object.fromEntries(
    (['name', 'first name', 'middle name', 'last name', 'company', 'owner', 'record id', 'deleted'] as const).map(
      (meaning) => [meaning, of(meaning).map(({ index }) => index)],
    ),
  );
  return (row, cells) => {
    const skip = (reason: SkippedRow['reason']): SkippedRow => ({ kind: 'skipped', row, column: null, reason });
    // More cells than columns: a separator stood unquoted in a value, so no cell can be trusted to be in its column.
    if (cells.slice(columns.length).some((cell) => cell.trim() !== '')) return [skip('column_count')];
    const text = (meaning: ColumnMeaning) => firstText(cells, places[meaning] ?? []);
    if (/^(?:true|1)$/i.test(text('deleted') ?? '')) return [skip('deleted_record')];
    const gatherer = new AddressGatherer();
    for (const { index, label } of addressColumns) gatherer.add(cells[index] ?? '', { row, column: label });
    const { found, skipped } = gatherer;
    if (found.length === 0) return skipped.length > 0 ? skipped : [skip('no_address')];
    const parts = [text('first name'), text('middle name'), text('last name')].filter((part) => part !== null);
    const person: BookRow = {
      kind: 'row',
      row,
      recordId: recordIdOf(layout, text('record id') ?? ''),
      name: text('name') ?? readLabel(parts.join(' ')),
      company: text('company'),
      owner: text('owner'),
      addresses: found,
    };
    return [...skipped, person];
  };
}

function firstText(cells: readonly string[], places: readonly number[]): string | null {
  for (const index of places) {
    const text = readLabel(cells[index] ?? '');
    if (text !== null) return text;
  }
  return null;
}

function isBlank(cells: readonly string[]): boolean {
  return cells.every((cell) => cell.trim() === '');
}
