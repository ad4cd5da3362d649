import { createHash } from 'node:crypto';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import type { LogFields, Logger } from '../../platform/log.ts';
import { silentLogger } from '../../platform/log.ts';
import { ProblemError } from '../../platform/problem.ts';
import { Secret } from '../../platform/secrets/secret.ts';
import { createEntra } from './entra.ts';
import { emailByRule } from './id-token-person.ts';
import { identityFetch } from './issuer-fetch.ts';
import { CLIENT_ID, makeKey, settableClock, startIssuer, type TestAnswer } from './issuer.testing.ts';
import { createOidcProvider, type OidcIssuer } from './oidc-issuer.ts';

const clock = settableClock();
const issuer = await startIssuer(clock);
const [first = await makeKey('first')] = issuer.keys;
const metadata = { ...issuer.metadata };
afterAll(() => issuer.close());

const SECRETS = { state: 'state-1', nonce: 'nonce-1', verifier: 'v'.repeat(43) };
const REDIRECT = 'https://sentinel.example/auth/callback/test';
const ACCESS_TOKEN = 'access-token-1';
const challenge = createHash('sha256').update(SECRETS.verifier).digest('base64url');

let logged: [string, LogFields | undefined][] = [];
const log: Logger = { ...silentLogger, error: (event, fields) => void logged.push([event, fields]) };
const open = (changes: Partial<OidcIssuer> = {}) =>
  createOidcProvider(
    {
      name: 'test',
      title: 'Test',
      issuer: issuer.issuer,
      spellings: [issuer.issuer],
      clientId: CLIENT_ID,
      clientSecret: new Secret('s+cret/~'),
      audiences: ['app-1'],
      algorithms: ['RS256'],
      findEmail: emailByRule('claim'),
      privateNetwork: false,
      ...changes,
    },
    { fetch: identityFetch, clock, log },
  );

/** What the token endpoint answers, given an ID token. */
const answerToken = async (
  claims: Record<string, unknown> = {},
  changes: Record<string, unknown> = {},
): Promise<void> => {
  const id_token = await issuer.token({ nonce: SECRETS.nonce, ...claims });
  const body = { access_token: ACCESS_TOKEN, token_type: 'Bearer', id_token, ...changes };
  issuer.answers['POST /token'] = () => ({ body });
};
const back = (parameters: Record<string, string> = {}): URL => {
  const url = new URL(REDIRECT);
  for (const [name, value] of Object.entries({ code: 'code-1', state: SECRETS.state, ...parameters }))
    if (value !== '') url.searchParams.set(name, value);
  return url;
};
const finish = (callback: URL = back(), provider = open()) => provider.finish(callback, SECRETS, REDIRECT);
const expectAda = async (work: Promise<unknown>): Promise<void> =>
  await expect(work).resolves.toMatchObject({ email: 'ada@example.com' });
const expectRefused = async (work: Promise<unknown>): Promise<void> =>
  await expect(work).rejects.toMatchObject({ code: 'idp_refused', status: 400 });
const expectUnreachable = async (work: Promise<unknown>): Promise<void> =>
  await expect(work).rejects.toMatchObject({ code: 'idp_unreachable', status: 503 });

beforeEach(async () => {
  clock.pass(3_600_000);
  issuer.metadata = { ...metadata };
  issuer.keys = [first];
  issuer.asked.length = 0;
  issuer.requests.length = 0;
  logged = [];
  issuer.answers['GET /userinfo'] = undefined;
  await answerToken();
});

