import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../../platform/log.ts';
import { ProblemError } from '../../platform/problem.ts';
import { Secret } from '../../platform/secrets/secret.ts';
import { repeatsName } from './id-token-shape.ts';
import { emailByRule } from './id-token-person.ts';
import { identityFetch } from './issuer-fetch.ts';
import { CLIENT_ID, goodClaims, makeKey, rawToken, settableClock, signTexts, startIssuer } from './issuer.testing.ts';
import { createOidcProvider, type OidcIssuer } from './oidc-issuer.ts';

const clock = settableClock();
const issuer = await startIssuer(clock);
const curve = await makeKey('curve', 'ES256');
const stranger = await makeKey('first');
afterAll(() => issuer.close());

const [first = stranger] = issuer.keys;
const open = (changes: Partial<OidcIssuer> = {}) =>
  createOidcProvider(
    {
      name: 'test',
      title: 'Test',
      issuer: issuer.issuer,
      spellings: [issuer.issuer],
      clientId: CLIENT_ID,
      clientSecret: new Secret('secret'),
      audiences: [],
      algorithms: ['RS256'],
      findEmail: emailByRule('claim'),
      privateNetwork: false,
      ...changes,
    },
    { fetch: identityFetch, clock, log: silentLogger },
  );
let provider = open();
beforeEach(() => {
  clock.pass(3_600_000);
  issuer.keys = [first];
  provider = open();
});

type Expected = Parameters<typeof provider.verifyToken>[1];
const NOTHING: Expected = { audiences: [], nonce: null };
const verify = (token: string, expected: Expected = NOTHING) => provider.verifyToken(token, expected);
const expectRefused = async (token: string | Promise<string>, expected: Expected = NOTHING): Promise<void> => {
  await expect(verify(await token, expected)).rejects.toMatchObject({ code: 'idp_token_refused', status: 400 });
};
const expectAccepted = async (token: string | Promise<string>, expected: Expected = NOTHING): Promise<void> =>
  await expect(verify(await token, expected)).resolves.toMatchObject({ subject: 'subject-1' });
const seconds = (): number => Math.floor(clock.now().getTime() / 1000);

describe('a token that is right', () => {
  it('tells who somebody is', async () => {
    expect(await verify(await issuer.token())).toEqual({
      provider: 'test',
      issuer: issuer.issuer,
      subject: 'subject-1',
      wireSubject: 'subject-1',
      email: 'ada@example.com',
      name: 'Ada Example',
      avatarUrl: 'https://pictures.example/ada.png',
    });
  });

  // Proves: OAuth 4, OAuth 48.
  it('may name our audience in a list, and others beside it when it was issued to us', async () => {
    await expectAccepted(issuer.token({ aud: [CLIENT_ID] }));
    await expectAccepted(issuer.token({ aud: [CLIENT_ID, 'other'], azp: CLIENT_ID }));
  });

  // Proves: OAuth 48.
  it('may come without a key id, from an issuer with one key or several', async () => {
    const [nameless, other] = [await makeKey(null), await makeKey(null)];
    issuer.keys = [nameless];
    await expectAccepted(issuer.token());
    provider = open();
    issuer.keys = [other, nameless];
    await expectAccepted(issuer.token({}, { key: nameless }));
    await expectAccepted(issuer.token({}, { key: other }));
  });

  it('may lack what only decorates', async () => {
    const identity = await verify(await issuer.token({ name: undefined, picture: null }));
    expect([identity.name, identity.avatarUrl]).toEqual([null, null]);
  });

  it('may be signed on a curve where the issuer may use one', async () => {
    issuer.keys = [curve];
    await expectRefused(issuer.token());
    provider = open({ algorithms: ['RS256', 'ES256'] });
    await expectAccepted(issuer.token());
  });

  // Proves: OAuth 7, ASVS 15.
  it('has the header type of a JWT or none', async () => {
    for (const typ of ['JWT', 'jwt', undefined]) await expectAccepted(issuer.token({}, { header: { typ } }));
    for (const typ of ['at+jwt', 'authz+jwt', 'logout+jwt', 'dpop+jwt', ''])
      await expectRefused(issuer.token({}, { header: { typ } }));
  });

  // Proves: OAuth 2, ASVS 13.
  it('may carry whatever about keys in its header; we look at none of it', async () => {
    const jku = `${issuer.origin}/evil`;
    const header = { jku, x5u: jku, jwk: stranger.jwk };
    await expectAccepted(issuer.token({}, { header }));
    await expectRefused(issuer.token({}, { header, key: stranger }));
    expect(issuer.asked).not.toContain('GET /evil');
  });
});

