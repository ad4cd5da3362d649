import { createHmac } from 'node:crypto';
import { Connection } from '@jsforce/jsforce-node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  APP,
  authorizeUrl,
  CALLBACK,
  clientOf,
  CREDENTIALS,
  post,
  startTestOrg,
  type TestOrg,
  VERIFIER,
} from './test-org.ts';

const HOUR_MS = 3600 * 1000;

let org: TestOrg;
beforeEach(async () => {
  org = await startTestOrg();
});
afterEach(async () => {
  await org.close();
});

async function connect(): Promise<Connection> {
  const connection = new Connection({ oauth2: clientOf(org), version: '67.0' });
  const back = await org.allow(connection.oauth2.getAuthorizationUrl({ state: 'some-state' }));
  expect(back.searchParams.get('state')).toBe('some-state');
  await connection.authorize(back.searchParams.get('code') ?? '');
  return connection;
}

async function plainCode(changes: Readonly<Record<string, string>> = {}): Promise<string> {
  return (await org.allow(authorizeUrl(org, changes))).searchParams.get('code') ?? '';
}

async function tokens(changes: Readonly<Record<string, string>> = {}) {
  const form = { grant_type: 'authorization_code', code: await plainCode(), redirect_uri: CALLBACK, ...CREDENTIALS };
  return await post(org, '/services/oauth2/token', { ...form, code_verifier: VERIFIER, ...changes });
}

const refused = (error: string) => ({ status: 400, body: { error } });

describe('the official client', () => {
  it('authorizes with PKCE and learns who it is', async () => {
    const connection = await connect();
    const identity = await connection.identity();
    expect(identity).toMatchObject({ user_id: org.userId, organization_id: org.salesforce.orgId });
    expect(identity.username).toBe(org.world.owners[0]?.address);
    expect(connection.instanceUrl).toBe(org.base);
    expect(connection.limitInfo.apiUsage).toBeUndefined();
    await connection.limits();
    expect(connection.limitInfo.apiUsage).toEqual({ used: 1, limit: 100_000 });
  });

  it('refreshes on a 401, and gets another refresh token each time', async () => {
    const connection = await connect();
    const first = connection.refreshToken ?? '';
    const rotated: unknown[] = [];
    connection.on('refresh', (_token: string, answer: { refresh_token?: string }) => {
      rotated.push(answer.refresh_token);
      connection.refreshToken = answer.refresh_token;
    });
    org.world.advance(2 * HOUR_MS);
    await connection.limits();
    org.world.advance(2 * HOUR_MS);
    await connection.limits();
    expect(new Set([first, ...rotated]).size).toBe(3);
  });

  // RFC 9700 §4.14.2, a refresh token shown twice ends everything that came of its grant.
  it('that shows a rotated refresh token again loses the whole family', async () => {
    const connection = await connect();
    const oauth2 = clientOf(org);
    const stale = connection.refreshToken ?? '';
    const fresh = await oauth2.refreshToken(stale);
    const live = new Connection({ instanceUrl: org.base, accessToken: fresh.access_token, version: '67.0' });
    await live.limits();
    await expect(oauth2.refreshToken(stale)).rejects.toThrow('expired access/refresh token');
    await expect(live.limits()).rejects.toMatchObject({ errorCode: 'INVALID_SESSION_ID' });
    await expect(oauth2.refreshToken(fresh.refresh_token ?? '')).rejects.toMatchObject({ name: 'invalid_grant' });
    expect(org.salesforce.liveGrants()).toBe(0);
  });

  it('keeps its refresh token when the app does not rotate', async () => {
    const still = await startTestOrg({ app: { rotates: false } });
    try {
      const oauth2 = clientOf(still);
      const back = await still.allow(oauth2.getAuthorizationUrl({}));
      const first = await oauth2.requestToken(back.searchParams.get('code') ?? '');
      const again = await oauth2.refreshToken(first.refresh_token ?? '');
      expect(again.refresh_token).toBeUndefined();
      await oauth2.refreshToken(first.refresh_token ?? '');
    } finally {
      await still.close();
    }
  });

  it('revokes its grant, or only its session', async () => {
    const one = await connect();
    const other = await connect();
    const token = other.accessToken ?? '';
    await one.logout();
    expect(org.salesforce.liveGrants()).toBe(2);
    await other.logout(true);
    expect(org.salesforce.liveGrants()).toBe(1);
    const left = new Connection({ instanceUrl: org.base, accessToken: token, version: '67.0' });
    await expect(left.limits()).rejects.toMatchObject({ errorCode: 'INVALID_SESSION_ID' });
  });
});