describe('sending somebody to an issuer', () => {
  // Proves: OAuth 25, ASVS 17.
  it('asks for a code with state, nonce and a challenge', async () => {
    const url = await open().authorizationUrl(SECRETS, REDIRECT);
    expect(`${url.origin}${url.pathname}`).toBe(`${issuer.origin}/authorize`);
    expect(Object.fromEntries(url.searchParams)).toEqual({
      response_type: 'code',
      client_id: CLIENT_ID,
      redirect_uri: REDIRECT,
      scope: 'openid email profile',
      state: 'state-1',
      nonce: 'nonce-1',
      code_challenge: challenge,
      code_challenge_method: 'S256',
    });
  });

  it('keeps what the endpoint already has in its query', async () => {
    issuer.metadata['authorization_endpoint'] = `${issuer.origin}/authorize?p=policy`;
    expect((await open().authorizationUrl(SECRETS, REDIRECT)).searchParams.get('p')).toBe('policy');
  });

  // Proves: OAuth 47, ASVS 24.
  it.each([
    ['of another issuer', { issuer: 'https://other.example' }],
    ['of the issuer in another spelling', { issuer: `${issuer.issuer}/` }],
    ['with keys on a machine that may not be asked', { jwks_uri: 'http://192.0.2.1/jwks' }],
    ['with a token endpoint elsewhere', { token_endpoint: 'https://other.example/token' }],
    ['with a script as endpoint', { authorization_endpoint: 'javascript:alert(1)' }],
    ['without keys', { jwks_uri: undefined }],
  ])('does not believe metadata %s', async (_, changes) => {
    Object.assign(issuer.metadata, changes);
    await expectUnreachable(open().authorizationUrl(SECRETS, REDIRECT));
    expect(logged.map(([event]) => event)).toEqual(['identity.issuer_unusable']);
  });

  it('does not take an issuer without a path for the one with a slash', async () => {
    const provider = open({ issuer: issuer.origin, spellings: [issuer.origin] });
    issuer.answers['GET /.well-known/openid-configuration'] = () => ({
      body: { ...issuer.metadata, issuer: `${issuer.origin}/` },
    });
    await expectUnreachable(provider.authorizationUrl(SECRETS, REDIRECT));
    expect(issuer.asked).toEqual(['GET /.well-known/openid-configuration']);
  });

  it('is not possible at an issuer that only signs tokens, which still are verified', async () => {
    issuer.metadata = { issuer: issuer.issuer, jwks_uri: `${issuer.origin}/jwks` };
    const provider = open();
    await expectRefused(provider.authorizationUrl(SECRETS, REDIRECT));
    await expectRefused(finish(back(), provider));
    expect(await provider.verifyToken(await issuer.token(), { audiences: [], nonce: null })).toBeTruthy();
  });
});

describe('somebody coming back', () => {
  // Proves: OAuth 48, ASVS 23.
  it('is who the verified token says', async () => {
    expect(await finish()).toMatchObject({ provider: 'test', subject: 'subject-1', email: 'ada@example.com' });
    const at = issuer.asked.indexOf('POST /token');
    expect(Object.fromEntries(new URLSearchParams(issuer.requests[at]?.body))).toEqual({
      grant_type: 'authorization_code',
      code: 'code-1',
      redirect_uri: REDIRECT,
      code_verifier: SECRETS.verifier,
    });
    // Both halves form-encoded (RFC 6749 §2.3.1).
    const basic = Buffer.from(`${CLIENT_ID.replace('-', '%2D')}:s%2Bcret%2F%7E`).toString('base64');
    expect(issuer.requests[at]?.headers.authorization).toBe(`Basic ${basic}`);
  });

  it('has the secret sent in the form where the issuer offers that first', async () => {
    issuer.metadata['token_endpoint_auth_methods_supported'] = ['private_key_jwt', 'client_secret_post'];
    await expectAda(finish());
    const at = issuer.asked.indexOf('POST /token');
    expect(new URLSearchParams(issuer.requests[at]?.body).get('client_secret')).toBe('s+cret/~');
    expect(issuer.requests[at]?.headers.authorization).toBeUndefined();
  });

  it('needs no secret where the client is public', async () => {
    await expectAda(finish(back(), open({ clientSecret: null })));
    const at = issuer.asked.indexOf('POST /token');
    expect(new URLSearchParams(issuer.requests[at]?.body).get('client_id')).toBe(CLIENT_ID);
  });

  // Proves: OAuth 48.
  it.each(['bearer', 'BEARER', 'bEaReR'])(
    'may get a token of type %s, without times and scopes',
    async (token_type) => {
      await answerToken({}, { token_type });
      await expectAda(finish());
    },
  );

  // Proves: OAuth 27, OAuth 47, ASVS 18.
  it.each([
    ['another state', { state: 'other' }],
    ['no state', { state: '' }],
    ['no code', { code: '' }],
    ['the name of another issuer', { iss: 'https://other.example' }],
    ['tokens in the address', { id_token: 'x' }],
    ['a whole response object', { response: 'x.y.z' }],
    ['a no', { error: 'access_denied', error_description: 'planted words' }],
    ['an error nobody knows', { error: 'planted', code: '' }],
  ])('is refused with %s, and the issuer is not asked', async (_, parameters) => {
    const error: unknown = await finish(back(parameters)).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'idp_refused' });
    expect(error instanceof ProblemError && error.message).not.toContain('planted');
    expect(issuer.asked).not.toContain('POST /token');
  });

  // Proves: ASVS 46.
  it('is refused with a parameter twice', async () => {
    for (const name of ['state', 'code', 'iss']) {
      const url = back({ iss: issuer.issuer });
      url.searchParams.append(name, url.searchParams.get(name) ?? '');
      await expectRefused(finish(url));
    }
  });

  // Proves: OAuth 27, OAuth 47.
  it('must bring the name of the issuer where its metadata promises that', async () => {
    issuer.metadata['authorization_response_iss_parameter_supported'] = true;
    await expectRefused(finish());
    await expectAda(finish(back({ iss: issuer.issuer })));
  });

  it('may come when the issuer cannot now', async () => {
    await expectUnreachable(finish(back({ error: 'temporarily_unavailable', code: '' })));
  });
});

