import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto';
import { createLocalJWKSet, decodeProtectedHeader, type JSONWebKeySet, jwtVerify } from 'jose';
import * as oauth from 'oauth4webapi';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  createBrowser,
  type IssuerName,
  SANDBOX_TENANT,
  sandboxUser,
  startIdentityProviders,
  type StandIns,
} from './identity-providers.ts';

const APP = 'https://app.example/callback';
const BACK = 'http://127.0.0.1:1/auth/callback';
const client = { clientId: 'sentinel', clientSecret: 'a secret of its own', redirectUris: [BACK, APP] };
const printed: unknown[] = [];
let standIns: StandIns;

beforeAll(async () => {
  for (const level of ['log', 'info', 'warn', 'error'] as const)
    vi.spyOn(console, level).mockImplementation((...all) => void printed.push(all));
  standIns = await startIdentityProviders({ clients: { google: [client], entra: [client], oidc: [client] } });
});
afterAll(async () => {
  await standIns.close();
});

const insecure = { [oauth.allowInsecureRequests]: true };

async function discover(name: IssuerName): Promise<oauth.AuthorizationServer> {
  const issuer = new URL(standIns.issuer(name));
  return await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, insecure));
}

/** The code flow as a server would do it. */
async function signIn(name: IssuerName, sub: string | null, redirectUri = BACK) {
  const server = await discover(name);
  const verifier = randomBytes(32).toString('base64url');
  const url = new URL(server.authorization_endpoint ?? '');
  url.search = new URLSearchParams({
    client_id: client.clientId,
    redirect_uri: redirectUri,
    response_type: 'code',
    scope: 'openid email profile',
    state: 'the-state',
    nonce: 'the-nonce',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  }).toString();
  const landing = await createBrowser([redirectUri]).goAs(url, sub);
  const finish = async (proof = verifier) => {
    const app: oauth.Client = { client_id: client.clientId };
    const back = oauth.validateAuthResponse(server, app, landing.url, 'the-state');
    const proofOfApp = oauth.ClientSecretBasic(client.clientSecret);
    const answer = await oauth.authorizationCodeGrantRequest(
      server,
      app,
      proofOfApp,
      back,
      redirectUri,
      proof,
      insecure,
    );
    return await oauth.processAuthorizationCodeResponse(server, app, answer, { expectedNonce: 'the-nonce' });
  };
  return { landing, server, finish };
}

