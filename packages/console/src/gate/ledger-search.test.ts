// The address of the ledger is its filter: what it says, what it refuses, and the span it stands for.
import { describe, expect, it } from 'vitest';
import { readLedgerSearch, spanOf, tokensOf } from './ledger-search.ts';

const NOW = new Date('2026-03-04T10:42:11.500Z');

describe('the address of the ledger', () => {
  it('keeps what it knows and drops what it does not', () => {
    const entry = '0192f8c4-0000-7000-8000-000000000001';
    const read = readLedgerSearch({
      outcome: 'passed,nonsense,fail_closed',
      source: 'mbox',
      range: '7d',
      entry,
      extra: 1,
    });
    expect(read).toEqual({ outcome: 'passed,fail_closed', source: 'mbox', range: '7d', entry });
    expect(readLedgerSearch({ outcome: 'x', source: 'fax', range: '3y', since: 'soon', entry: '../etc' })).toEqual({});
  });

  it('refuses a span that holds nothing', () => {
    const [early, late] = ['2026-03-01T00:00:00.000Z', '2026-03-02T00:00:00.000Z'];
    expect(readLedgerSearch({ since: early, until: late })).toEqual({ since: early, until: late });
    expect(readLedgerSearch({ since: late, until: early })).toEqual({});
    expect(readLedgerSearch({ since: '+275760-01-01T00:00:00.000Z', entry: '-'.repeat(36) })).toEqual({});
  });

  it('does not spell out the default range', () => {
    expect(readLedgerSearch({ range: '24h' })).toEqual({});
  });

  it('names a family by all its tokens', () => {
    expect(tokensOf('failed_closed')).toBe('fail_closed');
    expect(tokensOf('dropped').split(',')).toContain('dropped_no_crm_match');
  });

  it('stands for whole hours or whole UTC days, the running one among them', () => {
    expect(spanOf({}, NOW).since).toBe('2026-03-03T11:00:00.000Z');
    expect(spanOf({ range: '7d' }, NOW).since).toBe('2026-02-26T00:00:00.000Z');
    expect(spanOf({ range: 'all' }, NOW)).toEqual({ since: null, until: null });
  });

  it('puts a fixed span above the range', () => {
    const since = '2026-03-01T00:00:00.000Z';
    expect(spanOf({ range: '7d', since }, NOW)).toEqual({ since, until: null });
  });
});
