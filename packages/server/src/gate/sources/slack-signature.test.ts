import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { verifySlackSignature } from './slack-signature.ts';

const Vectors = z.object({
  cases: z.array(
    z.object({
      id: z.string(),
      why: z.string(),
      input: z.object({
        secret: z.string(),
        timestamp: z.string().nullable(),
        bodyBase64: z.string(),
        signature: z.string().nullable(),
        now: z.number(),
      }),
      expect: z.union([
        z.object({ accept: z.literal(true) }),
        z.object({ accept: z.literal(false), reason: z.enum(['timestamp', 'signature']) }),
      ]),
    }),
  ),
});
const path = new URL('../../../../../tests/vectors/slack-signature.json', import.meta.url);
const vectors = Vectors.parse(JSON.parse(readFileSync(path, 'utf8')));

describe('the published cases of Slack’s signature', () => {
  it('are 51', () => expect(vectors.cases).toHaveLength(51));

  for (const { id, why, input, expect: wanted } of vectors.cases) {
    it(`${id}: ${why}`, () => {
      const { bodyBase64, ...rest } = input;
      expect(verifySlackSignature({ ...rest, body: Buffer.from(bodyBase64, 'base64') })).toEqual(wanted);
    });
  }
});

const secret = 'made-up-signing-secret';
const body = Buffer.from('{"type":"event_callback"}');
const signed = (timestamp: string, key = secret) =>
  `v0=${createHmac('sha256', key).update(`v0:${timestamp}:`).update(body).digest('hex')}`;
const at = (now: number, timestamp = '1700000000') =>
  verifySlackSignature({ secret, timestamp, signature: signed(timestamp), body, now }).accept;

describe('a Slack signature', () => {
  it('may be 300 seconds early or late, and not one more', () => {
    expect([1_699_999_700, 1_700_000_300].map((now) => at(now))).toEqual([true, true]);
    expect([1_699_999_699, 1_700_000_301].map((now) => at(now))).toEqual([false, false]);
  });

  it('is refused when our clock is no number', () => {
    expect(at(Number.NaN)).toBe(false);
  });

  it('is refused without a secret, a time or itself', () => {
    const request = { secret, timestamp: '1700000000', signature: signed('1700000000'), body, now: 1_700_000_000 };
    expect(verifySlackSignature(request).accept).toBe(true);
    expect(verifySlackSignature({ ...request, timestamp: null })).toEqual({ accept: false, reason: 'timestamp' });
    expect(verifySlackSignature({ ...request, signature: null })).toEqual({ accept: false, reason: 'signature' });
    const unset = { ...request, secret: '', signature: signed('1700000000', '') };
    expect(verifySlackSignature(unset)).toEqual({ accept: false, reason: 'signature' });
  });

  it('never makes the check throw, whatever is sent', () => {
    const text = fc.option(fc.string({ unit: 'binary', maxLength: 100 }));
    fc.assert(
      fc.property(text, text, fc.uint8Array({ maxLength: 50 }), (timestamp, signature, sent) => {
        expect(verifySlackSignature({ secret, timestamp, signature, body: sent, now: 1_700_000_000 }).accept).toBe(
          false,
        );
      }),
      { numRuns: 100 },
    );
  });
});
