import { describe, expect, it } from 'vitest';
import { longId, recordId, recordNumber } from './record-id.ts';

describe('record ids', () => {
  it('get the suffix that says which characters are capitals', () => {
    expect(longId('001D000000IqhSL')).toBe('001D000000IqhSLIAZ');
    expect(longId('001A0000006Vm9u')).toBe('001A0000006Vm9uIAC');
  });

  it('carry their number in fifteen and in eighteen characters', () => {
    for (const n of [0, 1, 61, 62, 3843, 999_999, 2 ** 42 + 7]) {
      const id = recordId('003', n);
      expect(id).toMatch(/^003[0-9A-Za-z]{15}$/);
      expect(recordNumber('003', id)).toBe(n);
      expect(recordNumber('003', id.slice(0, 15))).toBe(n);
    }
  });

  it('sort as their numbers do', () => {
    const ids = [9, 10, 35, 36, 61, 62, 100_000].map((n) => recordId('003', n));
    expect(ids.toSorted()).toEqual(ids);
  });

  it('are refused with a wrong suffix, a wrong length or another prefix', () => {
    const id = recordId('003', 40);
    expect(recordNumber('001', id)).toBeNull();
    expect(recordNumber('003', `${id.slice(0, 15)}ZZZ`)).toBeNull();
    expect(recordNumber('003', id.slice(0, 16))).toBeNull();
    expect(recordNumber('003', "003'; DROP")).toBeNull();
  });
});