describe('a token that must be refused', () => {
  // Proves: OAuth 3, OAuth 4, OAuth 5, OAuth 47.
  it.each([
    ['another issuer', { iss: 'https://other.example' }],
    ['the issuer in another spelling', { iss: `${issuer.issuer}/` }],
    ['another audience', { aud: 'other' }],
    ['our audience in other case', { aud: CLIENT_ID.toUpperCase() }],
    ['no audience', { aud: undefined }],
    ['an empty list of audiences', { aud: [] }],
    ['a second audience', { aud: [CLIENT_ID, 'other'] }],
    ['a second audience and a foreign party', { aud: [CLIENT_ID, 'other'], azp: 'other' }],
    ['no issue time', { iat: undefined }],
    ['no subject', { sub: undefined }],
    ['an empty subject', { sub: '' }],
    ['a subject of several lines', { sub: 'one\ntwo' }],
    ['no end', { exp: undefined }],
    ['an end of the wrong type', { exp: String(seconds() + 3600) }],
    ['an address that is not verified', { email_verified: false }],
    ['the text "false" for verified', { email_verified: 'false' }],
    ['the text "true" for verified', { email_verified: 'true' }],
    ['the number 1 for verified', { email_verified: 1 }],
    ['no word whether it is verified', { email_verified: undefined }],
    ['no address', { email: undefined }],
    ['an address that is none', { email: 'ada' }],
    ['an address of several lines', { email: 'ada@example.com\nbcc: x@example.com' }],
    ['the event of a logout token', { events: { 'http://schemas.openid.net/event/backchannel-logout': {} } }],
    ['the kind of another token', { typ: 'Bearer' }],
  ])('says %s', async (_, changes) => {
    await expectRefused(issuer.token(changes));
  });

  // Proves: OAuth 47.
  it('was issued a week ago, though it says it is still good', async () => {
    await expectRefused(issuer.token({ iat: seconds() - 7 * 86_400 }));
  });

  // Proves: OAuth 47, ASVS 11.
  it('is signed with a key of somebody else, under the name of a known one', async () => {
    await expectRefused(issuer.token({}, { key: stranger }));
    await expectRefused(issuer.token({}, { key: curve, header: { kid: 'first' } }));
  });

  // Proves: OAuth 3.
  it('is signed by another issuer that names this one', async () => {
    const other = await startIssuer(clock, stranger);
    await expectRefused(other.token({ iss: issuer.issuer }));
    await other.close();
  });

  // Proves: OAuth 1, OAuth 47, ASVS 12.
  it.each(['none', 'None', 'NONE', 'nOnE', 'HS256', 'RS256', 'RS512', 'PS256', ''])(
    'is unsigned and says %j',
    async (alg) => {
      await expectRefused(rawToken({ alg, kid: 'first' }, goodClaims(issuer.issuer, clock.now())));
    },
  );

  // Proves: OAuth 1, ASVS 12.
  it('is signed with the public key as if that were a secret', async () => {
    for (const secret of [JSON.stringify(first.jwk), first.jwk.n ?? '', Buffer.from(first.jwk.n ?? '', 'base64url')]) {
      const input = rawToken({ alg: 'HS256', kid: 'first' }, goodClaims(issuer.issuer, clock.now())).slice(0, -1);
      await expectRefused(`${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`);
    }
  });

  // Proves: OAuth 8.
  it.each([
    ['crit', { crit: ['exp'] }],
    ['an unknown extension', { crit: ['x'], x: 1 }],
    ['b64', { b64: false }],
    ['zip', { zip: 'DEF' }],
    ['enc', { enc: 'A256GCM' }],
    ['a key id that is no text', { kid: 1 }],
  ])('needs %s to be understood, though it is signed', async (_, more) => {
    const claims = JSON.stringify(goodClaims(issuer.issuer, clock.now()));
    const sign = async (header: object) => await signTexts(JSON.stringify(header), claims, first);
    await expectAccepted(sign({ alg: 'RS256', kid: 'first' }));
    await expectRefused(sign({ alg: 'RS256', kid: 'first', ...more }));
  });

  // Proves: OAuth 8, OAuth 9.
  it('has a header that says one thing twice, though it is signed', async () => {
    const claims = JSON.stringify(goodClaims(issuer.issuer, clock.now()));
    await expectRefused(signTexts('{"alg":"none","alg":"RS256","kid":"first"}', claims, first));
  });

  it('is another text for the same bytes', async () => {
    const good = await issuer.token();
    // Of the last character only two bits count.
    const bits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const last = bits.indexOf(good.at(-1) ?? '');
    await expectRefused(good.slice(0, -1) + bits.charAt(last + 1));
    await expectRefused(good.replace(/.$/, '$&\n'));
  });

  // Proves: OAuth 9.
  it('is no compact JWS', async () => {
    const good = await issuer.token();
    const [header, payload, signature] = good.split('.');
    for (const bad of ['', '.', '..', '...', 'x', good.slice(0, -20), `${good}.${good}`, `${header}.${payload}`])
      await expectRefused(bad);
    await expectRefused(`${good}=`);
    await expectRefused(` ${good}`);
    await expectRefused(`${header}.${payload}.${signature}.a.b`);
    await expectRefused(`${rawToken('null', '[]')}`);
    await expectRefused(`${rawToken('\ufeff{"alg":"RS256"}', '{}')}`);
    await expectRefused(issuer.token({ padding: 'x'.repeat(16 * 1024) }));
  });

  // Proves: ASVS 11.
  it('is changed in any place', async () => {
    const good = await issuer.token();
    await fc.assert(
      fc.asyncProperty(
        fc.nat(good.length - 1),
        fc.constantFrom('A', 'Z', 'a', 'z', '0', '9', '-', '_', '.'),
        async (at, char) => {
          fc.pre(good[at] !== char);
          await expectRefused(good.slice(0, at) + char + good.slice(at + 1));
        },
      ),
      { numRuns: 150 },
    );
  });

  // Proves: OAuth 9, OAuth 49.
  it('says one thing twice', async () => {
    const claims = JSON.stringify(goodClaims(issuer.issuer, clock.now()));
    const sign = async (text: string) => await signTexts('{"alg":"RS256","kid":"first"}', text, first);
    await expectAccepted(sign(claims));
    await expectRefused(sign(claims.replace('{', '{"email":"eve@example.com",')));
    await expectRefused(sign(claims.replace('{', '{"\\u0065mail":"eve@example.com",')));
    await expectRefused(sign(claims.replace('{', '{"deep":[{"a":1,"a":2}],')));
    await expectRefused(sign(claims.replace(/"exp":\d+/, '"exp":1e999')));
    await expectRefused(sign(claims.slice(0, -1)));
  });
});

