import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson, type JsonValue } from './json.ts';

describe('canonical JSON', () => {
  it('sorts members by UTF-16 code units, at every depth, without white space', () => {
    expect(canonicalJson({ b: [{ z: 1, a: null }], a: true, '\ue000': 1, '\ud83d\ude00': 2 })).toBe(
      '{"a":true,"b":[{"a":null,"z":1}],"\ud83d\ude00":2,"\ue000":1}',
    );
  });

  it('writes numbers as ECMAScript does (RFC 8785 appendix B)', () => {
    expect([0, -0, 1e21, 333333333.3333333, 4.5, 2e-3, 1e-27].map(canonicalJson)).toEqual([
      '0',
      '0',
      '1e+21',
      '333333333.3333333',
      '4.5',
      '0.002',
      '1e-27',
    ]);
    expect(() => canonicalJson({ n: Number.NaN })).toThrow(/cannot hold/);
    expect(() => canonicalJson([Number.POSITIVE_INFINITY])).toThrow(/cannot hold/);
  });

  it('is the same for the same value however it was built, and reads back as that value', () => {
    fc.assert(
      fc.property(fc.json(), (json) => {
        const value: JsonValue = JSON.parse(json);
        const text = canonicalJson(value);
        const again: JsonValue = JSON.parse(text);
        expect(canonicalJson(again)).toBe(text);
        expect(again).toEqual(value);
      }),
    );
  });
});
