import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createServer } from 'node:http';
import { APP, ask, serveHubSpot, type TestHubSpot } from './test-hubspot.ts';

const CONTACTS = 'crm.objects.contacts.read';

let test: TestHubSpot;
let clock: { ms: number };

beforeEach(async () => {
  clock = { ms: 1_000_000 };
  test = await serveHubSpot({ machine: { monotonicNow: () => clock.ms } });
});
afterEach(() => test.close());

const tokenFor = (scopes: readonly string[], account?: string) =>
  test.hubspot.install(APP.clientId, scopes, account).accessToken;
const get = (path: string, token: string) => ask(`${test.base}/${path}`, { token });
const search = (token: string) =>
  ask(`${test.base}/crm/v3/objects/contacts/search`, { token, method: 'POST', body: '{"limit":1}' });

describe('scopes', () => {
  it('open their own roads only', async () => {
    const needed = {
      'crm/v3/objects/contacts?limit=1': CONTACTS,
      'crm/v3/objects/deals?limit=1': 'crm.objects.deals.read',
      'crm/objects/2026-03/companies?limit=1': 'crm.objects.companies.read',
      'crm/v3/owners/': 'crm.objects.owners.read',
      'crm/v3/owners': 'crm.objects.owners.read',
      'crm/v3/properties/contacts': 'crm.schemas.contacts.read',
      'crm/v3/pipelines/deals': 'crm.schemas.deals.read',
      'account-info/v3/details': 'oauth',
    };
    for (const [path, scope] of Object.entries(needed)) {
      expect((await get(path, tokenFor([scope]))).status, path).toBe(200);
      const { status, json } = await get(path, tokenFor(['crm.schemas.companies.read']));
      expect(status, path).toBe(403);
      expect(json).toMatchObject({ status: 'error', category: 'MISSING_SCOPES', correlationId: expect.any(String) });
      expect(JSON.stringify(json)).toContain(scope);
    }
  });

  it('are needed on both sides of an association', async () => {
    const id = test.hubspot.recordId('contacts', 0);
    const path = `crm/v4/objects/contacts/${id}/associations/deals`;
    expect((await get(path, tokenFor([CONTACTS]))).status).toBe(403);
    expect((await get(path, tokenFor([CONTACTS, 'crm.objects.deals.read']))).status).not.toBe(403);
  });

  it('reach the official client as an error with a code', async () => {
    await expect(test.client(['oauth']).crm.contacts.basicApi.getPage(1)).rejects.toMatchObject({
      code: 403,
      body: expect.objectContaining({ category: 'MISSING_SCOPES' }),
    });
  });
});

describe('rate limits', () => {
  beforeEach(() => {
    test.hubspot.settings.limits = true;
  });

  it('let 110 requests in ten seconds through, and count them in headers', async () => {
    const token = tokenFor(['oauth']);
    const details = () => get('account-info/v3/details', token);
    const first = await details();
    expect(first.headers.get('x-hubspot-ratelimit-max')).toBe('110');
    expect(first.headers.get('x-hubspot-ratelimit-remaining')).toBe('109');
    expect(first.headers.get('x-hubspot-ratelimit-interval-milliseconds')).toBe('10000');
    for (let n = 1; n < 110; n += 1) expect((await details()).status).toBe(200);
    clock.ms += 9999;
    const over = await details();
    expect(over.status).toBe(429);
    expect(over.json).toMatchObject({
      status: 'error',
      message: 'You have reached your ten_secondly_rolling limit.',
      errorType: 'RATE_LIMIT',
      policyName: 'TEN_SECONDLY_ROLLING',
      correlationId: expect.any(String),
    });
    expect(over.headers.has('retry-after')).toBe(false);
    clock.ms += 1;
    expect((await details()).status).toBe(200);
  });

  it('are counted for each account apart', async () => {
    const [one, other] = test.hubspot.accounts.map(({ hubId }) => tokenFor(['oauth'], String(hubId)));
    for (let n = 0; n < 111; n += 1) await get('account-info/v3/details', one ?? '');
    expect((await get('account-info/v3/details', one ?? '')).status).toBe(429);
    expect((await get('account-info/v3/details', other ?? '')).status).toBe(200);
  });

  it('let five searches a second through, without headers', async () => {
    const token = tokenFor([CONTACTS]);
    for (let n = 0; n < 5; n += 1) {
      const { status, headers } = await search(token);
      expect(status).toBe(200);
      expect([...headers.keys()].filter((name) => name.includes('ratelimit'))).toEqual([]);
    }
    const { status, json } = await search(token);
    expect(status).toBe(429);
    expect(json).toMatchObject({ policyName: 'SECONDLY', message: 'You have reached your secondly limit.' });
    expect((await get('crm/v3/objects/contacts', token)).status).toBe(200);
    clock.ms += 1000;
    expect((await search(token)).status).toBe(200);
  });

  it('say when to come back where that is switched on', async () => {
    test.hubspot.settings.retryAfterOnLimit = true;
    const token = tokenFor([CONTACTS]);
    for (let n = 0; n < 5; n += 1) await search(token);
    expect((await search(token)).headers.get('retry-after')).toBe('1');
  });
});

