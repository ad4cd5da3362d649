import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ALL_SCOPES, APP, ask, clientFor, serveHubSpot, type TestHubSpot } from './test-hubspot.ts';

const REDIRECT = 'https://app.example/callback';
const VERIFIER = 'v'.repeat(43);
const CHALLENGE = createHash('sha256').update(VERIFIER).digest('base64url');
const Tokens = z.object({ access_token: z.string(), refresh_token: z.string(), expires_in: z.number() });

let test: TestHubSpot;

beforeEach(async () => {
  test = await serveHubSpot();
});
afterEach(() => test.close());

function authorizeUrl(changes: Readonly<Record<string, string | null>> = {}): string {
  const query = new URLSearchParams({
    client_id: APP.clientId,
    redirect_uri: REDIRECT,
    scope: 'oauth crm.objects.contacts.read',
    state: 'state-1',
  });
  for (const [name, value] of Object.entries(changes))
    if (value === null) query.delete(name);
    else query.set(name, value);
  return `${test.base}/oauth/authorize?${query.toString()}`;
}

async function allow(url: string, form: URLSearchParams): Promise<URL> {
  const { status, headers } = await ask(url, { method: 'POST', body: form });
  expect(status).toBe(302);
  return new URL(headers.get('location') ?? '');
}

async function codeFor(url = authorizeUrl(), account = String(test.hubspot.accounts[0]?.hubId)): Promise<string> {
  const back = await allow(url, new URLSearchParams({ account }));
  return back.searchParams.get('code') ?? '';
}

async function token(fields: Readonly<Record<string, string | null>>, version = '2026-03') {
  const plain = { client_id: APP.clientId, client_secret: APP.clientSecret };
  const all = Object.entries({ ...plain, ...fields }).filter((each): each is [string, string] => each[1] !== null);
  return await ask(`${test.base}/oauth/${version}/token`, { method: 'POST', body: new URLSearchParams(all) });
}

const exchange = (code: string, more: Readonly<Record<string, string | null>> = {}) =>
  token({ grant_type: 'authorization_code', redirect_uri: REDIRECT, code, ...more });
const refresh = (refreshToken: string, more: Readonly<Record<string, string | null>> = {}) =>
  token({ grant_type: 'refresh_token', refresh_token: refreshToken, ...more });

describe('the consent page', () => {
  it('asks for an account and offers optional scopes with a checkbox', async () => {
    const page = await ask(authorizeUrl({ optional_scope: 'crm.objects.deals.read' }));
    expect(page.status).toBe(200);
    expect(page.text).toContain(`value="${test.hubspot.accounts[0]?.hubId}"`);
    expect(page.text).toMatch(/type="checkbox" name="scope" value="crm\.objects\.deals\.read"/);
    expect(page.text).not.toMatch(/type="checkbox" name="scope" value="oauth"/);
  });

  it('sends a code and the state back', async () => {
    const back = await allow(authorizeUrl(), new URLSearchParams({ account: String(test.hubspot.accounts[0]?.hubId) }));
    expect(back.href.startsWith(`${REDIRECT}?`)).toBe(true);
    expect(back.searchParams.get('state')).toBe('state-1');
    expect(back.searchParams.get('code')).toMatch(/^na1-/);
  });

  it('says access_denied when a person cancels, or picks an account that is not there', async () => {
    for (const form of [{ cancel: 'yes' }, { account: '1' }, {}]) {
      const back = await allow(authorizeUrl(), new URLSearchParams(form));
      expect(back.searchParams.get('error')).toBe('access_denied');
      expect(back.searchParams.get('state')).toBe('state-1');
      expect(back.searchParams.has('code')).toBe(false);
    }
  });

  it('never redirects for an unknown application, address, scope or kind of challenge', async () => {
    const wrong = [
      { client_id: 'nobody' },
      { redirect_uri: `${REDIRECT}/` },
      { redirect_uri: null },
      { scope: null },
      { scope: 'oauth crm.everything' },
      { optional_scope: 'crm.everything' },
      { code_challenge: CHALLENGE },
      { code_challenge: CHALLENGE, code_challenge_method: 'plain' },
    ];
    for (const changes of wrong) expect((await ask(authorizeUrl(changes))).status, JSON.stringify(changes)).toBe(400);
  });

  it('grants an optional scope only when it is left ticked', async () => {
    const url = authorizeUrl({ optional_scope: 'crm.objects.deals.read crm.objects.companies.read' });
    const account = String(test.hubspot.accounts[0]?.hubId);
    const form = new URLSearchParams({ account, scope: 'crm.objects.companies.read' });
    const code = (await allow(url, form)).searchParams.get('code') ?? '';
    const { json } = await exchange(code);
    expect(json).toMatchObject({ scopes: ['oauth', 'crm.objects.contacts.read', 'crm.objects.companies.read'] });
  });

  it('loses a scope when it is told to', async () => {
    test.faults.set({ provider: 'hubspot', kind: 'partial_grant', times: 1 });
    expect((await exchange(await codeFor())).json).toMatchObject({ scopes: ['oauth'] });
    expect((await exchange(await codeFor())).json).toMatchObject({ scopes: ['oauth', 'crm.objects.contacts.read'] });
  });
});

