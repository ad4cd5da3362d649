import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { createOutboundFetch } from '../../platform/outbound/guarded-fetch.ts';
import type { LogFields, Logger } from '../../platform/log.ts';
import { silentLogger } from '../../platform/log.ts';
import { createIssuerFetch } from './issuer-fetch.ts';
import { createKeySet, type KeySet, type SigningAlgorithm } from './key-set.ts';
import { makeKey, settableClock, startIssuer } from './issuer.testing.ts';

const clock = settableClock();
const first = await makeKey('first');
const second = await makeKey('second');
const issuer = await startIssuer(clock, first);
afterAll(() => issuer.close());

let logged: [string, LogFields | undefined][] = [];
const log: Logger = { ...silentLogger, error: (event, fields) => void logged.push([event, fields]) };
let keys: KeySet;

const open = (algorithms: readonly SigningAlgorithm[] = ['RS256']): KeySet =>
  createKeySet({
    source: 'test',
    location: async () => new URL(`${issuer.origin}/jwks`),
    fetch: createIssuerFetch(createOutboundFetch({ timeoutMs: 5_000, maxBytes: 512 * 1024 }), 'loopback'),
    algorithms,
    clock,
    log,
  });
const count = async (kid: string | null, alg: SigningAlgorithm = 'RS256'): Promise<number> =>
  (await keys.keysFor({ alg, kid })).length;
const published = (): { body: unknown } => ({ body: { keys: issuer.keys.map(({ jwk }) => jwk) } });

beforeEach(() => {
  clock.pass(48 * 3_600_000);
  issuer.asked.length = 0;
  issuer.keys = [first];
  issuer.answers['GET /jwks'] = published;
  logged = [];
  keys = open();
});

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

describe('the keys of an issuer', () => {
  it('are asked for once, however many want them at once', async () => {
    expect(await Promise.all(Array.from({ length: 200 }, () => count('first')))).toEqual(Array(200).fill(1));
    expect(issuer.keyFetches()).toBe(1);
  });

  // Proves: OAuth 13.
  it('are asked for at most once more by a flood of 10,000 unknown key ids', async () => {
    await count('first');
    clock.pass(31 * SECOND);
    const before = issuer.keyFetches();
    const flood = await Promise.all(Array.from({ length: 10_000 }, (_, n) => count(`made-up-${n}`)));
    expect(flood.every((found) => found === 0)).toBe(true);
    expect(issuer.keyFetches() - before).toBe(1);
    clock.pass(29 * SECOND);
    await count('another');
    expect(issuer.keyFetches() - before).toBe(1);
    clock.pass(2 * SECOND);
    await count('another');
    expect(issuer.keyFetches() - before).toBe(2);
  });

  // Proves: OAuth 13.
  it('include a new one after a single fetch, and the old one for as long as it is published', async () => {
    await count('first');
    clock.pass(31 * SECOND);
    issuer.keys = [second, first];
    expect(await count('second')).toBe(1);
    expect(issuer.keyFetches()).toBe(2);
    expect(await count('first')).toBe(1);
  });

  // Proves: OAuth 15.
  it('lose a removed one after ten minutes at the latest', async () => {
    await count('first');
    issuer.keys = [second];
    clock.pass(10 * MINUTE - 1);
    expect(await count('first')).toBe(1);
    clock.pass(1);
    expect(await count('first')).toBe(0);
  });

  // Proves: OAuth 48.
  it('are all tried for a token that names none', async () => {
    issuer.keys = [first, second, await makeKey('other kind', 'ES256')];
    expect(await count(null)).toBe(2);
  });

  it('are still asked for when the clock was set back', async () => {
    await count('first');
    clock.pass(-3 * HOUR);
    issuer.keys = [second];
    expect(await count('second')).toBe(1);
  });
});

