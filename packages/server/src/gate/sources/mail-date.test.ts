import { expect, it } from 'vitest';
import { parseMailDate } from './mail-date.ts';

it('knows no instant outside the years 1900 to 9999, whatever the zone does to it', () => {
  expect(parseMailDate('31 Dec 9999 23:59:00 -0100')).toBeNull();
  expect(parseMailDate('31 Dec 9999 23:59:60 +0000')).toBeNull();
  expect(parseMailDate('1 Jan 1900 00:30:00 +0100')).toBeNull();
  expect(parseMailDate('31 Dec 1899 23:30:00 +0000')).toBeNull();
  expect(parseMailDate('31 Dec 9999 23:59:00 +0000')?.toISOString()).toBe('9999-12-31T23:59:00.000Z');
  expect(parseMailDate('31 Dec 1899 23:30:00 -0100')?.toISOString()).toBe('1900-01-01T00:30:00.000Z');
});
