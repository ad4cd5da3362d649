import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createBrowser, sandboxUser, startIdentityProviders, type StandIns } from './identity-providers.ts';

const BACK = 'http://127.0.0.1/auth/callback/github';
const own = { clientId: 'own-app', clientSecret: 's:ecret', redirectUris: [BACK] };
const other = { clientId: 'other-app', clientSecret: 'another', redirectUris: ['https://other.example/'] };
const VERIFIER = 'v'.repeat(43);
let standIns: StandIns;

beforeAll(async () => {
  standIns = await startIdentityProviders({ clients: { github: [own, other] } });
});
afterAll(async () => {
  await standIns.close();
});

async function codeFor(sub: string | null, extra: Record<string, string> = {}) {
  const query = { client_id: own.clientId, redirect_uri: BACK, scope: 'read:user user:email', state: 's-1', ...extra };
  const url = `${standIns.gitHub.web}/login/oauth/authorize?${new URLSearchParams(query).toString()}`;
  return (await createBrowser([BACK]).goAs(url, sub)).url.searchParams;
}

async function exchange(fields: Record<string, string>) {
  const response = await fetch(`${standIns.gitHub.web}/login/oauth/access_token`, {
    method: 'POST',
    headers: { accept: 'application/json' },
    body: new URLSearchParams({ client_id: own.clientId, client_secret: own.clientSecret, ...fields }),
  });
  expect(response.status).toBe(200);
  return z.record(z.string(), z.string()).parse(await response.json());
}

const api = async (path: string, token: string) =>
  await fetch(`${standIns.gitHub.api}${path}`, { headers: { authorization: `Bearer ${token}` } });

async function check(app: typeof own, token: string, as = app) {
  const basic = [as.clientId, as.clientSecret].map(encodeURIComponent).join(':');
  return await fetch(`${standIns.gitHub.api}/applications/${app.clientId}/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(basic).toString('base64')}`, 'content-type': 'application/json' },
    body: JSON.stringify({ access_token: token }),
  });
}

describe('the GitHub stand-in', () => {
  it('signs a person in and tells who it is', async () => {
    const back = await codeFor('1001');
    expect(back.get('state')).toBe('s-1');
    const { access_token: token = '', token_type } = await exchange({
      code: back.get('code') ?? '',
      redirect_uri: BACK,
    });
    expect(token_type).toBe('bearer');
    expect(await (await api('/user', token)).json()).toMatchObject({
      id: 1001,
      login: 'mira-okafor',
      name: 'Mira Okafor',
    });
    expect(await (await api('/user/emails', token)).json()).toEqual([
      { email: 'mira.okafor@acme.example', primary: true, verified: true, visibility: 'private' },
    ]);
    expect((await api('/user', 'gho_made_up')).status).toBe(401);
  });

  it('takes a code once, from its app, with its verifier', async () => {
    const challenge = createHash('sha256').update(VERIFIER).digest('base64url');
    const pkce = { code_challenge: challenge, code_challenge_method: 'S256' };
    const [one, two] = [await codeFor('1001', pkce), await codeFor('1001', pkce)].map((each) => each.get('code') ?? '');
    expect(await exchange({ code: one ?? '', code_verifier: 'w'.repeat(43) })).toEqual({
      error: 'bad_verification_code',
    });
    expect(await exchange({ code: one ?? '', code_verifier: VERIFIER })).toEqual({ error: 'bad_verification_code' });
    expect(await exchange({ code: two ?? '', client_secret: 'guess' })).toEqual({
      error: 'incorrect_client_credentials',
    });
    expect(await exchange({ code: two ?? '', code_verifier: VERIFIER })).toHaveProperty('access_token');
  });

  it('says so when a person says no, or the app is not known', async () => {
    expect((await codeFor(null)).get('error')).toBe('access_denied');
    await expect(codeFor('1001', { redirect_uri: 'https://evil.example/' })).rejects.toThrow('404');
  });

  it('tells the app whose token it is, and no other app', async () => {
    const token = standIns.gitHub.issueToken(own.clientId, '1002');
    expect(await (await check(own, token)).json()).toMatchObject({ app: { client_id: 'own-app' }, user: { id: 1002 } });
    expect((await check(other, token)).status).toBe(404);
    expect((await check(own, token, other)).status).toBe(401);
    standIns.gitHub.revokeToken(token);
    expect((await check(own, token)).status).toBe(404);
  });

  it('shows addresses only where they were asked for, and as they are', async () => {
    const shy = standIns.gitHub.issueToken(own.clientId, '1001', 'read:user');
    expect((await api('/user/emails', shy)).status).toBe(404);
    standIns.setUser('github', sandboxUser('9', 'unproven@visitor.example', { email_verified: false }));
    const token = standIns.gitHub.issueToken(own.clientId, '9');
    expect(await (await api('/user/emails', token)).json()).toMatchObject([{ verified: false }]);
  });
});