describe('what the token endpoint answers', () => {
  // Proves: OAuth 47, ASVS 24.
  it.each([
    ['another nonce', { nonce: 'other' }],
    ['no nonce', { nonce: undefined }],
    ['another audience', { aud: 'other' }],
    ['an application of ours as audience', { aud: 'app-1' }],
    ['another party', { azp: 'app-1' }],
    ['another issuer', { iss: 'https://other.example' }],
    ['an end that has passed', { exp: 1 }],
    ['the hash of another access token', { at_hash: createHash('md5').update('x').digest('base64url') }],
  ])('is not believed when the ID token has %s', async (_, claims) => {
    await answerToken(claims);
    await expectRefused(finish());
  });

  it('may carry the hash of its access token', async () => {
    const half = createHash('sha256').update(ACCESS_TOKEN).digest().subarray(0, 16);
    await answerToken({ at_hash: half.toString('base64url') });
    await expectAda(finish());
  });

  // Proves: OAuth 47.
  it('is not believed when the ID token is signed by somebody else or by nobody', async () => {
    const id_token = await issuer.token({ nonce: SECRETS.nonce }, { key: await makeKey('first') });
    await answerToken({}, { id_token });
    await expectRefused(finish());
    await answerToken({}, { id_token: `${id_token.split('.').slice(0, 2).join('.')}.` });
    await expectRefused(finish());
  });

  const idToken = { id_token: undefined };
  // Proves: ASVS 61.
  it.each<[string, TestAnswer]>([
    ['no ID token', { body: { access_token: 'a', token_type: 'bearer', ...idToken } }],
    ['another token type', { body: { access_token: 'a', token_type: 'DPoP', id_token: 'x' } }],
    ['no JSON', { body: '<html>' }],
    ['null', { body: 'null' }],
    ['a spent code', { status: 400, body: { error: 'invalid_grant', error_description: 'planted' } }],
    ['a redirect', { status: 302, headers: { location: '/elsewhere' } }],
  ])('is refused: %s', async (_, given) => {
    issuer.answers['POST /token'] = () => given;
    await expectRefused(finish());
    expect(issuer.asked).not.toContain('GET /elsewhere');
  });

  it('that our secret is wrong is told to the operator', async () => {
    issuer.answers['POST /token'] = () => ({ status: 401, body: { error: 'invalid_client' } });
    await expectRefused(finish());
    expect(logged).toEqual([['identity.client_refused', expect.objectContaining({ source: 'test' })]]);
  });

  it('is a passing trouble when it is none, or a 5xx', async () => {
    issuer.answers['POST /token'] = () => null;
    await expectUnreachable(finish());
    issuer.answers['POST /token'] = () => ({ status: 502 });
    await expectUnreachable(finish());
    issuer.answers['POST /token'] = () => ({ status: 429 });
    await expectUnreachable(finish());
  });
});

