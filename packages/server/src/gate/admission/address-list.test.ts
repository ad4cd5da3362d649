import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { MAX_FIELD_ENTRIES, MAX_FIELD_LENGTH, parseAddressField } from './address-list.ts';

const VECTORS = new URL('../../../../../tests/vectors/address-headers.json', import.meta.url);

const vectors = z
  .object({
    cases: z.array(
      z.object({
        id: z.string(),
        why: z.string(),
        input: z.object({ field: z.enum(['From', 'To', 'Cc', 'Bcc']), values: z.array(z.string()) }),
        expect: z.array(z.string()),
      }),
    ),
  })
  .parse(JSON.parse(readFileSync(VECTORS, 'utf8')));

describe('address header vectors', () => {
  it('are all read', () => {
    expect(vectors.cases).toHaveLength(195);
    expect(new Set(vectors.cases.map((vector) => vector.id)).size).toBe(195);
  });

  it.each(vectors.cases)('$id: $why', ({ input, expect: expected }) => {
    expect(parseAddressField(input.field, input.values)).toEqual(expected);
  });
});

describe('a sender who wants to look like a contact', () => {
  it.each([
    [
      'writes the contact in brackets inside the quoted name',
      '"Ann <ann@contact.example>" <mallory@evil.test>',
      ['mallory@evil.test'],
    ],
    [
      'adds a parenthesis to the quoted name',
      '"Ann <ann@contact.example> (" <mallory@evil.test>',
      ['mallory@evil.test'],
    ],
    ['escapes quotes around the contact', '"\\"<ann@contact.example>\\"" <mallory@evil.test>', ['mallory@evil.test']],
    ['puts the own address behind the brackets', '<ann@contact.example> mallory@evil.test', []],
    ['uses the bare contact as the quoted name', '"ann@contact.example" <mallory@evil.test>', ['mallory@evil.test']],
    ['uses the bare contact as an unquoted name', 'ann@contact.example <mallory@evil.test>', []],
    ['puts the contact into a comment', '(ann@contact.example) mallory@evil.test', ['mallory@evil.test']],
    ['encodes the contact in the name', '=?utf-8?q?ann=40contact.example?= <mallory@evil.test>', ['mallory@evil.test']],
    ['quotes the contact as a local part', '"ann@contact.example"@evil.test', ['"ann@contact.example"@evil.test']],
    ['hides the list in a literal', 'x@["], ann@contact.example, y@["]', []],
    ['leaves a quote open before two addresses', '"Ann ann@contact.example, bob@contact.example', []],
    ['adds a combining mark to the bracket', 'Ann <\u0338ann@contact.example>', []],
    ['names the contact as the group', 'ann@contact.example: mallory@evil.test;', []],
    ['routes through the contact', '<@contact.example,ann@contact.example:mallory@evil.test>', []],
  ])('%s', (_name, value, expected) => {
    expect(parseAddressField('From', [value])).toEqual(expected);
  });
});

describe('an honest address that sloppy readers miss', () => {
  it.each([
    [
      'members of a group',
      'Team: ann@contact.example, bob@contact.example;',
      ['ann@contact.example', 'bob@contact.example'],
    ],
    ['the mailbox behind a source route', '<@relay.example:bob@contact.example>', ['bob@contact.example']],
    ['a trailing dot', 'ann@contact.example.', ['ann@contact.example']],
    ['a plus tag', 'ann+mail@contact.example', ['ann+mail@contact.example']],
  ])('%s', (_name, value, expected) => {
    expect(parseAddressField('To', [value])).toEqual(expected);
  });
});

describe('what divides and what does not', () => {
  it.each([
    ['a refused entry leaves its neighbours', 'a b@x.example, ann@contact.example', ['ann@contact.example']],
    ['a refused group leaves its neighbours', 'a@b: c@x.example;, ann@contact.example', ['ann@contact.example']],
    ['nested brackets leave the neighbours', '<<a@x.example>>, ann@contact.example', ['ann@contact.example']],
    ['something behind a group without a comma', 'Team: a@x.example; b@x.example', []],
    ['a second semicolon behind a group', 'Team: a@x.example;;', []],
    ['a semicolon in brackets', '<a;b@x.example>, ann@contact.example', []],
    ['a group that opens in brackets only', '<Team: a@x.example>, ann@contact.example', ['ann@contact.example']],
    ['empty elements in a source route', '<,@r.example,,@s.example,:bob@contact.example>', ['bob@contact.example']],
    ['a literal as a relay', '<@[192.0.2.1]:bob@contact.example>', []],
    ['a name that begins with a dot', '. Ann <ann@contact.example>', []],
    ['a name with dots', 'Ann B. Example Jr. <ann@contact.example>', ['ann@contact.example']],
    ['square brackets in a name', '[list] Ann <ann@contact.example>', []],
  ])('%s', (_name, value, expected) => {
    expect(parseAddressField('To', [value])).toEqual(expected);
  });

  it('does not let one To field close what another opened', () => {
    expect(parseAddressField('To', ['Team: a@x.example', 'b@x.example;'])).toEqual([]);
  });

  it('names nobody when one of several Cc fields is uncertain', () => {
    expect(parseAddressField('Cc', ['ann@contact.example', '"bob@contact.example'])).toEqual([]);
  });

  it('answers an absent field with nobody', () => {
    expect(parseAddressField('From', [])).toEqual([]);
  });
});

/** CPU time, which a busy machine does not stretch, in milliseconds. */
function cpuMs(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

describe('a field made to exhaust the reader', () => {
  it('reads as many entries as the bound says, and nobody past it', () => {
    const full = 'a@b.cc,'.repeat(MAX_FIELD_ENTRIES);
    expect(parseAddressField('To', [full])).toEqual(['a@b.cc']);
    expect(parseAddressField('To', [full, 'ann@contact.example'])).toEqual([]);
  });

  it('names nobody past the length bound, all fields of the name together', () => {
    const half = `ann@contact.example,${' '.repeat(MAX_FIELD_LENGTH / 2 - 20)}`;
    expect(parseAddressField('To', [half, half])).toEqual(['ann@contact.example']);
    expect(parseAddressField('To', [half, half, ' '])).toEqual([]);
  });

  it('answers a million addresses at once', () => {
    const million = Array.from({ length: 1_000_000 }, (_, i) => `p${i}@x.example`).join(', ');
    expect(cpuMs(() => expect(parseAddressField('To', [million])).toEqual([]))).toBeLessThan(1000);
  });

  const length = MAX_FIELD_LENGTH / 4;

  // A reader that is quadratic anywhere needs minutes for one of these.
  it.each(
    ['(', '()', '"', '""', '\\', '"\\"', '<', '<>', '@', ',', '.', 'a.', 'a@', 'a ', '<@a.b,', ':', 'a:;,', '[', '[]']
      .concat([
        '=?',
        '=?q?=',
        'a@b.cc ',
        '-',
        'xn--',
        'xn--a.',
        '\u00fc',
        '\u00fc.',
        'a@\u00fc.\u00fc,',
        'e\u0301',
        '\t\r\n ',
      ])
      .map((piece) => [JSON.stringify(piece), piece]),
  )('takes linear time for %s over and over', (_name, piece) => {
    for (const prefix of ['', 'a@', '<', '"', 'x@y.example, ']) {
      const text = (prefix + piece.repeat(length / piece.length)).slice(0, length);
      expect(cpuMs(() => parseAddressField('To', [text]))).toBeLessThan(2000);
    }
  });
});
