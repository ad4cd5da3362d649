import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { dmarcResult } from './authentication-results.ts';

const OURS = ['mx.home.example'];
const VECTORS = new URL('../../../../../tests/vectors/admission.json', import.meta.url);

const vectors = z
  .object({
    cases: z.array(
      z.object({
        id: z.string(),
        input: z.object({
          workspace: z.object({
            authservIds: z.array(z.string()),
            policy: z.object({ dmarc: z.string() }).partial().optional(),
          }),
          message: z.object({ authenticationResults: z.array(z.string()).optional() }),
        }),
        expect: z.object({ outcome: z.string() }),
      }),
    ),
  })
  .parse(JSON.parse(readFileSync(VECTORS, 'utf8')))
  .cases.filter((vector) => vector.id.startsWith('dm-'));

function ours(rest: string, ...below: string[]) {
  return dmarcResult([`mx.home.example${rest}`, ...below], OURS);
}

/** ASCII as often as everything else of Unicode, halves of pairs included. */
const character = fc
  .oneof(fc.integer({ min: 0x20, max: 0x7e }), fc.integer({ min: 0, max: 0x10ffff }))
  .map((code) => String.fromCodePoint(code));

/** CPU time, which a busy machine does not stretch, in milliseconds. */
function cpuMs(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

describe('the admission vectors about DMARC', () => {
  const dropped = vectors.filter((vector) => vector.expect.outcome === 'dropped_unauthenticated_sender');

  it('are all read', () => {
    expect(vectors).toHaveLength(21);
    expect(dropped).toHaveLength(10);
  });

  it.each(dropped)('$id is a failure', ({ input }) => {
    expect(dmarcResult(input.message.authenticationResults ?? [], input.workspace.authservIds)).toBe('fail');
  });

  it.each([
    ['dm-pass', 'pass'],
    ['dm-in-quotes', 'pass'],
    ['dm-temperror', 'other'],
    ['dm-absent', 'none'],
    ['dm-foreign', 'none'],
    ['dm-no-trusted', 'none'],
    ['dm-off', 'fail'],
  ])('%s reads as %s', (id, result) => {
    const input = vectors.find((vector) => vector.id === id)?.input;
    expect(dmarcResult(input?.message.authenticationResults ?? [], input?.workspace.authservIds ?? [])).toBe(result);
  });
});

describe('dmarcResult', () => {
  it.each([
    ['a method version', '; dmarc/1=fail', 'fail'],
    ['white space and comments everywhere', ' (a) 1 (b); (c) dmarc (d) / (e) 1 = (f) fail (g)', 'fail'],
    ['a comment right behind the result', '; dmarc=fail(p=reject)', 'fail'],
    ['no result at all', '; none', 'none'],
    ['only other methods', '; spf=fail; dkim=fail', 'none'],
    ['a method whose name only ends alike', '; x-dmarc=fail', 'none'],
    ['a property that looks like a result', '; spf=pass policy.dmarc=fail', 'none'],
    ['a result that only begins alike', '; dmarc=failure', 'other'],
    ['dmarc=none', '; dmarc=none header.from=x.example', 'other'],
    ['an empty result', '; dmarc=', 'none'],
    ['a quoted result', '; dmarc="fail"', 'none'],
    ['a result in a comment', '; spf=pass (; dmarc=fail)', 'none'],
    ['a result in a nested comment with escapes', '; spf=pass (a (\\) ; dmarc=fail) b); dmarc=pass', 'pass'],
    ['a quoted parenthesis before the result', '; spf=pass reason="(" ; dmarc=fail', 'fail'],
    ['an escaped quote before the result', '; spf=pass reason="\\"" ; dmarc=fail', 'fail'],
    ['two results, one of them bad', '; dmarc=pass; dmarc=fail', 'fail'],
    ['two results, one of them unclear', '; dmarc=pass; dmarc=temperror', 'other'],
  ] as const)('reads %s', (_name, rest, result) => {
    expect(ours(rest)).toBe(result);
  });

  it('knows its server when the name is quoted', () => {
    expect(dmarcResult(['(hi) "MX.home.example" 1; dmarc=fail'], OURS)).toBe('fail');
  });

  it.each([
    ['a longer name', 'mx.home.example.evil.test; dmarc=pass'],
    ['our name in a comment', '(mx.home.example) mx.evil.test; dmarc=pass'],
    ['our name behind another', 'mx.evil.test mx.home.example; dmarc=pass'],
    ['our name and more in quotes', '"mx.home.example x"; dmarc=pass'],
    ['no name', '; dmarc=pass'],
    ['an open quote', '"mx.home.example; dmarc=pass'],
  ])('does not believe %s', (_name, field) => {
    expect(dmarcResult([field], OURS)).toBe('none');
    expect(dmarcResult([field, 'mx.home.example; dmarc=fail'], OURS)).toBe('fail');
  });

  it('lets the topmost field of a trusted server that speaks of DMARC decide', () => {
    expect(ours('; dmarc=fail', 'mx.home.example; dmarc=pass')).toBe('fail');
    expect(ours('; dmarc=pass', 'mx.home.example; dmarc=fail')).toBe('pass');
    expect(ours('; dmarc=none', 'mx.home.example; dmarc=fail')).toBe('other');
  });

  it('passes over the fields a server writes for its other methods', () => {
    expect(ours('; dkim=none', 'mx.home.example; spf=fail', 'mx.home.example; dmarc=fail')).toBe('fail');
    expect(ours('; none', 'mx.evil.test; dmarc=pass', 'mx.home.example; dmarc=fail')).toBe('fail');
    expect(ours('; spf=pass', 'mx.home.example; dmarc=pass')).toBe('pass');
    expect(ours('; spf=pass (; dmarc=pass)', 'mx.home.example; dmarc=fail')).toBe('fail');
    expect(ours('; spf=pass', 'mx.home.example; dkim=pass')).toBe('none');
  });

  it('does not take an envelope address that reads like a pass for a result', () => {
    expect(ours('; spf=pass smtp.mailfrom=a;dmarc=pass@evil.test', 'mx.home.example; dmarc=fail')).toBe('fail');
    expect(ours('; spf=pass smtp.mailfrom=a(b;dmarc=pass', 'mx.home.example; dmarc=fail')).toBe('fail');
    expect(ours('; dmarc=fail@x')).toBe('fail');
  });

  it('trusts every server of the list, and nobody when the list is empty', () => {
    expect(dmarcResult(['b.example; dmarc=fail'], ['a.example', ' B.Example '])).toBe('fail');
    expect(dmarcResult(['; dmarc=fail', 'b.example; dmarc=fail'], [])).toBe('none');
  });

  it('does not let an envelope address swallow the failure behind it', () => {
    expect(ours('; spf=pass smtp.mailfrom=a(b@evil.test; dmarc=fail header.from=contact.example')).toBe('fail');
    expect(ours('; spf=pass smtp.mailfrom="a@evil.test; dmarc=fail header.from=contact.example')).toBe('fail');
    expect(ours('; spf=pass smtp.mailfrom=a(b@evil.test; dmarc=pass')).toBe('none');
  });

  it('finds the failure whatever well-formed text stands around it', () => {
    const noise = fc.string({ unit: character, maxLength: 20 });
    const quoted = noise.map((text) => ` reason="${text.replace(/["\\]/g, '\\$&')}"`);
    const comment = noise.map((text) => ` (${text.replace(/[()\\]/g, '\\$&')})`);
    const gap = fc.oneof(comment, fc.constantFrom('', ' ', '\r\n\t'));
    fc.assert(
      fc.property(gap, quoted, gap, gap, (a, b, c, d) => {
        expect(ours(`${a}; spf=pass${b}${c};${d}dmarc${a}=${c}FAIL${d}`)).toBe('fail');
        expect(ours(`${a}; spf=pass${b}${c};${d}dmarc${a}=${c}pass${d}`)).toBe('pass');
      }),
    );
  });

  it('never throws on any text', () => {
    const piece = fc.oneof(
      fc.constantFrom('mx.home.example', ';', 'dmarc', '=', 'fail', '"', '(', ')', '\\', ' '),
      fc.string(),
    );
    fc.assert(
      fc.property(fc.array(piece), (parts) => {
        expect(['pass', 'fail', 'other', 'none']).toContain(dmarcResult([parts.join('')], OURS));
      }),
    );
  });

  it.each(['(', '"', '\\', ';', 'dmarc ', '; dmarc', '; dmarc/1', ' ', '1', '=', '()'])(
    'takes linear time for "%s" over and over',
    (piece) => {
      const spent = cpuMs(() => {
        ours(`; dmarc/${piece.repeat(1_000_000 / piece.length)}`);
        ours(`; ( dmarc/${piece.repeat(1_000_000 / piece.length)}`);
      });
      expect(spent).toBeLessThan(5000);
    },
  );
});
