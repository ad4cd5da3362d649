// The same journeys at the sandbox's stand-ins, which speak the providers' real wire: through their consent pages, their
// token endpoints and their data, with their own ways to fail.
import { CONNECTION_PROVIDERS, ConnectionList, type ConnectionProvider } from '@sentinel/contract';
import { type ProviderName, type Sandbox, startSandbox } from '@sentinel/sandbox/providers';
import type { LightMyRequestResponse } from 'fastify';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type ConnectionId, parseId } from '../../../platform/ids.ts';
import { type ConnectionWorld, openConnectionWorld } from './connection.testing.ts';

let sandbox: Sandbox;
let world: ConnectionWorld;
beforeAll(async () => {
  const app = (secretOf: string, providers: readonly ConnectionProvider[], rotates = true) => [
    {
      clientId: `client-${secretOf}`,
      clientSecret: `canary-secret-${secretOf}`,
      redirectUris: providers.map((provider) => `http://localhost:9003/connect/callback/${provider}`),
      rotates,
    },
  ];
  sandbox = await startSandbox({
    world: { contacts: 100, years: 1, now: new Date('2026-03-01T12:00:00Z') },
    apps: {
      hubspot: app('hubspot', ['hubspot']),
      salesforce: app('salesforce', ['salesforce']),
      google: app('google', ['gmail', 'calendar']),
      slack: app('slack', ['slack']),
    },
  });
  world = await openConnectionWorld({ main: sandbox.origin, google: sandbox.urls.google });
}, 180_000);
afterAll(async () => {
  await world.close();
  await sandbox.close();
});

const standInOf = (provider: ConnectionProvider): ProviderName =>
  provider === 'gmail' || provider === 'calendar' ? 'google' : provider;

/** Presses the page's first account, or Cancel. */
async function decide(location: string, what: 'allow' | 'cancel' = 'allow'): Promise<Record<string, string>> {
  const page = await (await fetch(location)).text();
  const body = new URLSearchParams();
  const account = /name="account" value="([^"]+)"/.exec(page)?.[1];
  if (what === 'cancel' || account === undefined) body.set('cancel', 'yes');
  else body.set('account', account);
  for (const [, scope = ''] of page.matchAll(/type="checkbox" name="scope" value="([^"]+)"/g))
    body.append('scope', scope);
  const answer = await fetch(location, { method: 'POST', body, redirect: 'manual' });
  return Object.fromEntries(new URL(answer.headers.get('location') ?? '').searchParams);
}

async function journey(provider: ConnectionProvider, what?: 'allow' | 'cancel'): Promise<LightMyRequestResponse> {
  const begun = await world.begin(provider);
  return await world.finish(provider, begun, await decide(begun.location, what));
}

async function connect(provider: ConnectionProvider): Promise<ConnectionId> {
  const { location } = (await journey(provider)).headers;
  const id = parseId<ConnectionId>(new URL(String(location), 'http://localhost').searchParams.get('connected') ?? '');
  if (id === null) throw new Error(`not connected: ${String(location)}`);
  return id;
}

const post = async (id: ConnectionId, what: string) =>
  (await world.ask('POST', `/v1/connections/${id}/${what}`)).json();
const pass = (hours: number) => {
  sandbox.world.advance(hours * 3_600_000);
  world.advance(hours * 3_600_000);
};

describe.each(CONNECTION_PROVIDERS)('%s at the sandbox', (provider) => {
  beforeEach(async () => {
    sandbox.faults.clear();
    for (const { id } of ConnectionList.parse((await world.ask('GET', '/v1/connections')).json()).connections)
      await world.ask('DELETE', `/v1/connections/${id}`);
  });

  it('is connected, answers, is renewed, is revoked there, connected anew and given back', async () => {
    const id = await connect(provider);
    expect(await post(id, 'check')).toMatchObject({ state: 'connected', trouble: null });
    pass(13);
    expect(await post(id, 'check')).toMatchObject({ state: 'connected', trouble: null });
    expect((await world.row(id)).refreshedAt).not.toBeNull();
    sandbox.standIns[standInOf(provider)].revokeGrants();
    pass(13);
    expect(await post(id, 'check')).toMatchObject({ state: 'needs_attention', reason: 'revoked' });
    expect(await connect(provider)).toBe(id);
    expect(await post(id, 'check')).toMatchObject({ state: 'connected', reason: null });
    expect((await world.ask('DELETE', `/v1/connections/${id}`)).json()).toMatchObject({ revocation: 'revoked' });
  });

  it('is not connected when the person cancels', async () => {
    expect((await journey(provider, 'cancel')).headers.location).toBe('/console/sources?refused=denied');
  });

  it('stays through a wrong secret and an outage', async () => {
    const id = await connect(provider);
    pass(13);
    sandbox.faults.set({ provider: standInOf(provider), kind: 'invalid_client', times: 1 });
    expect(await post(id, 'check')).toMatchObject({ state: 'connected', trouble: { kind: 'client_refused' } });
    sandbox.faults.set({ provider: standInOf(provider), kind: 'status', status: 502, times: 1 });
    expect(await post(id, 'check')).toMatchObject({ state: 'connected', trouble: { kind: 'unreachable' } });
    sandbox.faults.clear();
    expect(await post(id, 'check')).toMatchObject({ state: 'connected', trouble: null });
  });

  it('whose answer to a refresh is lost is told for what it is', async () => {
    const id = await connect(provider);
    pass(13);
    sandbox.faults.set({ provider: standInOf(provider), kind: 'lost_answer', times: 1 });
    expect(await post(id, 'check')).toMatchObject({ state: 'connected', trouble: { kind: 'unreachable' } });
    const lost = provider === 'gmail' || provider === 'calendar' ? { reason: null } : { reason: 'refresh_lost' };
    expect(await post(id, 'check')).toMatchObject(lost);
  });
});

it('leaves no token in the log', () => {
  expect(world.lines.join('\n')).not.toMatch(/canary|ya29|xox[be]|00D\w+!/);
});
