import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { domainOf, foldAddress, normaliseAddress, normaliseDomain } from './address.ts';

function valid(text: string) {
  const address = normaliseAddress(text);
  if (address === null) throw new Error('this test needs a valid address');
  return address;
}

/** ASCII as often as everything else of Unicode, halves of pairs included. */
const character = fc
  .oneof(fc.integer({ min: 0x20, max: 0x7e }), fc.integer({ min: 0, max: 0x10ffff }))
  .map((code) => String.fromCodePoint(code));

describe('normaliseAddress', () => {
  it.each([
    ['Ann@Contact.Example.', 'ann@contact.example'],
    [' ann (at work) @ contact.example\t', 'ann@contact.example'],
    ['"ann"@contact.example', 'ann@contact.example'],
    ['"ann\\ b"@contact.example', '"ann b"@contact.example'],
    ['ann@fa\u00df.example', 'ann@xn--fa-hia.example'],
    ['JO\u0308RG@contact.example', 'j\u00f6rg@contact.example'],
    ['\u039d\u0399\u039a\u039f\u03a3@contact.example', '\u03bd\u03b9\u03ba\u03bf\u03c2@contact.example'],
  ])('takes %s as %s', (text, address) => {
    expect(normaliseAddress(text)).toBe(address);
  });

  it.each([
    ['a display name', 'Ann <ann@contact.example>'],
    ['bare brackets', '<ann@contact.example>'],
    ['two addresses', 'ann@contact.example,bob@contact.example'],
    ['a line break', 'ann@contact.example\n'],
    ['a tab in quotes', '"ann\tb"@contact.example'],
    ['nothing', ''],
    ['an empty local part', '""@contact.example'],
    ['one label', 'root@localhost'],
    ['half a surrogate pair', 'a\ud800b@contact.example'],
    ['a Kelvin sign', '\u212aim@contact.example'],
    ['a dotted capital I, which folds to i in some languages', '\u0130smail@contact.example'],
    ['a no-break space', 'a\u00a0b@contact.example'],
    ['a Greek question mark, canonically a semicolon', 'a\u037e@contact.example'],
    ['an unassigned character', 'a\u0378@contact.example'],
    ['a variation selector', 'ann\ufe0f@contact.example'],
    ['a mark in front', '\u0301ann@contact.example'],
    ['an encoded word in quotes', '"=?utf-8?q?ann?="@contact.example'],
    ['too much text', `${'('.repeat(3000)}${')'.repeat(3000)}ann@contact.example`],
  ])('refuses %s', (_name, text) => {
    expect(normaliseAddress(text)).toBeNull();
  });

  it('allows 254 octets in all and not one more', () => {
    const host = `${'d'.repeat(60)}.${'d'.repeat(60)}.${'d'.repeat(59)}.example`;
    expect(normaliseAddress(`${'a'.repeat(64)}@${host}`)).toHaveLength(254);
    expect(normaliseAddress(`${'a'.repeat(64)}@d${host}`)).toBeNull();
    expect(normaliseAddress(`${'\u00f6'.repeat(32)}@d${host}`)).toBeNull();
    expect(normaliseDomain(`d${host}`)).not.toBeNull();
  });

  it('is idempotent on whatever it accepts', () => {
    const letter = fc.oneof(character, fc.constantFrom(...'aZ."\\ \u03a3\u00df\u0301'.split('')));
    const local = fc.array(letter, { minLength: 1, maxLength: 8 }).map((letters) => letters.join(''));
    const texts = fc
      .tuple(local, local, fc.boolean())
      .map(([left, right, quotes]) =>
        quotes ? `"${left.replace(/["\\]/g, '\\$&')}"@${right}.example` : `${left}@${right}.example`,
      );
    let accepted = 0;
    fc.assert(
      fc.property(
        fc.oneof(
          texts,
          local.map((text) => `"${text.replace(/["\\]/g, '\\$&')}"@contact.example`),
        ),
        (text) => {
          const once = normaliseAddress(text);
          if (once === null) return;
          accepted += 1;
          expect(normaliseAddress(once)).toBe(once);
          expect(once).toBe(once.normalize('NFC'));
        },
      ),
      { numRuns: 5000 },
    );
    expect(accepted).toBeGreaterThan(100);
  });
});

