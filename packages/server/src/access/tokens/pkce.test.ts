import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { challengeOf, checkPkce, checkState } from './pkce.ts';

const Party = z.object({ person: z.string().nullable(), workspace: z.string().nullable(), provider: z.string() });
const Verdict = z.union([
  z.object({ accept: z.literal(true) }),
  z.object({ accept: z.literal(false), reason: z.string() }),
]);
const Vectors = z.object({
  cases: z.array(
    z.object({
      id: z.string(),
      why: z.string(),
      input: z.discriminatedUnion('op', [
        z.object({ op: z.literal('challenge'), verifier: z.string() }),
        z.object({
          op: z.literal('verify'),
          verifier: z.string().nullable(),
          challenge: z.string(),
          method: z.string().nullable(),
        }),
        z.object({
          op: z.literal('state'),
          issued: Party.extend({ state: z.string() }),
          callback: Party.extend({ state: z.string().nullable() }),
          ageSeconds: z.number(),
          maxAgeSeconds: z.number(),
          usedBefore: z.boolean(),
        }),
      ]),
      expect: z.union([z.object({ challenge: z.string() }), Verdict]),
    }),
  ),
});
const vectors = Vectors.parse(
  JSON.parse(readFileSync(new URL('../../../../../tests/vectors/pkce-and-state.json', import.meta.url), 'utf8')),
);

function answerTo(input: (typeof vectors.cases)[number]['input']): object {
  switch (input.op) {
    case 'challenge':
      return { challenge: challengeOf(input.verifier) };
    case 'verify':
      return checkPkce(input);
    case 'state':
      return checkState(input.issued, input.callback, input);
  }
}

// Proves: OAuth 24, ASVS 21.
describe('the published cases of PKCE and state', () => {
  it('are 51', () => expect(vectors.cases).toHaveLength(51));

  for (const { id, why, input, expect: wanted } of vectors.cases) {
    it(`${id}: ${why}`, () => expect(answerTo(input)).toEqual(wanted));
  }
});

const CHARACTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~'.split('');
const verifier = fc.string({ unit: fc.constantFrom(...CHARACTERS), minLength: 43, maxLength: 128 });

describe('a verifier', () => {
  // Proves: OAuth 24.
  it('fits its own challenge and nobody else’s', () => {
    fc.assert(
      fc.property(verifier, verifier, (mine, other) => {
        const check = (challenge: string) => checkPkce({ verifier: mine, challenge, method: 'S256' }).accept;
        expect([check(challengeOf(mine)), check(challengeOf(other))]).toEqual([true, mine === other]);
      }),
    );
  });

  it('never makes the check throw, whatever is sent', () => {
    const text = fc.option(fc.string({ unit: 'binary', maxLength: 200 }));
    fc.assert(
      fc.property(text, text, text, (sent, challenge, method) => {
        expect(checkPkce({ verifier: sent, challenge, method }).accept).toBe(false);
      }),
      { numRuns: 50 },
    );
  });
});

describe('a state', () => {
  it('is good once', () => {
    const issued = { state: 's', person: null, workspace: null, provider: 'google' };
    const since = { ageSeconds: 1, maxAgeSeconds: 600 };
    expect(checkState(issued, issued, { ...since, usedBefore: false })).toEqual({ accept: true });
    expect(checkState(issued, issued, { ...since, usedBefore: true })).toEqual({ accept: false, reason: 'used' });
    expect(checkState(issued, issued, { ...since, ageSeconds: 601, usedBefore: false })).toEqual({
      accept: false,
      reason: 'expired',
    });
    expect(checkState(issued, issued, { ...since, ageSeconds: Number.NaN, usedBefore: false }).accept).toBe(false);
  });
});
