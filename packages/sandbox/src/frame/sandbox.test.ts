// The whole sandbox on its three ports, and what its control does and refuses.
import { request } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { PROVIDER_NAMES } from './stand-in.ts';
import { type Sandbox, startSandbox } from './sandbox.ts';

const NOW = new Date('2026-03-02T08:00:00Z');
const faultShape = z.object({ id: z.number(), provider: z.string(), kind: z.string() });

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox({ world: { now: NOW, contacts: 100 } });
});
afterEach(() => sandbox.faults.clear());
afterAll(async () => await sandbox.close());

const post = async (path: string, body: unknown, headers: Record<string, string> = {}) =>
  await fetch(`${sandbox.origin}${path}`, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json', ...headers },
  });
const postForm = async (path: string, fields: Record<string, string>) =>
  await fetch(`${sandbox.origin}${path}`, { method: 'POST', body: new URLSearchParams(fields), redirect: 'manual' });

describe('the sandbox', () => {
  it('has a stand-in at the address of each provider, and each notes what it was asked', async () => {
    for (const name of PROVIDER_NAMES) {
      expect(sandbox.standIns[name].name).toBe(name);
      const answer = await fetch(`${sandbox.urls[name]}/nothing/here?canary=1`);
      expect(answer.status, name).toBeGreaterThanOrEqual(400);
      expect(answer.status, name).toBeLessThan(500);
      expect(sandbox.asked(name)).toContain('GET /nothing/here');
    }
  });

  it('lets a fault happen at each provider, in its own words', async () => {
    for (const provider of PROVIDER_NAMES) {
      sandbox.faults.set({ provider, kind: 'status', status: 503, times: 1 });
      const answer = await fetch(`${sandbox.urls[provider]}/nothing/here`);
      expect([provider, answer.status]).toEqual([provider, 503]);
      await answer.body?.cancel();
    }
  });

  it('says a port that is taken, and leaves none open', async () => {
    const taken = Number(new URL(sandbox.origin).port);
    await expect(startSandbox({ stripePort: taken, world: { now: NOW } })).rejects.toThrow('EADDRINUSE');
  });

  it('refuses a world that cannot be', async () => {
    await expect(startSandbox({ world: { contacts: 3 } })).rejects.toThrow('contacts');
  });
});

