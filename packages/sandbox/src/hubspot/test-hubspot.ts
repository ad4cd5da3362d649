// For tests: the stand-in behind a small server of its own, with a world, an application, and HubSpot's official client.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { Client } from '@hubspot/api-client';
import { createFaults } from '../frame/create-faults.ts';
import type { Faults } from '../frame/faults.ts';
import type { RegisteredApp } from '../frame/stand-in.ts';
import { createWorld } from '../world/create-world.ts';
import type { World, WorldOptions } from '../world/world.ts';
import { type HubSpot, type Machine, openHubSpot } from './hubspot.ts';
import { SCOPE_SENTENCES } from './scopes.ts';

export const APP: RegisteredApp = {
  clientId: 'sentinel-app',
  clientSecret: 'sentinel-secret',
  redirectUris: ['https://app.example/callback', 'https://app.example/other'],
};

export const ALL_SCOPES = [...SCOPE_SENTENCES.keys()];
export const NOW = new Date('2026-03-04T09:00:00.000Z');

export interface TestHubSpot {
  readonly hubspot: HubSpot;
  readonly world: World;
  readonly faults: Faults;
  readonly base: string;
  /** The official client with a token for these scopes, all of them unless said. Its own limiter is off. */
  client(scopes?: readonly string[]): Client;
  close(): Promise<void>;
}

export interface TestHubSpotOptions {
  readonly world?: Partial<WorldOptions>;
  readonly apps?: readonly RegisteredApp[];
  readonly machine?: Partial<Machine>;
}

export async function serveHubSpot(options: TestHubSpotOptions = {}): Promise<TestHubSpot> {
  const world = createWorld({ now: NOW, contacts: 400, seed: 7, ...options.world });
  const faults = createFaults();
  let hubspot: HubSpot | null = null;
  const serve = async (request: IncomingMessage, response: ServerResponse) => {
    const url = new URL((request.url ?? '/').replace(/^\/hubspot/, ''), 'http://stand-in.invalid');
    const body = await buffer(request);
    await hubspot?.handle({ request, response, method: request.method ?? 'GET', url, body });
  };
  const server = createServer((request, response) => void serve(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const base = `http://127.0.0.1:${portOf(server.address())}/hubspot`;
  const opened = openHubSpot({ world, faults, apps: options.apps ?? [APP], base }, options.machine);
  opened.settings.limits = false;
  hubspot = opened;
  return {
    hubspot: opened,
    world,
    faults,
    base,
    client: (scopes = ALL_SCOPES) => clientFor(base, opened.install(APP.clientId, scopes).accessToken),
    close: async () => {
      opened.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** The official client; its limiter would let nine requests a second through. */
export function clientFor(base: string, accessToken: string): Client {
  return new Client({ basePath: base, accessToken, limiterOptions: { minTime: 0, maxConcurrent: 100, id: 'test' } });
}

function portOf(address: string | AddressInfo | null): number {
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return address.port;
}

/** A plain request, for what the official client does not do. */
export async function ask(url: string, init: RequestInit & { readonly token?: string } = {}): Promise<Asked> {
  const headers = new Headers(init.headers);
  if (init.token !== undefined) headers.set('authorization', `Bearer ${init.token}`);
  const response = await fetch(url, { ...init, headers, redirect: 'manual' });
  const text = await response.text();
  const json: unknown = response.headers.get('content-type')?.includes('json') === true ? JSON.parse(text) : null;
  return { status: response.status, headers: response.headers, text, json };
}

export interface Asked {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly json: unknown;
}
