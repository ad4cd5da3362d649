import { expect, it } from 'vitest';
import { isWholeCode, readDeviceSearch, spellCode } from './user-code.ts';

it.each([
  ['wxyz', 'WXYZ'],
  ['wxyzb', 'WXYZ-B'],
  ['wxyz bcdf', 'WXYZ-BCDF'],
  ['WXYZ-BCDF and more', 'WXYZ-BCDF'],
  ['1234', ''],
])('spells %j as %j', (typed, spelled) => {
  expect(spellCode(typed)).toBe(spelled);
});

it('takes from an address only a whole code', () => {
  expect(readDeviceSearch({ user_code: 'wxyzbcdf' })).toEqual({ user_code: 'WXYZ-BCDF' });
  for (const user_code of ['wxyz', 7, null, { a: 1 }]) expect(readDeviceSearch({ user_code })).toEqual({});
  expect(isWholeCode('WXYZ-BCDF')).toBe(true);
});