describe('the token endpoint, asked by the official client', () => {
  it('exchanges a code, serves the token, and refreshes it', async () => {
    const client = clientFor(test.base, 'none');
    const { clientId, clientSecret } = APP;
    const { tokensApi } = client.oauth;
    const first = await tokensApi.create('authorization_code', await codeFor(), REDIRECT, clientId, clientSecret);
    expect(first).toMatchObject({ expiresIn: 1800, tokenType: 'bearer' });
    expect((await clientFor(test.base, first.accessToken).crm.contacts.basicApi.getPage(1)).results).toHaveLength(1);
    const again = await tokensApi.create(
      'refresh_token',
      undefined,
      undefined,
      clientId,
      clientSecret,
      first.refreshToken,
    );
    expect(again.refreshToken).toBe(first.refreshToken);
    expect(again.accessToken).not.toBe(first.accessToken);
  });

  it('tells what a token is, and deletes a refresh token without its access token', async () => {
    const { accessToken, refreshToken } = test.hubspot.install(APP.clientId, ALL_SCOPES);
    const { oauth, crm } = clientFor(test.base, accessToken);
    const hubId = test.hubspot.accounts[0]?.hubId;
    expect(await oauth.accessTokensApi.get(accessToken)).toMatchObject({ hubId, expiresIn: 1800, tokenType: 'bearer' });
    expect(await oauth.refreshTokensApi.get(refreshToken)).toMatchObject({ hubId, clientId: APP.clientId });
    await oauth.refreshTokensApi.archive(refreshToken);
    await expect(oauth.refreshTokensApi.get(refreshToken)).rejects.toMatchObject({ code: 400 });
    expect((await refresh(refreshToken)).json).toMatchObject({ status: 'BAD_REFRESH_TOKEN' });
    expect((await crm.contacts.basicApi.getPage(1)).results).toHaveLength(1);
  });
});

