import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { csvRecordsOf, MAX_RECORD_LENGTH, readCsvRecords } from './csv-records.ts';

const separators = fc.constantFrom(',', ';', '\t', '|');
const lineEnds = fc.constantFrom('\n', '\r\n', '\r');
const writing = fc.record({ separator: separators, lineEnd: lineEnds, quoteAll: fc.boolean(), closed: fc.boolean() });
const cell = fc.oneof(
  fc.string({ maxLength: 8 }),
  fc.string({ unit: fc.constantFrom('"', ',', ';', '\t', '\n', '\r', ' ', 'a', 'é', '=', '@'), maxLength: 8 }),
);
/** A table is rectangular and no line of it is blank, as a blank line and a line of one empty cell look alike. */
const table = fc
  .integer({ min: 1, max: 5 })
  .chain((width) => fc.array(fc.array(cell, { minLength: width, maxLength: width }), { minLength: 1, maxLength: 12 }));

describe('reading CSV records', () => {
  it('gives back every table that was written, whatever the separator, the quoting, the line end and the chunks', async () => {
    await fc.assert(
      fc.asyncProperty(table, writing, fc.integer({ min: 1, max: 7 }), async (rows, how, chunk) => {
        const text = write(rows, how) + (how.closed ? how.lineEnd : '');
        const records = await collect(readCsvRecords(chunksOf(text, chunk), how.separator));
        expect(records.map((record) => (record.kind === 'record' ? record.cells : record.reason))).toEqual(rows);
      }),
      { numRuns: 400 },
    );
  });

  it('agrees with csv-parse on well-formed text', () => {
    fc.assert(
      fc.property(table, separators, fc.constantFrom('\n', '\r\n'), (rows, separator, lineEnd) => {
        const text = write(rows, { separator, lineEnd, quoteAll: false });
        const theirs: unknown = parse(text, { delimiter: separator, record_delimiter: lineEnd });
        expect(
          [...csvRecordsOf(text, separator)].map((record) => (record.kind === 'record' ? record.cells : null)),
        ).toEqual(theirs);
      }),
    );
  });

  it('never throws and never loses the count of rows, whatever the text', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: fc.constantFrom('"', ',', '\n', '\r', 'a', ' '), maxLength: 60 }),
        fc.integer({ min: 1, max: 9 }),
        async (text, chunk) => {
          const whole = [...csvRecordsOf(text, ',')];
          expect(await collect(readCsvRecords(chunksOf(text, chunk), ','))).toEqual(whole);
          expect(whole.map(({ row }) => row)).toEqual(whole.map((_, index) => index + 1));
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('loses one line to a quote that is never closed, not the rest of the file', () => {
    const text = `Email\n"ann@a.example\n${'bob@b.example\n'.repeat(100_000)}`;
    const records = [...csvRecordsOf(text, ',')];
    expect(records.length).toBe(100_002);
    expect(records[1]).toEqual({ kind: 'broken', row: 2, reason: 'quote_broken' });
    expect(records.at(-1)).toEqual({ kind: 'record', row: 100_002, cells: ['bob@b.example'] });
  });

  it('loses one line to text after a closing quote', () => {
    expect([...csvRecordsOf('a,b\n"x"y,z\nc,d', ',')]).toEqual([
      { kind: 'record', row: 1, cells: ['a', 'b'] },
      { kind: 'broken', row: 2, reason: 'quote_broken' },
      { kind: 'record', row: 3, cells: ['c', 'd'] },
    ]);
  });

  it('passes over a line that is too long, however it is divided', async () => {
    const text = `a,b\n${'x'.repeat(MAX_RECORD_LENGTH * 3)}\nc,d\n`;
    for (const size of [1000, 65_536, text.length]) {
      const records = await collect(readCsvRecords(chunksOf(text, size), ','));
      expect(records.map((record) => (record.kind === 'record' ? record.cells : record.reason))).toEqual([
        ['a', 'b'],
        'row_too_long',
        ['c', 'd'],
      ]);
    }
  });
});

function write(
  rows: readonly (readonly string[])[],
  how: { separator: string; lineEnd: string; quoteAll: boolean },
): string {
  const quoted = (text: string, width: number) =>
    how.quoteAll || /["\r\n]/.test(text) || text.includes(how.separator) || (width === 1 && text === '')
      ? `"${text.replaceAll('"', '""')}"`
      : text;
  return rows.map((row) => row.map((text) => quoted(text, row.length)).join(how.separator)).join(how.lineEnd);
}

async function* chunksOf(text: string, size: number): AsyncGenerator<string> {
  for (let at = 0; at < text.length; at += size) yield text.slice(at, at + size);
}

async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const collected: Item[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}
