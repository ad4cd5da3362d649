import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { plainText } from './plain-text.ts';

const name = plainText(1, 20);
const given = (text: unknown) => {
  const parsed = name.safeParse(text);
  return parsed.success ? parsed.data : null;
};

describe('plain text', () => {
  it.each([
    ['Sales', 'Sales'],
    ['  Sales \n', 'Sales'],
    ['<b>Sales</b>', 'Sales'],
    ['<script>alert(1)</script>', 'alert(1)'],
    ['a <img src=x onerror=y', 'a'],
    ['<<b>b>Sales', 'Sales'],
    ['<!-- <b> -->Sales', 'Sales'],
    [`${'<'.repeat(9)}${'b>'.repeat(9)}Sales`, 'b>Sales'],
    ['1 < 2 & 3 > 2', '1 < 2 & 3 > 2'],
    ['Ünïcode 株式会社', 'Ünïcode 株式会社'],
  ])('of %j is %j', (text, plain) => {
    expect(given(text)).toBe(plain);
  });

  it.each(['', '   ', '<b></b>', ' <i> </i> ', '<', 'a\u0000b', 'a\u001bb', 'a\u202eb', 'x'.repeat(21), 7, null])(
    'refuses %j',
    (text) => {
      expect(given(text)).toBe(text === '<' ? '<' : null);
    },
  );

  it('is as long as allowed after the tags are gone, not before', () => {
    expect(given(`<b>${'x'.repeat(20)}</b>`)).toBe('x'.repeat(20));
    expect(given('x'.repeat(81))).toBeNull();
  });

  it('never holds a tag, and taken again stays what it is', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('<', '>', '!', '-', '/', 'b', ' ', 'x'), maxLength: 20 }),
        (text) => {
          const plain = given(text);
          if (plain === null) return;
          expect(plain).not.toMatch(/<[/!?a-z][^>]*>/i);
          expect(given(plain)).toBe(plain);
        },
      ),
    );
  });
});
