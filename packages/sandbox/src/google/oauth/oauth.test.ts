import { createHash } from 'node:crypto';
import { CodeChallengeMethod } from 'google-auth-library';
import { jwtVerify } from 'jose';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  BACK,
  CALENDAR_READ,
  connected,
  consentTo,
  GMAIL_READ,
  officialClient,
  publishedKeys,
  startTestGoogle,
  type TestGoogle,
} from '../test-google.ts';

const HOUR_MS = 3_600_000;
let test: TestGoogle;

beforeEach(async () => {
  test = await startTestGoogle();
});
afterEach(async () => {
  await test.close();
});

const account = () => test.world.owners[0]?.address ?? '';

/** Consents and exchanges, with these query members. */
async function tokensFor(query: Record<string, string | boolean>, scope = [GMAIL_READ], ticked?: readonly string[]) {
  const client = officialClient(test);
  const back = await consentTo(client.generateAuthUrl({ ...query, scope }), ticked === undefined ? {} : { ticked });
  return (await client.getToken(back.get('code') ?? '')).tokens;
}

async function tokenCall(fields: Record<string, string>) {
  const own = { client_id: 'own-app', client_secret: 'own secret' };
  const answer = await fetch(`${test.origin}/token`, {
    method: 'POST',
    body: new URLSearchParams({ ...own, ...fields }),
  });
  return { status: answer.status, body: await answer.json() };
}

describe('letting an app in', () => {
  it('brings a refresh token at the first offline consent, and again only when asked with prompt=consent', async () => {
    expect((await tokensFor({ access_type: 'online' })).refresh_token).toBeUndefined();
    expect((await tokensFor({ access_type: 'offline' })).refresh_token).toMatch(/^1\/\/0/);
    expect((await tokensFor({ access_type: 'offline' })).refresh_token).toBeUndefined();
    expect((await tokensFor({ access_type: 'offline', prompt: 'consent' })).refresh_token).toMatch(/^1\/\/0/);
  });

  it('lets scopes be unticked, and says which were granted', async () => {
    const client = officialClient(test);
    const url = client.generateAuthUrl({
      access_type: 'offline',
      scope: ['openid', 'email', GMAIL_READ, CALENDAR_READ],
      state: 's-1',
    });
    const back = await consentTo(url, { ticked: [CALENDAR_READ] });
    expect(back.get('state')).toBe('s-1');
    expect(back.get('scope')).toBe(`openid email ${CALENDAR_READ}`);
    const { tokens } = await client.getToken(back.get('code') ?? '');
    expect(tokens.scope).toBe(`openid email ${CALENDAR_READ}`);
    expect((await client.getTokenInfo(tokens.access_token ?? '')).scopes).not.toContain(GMAIL_READ);
  });

  it('adds what was granted before only with include_granted_scopes', async () => {
    await tokensFor({ access_type: 'offline' });
    expect((await tokensFor({ access_type: 'offline' }, [CALENDAR_READ])).scope).toBe(CALENDAR_READ);
    const wider = await tokensFor({ access_type: 'offline', include_granted_scopes: true }, [CALENDAR_READ]);
    expect(wider.scope?.split(' ').sort()).toEqual([CALENDAR_READ, GMAIL_READ]);
  });

  it('sends a refusal back, and sends nobody to an address that is not registered', async () => {
    const url = officialClient(test).generateAuthUrl({ scope: [GMAIL_READ], state: 's-2' });
    const back = await consentTo(url, { as: null });
    expect([back.get('error'), back.get('state')]).toEqual(['access_denied', 's-2']);
    const elsewhere = new URL(url);
    elsewhere.searchParams.set('redirect_uri', 'https://evil.example/');
    expect((await fetch(elsewhere, { redirect: 'manual' })).status).toBe(400);
  });
});

describe('codes', () => {
  it('are proved with PKCE and taken once', async () => {
    const client = officialClient(test);
    const { codeVerifier, codeChallenge = '' } = await client.generateCodeVerifierAsync();
    expect(codeChallenge).toBe(createHash('sha256').update(codeVerifier).digest('base64url'));
    const url = client.generateAuthUrl({
      scope: [GMAIL_READ],
      code_challenge: codeChallenge,
      code_challenge_method: CodeChallengeMethod.S256,
    });
    const [one, two] = [await consentTo(url), await consentTo(url)].map((back) => back.get('code') ?? '');
    await expect(client.getToken({ code: one ?? '', codeVerifier: 'w'.repeat(43) })).rejects.toMatchObject({
      message: 'invalid_grant',
      status: 400,
    });
    expect((await client.getToken({ code: two ?? '', codeVerifier })).tokens.access_token).toMatch(/^ya29\./);
    await expect(client.getToken({ code: two ?? '', codeVerifier })).rejects.toMatchObject({
      message: 'invalid_grant',
    });
  });

  it('are refused in the provider’s words', async () => {
    const code = (await consentTo(officialClient(test).generateAuthUrl({ scope: [GMAIL_READ] }))).get('code') ?? '';
    const exchange = { grant_type: 'authorization_code', code, redirect_uri: BACK };
    expect(await tokenCall({ ...exchange, client_secret: 'guess' })).toMatchObject({
      status: 401,
      body: { error: 'invalid_client' },
    });
    expect(await tokenCall({ ...exchange, client_id: 'nobody' })).toMatchObject({
      status: 401,
      body: { error: 'invalid_client' },
    });
    expect(await tokenCall({ grant_type: 'password' })).toMatchObject({
      status: 400,
      body: { error: 'unsupported_grant_type' },
    });
    expect(await tokenCall({ ...exchange, redirect_uri: 'https://evil.example/' })).toMatchObject({
      body: { error: 'redirect_uri_mismatch' },
    });
  });
});

