import { afterAll, describe, expect, it } from 'vitest';
import { ConfigInvalid, loadConfig } from '../../config.ts';
import { silentLogger } from '../../platform/log.ts';
import type { OutboundFetch } from '../../platform/outbound/guarded-fetch.ts';
import { cleanName, cleanPicture } from './id-token-person.ts';
import { CLIENT_ID, settableClock, startIssuer } from './issuer.testing.ts';
import { openProviders } from './providers.ts';

const clock = settableClock();
const issuer = await startIssuer(clock);
afterAll(() => issuer.close());

const TENANT = '3f1c0f5e-7a52-4c1e-9f6e-2b1d8a9c4e01';
const GENERIC = { id: 'acme', title: 'Acme', issuer: issuer.issuer, clientId: CLIENT_ID, clientSecret: 'hidden' };
const ALL = {
  GOOGLE_CLIENT_ID: 'g',
  GOOGLE_CLIENT_SECRET: 'hidden',
  GITHUB_CLIENT_ID: 'h',
  GITHUB_CLIENT_SECRET: 'hidden',
  ENTRA_CLIENT_ID: 'e',
  ENTRA_CLIENT_SECRET: 'hidden',
  ENTRA_TENANT_ID: TENANT,
  SENTINEL_OIDC_PROVIDERS: JSON.stringify([GENERIC]),
};
const load = (env: Record<string, string>) => loadConfig({ env, flags: {}, file: null }).config;
const open = (env: Record<string, string>) => openProviders(load(env), { clock, log: silentLogger });
const sentencesOf = (env: Record<string, string>): string => {
  try {
    load(env);
  } catch (error) {
    if (error instanceof ConfigInvalid) return error.sentences.join(' ');
    throw error;
  }
  return '';
};
const generic = (...list: readonly object[]) => ({ SENTINEL_OIDC_PROVIDERS: JSON.stringify(list) });

describe('identity providers', () => {
  // Proves: ASVS 59.
  it('are none unless they are configured, and an unknown one is the caller’s mistake', () => {
    expect(open({}).names).toEqual([]);
    for (const name of ['google', '__proto__', ''])
      expect(() => open({}).get(name)).toThrow(expect.objectContaining({ code: 'provider_unknown' }));
  });

  it('are offered in a fixed order', () => {
    const providers = open(ALL);
    expect(providers.names).toEqual(['google', 'github', 'entra_id', 'acme']);
    expect(providers.names.map((name) => providers.get(name).title)).toEqual(['Google', 'GitHub', 'Microsoft', 'Acme']);
    expect(providers.get('github').relay).toBeTruthy();
    expect(providers.get('google').relay).toBeUndefined();
  });

  it('are not asked anything before somebody signs in', async () => {
    issuer.asked.length = 0;
    const acme = open(ALL).get('acme');
    expect(issuer.asked).toEqual([]);
    expect(await acme.verifyToken(await issuer.token(), { audiences: [], nonce: null })).toMatchObject({
      provider: 'acme',
      issuer: issuer.issuer,
    });
  });

  it('believe Google at another address only under that address', async () => {
    const google = open({ ...ALL, ...generic(), GOOGLE_CLIENT_ID: CLIENT_ID, SENTINEL_GOOGLE_ISSUER: issuer.issuer });
    const verify = async (iss: string) =>
      await google.get('google').verifyToken(await issuer.token({ iss }), { audiences: [], nonce: null });
    expect(await verify(issuer.issuer)).toMatchObject({ provider: 'google' });
    for (const iss of ['https://accounts.google.com', 'accounts.google.com'])
      await expect(verify(iss)).rejects.toMatchObject({ code: 'idp_token_refused' });
  });

  // Proves: OAuth 10.
  it('believe Google in both spellings of its name, as one issuer', async () => {
    const documents: Record<string, unknown> = {
      'https://accounts.google.com/.well-known/openid-configuration': {
        issuer: 'https://accounts.google.com',
        jwks_uri: 'https://www.googleapis.com/certs',
      },
      'https://www.googleapis.com/certs': { keys: issuer.keys.map(({ jwk }) => jwk) },
    };
    const fetch: OutboundFetch = async ({ url, reach }) => {
      expect(reach).toBe('public');
      return Response.json(documents[url.href]);
    };
    const settings = load({ GOOGLE_CLIENT_ID: CLIENT_ID, GOOGLE_CLIENT_SECRET: 'hidden' });
    const google = openProviders(settings, { clock, log: silentLogger, fetch }).get('google');
    const verify = async (iss: string) =>
      await google.verifyToken(await issuer.token({ iss }), { audiences: [], nonce: null });
    for (const iss of ['https://accounts.google.com', 'accounts.google.com'])
      expect(await verify(iss)).toMatchObject({ issuer: 'https://accounts.google.com' });
    for (const iss of ['http://accounts.google.com', 'https://accounts.google.com/', issuer.issuer])
      await expect(verify(iss)).rejects.toMatchObject({ code: 'idp_token_refused' });
  });

  // Proves: ASVS 41.
  it('may be asked in a private network only where the settings say so, and never unencrypted', async () => {
    const reaches: string[] = [];
    const fetch: OutboundFetch = async ({ reach }) => {
      reaches.push(reach);
      return new Response(null, { status: 500 });
    };
    for (const privateNetwork of [false, true]) {
      const settings = load(generic({ ...GENERIC, issuer: 'https://issuer.example', privateNetwork }));
      const provider = openProviders(settings, { clock, log: silentLogger, fetch }).get('acme');
      const secrets = { state: 's', nonce: 'n', verifier: 'v'.repeat(43) };
      const asked = provider.authorizationUrl(secrets, 'https://sentinel.example/');
      await expect(asked).rejects.toMatchObject({ code: 'idp_unreachable' });
    }
    expect(reaches).toEqual(['public', 'private']);
  });

  it('may be of the operator’s own, vouching as such, for further applications', async () => {
    const provider = open(generic({ ...GENERIC, emailVerified: 'always', audiences: ['app-1'] })).get('acme');
    const token = await issuer.token({ aud: 'app-1', email_verified: undefined });
    expect(await provider.verifyToken(token, { audiences: [], nonce: null })).toBeTruthy();
  });
});

