// Reading the search part of an address.
import { describe, expect, it } from 'vitest';
import { readLedgerSearch } from '../gate/ledger-search.ts';
import { readHomeSearch } from '../home/home-search.ts';
import { understood } from './search.ts';

describe('the search part of an address', () => {
  it('does not leave through what a page refused, even when it is laid over what was typed', () => {
    const typed = { range: '9y', outcome: 'nonsense', extra: 'x' };
    expect({ ...typed, ...understood(readLedgerSearch)(typed) }).toEqual({});
    expect({ ...typed, ...understood(readHomeSearch)({ ...typed }) }).toEqual({});
  });

  it('keeps what a page understood', () => {
    const typed = { range: '7d', outcome: 'nonsense,passed' };
    expect({ ...typed, ...understood(readLedgerSearch)(typed) }).toEqual({ range: '7d', outcome: 'passed' });
  });
});
