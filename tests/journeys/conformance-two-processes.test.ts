// Two processes on one PostgreSQL server: what one of them revokes, the other honours within one second. On the embedded
// database there is one process only.
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { testServerUrl } from '../../packages/server/src/platform/db/testing.ts';
import { postJson, type ProxyClient, withHeader } from '../conformance/proxy-client.ts';
import { ServiceAppSecret, TokenPair } from '../conformance/shapes.ts';
import { openWorld, type World } from '../conformance/world.ts';
import type { Running } from './installation.ts';

const ONE_SECOND = 1000;
const WHY = 'the embedded database belongs to one process';
const skipped = testServerUrl() === null;
let world: World;
let second: Running;
let other: string;

beforeAll(async () => {
  if (skipped) return;
  const [port, otherPort] = [await freePort(), await freePort()];
  // Both are reached at one address, as behind a load balancer, and open what the other one sealed.
  const shared = {
    SENTINEL_PUBLIC_URL: `http://127.0.0.1:${port}`,
    SENTINEL_VAULT_KEY: randomBytes(32).toString('base64'),
  };
  world = await openWorld(shared, ['--port', String(port)]);
  second = await world.installation.up(
    '--port',
    String(otherPort),
    '--data',
    join(world.installation.tempDir, 'second'),
  );
  other = `http://127.0.0.1:${otherPort}`;
});
afterAll(async () => {
  await second?.stop();
  await world?.close();
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}

async function signedIn(sub: string): Promise<ProxyClient> {
  const client = world.proxy();
  await client.signIn('google', sub, 'acme');
  return client;
}

/** What the second process answers to the first one's access token. */
async function there(client: ProxyClient, path = '/users/me', init: RequestInit = {}): Promise<number> {
  const token = client.page.storage.get('sentinel_access_token') ?? '';
  return (await fetch(`${other}${path}`, withHeader(init, 'authorization', `Bearer ${token}`))).status;
}

/** Asks the second process until it answers so; fails when that takes longer than a second. */
async function expectWithinOneSecond(ask: () => Promise<number>, status: number): Promise<void> {
  await expect.poll(ask, { timeout: ONE_SECOND, interval: 25 }).toBe(status);
}

it('a token of one process is good at the other', async (context) => {
  if (skipped) return context.skip(WHY);
  const person = await world.newMember('viewer');
  expect(await there(await signedIn(person.sub))).toBe(200);
});

// Proves: OAuth 44, ASVS 7.
it('a sign-out', async (context) => {
  if (skipped) return context.skip(WHY);
  const client = await signedIn((await world.newMember('viewer')).sub);
  expect(await there(client)).toBe(200);
  expect((await client.fetch('/auth/logout', { method: 'POST' })).status).toBe(200);
  await expectWithinOneSecond(() => there(client), 401);
});

it('a deactivation', async (context) => {
  if (skipped) return context.skip(WHY);
  const person = await world.newMember('viewer');
  const client = await signedIn(person.sub);
  expect(await there(client)).toBe(200);
  await world.admin.json('PATCH', `/admin/users/${person.id}`, { is_active: false });
  await expectWithinOneSecond(() => there(client), 401);
});

// Proves: ASVS 7.
it('a removal from the workspace, and another role', async (context) => {
  if (skipped) return context.skip(WHY);
  const person = await world.newMember('admin');
  const client = await signedIn(person.sub);
  const path = `/workspaces/${world.workspace.id}`;
  const member = `/admin${path}/members/${person.id}`;
  const rename = () => there(client, path, postJson({ description: 'x' }, 'PATCH'));
  expect(await rename()).toBe(200);
  await world.admin.json('PATCH', member, { role: 'viewer' });
  await expectWithinOneSecond(rename, 403);
  expect(await there(client, `${path}/members`)).toBe(200);
  await world.admin.json('DELETE', member);
  await expectWithinOneSecond(async () => ((await there(client, `${path}/members`)) === 200 ? 200 : 401), 401);
});

it('a service key that was rotated', async (context) => {
  if (skipped) return context.skip(WHY);
  const made = await world.admin.json('POST', '/admin/service-apps', { name: 'Two', service_name: 'two-places' });
  const { id, api_key: key } = ServiceAppSecret.parse(made);
  const ask = async () => (await fetch(`${other}/organizations`, { headers: { 'x-service-key': key } })).status;
  await expectWithinOneSecond(ask, 200);
  await world.admin.json('POST', `/admin/service-apps/${id}/rotate-key`, {});
  await expectWithinOneSecond(ask, 401);
});

// Proves: OAuth 38.
it('a refresh token is spent once, whichever process is asked', async (context) => {
  if (skipped) return context.skip(WHY);
  const client = await signedIn((await world.newMember('viewer')).sub);
  const asked = postJson({ refresh_token: client.page.storage.get('sentinel_refresh_token') });
  const ask = async (base: string) => TokenPair.parse(await (await fetch(`${base}/auth/refresh`, asked)).json());
  const answers = await Promise.all(
    Array.from({ length: 10 }, (_, index) => ask(index % 2 === 0 ? world.base : other)),
  );
  // Within the grace everybody gets the same child; there is never a second branch.
  expect(new Set(answers.map(({ refresh_token: token }) => token)).size).toBe(1);
});
