import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { normaliseAddress } from './address.ts';
import { parseAddressField } from './address-list.ts';

const ATEXT = "abcdefghijklmnopqrstuvwxyz0123456789!#$%&'*+-/=^_`{|}~\u00f6\u00e9\u0436\u4e2d";
const DECOY = 'decoy@contact.example';

const atom = fc.string({ unit: fc.constantFrom(...ATEXT.split('')), minLength: 1, maxLength: 8 });
const dotAtom = fc.array(atom, { minLength: 1, maxLength: 3 }).map((atoms) => atoms.join('.'));
const neededQuotes = fc
  .tuple(atom, fc.constantFrom(' ', '@', ',', '<', '\\"', '..', '('))
  .map(([a, b]) => `"${a}${b}${a}"`);
const label = fc.stringMatching(/^[a-z](?:[a-z0-9-]{0,6}[a-z0-9])?$/).filter((text) => text.slice(2, 4) !== '--');
const domain = fc.array(label, { minLength: 1, maxLength: 3 }).map((labels) => [...labels, 'example']);
const address = fc.record({ local: fc.oneof(dotAtom, neededQuotes), domain });

/** ASCII as often as everything else of Unicode, halves of pairs included. */
const character = fc
  .oneof(fc.integer({ min: 0x20, max: 0x7e }), fc.integer({ min: 0, max: 0x10ffff }))
  .map((code) => String.fromCodePoint(code));

/** Text for quotes and comments: anything but control characters, sometimes with an address in it. */
const text = fc
  .tuple(
    fc.string({ unit: character, maxLength: 12 }),
    fc.constantFrom('', DECOY, `<${DECOY}>`, `, ${DECOY},`, `:${DECOY};`),
  )
  .map(([before, decoy]) => `${before.replace(/\p{Cc}/gu, '')}${decoy}`);
const quoted = text.map((content) => `"${content.replace(/["\\]/g, '\\$&')}"`);
const comment = text.map((content) => `(${content.replace(/[()\\]/g, '\\$&')})`);
const nested = fc.tuple(comment, comment).map(([outer, inner]) => `${outer.slice(0, -1)}${inner})`);
const space = fc.constantFrom(' ', '\t', '\r\n ', '\n\t', '  ');
const gap = fc.array(fc.oneof(space, space, comment, nested), { maxLength: 3 }).map((parts) => parts.join(''));
const word = fc.oneof(atom, quoted, fc.constant('=?utf-8?q?decoy=40contact.example?='));
const phrase = fc
  .tuple(word, fc.array(fc.tuple(gap, fc.oneof(word, fc.constant('.'))), { maxLength: 3 }))
  .map(([first, more]) => [first, ...more.map(([before, next]) => `${before} ${next}`)].join(''));

/** One way to write an address, with gaps wherever the grammar has them. */
const addrSpec = fc.tuple(address, fc.infiniteStream(gap), fc.boolean()).map(([value, gaps, shout]) => {
  const pull = (): string => gaps.next().value ?? '';
  const host = value.domain.map((part) => `${pull()}${shout ? part.toUpperCase() : part}${pull()}`).join('.');
  return {
    normalised: `${value.local}@${value.domain.join('.')}`,
    written: `${pull()}${shout ? value.local.toUpperCase() : value.local}${pull()}@${host}`,
  };
});
const route = fc.oneof(
  fc.constant(''),
  domain.map((labels) => `@relay.${labels.join('.')}:`),
);
const mailbox = fc.oneof(
  addrSpec,
  fc.tuple(fc.oneof(phrase, fc.constant('')), gap, route, addrSpec, gap).map(([name, before, relay, spec, after]) => ({
    normalised: spec.normalised,
    written: `${name}${before}<${relay}${spec.written}>${after}`,
  })),
);
const list = fc.array(mailbox, { maxLength: 4 }).map((entries) => ({
  normalised: entries.map((entry) => entry.normalised),
  written: entries.map((entry) => entry.written).join(','),
}));
const group = fc.tuple(phrase, list, gap).map(([name, members, after]) => ({
  normalised: members.normalised,
  written: `${name}:${members.written};${after}`,
}));
const header = fc.array(
  fc.oneof(
    mailbox,
    group,
    gap.map((written) => ({ normalised: [], written })),
  ),
  { maxLength: 5 },
);

describe('parseAddressField', () => {
  it('reads back exactly the addresses written, however they are named, commented, folded, routed and grouped', () => {
    fc.assert(
      fc.property(header, (entries) => {
        const expected = [...new Set(entries.flatMap((entry) => entry.normalised))];
        expect(parseAddressField('To', [entries.map((entry) => entry.written).join(',')])).toEqual(expected);
        expect(
          parseAddressField(
            'Cc',
            entries.map((entry) => entry.written),
          ),
        ).toEqual(expected);
      }),
      { numRuns: 2000 },
    );
  });

  it('never counts an address that stands only in a name, a comment or the name of a group', () => {
    const names = fc.oneof(quoted, comment, nested, phrase);
    fc.assert(
      fc.property(names, names, address, (before, inside, value) => {
        const real = `${value.local}@${value.domain.join('.')}`;
        for (const written of [
          `${before} <${real}>`,
          `<${real}> ${before}`,
          `${before}: ${inside} <${real}>;`,
          `${before}${inside}<${real}>`,
          `${before} ${real} ${inside}`,
        ]) {
          expect([[], [real]]).toContainEqual(parseAddressField('From', [written]));
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('answers any text with addresses in canonical form, and never throws', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        ...'"\\()<>[]:;@,. \t'.split(''),
        '\r\n ',
        'a@b.example',
        'Ann',
        '=?',
        '?=',
        'xn--',
        '\u0338',
        '\u200d',
        'K',
      ),
      fc.string({ unit: character, maxLength: 6 }),
    );
    fc.assert(
      fc.property(
        fc.array(
          fc.array(piece, { maxLength: 20 }).map((parts) => parts.join('')),
          { maxLength: 3 },
        ),
        (values) => {
          const found = parseAddressField('Bcc', values);
          expect(found.map((one) => normaliseAddress(one))).toEqual(found);
          expect(new Set(found).size).toBe(found.length);
        },
      ),
      { numRuns: 5000 },
    );
  });
});