describe('an ID token without an address', () => {
  const without = { email: undefined, email_verified: undefined, name: undefined };
  const info = { sub: 'subject-1', email: 'ada@example.com', email_verified: true, name: 'Ada of the endpoint' };

  // Proves: OAuth 48.
  it('is completed by the user endpoint, asked with the access token', async () => {
    await answerToken(without);
    issuer.answers['GET /userinfo'] = () => ({ body: info });
    expect(await finish()).toMatchObject({ email: 'ada@example.com', name: 'Ada of the endpoint' });
    expect(issuer.requests.at(-1)?.headers.authorization).toBe(`Bearer ${ACCESS_TOKEN}`);
  });

  // Proves: OAuth 47, ASVS 61.
  it.each<[string, TestAnswer]>([
    ['of another subject', { body: { ...info, sub: 'subject-2' } }],
    ['of nobody', { body: { ...info, sub: undefined } }],
    ['that is not verified', { body: { ...info, email_verified: 'true' } }],
    ['refused', { status: 401 }],
    ['in no JSON', { body: 'x', headers: { 'content-type': 'text/html' } }],
  ])('is not completed by an answer %s', async (_, given) => {
    await answerToken(without);
    issuer.answers['GET /userinfo'] = () => given;
    await expectRefused(finish());
  });

  it('is refused with the place where nobody names one', async () => {
    await answerToken(without);
    issuer.answers['GET /userinfo'] = () => ({ body: { sub: 'subject-1' } });
    await expect(finish()).rejects.toMatchObject({ code: 'idp_refused', places: [{ pointer: '/email' }] });
    delete issuer.metadata['userinfo_endpoint'];
    await expect(finish()).rejects.toMatchObject({ code: 'idp_refused', places: [{ pointer: '/email' }] });
  });

  it('does not take the verification of one place for the address of another', async () => {
    await answerToken({ ...without, email_verified: true });
    issuer.answers['GET /userinfo'] = () => ({ body: { ...info, email_verified: undefined } });
    await expect(finish()).rejects.toMatchObject({ code: 'idp_refused', places: [{ pointer: '/email_verified' }] });
  });
});

describe('an issuer whose word is always taken', () => {
  it('needs no claim for it, and is still believed when it says no', async () => {
    const always = open({ findEmail: emailByRule('always') });
    const verify = async (claims: Record<string, unknown>) =>
      await always.verifyToken(await issuer.token(claims), { audiences: [], nonce: null });
    expect((await verify({ email_verified: undefined })).email).toBe('ada@example.com');
    for (const email_verified of [false, 'false', 0])
      await expect(verify({ email_verified })).rejects.toMatchObject({ code: 'idp_token_refused' });
  });
});

describe('Entra', () => {
  const tenant = '3F1C0F5E-7A52-4C1E-9F6E-2B1D8A9C4E01';
  const entra = createEntra(
    { clientId: CLIENT_ID, clientSecret: new Secret('x'), tenantId: tenant, issuer: issuer.issuer },
    { fetch: identityFetch, clock, log },
  );
  const base = { tid: tenant.toLowerCase(), email_verified: undefined };
  const verify = async (claims: Record<string, unknown>) =>
    await entra.verifyToken(await issuer.token({ ...base, ...claims }), { audiences: [], nonce: null });

  it('takes the word of the pinned tenant for an address', async () => {
    expect(await verify({})).toMatchObject({ provider: 'entra_id', email: 'ada@example.com' });
    for (const xms_edov of [true, 1, '1', 'true']) await verify({ xms_edov });
  });

  it('takes a sign-in name that has the form of an address where none is given', async () => {
    const email = undefined;
    expect(await verify({ email, preferred_username: 'Ada@acme.example' })).toMatchObject({
      email: 'ada@acme.example',
    });
    expect(await verify({ email, preferred_username: 'ada', upn: 'ada@acme.example' })).toBeTruthy();
    await expect(verify({ email, preferred_username: 'ada' })).rejects.toMatchObject({
      code: 'idp_token_refused',
      places: [{ pointer: '/email' }],
    });
  });

  // Proves: OAuth 10.
  it.each([
    ['another tenant', { tid: '3f1c0f5e-7a52-4c1e-9f6e-2b1d8a9c4e02' }],
    ['no tenant', { tid: undefined }],
    ['a domain that nobody verified', { xms_edov: false }],
    ['the text "false" about it', { xms_edov: 'false' }],
    ['a zero about it', { xms_edov: 0 }],
    ['nothing clear about it', { xms_edov: {} }],
    ['an address said to be unverified', { email_verified: false }],
  ])('refuses a token with %s', async (_, claims) => {
    await expect(verify(claims)).rejects.toMatchObject({ code: 'idp_token_refused' });
  });
});
