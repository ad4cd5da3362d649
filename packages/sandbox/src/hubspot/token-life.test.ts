import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { APP, ask, serveHubSpot, type TestHubSpot } from './test-hubspot.ts';

let test: TestHubSpot;

beforeEach(async () => {
  test = await serveHubSpot();
});
afterEach(() => test.close());

const CLIENT = { client_id: APP.clientId, client_secret: APP.clientSecret };
const refresh = (refresh_token: string) => {
  const body = new URLSearchParams({ ...CLIENT, grant_type: 'refresh_token', refresh_token });
  return ask(`${test.base}/oauth/2026-03/token`, { method: 'POST', body });
};

describe('an access token', () => {
  it('lives for half an hour of the world’s time, and then says that it expired', async () => {
    const { accessToken } = test.hubspot.install(APP.clientId, ['oauth']);
    const details = () => ask(`${test.base}/account-info/2026-09/details`, { token: accessToken });
    test.world.advance(1_799_999);
    expect((await details()).status).toBe(200);
    test.world.advance(1);
    const { status, json } = await details();
    expect(status).toBe(401);
    expect(json).toMatchObject({ status: 'error', category: 'EXPIRED_AUTHENTICATION' });
  });

  it('is nobody’s when it is missing, made up or revoked', async () => {
    const { accessToken, refreshToken } = test.hubspot.install(APP.clientId, ['oauth']);
    const details = (token?: string) =>
      ask(`${test.base}/account-info/v3/details`, token === undefined ? {} : { token });
    for (const answer of [await details(), await details('CJmade-up')]) {
      expect(answer.status).toBe(401);
      expect(answer.json).toMatchObject({ category: 'INVALID_AUTHENTICATION' });
    }
    test.hubspot.revokeGrants();
    expect((await details(accessToken)).json).toMatchObject({ category: 'INVALID_AUTHENTICATION' });
    expect((await refresh(refreshToken)).json).toEqual({
      error: 'invalid_grant',
      error_description: 'refresh token is invalid, expired or revoked',
      status: 'BAD_REFRESH_TOKEN',
      message: 'refresh token is invalid, expired or revoked',
      correlationId: expect.any(String),
    });
  });

  it('of another account stays when one account revokes', async () => {
    const [one, other] = test.hubspot.accounts.map(({ hubId }) => String(hubId));
    const kept = test.hubspot.install(APP.clientId, ['oauth'], other);
    const lost = test.hubspot.install(APP.clientId, ['oauth'], one);
    test.hubspot.revokeGrants(one);
    expect((await refresh(kept.refreshToken)).status).toBe(200);
    expect((await refresh(lost.refreshToken)).status).toBe(400);
  });
});

describe('introspection and revocation', () => {
  const post = (what: string, fields: Readonly<Record<string, string>>) => {
    const body = new URLSearchParams({ ...CLIENT, ...fields });
    return ask(`${test.base}/oauth/2026-03/token/${what}`, { method: 'POST', body });
  };

  it('tell an access token from a refresh token, and neither of what is dead', async () => {
    const { accessToken, refreshToken } = test.hubspot.install(APP.clientId, ['oauth']);
    const access = await post('introspect', { token: accessToken });
    expect(access.json).toMatchObject({ active: true, token_use: 'access_token', expires_in: 1800, scopes: ['oauth'] });
    const kept = await post('introspect', { token: refreshToken });
    expect(kept.json).toMatchObject({ active: true, token_use: 'refresh_token', client_id: APP.clientId });
    expect(kept.json).not.toHaveProperty('expires_in');
    test.world.advance(1_800_000);
    expect((await post('introspect', { token: accessToken })).json).toEqual({ active: false });
    expect((await post('introspect', { token: 'made-up' })).json).toEqual({ active: false });
  });

  it('end a whole grant by its refresh token, and say yes to an unknown one', async () => {
    const { accessToken, refreshToken } = test.hubspot.install(APP.clientId, ['oauth']);
    expect((await post('revoke', { token: refreshToken })).status).toBe(200);
    expect((await ask(`${test.base}/account-info/v3/details`, { token: accessToken })).status).toBe(401);
    expect((await refresh(refreshToken)).json).toMatchObject({ status: 'BAD_REFRESH_TOKEN' });
    expect((await post('revoke', { token: refreshToken })).status).toBe(200);
    expect((await post('revoke', { token: refreshToken, client_secret: 'wrong' })).status).toBe(400);
  });
});