describe('the control', () => {
  it('tells the state, the addresses and the time', async () => {
    const state = z
      .object({
        world: z.object({ now: z.string(), contacts: z.number() }),
        endpoints: z.record(z.string(), z.string()),
      })
      .parse(await (await fetch(`${sandbox.origin}/_sandbox/state`)).json());
    expect(state.world).toEqual({ now: sandbox.world.now().toISOString(), contacts: sandbox.world.contacts.count });
    expect(state.endpoints).toEqual(sandbox.urls);
    expect(await (await fetch(`${sandbox.origin}/_sandbox/endpoints`)).json()).toEqual(sandbox.urls);
  });

  it('sets, lists and clears faults', async () => {
    const order = { provider: 'stripe', kind: 'status', status: 500, times: 2, match: 'POST /v1' };
    const set = faultShape.parse(await (await post('/_sandbox/faults', order)).json());
    await post('/_sandbox/faults', { provider: 'slack', kind: 'hang' });
    expect(sandbox.faults.list()[0]).toEqual({ ...order, id: set.id, taken: 0 });
    const gone = await fetch(`${sandbox.origin}/_sandbox/faults/${set.id}`, { method: 'DELETE' });
    expect(gone.status).toBe(204);
    expect(sandbox.faults.list().map(({ provider }) => provider)).toEqual(['slack']);
    await fetch(`${sandbox.origin}/_sandbox/faults`, { method: 'DELETE' });
    expect(await (await fetch(`${sandbox.origin}/_sandbox/faults`)).json()).toEqual({ faults: [] });
  });

  it('refuses orders that make no sense, with a sentence', async () => {
    for (const order of [
      { provider: 'teams', kind: 'hang' },
      { provider: 'slack', kind: 'hang', times: -1 },
      { kind: 'hang' },
      { provider: 'slack', kind: 'status', status: 200 },
      { provider: 7, kind: 'hang' },
    ]) {
      const answer = await post('/_sandbox/faults', order);
      expect(answer.status).toBe(400);
      expect(z.object({ error: z.string().min(10) }).parse(await answer.json())).toBeTruthy();
    }
    expect(sandbox.faults.list()).toEqual([]);
  });

  it('moves time on', async () => {
    const before = sandbox.world.now().getTime();
    await post('/_sandbox/world/advance', { step: 'day' });
    await post('/_sandbox/world/advance', { ms: 1500 });
    expect(sandbox.world.now().getTime()).toBe(before + 86_401_500);
    expect((await post('/_sandbox/world/advance', { ms: -1 })).status).toBe(400);
    expect((await post('/_sandbox/world/advance', {})).status).toBe(400);
  });

  it('withdraws grants', async () => {
    expect(
      await (await post('/_sandbox/grants/revoke', { provider: 'google', account: 'mira.okafor@acme.example' })).json(),
    ).toEqual({ provider: 'google', account: 'mira.okafor@acme.example' });
    expect((await post('/_sandbox/grants/revoke', {})).status).toBe(400);
  });

  it('has a page that does it all with plain forms', async () => {
    const set = await postForm('/_sandbox/faults', {
      provider: 'hubspot',
      kind: 'slow',
      status: '',
      delayMs: '20',
      match: '<b>',
      times: '',
      after: '',
      retryAfterSeconds: '',
    });
    expect([set.status, set.headers.get('location')]).toEqual([303, '/?said=fault-set']);
    const page = await fetch(`${sandbox.origin}/?said=fault-set`);
    const html = await page.text();
    expect(html).toContain('The fault is set.');
    expect(html).toContain('&lt;b&gt;');
    expect(html).not.toContain('<b>');
    expect(html).not.toContain('<script');
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
    for (const address of Object.values(sandbox.urls)) expect(html).toContain(address);
    expect((await postForm('/_sandbox/faults/clear', {})).status).toBe(303);
    expect(sandbox.faults.list()).toEqual([]);
    const wrong = await postForm('/_sandbox/faults', { provider: 'hubspot', kind: 'slow', times: 'often' });
    expect(wrong.status).toBe(400);
    expect(await wrong.text()).toContain('role="alert"');
  });

  // A page elsewhere cannot press the sandbox's buttons (cross-site request forgery).
  it.each([
    ['of another origin', { origin: 'https://evil.example' }],
    ['of another port of this machine', { origin: 'http://127.0.0.1:1' }],
    ['of an origin that hides', { origin: 'null' }],
    ['that a browser calls cross-site', { 'sec-fetch-site': 'cross-site' }],
    ['that a browser calls same-site', { 'sec-fetch-site': 'same-site' }],
  ])('refuses a post %s', async (_, headers) => {
    const before = sandbox.world.now();
    expect(await statusOf('POST', '/_sandbox/world/advance', headers)).toBe(403);
    expect(await statusOf('DELETE', '/_sandbox/faults', headers)).toBe(403);
    expect(sandbox.world.now()).toEqual(before);
  });

  it('takes a post of its own page', async () => {
    const headers = { origin: sandbox.origin, 'sec-fetch-site': 'same-origin' };
    expect(await statusOf('POST', '/_sandbox/world/advance', headers)).toBe(200);
  });

  // A name that resolves to this machine gives a foreign page nothing (DNS rebinding).
  it('refuses foreign Host headers, also for looking', async () => {
    const host = `evil.example:${new URL(sandbox.origin).port}`;
    expect(await statusOf('GET', '/', { host })).toBe(421);
    expect(await statusOf('GET', '/_sandbox/state', { host })).toBe(421);
    expect(await statusOf('POST', '/_sandbox/world/advance', { host, origin: `http://${host}` })).toBe(421);
  });

  it('refuses bodies that any page can post', async () => {
    expect((await post('/_sandbox/world/advance', { step: 'hour' }, { 'content-type': 'text/plain' })).status).toBe(
      415,
    );
  });

  it('is nowhere but at the main address', async () => {
    for (const name of ['google', 'stripe'] as const) {
      const answer = await fetch(`${sandbox.urls[name]}/_sandbox/state`);
      expect(answer.status).toBeGreaterThanOrEqual(400);
      expect(await answer.text()).not.toContain('endpoints');
    }
  });
});

/** With headers that fetch would not send. */
async function statusOf(method: string, path: string, headers: Record<string, string>): Promise<number> {
  return await new Promise((resolve, reject) => {
    const asked = request(
      new URL(path, sandbox.origin),
      { method, headers: { 'content-type': 'application/json', ...headers } },
      (answer) => {
        answer.resume();
        resolve(answer.statusCode ?? 0);
      },
    );
    asked.once('error', reject);
    asked.end(method === 'POST' ? '{"step":"hour"}' : undefined);
  });
}