describe('an issuer that is down', () => {
  // Proves: OAuth 14, ASVS 57.
  it('leaves what was read good for 24 hours, with an alarm, and nothing after that', async () => {
    await count('first');
    issuer.answers['GET /jwks'] = () => null;
    clock.pass(11 * MINUTE);
    expect(await count('first')).toBe(1);
    expect(logged).toEqual([['identity.keys_unavailable', expect.objectContaining({ seconds: 660, source: 'test' })]]);
    clock.pass(23 * HOUR);
    expect(await count('first')).toBe(1);
    clock.pass(HOUR);
    await expect(count('first')).rejects.toMatchObject({ code: 'idp_unreachable' });
  });

  it('is not asked again within 30 seconds of a failure', async () => {
    issuer.answers['GET /jwks'] = () => ({ status: 500 });
    for (let n = 0; n < 100; n += 1) await expect(count('first')).rejects.toMatchObject({ code: 'idp_unreachable' });
    expect(issuer.keyFetches()).toBe(1);
    issuer.answers['GET /jwks'] = published;
    clock.pass(30 * SECOND);
    expect(await count('first')).toBe(1);
  });

  // Proves: ASVS 57.
  it('cannot tell whether an unknown key id is new, so nobody is told that it is wrong', async () => {
    await count('first');
    clock.pass(MINUTE);
    issuer.answers['GET /jwks'] = () => ({ status: 503 });
    await expect(count('second')).rejects.toMatchObject({ code: 'idp_unreachable' });
    await expect(count('second')).rejects.toMatchObject({ code: 'idp_unreachable' });
    expect(await count('first')).toBe(1);
    expect(issuer.keyFetches()).toBe(2);
  });
});

// Proves: OAuth 16, ASVS 61.
describe('an answer that is no set of keys', () => {
  it.each([
    ['a redirect', () => ({ status: 302, headers: { location: '/elsewhere' } })],
    ['an empty object', () => ({ body: {} })],
    ['text', () => ({ body: 'no JSON' })],
    ['another status', () => ({ status: 206, body: { keys: [] } })],
    ['more than 512 KiB', () => ({ body: { keys: [], padding: 'x'.repeat(512 * 1024) } })],
    ['a thousand keys', () => ({ body: { keys: Array(1000).fill({}) } })],
  ])('is refused: %s', async (_, given) => {
    issuer.answers['GET /jwks'] = given;
    issuer.answers['GET /elsewhere'] = published;
    await expect(count('first')).rejects.toMatchObject({ code: 'idp_unreachable' });
    expect(issuer.asked).toEqual(['GET /jwks']);
  });

  it('is refused when it breaks off', async () => {
    issuer.answers['GET /jwks'] = () => ({ headers: { 'content-length': '999' }, body: '{"keys":[]}' });
    await expect(count('first')).rejects.toMatchObject({ code: 'idp_unreachable' });
    expect(logged[0]?.[1]).toMatchObject({ reason: 'no_answer' });
  });
});

describe('a single key', () => {
  // Proves: OAuth 12.
  it('is left out when it is weak, symmetric, broken or for something else', async () => {
    const weak = await makeKey('first', 'RS256', 2048);
    const n = Buffer.from(weak.jwk.n ?? '', 'base64url').subarray(0, 255);
    const { alg: _, ...ec } = (await makeKey('ec', 'ES384')).jwk;
    issuer.answers['GET /jwks'] = () => ({
      body: {
        keys: [
          { ...first.jwk, n: n.toString('base64url') },
          { ...first.jwk, n: Buffer.concat([Buffer.alloc(8), n]).toString('base64url') },
          { kty: 'oct', kid: 'first', k: 'c2VjcmV0', alg: 'HS256' },
          { ...first.jwk, use: 'enc' },
          { ...first.jwk, key_ops: ['encrypt'] },
          { ...first.jwk, alg: 'RS512' },
          { ...first.jwk, n: '***' },
          { ...ec, kid: 'first' },
          null,
          'first',
        ],
      },
    });
    expect(await count('first')).toBe(0);
  });

  it('of an elliptic curve serves only where the issuer may use it', async () => {
    issuer.keys = [await makeKey('curve', 'ES256')];
    expect(await count('curve', 'ES256')).toBe(0);
    keys = open(['RS256', 'ES256']);
    expect(await count('curve', 'ES256')).toBe(1);
    expect(await count('curve', 'RS256')).toBe(0);
  });
});