describe('what the caller expects', () => {
  // Proves: ASVS 24.
  it('is the nonce, exactly', async () => {
    const token = await issuer.token({ nonce: 'n-1' });
    await expectAccepted(token, { audiences: [], nonce: 'n-1' });
    await expectAccepted(token);
    for (const nonce of ['n-2', 'N-1', '']) await expectRefused(token, { audiences: [], nonce });
    for (const nonce of ['n-1', '']) await expectRefused(issuer.token(), { audiences: [], nonce });
  });

  it('is one of the audiences a service lists, then ours no longer', async () => {
    const listed = { audiences: ['app-1', 'app-2'], nonce: null };
    await expectAccepted(issuer.token({ aud: 'app-2' }), listed);
    await expect(verify(await issuer.token(), listed)).rejects.toMatchObject({ code: 'idp_token_refused' });
  });

  it('is an application that the settings name beside ours', async () => {
    provider = open({ audiences: ['app-1'] });
    await expectAccepted(issuer.token({ aud: 'app-1' }));
    await expectAccepted(issuer.token());
  });

  // Proves: OAuth 4, ASVS 59.
  it('is never nothing: a provider without a client id does not open', () => {
    expect(() => open({ clientId: '' })).toThrow(/anybody/);
  });
});

describe('the clock', () => {
  const around = async (claims: (now: number) => object, offset: number): Promise<boolean> => {
    const now = seconds();
    const token = await issuer.token({ iat: now - 10, exp: now + 3600, ...claims(now) });
    clock.pass(offset * 1000);
    try {
      await verify(token);
      return true;
    } catch (error) {
      expect(error).toMatchObject({ code: 'idp_token_refused' });
      return false;
    }
  };
  // Proves: OAuth 6, OAuth 50, ASVS 14.
  it.each([
    [-120, false],
    [-61, false],
    [-59, true],
    [0, true],
    [59, true],
    [61, true],
    [120, true],
  ])('%i s from nbf and from iat', async (offset, accepted) => {
    expect(await around((now) => ({ nbf: now, iat: now - 30 }), offset)).toBe(accepted);
    expect(await around((now) => ({ iat: now }), offset)).toBe(accepted);
  });

  // Proves: OAuth 50, ASVS 14.
  it.each([
    [-120, true],
    [-61, true],
    [-59, true],
    [0, true],
    [59, true],
    [61, false],
    [120, false],
  ])('%i s from exp', async (offset, accepted) => {
    expect(await around((now) => ({ exp: now, iat: now - 600 }), offset)).toBe(accepted);
  });
});