describe('the token endpoint', () => {
  it('answers everything a client needs, and no lifetime', async () => {
    const { status, body } = await tokens({ code: await plainCode({ scope: 'api offline_access' }) });
    expect(status).toBe(200);
    const id = `${org.base}/id/${org.salesforce.orgId}/${org.userId}`;
    const issuedAt = String(org.world.now().getTime());
    expect(body).toEqual({
      access_token: expect.stringMatching(new RegExp(`^${org.salesforce.orgId.slice(0, 15)}!AQ`)),
      refresh_token: expect.stringMatching(/^5Aep861/),
      signature: createHmac('sha256', APP.clientSecret).update(`${id}${issuedAt}`).digest('base64'),
      scope: 'api refresh_token',
      instance_url: org.base,
      id,
      token_type: 'Bearer',
      issued_at: issuedAt,
    });
  });

  it('gives no refresh token without its scope', async () => {
    const { body } = await tokens({ code: await plainCode({ scope: 'api' }) });
    expect(body).not.toHaveProperty('refresh_token');
  });

  it.each([
    [{ grant_type: 'password' }, 'unsupported_grant_type'],
    [{ client_id: 'nobody' }, 'invalid_client_id'],
    [{ client_secret: 'wrong' }, 'invalid_client'],
    [{ redirect_uri: 'https://app.example/other' }, 'redirect_uri_mismatch'],
    [{ code: 'never-issued' }, 'invalid_grant'],
    [{ code_verifier: '' }, 'invalid_grant'],
    [{ code_verifier: 'b'.repeat(43) }, 'invalid_request'],
    [{ grant_type: 'refresh_token', refresh_token: 'never-issued' }, 'invalid_grant'],
  ])('refuses %o as %s', async (changes, error) => {
    expect(await tokens(changes)).toMatchObject(refused(error));
  });

  it('takes a code once, and for fifteen minutes', async () => {
    const code = await plainCode();
    expect(await tokens({ code })).toMatchObject({ status: 200 });
    expect(await tokens({ code })).toMatchObject(refused('invalid_grant'));
    const late = await plainCode();
    org.world.advance(15 * 60 * 1000);
    expect(await tokens({ code: late })).toMatchObject(refused('invalid_grant'));
  });

  it.each(['inactive_user', 'inactive_org', 'ip restricted', 'invalid_app_access'] as const)(
    'says %s, and keeps the grant for when that is over',
    async (refusal) => {
      const connection = await connect();
      org.salesforce.configure({ tokenRefusal: refusal });
      const form = { grant_type: 'refresh_token', refresh_token: connection.refreshToken ?? '', ...CREDENTIALS };
      expect(await post(org, '/services/oauth2/token', form)).toMatchObject(refused(refusal));
      org.salesforce.configure({ tokenRefusal: null });
      expect(await post(org, '/services/oauth2/token', form)).toMatchObject({ status: 200 });
    },
  );

  it('limits how often a user comes in', async () => {
    org.salesforce.configure({ loginsPerHour: 2 });
    expect(await tokens()).toMatchObject({ status: 200 });
    expect(await tokens()).toMatchObject({ status: 200 });
    expect(await tokens()).toMatchObject(refused('rate_limit_exceeded'));
    org.world.advance(2 * HOUR_MS);
    expect(await tokens()).toMatchObject({ status: 200 });
  });

  it('forgets a refresh token that was idle for thirty days', async () => {
    const connection = await connect();
    org.world.advance(31 * 24 * HOUR_MS);
    const form = { grant_type: 'refresh_token', refresh_token: connection.refreshToken ?? '', ...CREDENTIALS };
    expect(await post(org, '/services/oauth2/token', form)).toMatchObject(refused('invalid_grant'));
  });

  it('refuses the client while the fault stands, without touching the grant', async () => {
    const connection = await connect();
    org.faults.set({ provider: 'salesforce', kind: 'invalid_client', times: 1 });
    const form = { grant_type: 'refresh_token', refresh_token: connection.refreshToken ?? '', ...CREDENTIALS };
    expect(await post(org, '/services/oauth2/token', form)).toMatchObject(refused('invalid_client'));
    expect(await post(org, '/services/oauth2/token', form)).toMatchObject({ status: 200 });
  });

  it('keeps five grants of one user, and ends the oldest for a sixth', async () => {
    const connections: Connection[] = [];
    for (let each = 0; each < 6; each += 1) connections.push(await connect());
    expect(org.salesforce.liveGrants(org.userId)).toBe(5);
    const oauth2 = clientOf(org);
    await expect(oauth2.refreshToken(connections[0]?.refreshToken ?? '')).rejects.toMatchObject({
      name: 'invalid_grant',
    });
    await oauth2.refreshToken(connections[1]?.refreshToken ?? '');
  });

  it('ends one user’s grants when its owner withdraws them', async () => {
    const connection = await connect();
    const other = org.world.owners[1];
    org.salesforce.revokeGrants(other?.address ?? '');
    expect(org.salesforce.liveGrants()).toBe(1);
    org.salesforce.revokeGrants(org.userId);
    await expect(connection.limits()).rejects.toThrow('expired access/refresh token');
  });
});

describe('introspection and userinfo', () => {
  it('say whose a token is, without keeping it alive', async () => {
    const connection = await connect();
    const token = connection.accessToken ?? '';
    org.world.advance(HOUR_MS);
    const { body } = await post(org, '/services/oauth2/introspect', { token, ...CREDENTIALS });
    expect(body).toMatchObject({ active: true, client_id: APP.clientId, scope: 'api refresh_token' });
    org.world.advance(HOUR_MS);
    const after = await post(org, '/services/oauth2/introspect', { token, ...CREDENTIALS });
    expect(after.body).toEqual({ active: false });
  });

  it('answer userinfo to a live token only', async () => {
    const connection = await connect();
    const url = `${org.base}/services/oauth2/userinfo`;
    const headers = { authorization: `Bearer ${connection.accessToken ?? ''}` };
    const answer = await fetch(url, { headers });
    expect(await answer.json()).toMatchObject({ user_id: org.userId, organization_id: org.salesforce.orgId });
    org.salesforce.endSessions();
    const refusal = await fetch(url, { headers });
    expect([refusal.status, await refusal.text()]).toEqual([403, 'Bad_OAuth_Token']);
  });
});