describe('settings of identity providers', () => {
  it('may be left out altogether, and are right when whole', () => {
    expect(sentencesOf({})).toBe('');
    expect(sentencesOf(ALL)).toBe('');
  });

  // Proves: ASVS 41, ASVS 51.
  it.each([
    [{ GOOGLE_CLIENT_ID: 'g' }, 'GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET need each other'],
    [{ GITHUB_CLIENT_SECRET: 'h' }, 'GITHUB_CLIENT_ID and GITHUB_CLIENT_SECRET need each other'],
    [{ ENTRA_CLIENT_ID: 'e', ENTRA_CLIENT_SECRET: 's' }, 'ENTRA_CLIENT_ID and ENTRA_TENANT_ID need each other'],
    [{ ENTRA_TENANT_ID: 'common' }, 'entraTenantId (ENTRA_TENANT_ID) is not valid'],
    [{ ENTRA_TENANT_ID: 'acme.example' }, 'entraTenantId (ENTRA_TENANT_ID) is not valid'],
    [{ SENTINEL_GOOGLE_ISSUER: 'http://issuer.example' }, 'SENTINEL_GOOGLE_ISSUER must be https'],
    [{ SENTINEL_ENTRA_ISSUER: 'https://u:p@issuer.example' }, 'SENTINEL_ENTRA_ISSUER must be https'],
    [{ SENTINEL_GOOGLE_ISSUER: 'https://issuer.example/?a' }, 'without a user, a query or a fragment'],
    [{ SENTINEL_GITHUB_URL: 'https://git.example' }, 'SENTINEL_GITHUB_URL and SENTINEL_GITHUB_API_URL need each other'],
    [{ ADMIN_EMAILS: 'ada' }, 'adminEmails (ADMIN_EMAILS) is not valid: give mail addresses'],
    [{ SENTINEL_REFRESH_GRACE: '61' }, 'refreshGrace (SENTINEL_REFRESH_GRACE) is not valid'],
    [{ SENTINEL_OIDC_PROVIDERS: '{' }, 'must be a JSON list'],
    [generic({ ...GENERIC, clientId: '' }), 'must be a JSON list'],
    [generic({ ...GENERIC, clientID: 'x' }), 'must be a JSON list'],
    [generic({ ...GENERIC, id: 'google' }), 'must be a JSON list'],
    [generic({ ...GENERIC, id: '../x' }), 'must be a JSON list'],
    [generic({ ...GENERIC, audiences: [''] }), 'must be a JSON list'],
    [generic(GENERIC, { ...GENERIC, issuer: 'https://issuer.example' }), 'must be a JSON list'],
    [generic(GENERIC, { ...GENERIC, id: 'other' }), 'have the same issuer'],
    [generic({ ...GENERIC, issuer: 'https://accounts.google.com' }), 'have the same issuer'],
    [generic({ ...GENERIC, issuer: 'http://10.0.0.1' }), 'The issuer of acme in SENTINEL_OIDC_PROVIDERS must be https'],
  ])('refuse %j', (env: Record<string, string>, sentence) => {
    expect(sentencesOf(env)).toContain(sentence);
    expect(sentencesOf(env)).not.toContain('hidden');
  });

  // Proves: ASVS 51.
  it('hold secrets so that they cannot slip out', () => {
    const config = load(ALL);
    expect(`${JSON.stringify(config)} ${String(config.oidcProviders)}`).not.toContain('hidden');
  });

  it('read the administrators’ addresses in lower case', () => {
    expect(load({}).adminEmails).toEqual([]);
    expect(load({ ADMIN_EMAILS: ' Ada@Example.com, bo@bücher.example ,' }).adminEmails).toEqual([
      'ada@example.com',
      'bo@xn--bcher-kva.example',
    ]);
  });
});

describe('names and pictures', () => {
  it('lose what could forge the line they stand in, and keep what scripts need', () => {
    expect(cleanName(' Ada\r\n\u202eExample\u0000 ')).toBe('Ada Example');
    expect(cleanName('می\u200cخواهم')).toBe('می\u200cخواهم');
    expect(cleanName(`${'x'.repeat(254)}😀`)).toBe('x'.repeat(254));
    expect(cleanName('a\ud800b')).toBe('a b');
    for (const empty of ['', ' \t', '\u202e', null, undefined]) expect(cleanName(empty)).toBeNull();
  });

  it('are addresses of the web or nothing', () => {
    expect(cleanPicture('https://pictures.example/a.png')).toBe('https://pictures.example/a.png');
    for (const bad of ['javascript:alert(1)', 'data:image/png,x', '/a.png', 'https://u:p@x.example/', 'x', '', null])
      expect(cleanPicture(bad)).toBeNull();
    expect(cleanPicture(`https://pictures.example/${'x'.repeat(2048)}`)).toBeNull();
  });
});
