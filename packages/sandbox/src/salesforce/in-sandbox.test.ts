import { Connection, OAuth2 } from '@jsforce/jsforce-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Sandbox, startSandbox } from '../frame/sandbox.ts';
import { APP, CALLBACK } from './test-org.ts';

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox({ apps: { salesforce: [APP] } });
});
afterAll(() => sandbox.close());

async function connect(): Promise<Connection> {
  const { clientId, clientSecret } = APP;
  const loginUrl = sandbox.urls.salesforce;
  const oauth2 = new OAuth2({ loginUrl, clientId, clientSecret, redirectUri: CALLBACK, useVerifier: true });
  const url = oauth2.getAuthorizationUrl({});
  const body = new URLSearchParams({ account: sandbox.standIns.salesforce.idOf('User', 0) });
  const allowed = await fetch(url, { method: 'POST', body, redirect: 'manual' });
  const connection = new Connection({ oauth2, version: '67.0' });
  await connection.authorize(new URL(allowed.headers.get('location') ?? '').searchParams.get('code') ?? '');
  return connection;
}

describe('Salesforce in the sandbox', () => {
  it('stands under its mount, where the official client finds everything', async () => {
    const connection = await connect();
    expect(connection.instanceUrl).toBe(sandbox.urls.salesforce);
    const { records } = await connection.query('SELECT Id FROM Contact LIMIT 3');
    expect(records).toHaveLength(3);
    expect(sandbox.asked('salesforce')).toContain('POST /services/oauth2/token');
  });

  it('ends the grant when the answer to a refresh is lost and the old token is shown again', async () => {
    const connection = await connect();
    const before = sandbox.standIns.salesforce.liveGrants();
    const token = connection.refreshToken ?? '';
    const match = 'POST /services/oauth2/token';
    sandbox.faults.set({ provider: 'salesforce', kind: 'lost_answer', match, times: 1 });
    await expect(connection.oauth2.refreshToken(token)).rejects.toThrow(/fetch failed|socket|hang up|ECONNRESET/i);
    expect(sandbox.standIns.salesforce.liveGrants()).toBe(before);
    await expect(connection.oauth2.refreshToken(token)).rejects.toMatchObject({ name: 'invalid_grant' });
    expect(sandbox.standIns.salesforce.liveGrants()).toBe(before - 1);
  });
});