describe('normaliseDomain', () => {
  it.each([
    ['Contact.Example', 'contact.example'],
    ['r3---sn-a.example', 'r3---sn-a.example'],
    ['b\u00dcCHER.example', 'xn--bcher-kva.example'],
    ['FA\u1e9e.example', 'xn--fa-hia.example'],
    ['l\u00b7l.example', 'xn--ll-0ea.example'],
    ['\u0915\u094d\u200d\u0937.example', 'xn--11b2ezcw70k.example'],
    ['\u039d\u0399\u039a\u039f\u03a3.example', 'xn--uxachku.example'],
  ])('takes %s as %s', (text, domain) => {
    expect(normaliseDomain(text)).toBe(domain);
  });

  it.each([
    ['a symbol', '\u2603.example'],
    ['the encoding of a symbol', 'xn--n3h.example'],
    ['an encoding of plain ASCII', 'xn--abc-.example'],
    ['an encoding that is not canonical', 'xn--FFIA-.example'],
    ['a Kelvin sign beside a real international letter', '\u212a\u00f6ln.example'],
    ['a dotted capital I, which folds to i in some languages', '\u0130stanbul.example'],
    ['a full-width letter', '\uff43rm.example'],
    ['an ideographic dot', 'crm\u3002example'],
    ['a ligature', '\ufb01.example'],
    ['a middle dot that stands between no l', 'a\u00b7b.example'],
    ['a joiner without a virama', 'a\u200db.example'],
    ['a katakana dot among Latin letters', 'a\u30fbb.example'],
    ['a keraia without a Greek letter', '\u0375a.example'],
    ['two kinds of Arabic digits', '\u0628\u0661\u06f1.example'],
    ['a Hebrew label with a Latin letter', '\u05d0a.example'],
    ['old Hangul jamo', '\u1100\u1161\u11a8\u11ab.example'],
    ['hyphens that look like an encoding', 'ab--\u00fc.example'],
    ['a hyphen at the edge', '-\u00fc.example'],
    ['a mark in front', '\u0301a.example'],
    ['a mark in front that Unicode got late', '\u1ac1a.example'],
    ['a half-width letter', '\uff71.example'],
    ['a variation selector', '\u00fc\ufe0f.example'],
    ['two trailing dots', 'a.example..'],
    ['an IPv4 address', '192.0.2.1'],
    ['a port', 'a.example:25'],
    ['a percent escape', 'ex%61mple.example'],
    ['a path', 'a.example/x'],
    ['white space', 'a .example'],
    ['nothing', ''],
    ['a dot', '.'],
  ])('refuses %s', (_name, text) => {
    expect(normaliseDomain(text)).toBeNull();
  });

  it('allows 253 octets and not one more', () => {
    const labels = `${'d'.repeat(60)}.`.repeat(4);
    expect(normaliseDomain(`${labels}d.example`)).toHaveLength(253);
    expect(normaliseDomain(`${labels}dd.example`)).toBeNull();
  });

  it('agrees with itself on every form of one domain', () => {
    const letters = fc.string({
      unit: fc.constantFrom(...'abz0-\u00e4\u00f1\u03b1\u0436\u05d0\u4e2d\u30a2'.split('')),
      minLength: 1,
      maxLength: 6,
    });
    fc.assert(
      fc.property(letters, (label) => {
        const domain = normaliseDomain(`${label}.example`);
        if (domain === null) return;
        expect(normaliseDomain(domain)).toBe(domain);
        expect(normaliseDomain(`${domain.toUpperCase()}.`)).toBe(domain);
        expect(normaliseDomain(`${label.normalize('NFD').toUpperCase()}.EXAMPLE`)).toBe(domain);
        expect(normaliseDomain(`a.very.long.prefix.that.leaves.the.short.road.behind.for.good.${label}.example`)).toBe(
          `a.very.long.prefix.that.leaves.the.short.road.behind.for.good.${domain}`,
        );
      }),
      { numRuns: 2000 },
    );
  });
});

describe('foldAddress', () => {
  const distinct = { plusTags: 'distinct', gmailDots: 'distinct' } as const;
  const plus = { plusTags: 'fold', gmailDots: 'distinct' } as const;
  const dots = { plusTags: 'distinct', gmailDots: 'fold' } as const;
  const both = { plusTags: 'fold', gmailDots: 'fold' } as const;

  it.each([
    ['an.n+news@contact.example', distinct, 'an.n+news@contact.example'],
    ['an.n+news@contact.example', plus, 'an.n@contact.example'],
    ['an.n+a+b@contact.example', both, 'an.n@contact.example'],
    ['an.n+ne.ws@gmail.com', dots, 'ann+ne.ws@gmail.com'],
    ['an.n+ne.ws@googlemail.com', both, 'ann@googlemail.com'],
    ['an.n@gmail.com.example', dots, 'an.n@gmail.com.example'],
    ['+news@contact.example', plus, '+news@contact.example'],
    ['ann.+news@contact.example', plus, 'ann.+news@contact.example'],
    ['"an n+news"@contact.example', both, '"an n+news"@contact.example'],
  ])('makes %s by %o to %s', (text, how, folded) => {
    expect(foldAddress(valid(text), how)).toBe(folded);
  });
});

describe('domainOf', () => {
  it('is what follows the last @', () => {
    expect(domainOf(valid('"ann@contact.example"@else.example'))).toBe('else.example');
  });
});