describe('an issuer', () => {
  it.each(['google', 'entra', 'oidc'] as const)('%s signs a person in with the code flow and PKCE', async (name) => {
    const { finish } = await signIn(name, '1001');
    const tokens = await finish();
    const proven = name === 'entra' ? { tid: SANDBOX_TENANT, xms_edov: true } : { email_verified: true };
    expect(oauth.getValidatedIdTokenClaims(tokens)).toMatchObject({
      iss: standIns.issuer(name),
      sub: '1001',
      email: 'mira.okafor@acme.example',
      name: 'Mira Okafor',
      ...proven,
    });
  });

  it('refuses the wrong verifier, and any port but a loopback one', async () => {
    const { finish } = await signIn('google', '1001', BACK.replace(':1', ':7777'));
    await expect(finish(randomBytes(32).toString('base64url'))).rejects.toThrow('server responded with an error');
    await expect(signIn('google', '1001', `${APP}/other`)).rejects.toThrow('no people to pick from: 400');
  });

  it('comes back with an error when nobody is chosen', async () => {
    const { landing } = await signIn('google', null);
    expect(landing.url.searchParams.get('error')).toBe('access_denied');
    expect(landing.url.searchParams.get('state')).toBe('the-state');
  });

  it('hands a page an ID token at once, in the fragment, with its nonce', async () => {
    const server = await discover('google');
    const query = { client_id: client.clientId, redirect_uri: APP, response_type: 'id_token', nonce: 'n-1' };
    const url = `${server.authorization_endpoint}?${new URLSearchParams({ ...query, scope: 'openid email profile' }).toString()}`;
    const landing = await createBrowser([APP]).goAs(url, '1002');
    const token = new URLSearchParams(landing.url.hash.slice(1)).get('id_token') ?? '';
    const { payload } = await verify('google', token);
    expect(payload).toMatchObject({ nonce: 'n-1', sub: '1002', email: 'tom.brandt@acme.example' });
  });

  it('asks anew in the same browser', async () => {
    const server = await discover('google');
    const query = {
      client_id: client.clientId,
      redirect_uri: APP,
      response_type: 'id_token',
      nonce: 'n',
      scope: 'openid',
    };
    const url = `${server.authorization_endpoint}?${new URLSearchParams(query).toString()}`;
    const browser = createBrowser([APP]);
    await browser.goAs(url, '1002');
    const landing = await browser.goAs(url, '1003');
    const token = new URLSearchParams(landing.url.hash.slice(1)).get('id_token') ?? '';
    expect((await verify('google', token)).payload.sub).toBe('1003');
  });

  it('says what it is told to say about a person, however wrong', async () => {
    standIns.setUser(
      'entra',
      sandboxUser('77', 'odd@visitor.example', { email_verified: 'false', claims: { tid: 't-1' } }),
    );
    const { finish } = await signIn('entra', '77');
    expect(oauth.getValidatedIdTokenClaims(await finish())).toMatchObject({ email_verified: 'false', tid: 't-1' });
    expect(() => standIns.setUser('entra', sandboxUser('78', 'x@visitor.example', { claims: { shoe: 42 } }))).toThrow(
      'shoe',
    );
  });

  it('keeps old keys published when it changes them, unless told otherwise', async () => {
    const user = sandboxUser('1', 'a@visitor.example');
    const old = standIns.idToken({ issuer: 'oidc', user });
    await standIns.rotateKeys('oidc');
    const fresh = standIns.idToken({ issuer: 'oidc', user });
    expect(decodeProtectedHeader(fresh).kid).not.toBe(decodeProtectedHeader(old).kid);
    await verify('oidc', old);
    await verify('oidc', fresh);
    await (await signIn('oidc', '1001')).finish();
    await standIns.rotateKeys('oidc', false);
    await expect(verify('oidc', old)).rejects.toThrow('no applicable key');
  });

  it('can be gone for a while, and tells what it was asked', async () => {
    standIns.down(true, 'entra');
    await expect(fetch(`${standIns.issuer('entra')}/.well-known/openid-configuration`)).rejects.toThrow('fetch failed');
    expect((await discover('google')).issuer).toBe(standIns.issuer('google'));
    standIns.down(false);
    const before = standIns.asked('entra').length;
    await discover('entra');
    expect(standIns.asked('entra').slice(before)).toEqual(['GET /.well-known/openid-configuration']);
  });

  it('prints nothing', () => {
    expect(printed).toEqual([]);
  });
});

describe('a token by hand', () => {
  const user = sandboxUser('5', 'hand@visitor.example');

  it('is good where nothing is said otherwise', async () => {
    const { payload } = await verify('google', standIns.idToken({ issuer: 'google', user, changes: { nonce: 'x' } }));
    expect(payload).toMatchObject({ sub: '5', aud: 'sentinel', nonce: 'x', email_verified: true });
  });

  it('is wrong in the way that is asked', async () => {
    const stranger = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
    const past = Math.floor(Date.now() / 1000) - 10;
    const wrong: readonly [why: string, token: string][] = [
      ['"exp" claim', standIns.idToken({ issuer: 'google', user, changes: { exp: past } })],
      ['Unsupported "alg"', standIns.idToken({ issuer: 'google', user, header: { alg: 'none' }, key: null })],
      ['signature verification failed', standIns.idToken({ issuer: 'google', user, key: stranger })],
      [
        'Unsupported "alg"',
        standIns.idToken({ issuer: 'google', user, header: { alg: 'HS256' }, key: Buffer.from('x') }),
      ],
    ];
    for (const [why, token] of wrong) await expect(verify('google', token)).rejects.toThrow(why);
    const silent = standIns.idToken({ issuer: 'google', user, changes: { email: undefined } });
    expect((await verify('google', silent)).payload).not.toHaveProperty('email');
  });
});

async function verify(name: IssuerName, token: string) {
  const answer = await fetch((await discover(name)).jwks_uri ?? '');
  // jose checks the form itself.
  const keys = (await answer.json()) as JSONWebKeySet;
  return await jwtVerify(token, createLocalJWKSet(keys), { issuer: standIns.issuer(name), audience: client.clientId });
}
