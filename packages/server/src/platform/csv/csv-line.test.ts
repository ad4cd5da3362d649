import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { csvLine } from './csv-line.ts';

describe('a line of CSV', () => {
  it('holds numbers, yes and no, and nothing for null', () => {
    expect(csvLine(['a', 1, true, null, 'a "b", c'])).toBe('a,1,true,,"a ""b"", c"\r\n');
  });

  it('puts an apostrophe before what a spreadsheet would run', () => {
    for (const start of ['=', '+', '-', '@', '\t', '\r']) {
      const formula = `${start}cmd|' /C calc'!A0`;
      expect(parse(csvLine([formula]))).toEqual([[`'${formula}`]]);
    }
    expect(csvLine([-1, 'a=1', "it's"])).toBe("-1,a=1,it's\r\n");
  });

  it('is read back by others as it was written', () => {
    const cell = fc.string({ maxLength: 12 }).filter((text) => !/^[=+\-@\t\r]/.test(text));
    fc.assert(
      fc.property(fc.array(cell, { minLength: 2, maxLength: 5 }), (cells) => {
        expect(parse(csvLine(cells))).toEqual([cells]);
      }),
    );
  });
});