describe('faults', () => {
  const statusOf = async (kind: 'locked' | 'moving' | 'expired_token', retryAfterSeconds?: number) => {
    const order = { provider: 'hubspot', kind, match: 'GET /account-info', times: 1 } as const;
    test.faults.set(retryAfterSeconds === undefined ? order : { ...order, retryAfterSeconds });
    const token = tokenFor(['oauth']);
    const answer = await get('account-info/v3/details', token);
    expect((await get('account-info/v3/details', token)).status).toBe(200);
    return answer;
  };

  it('lock, move and expire an account’s calls, once each', async () => {
    expect((await statusOf('locked')).status).toBe(423);
    const moving = await statusOf('moving', 90);
    expect([moving.status, moving.headers.get('retry-after')]).toEqual([477, '90']);
    const gone = await statusOf('expired_token');
    expect(gone.status).toBe(401);
    expect(gone.json).toMatchObject({ category: 'EXPIRED_AUTHENTICATION' });
  });

  it('that every provider has are told in HubSpot’s words', async () => {
    const server = createServer((request, response) => {
      const url = new URL(request.url ?? '/', 'http://stand-in.invalid');
      const status = url.searchParams.get('status') === '429' ? 429 : 503;
      const retryAfterSeconds = url.searchParams.has('wait') ? 7 : null;
      const exchange = { request, response, method: 'POST', url, body: Buffer.alloc(0) };
      test.hubspot.answerFault(exchange, { status, retryAfterSeconds });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const base = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
    const asked = await Promise.all([
      ask(`${base}/crm/v3/objects/contacts?status=429`),
      ask(`${base}/crm/v3/objects/contacts/search?status=429&wait`),
      ask(`${base}/oauth/v1/token?status=503`),
    ]);
    await new Promise((resolve) => server.close(resolve));
    expect(asked.map(({ status }) => status)).toEqual([429, 429, 503]);
    expect(asked.map(({ headers }) => headers.get('retry-after'))).toEqual([null, '7', null]);
    expect(asked[0]?.json).toMatchObject({ policyName: 'TEN_SECONDLY_ROLLING' });
    expect(asked[1]?.json).toMatchObject({ policyName: 'SECONDLY' });
    expect(asked[2]?.json).toMatchObject({ status: 'error' });
  });
});

describe('roads that are none', () => {
  it('answer 404, or 401 without a token', async () => {
    expect((await get('crm/v3/nothing', tokenFor(['oauth']))).status).toBe(404);
    expect((await ask(`${test.base}/crm/v3/nothing`)).status).toBe(401);
    expect((await ask(`${test.base}/oauth/v2/token`, { method: 'POST' })).status).toBe(404);
  });
});
