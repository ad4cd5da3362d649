import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePersonEmail } from '../identity/person-email.ts';
import { slugOf } from './workspace.ts';

describe('a slug', () => {
  it.each([
    ['Höfer & Söhne', 'hofer-sohne'],
    ['  ACME  ', 'acme'],
    ['株式会社', 'workspace'],
    ['--', 'workspace'],
    ['a'.repeat(90), 'a'.repeat(40)],
  ])('of %s', (name, slug) => {
    expect(slugOf(name)).toBe(slug);
  });

  it('is always one that the database takes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 80 }), (name) => {
        expect(slugOf(name)).toMatch(/^[a-z0-9][a-z0-9-]{0,62}$/);
      }),
    );
  });
});

describe('the address of a person', () => {
  it.each([
    ['ada@home.example', 'ada@home.example'],
    ['Ada@Bücher.Example', 'Ada@xn--bcher-kva.example'],
  ])('%s', (text, address) => {
    expect(parsePersonEmail(text)).toBe(address);
  });

  it.each([
    '',
    '@',
    'ada',
    'ada@',
    '@home.example',
    'ada@home',
    'a b@home.example',
    'ada@home.example\r\nBcc: x@y.example',
    'ada@[192.0.2.1]',
    'ada@home..example',
    'ada@home.example/x',
    'ada@home.example?x',
    'ada@home.example\\x',
    'ada@home.ex%61mple',
    'ada@home.example\t',
  ])('refuses %j', (text) => {
    expect(parsePersonEmail(text)).toBeNull();
  });
});
