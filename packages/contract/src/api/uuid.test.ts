import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UuidInput } from './uuid.ts';

describe('a UUID that comes in', () => {
  it('is given in one spelling however it was written', () => {
    fc.assert(
      fc.property(fc.uuid(), fc.boolean(), fc.boolean(), (uuid, upper, bare) => {
        const cased = upper ? uuid.toUpperCase() : uuid;
        expect(UuidInput.parse(bare ? cased.replaceAll('-', '') : cased)).toBe(uuid);
      }),
    );
  });

  it.each([
    '',
    '__proto__',
    'constructor',
    '0190f3a0-0000-7000-8000-00000000000',
    '0190f3a0-0000-7000-8000-0000000000000',
    '0190f3a00000-7000-8000-000000000000',
    '{0190f3a0-0000-7000-8000-000000000000}',
    'urn:uuid:0190f3a0-0000-7000-8000-000000000000',
    '0190f3a0-0000-7000-8000-00000000000g',
    '0190f3a0-0000-7000-8000-000000000000\n',
    ' 0190f3a0-0000-7000-8000-000000000000',
    "' or 1=1--",
  ])('is refused as %j', (text) => {
    expect(UuidInput.safeParse(text).success).toBe(false);
  });

  it.each([null, 5, {}, ['0190f3a0-0000-7000-8000-000000000000']])('is refused when it is no text: %j', (value) => {
    expect(UuidInput.safeParse(value).success).toBe(false);
  });
});
