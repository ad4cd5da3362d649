import { type Connection } from '@jsforce/jsforce-node';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { clientOf, connectClient, startTestOrg, type TestOrg } from './test-org.ts';

const HOUR_MS = 3600 * 1000;

let org: TestOrg;
let connection: Connection;
beforeAll(async () => {
  org = await startTestOrg({ contacts: 5000, maxRequests: 2000 });
  connection = await connectClient(org);
});
afterEach(() => org.faults.clear());
afterAll(() => org.close());

describe('who comes in', () => {
  const limits = '/services/data/v67.0/limits';

  it('needs a live token in the right header', async () => {
    const wrong = await org.get(connection, limits, { authorization: 'Basic eDp5' });
    expect(wrong).toMatchObject({ status: 401, body: [{ errorCode: 'INVALID_AUTH_HEADER' }] });
    const unknown = await org.get(connection, limits, { authorization: 'Bearer nothing' });
    expect(unknown).toMatchObject({
      status: 401,
      body: [{ message: 'Session expired or invalid', errorCode: 'INVALID_SESSION_ID' }],
    });
    const older = await org.get(connection, limits, { authorization: `OAuth ${connection.accessToken ?? ''}` });
    expect(older.status).toBe(200);
  });

  it('keeps a session alive by using it', async () => {
    const fresh = await connectClient(org);
    const authorization = `Bearer ${fresh.accessToken ?? ''}`;
    for (let each = 0; each < 3; each += 1) {
      org.world.advance(1.5 * HOUR_MS);
      expect(await org.get(connection, limits, { authorization })).toMatchObject({ status: 200 });
    }
    org.world.advance(2 * HOUR_MS);
    expect(await org.get(connection, limits, { authorization })).toMatchObject({ status: 401 });
  });

  it('is turned away by the daily limit, with a 403 and no Retry-After, until a day has passed', async () => {
    const { DailyApiRequests } = await connection.limits();
    const used = 100_000 - (DailyApiRequests?.Remaining ?? 0);
    org.salesforce.configure({ dailyApiRequests: used + 1 });
    expect(await org.get(connection, limits)).toMatchObject({ status: 200 });
    const over = await org.get(connection, limits);
    expect(over).toMatchObject({ status: 403, body: [{ errorCode: 'REQUEST_LIMIT_EXCEEDED' }] });
    expect(over.headers.has('retry-after')).toBe(false);
    expect(over.headers.get('sforce-limit-info')).toContain(`api-usage=${used + 1}/${used + 1}`);
    org.world.advance(25 * HOUR_MS);
    await connection.limits();
    org.salesforce.configure({ dailyApiRequests: 100_000 });
  });

  it('is turned away by faults, in Salesforce’s words', async () => {
    await connection.limits();
    org.faults.set({ provider: 'salesforce', kind: 'limit_403', times: 1 });
    expect(await org.get(connection, limits)).toMatchObject({
      status: 403,
      body: [{ errorCode: 'REQUEST_LIMIT_EXCEEDED' }],
    });
    org.faults.set({ provider: 'salesforce', kind: 'expired_token', times: 1 });
    expect(await org.get(connection, limits)).toMatchObject({
      status: 401,
      body: [{ errorCode: 'INVALID_SESSION_ID' }],
    });
    org.salesforce.configure({ apiEnabled: false });
    expect(await org.get(connection, limits)).toMatchObject({
      status: 403,
      body: [{ errorCode: 'API_DISABLED_FOR_ORG' }],
    });
    org.salesforce.configure({ apiEnabled: true });
    expect(await org.get(connection, limits)).toMatchObject({ status: 200 });
  });

  it('needs the api scope, in words after which nobody should refresh', async () => {
    const narrow = await connectClient(org, 'id refresh_token');
    const asked = org.asked.length;
    await expect(narrow.limits()).rejects.toThrow('This session is not valid for use with the REST API');
    expect(org.asked.length - asked).toBe(1);
  });

  it('finds nothing at unknown versions, objects and resources', async () => {
    for (const path of ['v99.0/limits', 'v67.0/sobjects/Lead/describe', 'v67.0/nothing', 'v67.0/sobjects/User/updated'])
      expect(await org.get(connection, `/services/data/${path}`)).toMatchObject({
        status: 404,
        body: [{ errorCode: 'NOT_FOUND' }],
      });
  });
});

describe('faults of the frame', () => {
  const limits = '/services/data/v67.0/limits';

  it('are said as Salesforce says them: a 403 for too many, a page for maintenance', async () => {
    await connection.limits();
    org.faults.set({ provider: 'salesforce', kind: 'status', status: 429, retryAfterSeconds: 5, times: 1 });
    const many = await org.get(connection, limits);
    expect(many).toMatchObject({ status: 403, body: [{ errorCode: 'REQUEST_LIMIT_EXCEEDED' }] });
    expect(many.headers.has('retry-after')).toBe(false);
    org.faults.set({ provider: 'salesforce', kind: 'status', status: 503, times: 1 });
    const maintenance = await org.get(connection, limits);
    expect(maintenance.status).toBe(503);
    expect(maintenance.headers.get('content-type')).toContain('text/html');
    expect(maintenance.body).toContain('maintenance');
    org.faults.set({ provider: 'salesforce', kind: 'status', status: 500, times: 1 });
    const broken = await org.get(connection, limits);
    expect(broken).toMatchObject({ status: 500, body: [{ errorCode: 'UNKNOWN_EXCEPTION' }] });
  });

  it('have words of their own at the token endpoint', async () => {
    const oauth2 = clientOf(org);
    for (const [status, name] of [
      [429, 'rate_limit_exceeded'],
      [500, 'unknown_error'],
    ] as const) {
      org.faults.set({ provider: 'salesforce', kind: 'status', status, times: 1 });
      await expect(oauth2.refreshToken(connection.refreshToken ?? '')).rejects.toMatchObject({ name });
    }
  });
});

describe('a refresh that never helps', () => {
  it('drives the official client round and round, until the cap of this test', async () => {
    const endless = await startTestOrg({ maxRequests: 40 });
    try {
      const looping = await connectClient(endless);
      endless.faults.set({ provider: 'salesforce', kind: 'expired_token' });
      await expect(looping.limits()).rejects.toThrow('Unable to refresh session');
      expect(endless.asked.filter((road) => road === 'POST /services/oauth2/token').length).toBeGreaterThan(10);
    } finally {
      await endless.close();
    }
  }, 60_000);
});