describe('tokens', () => {
  it('refresh without changing the refresh token, and live for 3599 seconds of the world', async () => {
    const client = await connected(test, [GMAIL_READ]);
    const refreshToken = client.credentials.refresh_token ?? '';
    const answer = await tokenCall({ grant_type: 'refresh_token', refresh_token: refreshToken });
    expect(answer.body).toMatchObject({ expires_in: 3599, token_type: 'Bearer', scope: GMAIL_READ });
    expect(answer.body).not.toHaveProperty('refresh_token');
    const { credentials } = await client.refreshAccessToken();
    expect(credentials.refresh_token).toBe(refreshToken);
    const token = credentials.access_token ?? '';
    test.world.advance(3_598_000);
    expect((await client.getTokenInfo(token)).scopes).toEqual([GMAIL_READ]);
    test.world.advance(2_000);
    await expect(client.getTokenInfo(token)).rejects.toMatchObject({ status: 400 });
  });

  it('end with a revocation, all that the app has of the account, and only once', async () => {
    const client = await connected(test, [GMAIL_READ]);
    const other = await connected(test, [CALENDAR_READ]);
    await client.revokeToken(client.credentials.access_token ?? '');
    await expect(other.refreshAccessToken()).rejects.toMatchObject({ message: 'invalid_grant', status: 400 });
    await expect(client.revokeToken(client.credentials.access_token ?? '')).rejects.toMatchObject({ status: 400 });
    expect((await tokensFor({ access_type: 'offline' })).refresh_token).toBeDefined();
  });

  it('die after seven days while the app is in Testing', async () => {
    test.google.switches.testing = true;
    const client = await connected(test, [GMAIL_READ]);
    test.world.advance(7 * 24 * HOUR_MS - 1_000);
    await client.refreshAccessToken();
    test.world.advance(2_000);
    await expect(client.refreshAccessToken()).rejects.toMatchObject({ message: 'invalid_grant' });
  });

  it('die oldest first above a hundred', async () => {
    const clients = [];
    for (let n = 0; n < 101; n += 1) clients.push(await connected(test, [GMAIL_READ]));
    await expect(clients[0]?.refreshAccessToken()).rejects.toMatchObject({ message: 'invalid_grant' });
    await expect(clients[1]?.refreshAccessToken()).resolves.toBeDefined();
  });

  it('die with a new password when they carry a Gmail scope', async () => {
    const [mail, calendar] = [await connected(test, [GMAIL_READ]), await connected(test, [CALENDAR_READ])];
    test.google.changePassword(account());
    await expect(mail.refreshAccessToken()).rejects.toMatchObject({ message: 'invalid_grant' });
    await expect(calendar.refreshAccessToken()).resolves.toBeDefined();
  });

  it('say by a subtype when the domain’s policy ended the session', async () => {
    const client = await connected(test, [GMAIL_READ]);
    test.google.endSession(account());
    await expect(client.refreshAccessToken()).rejects.toMatchObject({
      response: { data: { error: 'invalid_grant', error_subtype: 'invalid_rapt' } },
    });
    await tokensFor({ access_type: 'offline', prompt: 'consent' });
    await expect(client.refreshAccessToken()).resolves.toBeDefined();
  });

  it('are forgotten when the person removes the app', async () => {
    const [mine, theirs] = [await connected(test, [GMAIL_READ]), await connected(test, [GMAIL_READ], 1)];
    test.google.revokeGrants(account());
    await expect(mine.refreshAccessToken()).rejects.toMatchObject({ message: 'invalid_grant' });
    await expect(theirs.refreshAccessToken()).resolves.toBeDefined();
  });

  it('fail as the switchboard says', async () => {
    const client = await connected(test, [GMAIL_READ]);
    test.faults.set({ provider: 'google', kind: 'invalid_client', times: 1 });
    await expect(client.refreshAccessToken()).rejects.toMatchObject({ status: 401, message: 'invalid_client' });
    test.faults.set({
      provider: 'google',
      kind: 'status',
      status: 503,
      retryAfterSeconds: 1,
      match: 'POST /token',
      times: 1,
    });
    const refused = await fetch(`${test.origin}/token`, { method: 'POST' });
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1']);
    await expect(client.refreshAccessToken()).resolves.toBeDefined();
  });
});

describe('who somebody is', () => {
  it('is told by userinfo and by an id token signed with the published keys', async () => {
    const client = await connected(test, ['openid', 'email', GMAIL_READ]);
    const { data } = await client.request({ url: `${test.origin}/oauth2/v2/userinfo` });
    expect(data).toMatchObject({ email: account(), verified_email: true, id: expect.stringMatching(/^\d{21}$/) });
    const keys = await publishedKeys(test);
    const { payload } = await jwtVerify(client.credentials.id_token ?? '', keys, {
      issuer: 'https://accounts.google.com',
      audience: 'own-app',
      currentDate: test.world.now(),
    });
    expect(payload).toMatchObject({ email: account(), sub: expect.stringMatching(/^\d{21}$/) });
    const without = await connected(test, ['openid', GMAIL_READ]);
    expect((await without.request({ url: `${test.origin}/v1/userinfo` })).data).not.toHaveProperty('email');
  });
});