describe('the token endpoint', () => {
  it('answers alike in every version, the first with fewer members', async () => {
    for (const version of ['v1', 'v3', '2026-03', '2026-09']) {
      const fields = { grant_type: 'authorization_code', redirect_uri: REDIRECT, code: await codeFor() };
      const { status, json } = await token(fields, version);
      expect(status).toBe(200);
      expect(json).toMatchObject({ token_type: 'bearer', expires_in: 1800 });
      const facts = { token_use: 'access_token', hub_id: test.hubspot.accounts[0]?.hubId, user_id: expect.any(Number) };
      if (version === 'v1') expect(json).not.toHaveProperty('hub_id');
      else expect(json).toMatchObject({ ...facts, scopes: ['oauth', 'crm.objects.contacts.read'] });
    }
  });

  it('says each refusal in the words of RFC 6749 and in its own', async () => {
    const code = () => codeFor();
    const { refreshToken } = test.hubspot.install(APP.clientId, ['oauth']);
    const refused = async (answer: Promise<{ status: number; json: unknown }>, status: string, error: string) => {
      const { json, status: code400 } = await answer;
      expect(code400).toBe(400);
      expect(json).toMatchObject({ status, error, message: expect.any(String), correlationId: expect.any(String) });
      const { message, error_description } = z
        .object({ message: z.string(), error_description: z.string() })
        .parse(json);
      expect(message).toBe(error_description);
    };
    await refused(token({ grant_type: 'password' }), 'BAD_GRANT_TYPE', 'unsupported_grant_type');
    await refused(exchange('na1-unknown'), 'BAD_AUTH_CODE', 'invalid_grant');
    await refused(exchange(await code(), { client_id: 'nobody' }), 'BAD_CLIENT_ID', 'invalid_client');
    await refused(exchange(await code(), { client_secret: 'wrong' }), 'BAD_CLIENT_SECRET', 'invalid_client');
    await refused(exchange(await code(), { client_secret: null }), 'BAD_CLIENT_SECRET', 'invalid_client');
    await refused(
      exchange(await code(), { redirect_uri: 'https://app.example/other' }),
      'BAD_REDIRECT_URI',
      'invalid_grant',
    );
    await refused(refresh('na1-unknown'), 'BAD_REFRESH_TOKEN', 'invalid_grant');
    await refused(refresh(refreshToken, { client_secret: 'wrong' }), 'BAD_CLIENT_SECRET', 'invalid_client');
  });

  it('does not read credentials from the query', async () => {
    const fields = { grant_type: 'authorization_code', redirect_uri: REDIRECT, code: await codeFor() };
    const query = new URLSearchParams({ client_id: APP.clientId, client_secret: APP.clientSecret });
    const url = `${test.base}/oauth/2026-03/token?${query.toString()}`;
    const { json } = await ask(url, { method: 'POST', body: new URLSearchParams(fields) });
    expect(json).toMatchObject({ status: 'BAD_CLIENT_ID' });
  });

  it('takes a code once and for five minutes', async () => {
    const code = await codeFor();
    expect((await exchange(code)).status).toBe(200);
    expect((await exchange(code)).json).toMatchObject({ status: 'BAD_AUTH_CODE' });
    const late = await codeFor();
    test.world.advance(5 * 60_000 + 1);
    expect((await exchange(late)).json).toMatchObject({ status: 'BAD_AUTH_CODE' });
  });

  it('checks a verifier where there was a challenge, and refuses one where there was none', async () => {
    const url = authorizeUrl({ code_challenge: CHALLENGE, code_challenge_method: 'S256' });
    expect((await exchange(await codeFor(url), { code_verifier: VERIFIER })).status).toBe(200);
    for (const code_verifier of [null, 'w'.repeat(43)])
      expect((await exchange(await codeFor(url), { code_verifier })).json).toMatchObject({
        status: 'BAD_CODE_VERIFIER',
        error: 'invalid_grant',
      });
    expect((await exchange(await codeFor(), { code_verifier: VERIFIER })).json).toMatchObject({
      status: 'BAD_CODE_VERIFIER',
    });
  });

  it('keeps a refresh token, unless the application rotates', async () => {
    const { refresh_token } = Tokens.parse((await exchange(await codeFor())).json);
    expect(Tokens.parse((await refresh(refresh_token)).json).refresh_token).toBe(refresh_token);
    await test.close();
    test = await serveHubSpot({ apps: [{ ...APP, rotates: true }] });
    const first = Tokens.parse((await exchange(await codeFor())).json).refresh_token;
    const second = Tokens.parse((await refresh(first)).json).refresh_token;
    expect(second).not.toBe(first);
    expect((await refresh(first)).json).toMatchObject({ status: 'BAD_REFRESH_TOKEN' });
    expect((await refresh(second)).status).toBe(200);
  });

  it('refuses the secret when it is told to, and nothing is lost by it', async () => {
    const { refreshToken } = test.hubspot.install(APP.clientId, ['oauth']);
    test.faults.set({ provider: 'hubspot', kind: 'invalid_client', times: 1 });
    expect((await refresh(refreshToken)).json).toMatchObject({ status: 'BAD_CLIENT_SECRET', error: 'invalid_client' });
    expect((await refresh(refreshToken)).status).toBe(200);
  });

  it('knows nobody of an account that was deleted', async () => {
    const account = String(test.hubspot.accounts[1]?.hubId);
    const { accessToken, refreshToken } = test.hubspot.install(APP.clientId, ['oauth'], account);
    test.hubspot.shutAccount(account);
    const { status, json } = await refresh(refreshToken);
    expect(status).toBe(400);
    expect(json).toMatchObject({ status: 'BAD_HUB', error: 'access_denied', message: 'missing or unknown hub id' });
    expect((await ask(`${test.base}/account-info/v3/details`, { token: accessToken })).status).toBe(401);
  });
});