describe('any claim, removed or of any other type', () => {
  const required = ['iss', 'sub', 'aud', 'exp', 'iat', 'email', 'email_verified'] as const;
  const odd = fc.oneof(fc.jsonValue(), fc.constantFrom<unknown>(undefined, null, '', [], {}, -1, 1e308, '__proto__'));

  // Proves: OAuth 5, OAuth 49.
  it('is refused where it is required, and never a fault', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...required), odd, async (name, value) => {
        const good = goodClaims(issuer.issuer, clock.now())[name];
        fc.pre(JSON.stringify(value) !== JSON.stringify(good) && !(name === 'sub' && typeof value === 'string'));
        await expectRefused(issuer.token({ [name]: value }));
      }),
      { numRuns: 300 },
    );
  });

  // Proves: OAuth 49.
  it('is either cleaned or refused where it decorates', async () => {
    const names = ['name', 'picture', 'azp', 'nbf', 'nonce', 'typ', 'events', 'at_hash', 'tid', '__proto__', 'x'];
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...names), odd, async (name, value) => {
        try {
          const claims = Object.fromEntries([[name, value]]);
          expect((await verify(await issuer.token(claims))).email).toBe('ada@example.com');
        } catch (error) {
          if (!(error instanceof ProblemError)) throw error;
          expect(error.code).toBe('idp_token_refused');
        }
      }),
      { numRuns: 300 },
    );
  });

  // Proves: OAuth 9.
  it('and any text at all as a token', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary' }), async (text) => await expectRefused(text)),
      { numRuns: 300 },
    );
    await fc.assert(
      fc.asyncProperty(
        fc.jsonValue(),
        fc.jsonValue(),
        async (header, claims) => await expectRefused(rawToken(header, claims)),
      ),
      { numRuns: 300 },
    );
  });
});

describe('what is said of a refused token', () => {
  // Proves: ASVS 51.
  it('repeats nothing of it', async () => {
    const token = await issuer.token({ aud: 'planted-audience', sub: 'planted-subject' });
    const error = await verify(token).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ProblemError);
    expect(error instanceof ProblemError && error.message).not.toMatch(/planted|example/);
    expect(error).toMatchObject({ message: 'What the token says as aud is not accepted.' });
  });
});

describe('names that stand twice', () => {
  it('are found wherever they are, and only there', () => {
    for (const text of ['{"a":1,"a":2}', '[{"b":{"a":1,"\\u0061":2}}]', '{"":1,"":2}', '{"a\\"":1,"a\\"":1}'])
      expect(repeatsName(text)).toBe(true);
    for (const text of ['{"a":"a","b":["a","a"]}', '{"a":{"a":{"a":1}},"b":{"a":1}}', '"a"', '[]', '{"a":"{\\"a\\":"}'])
      expect(repeatsName(text)).toBe(false);
    fc.assert(fc.property(fc.json(), (text) => !repeatsName(text)));
  });
});
