import { createHash, createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type HubSpotWebhook, verifyHubSpotSignature } from './hubspot-signature.ts';

const VECTORS = new URL('../../../../../tests/vectors/hubspot-signature-v3.json', import.meta.url);
const Vectors = z.object({
  cases: z.array(
    z.object({
      id: z.string(),
      why: z.string(),
      input: z.object({
        clientSecret: z.string(),
        method: z.string(),
        uri: z.string(),
        bodyBase64: z.string(),
        timestamp: z.string().nullable(),
        signature: z.string().nullable(),
        nowMs: z.number(),
      }),
      expect: z.union([
        z.object({ accept: z.literal(true) }),
        z.object({ accept: z.literal(false), reason: z.string() }),
      ]),
    }),
  ),
});
const { cases } = Vectors.parse(JSON.parse(readFileSync(VECTORS, 'utf8')));

describe('the published cases of HubSpot’s signature', () => {
  it('are 25', () => expect(cases).toHaveLength(25));

  for (const { id, why, input, expect: wanted } of cases) {
    it(`${id}: ${why}`, () => {
      const verdict = verifyHubSpotSignature({
        secret: input.clientSecret,
        method: input.method,
        uri: input.uri,
        body: Buffer.from(input.bodyBase64, 'base64'),
        headers: { signature: input.signature, timestamp: input.timestamp },
        now: new Date(input.nowMs),
      });
      expect(verdict).toEqual(wanted);
    });
  }
});

const SDK_SECRET = 'yyyyyyyy-yyyy-yyyy-yyyy-yyyyyyyyyyyy';

function webhook(changes: Partial<HubSpotWebhook> = {}): HubSpotWebhook {
  return {
    secret: SDK_SECRET,
    method: 'POST',
    uri: 'https://www.example.com/webhook_uri',
    body: Buffer.from("{'example_field':'example_value'}"),
    headers: { signature: 'RnbPH7+UMKVkbV32P8bz450N4M56aPmcru1+D3kSDtw=', timestamp: '1700000300000' },
    now: new Date(1_700_000_300_000),
    ...changes,
  };
}

function signed({ uri, at }: { uri: string; at: string }, over: string): HubSpotWebhook {
  const body = Buffer.from('[{"eventId":1}]');
  const signature = createHmac('sha256', SDK_SECRET).update(`POST${over}`).update(body).update(at).digest('base64');
  return webhook({ uri, body, headers: { signature, timestamp: at }, now: new Date(Number(at)) });
}

describe('the examples published with HubSpot’s SDKs', () => {
  const examples = [
    ['Ruby', '15000000', 'HPW73RUtKmcYoEDADG0s6MmGFWUzWJKAW07r8RDgcQw='],
    ['Ruby, newer', '1700000300000', 'RnbPH7+UMKVkbV32P8bz450N4M56aPmcru1+D3kSDtw='],
    ['Python', '1693657560000', 'K36dawei4A+QBNolUOqo7s91KQDWQ5MXZ/QufNYuk/Y='],
  ] as const;
  for (const [name, timestamp, signature] of examples) {
    it(`are accepted: ${name}`, () => {
      const asked = webhook({ headers: { signature, timestamp }, now: new Date(Number(timestamp)) });
      expect(verifyHubSpotSignature(asked)).toEqual({ accept: true });
    });
  }

  const older = [
    ['version 1', '232db2615f3d666fe21a8ec971ac7b5402d33b9a925784df3ca654d05f4817de', ''],
    ['version 2, GET', 'eee2dddcc73c94d699f5e395f4b9d454a069a6855fbfa152e91e88823087200e', ''],
    [
      'version 2, POST',
      '9569219f8ba981ffa6f6f16aa0f48637d35d728c7e4d93d0d52efaa512af7900',
      '{"example_field":"example_value"}',
    ],
  ] as const;
  for (const [name, signature, body] of older) {
    it(`are refused where they are older: ${name}`, () => {
      const method = name.endsWith('GET') ? 'GET' : 'POST';
      const headers = { signature, timestamp: '1700000300000' };
      const asked = webhook({ method, headers, body: Buffer.from(body) });
      expect(verifyHubSpotSignature(asked)).toEqual({ accept: false, reason: 'signature' });
    });
  }

  it('are right about what the older versions are: hashes without a time', () => {
    const body = '{"example_field":"example_value"}';
    const hash = createHash('sha256')
      .update(`${SDK_SECRET}POSThttps://www.example.com/webhook_uri${body}`)
      .digest('hex');
    expect(hash).toBe(older[2][1]);
  });
});

describe('the address that is signed', () => {
  const at = '1700000000000';

  it('has twelve escapes undone, in either case of their digits', () => {
    const uri = 'https://hooks.example/h?a=%3A%2F%3F%40%21%24%27%28%29%2A%2C%3B%3a%2f';
    const asked = signed({ uri, at }, "https://hooks.example/h?a=:/?@!$'()*,;:/");
    expect(verifyHubSpotSignature(asked)).toEqual({ accept: true });
  });

  it('has no other escape undone, and none twice', () => {
    const uri = 'https://hooks.example/h?a=%20%26%3D%2B%253A';
    expect(verifyHubSpotSignature(signed({ uri, at }, uri))).toEqual({ accept: true });
    const undone = signed({ uri, at }, 'https://hooks.example/h?a= &=+%3A');
    expect(verifyHubSpotSignature(undone)).toEqual({ accept: false, reason: 'signature' });
  });
});

describe('the time of a webhook', () => {
  it('is refused when it is missing, negative, padded, spaced or has a leading zero', () => {
    for (const timestamp of [null, '', '-1', ' 1700000300000', '1700000300000 ', '01700000300000', '1e12', '１']) {
      const headers = { ...webhook().headers, timestamp };
      expect(verifyHubSpotSignature(webhook({ headers }))).toEqual({ accept: false, reason: 'timestamp' });
    }
  });

  it('is refused when our own clock says nothing', () => {
    const asked = webhook({ now: new Date(Number.NaN) });
    expect(verifyHubSpotSignature(asked)).toEqual({ accept: false, reason: 'timestamp' });
  });
});

describe('a signature', () => {
  it('is refused for every other body', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (body) => {
        fc.pre(!Buffer.from(body).equals(webhook().body));
        expect(verifyHubSpotSignature(webhook({ body }))).toEqual({ accept: false, reason: 'signature' });
      }),
    );
  });

  it('is refused, without an error, whatever text stands there', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (signature) => {
        const headers = { ...webhook().headers, signature };
        expect(verifyHubSpotSignature(webhook({ headers })).accept).toBe(false);
      }),
    );
  });

  it('is never checked with an empty secret', () => {
    expect(() => verifyHubSpotSignature(webhook({ secret: '' }))).toThrow('empty secret');
  });
});
