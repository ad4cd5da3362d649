// A Google for tests: a small world, one app, and the stand-in behind a plain server of its own. Nothing of it is fetched
// from elsewhere.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { OAuth2Client } from 'google-auth-library';
import { createLocalJWKSet } from 'jose';
import { z } from 'zod';
import { createFaults } from '../frame/create-faults.ts';
import type { Faults } from '../frame/faults.ts';
import type { RegisteredApp } from '../frame/stand-in.ts';
import { createWorld } from '../world/create-world.ts';
import type { World, WorldOptions } from '../world/world.ts';
import { type Google, openGoogle } from './google.ts';
import type { GoogleOptions } from './google-switches.ts';

export const BACK = 'http://127.0.0.1/callback/google';
export const APP = { clientId: 'own-app', clientSecret: 'own secret', redirectUris: [BACK] };
export const GMAIL_READ = 'https://www.googleapis.com/auth/gmail.readonly';
export const GMAIL_HEADERS = 'https://www.googleapis.com/auth/gmail.metadata';
export const CALENDAR_READ = 'https://www.googleapis.com/auth/calendar.readonly';

export interface TestGoogle {
  readonly origin: string;
  readonly world: World;
  readonly faults: Faults;
  readonly google: Google;
  /** `POST /token` and the like, in order, without queries. */
  readonly asked: string[];
  readonly close: () => Promise<void>;
}

export interface TestGoogleOptions {
  readonly world?: Partial<WorldOptions>;
  readonly google?: Partial<GoogleOptions>;
  readonly eventUrl?: string;
}

export async function startTestGoogle(options: TestGoogleOptions = {}): Promise<TestGoogle> {
  const world = createWorld({
    seed: 11,
    contacts: 100,
    years: 1,
    now: new Date('2026-03-04T11:00:00Z'),
    ...options.world,
  });
  const faults = createFaults();
  const asked: string[] = [];
  const held: { google: Google | null } = { google: null };
  const serve = async (request: IncomingMessage, response: ServerResponse) => {
    const url = new URL(request.url ?? '/', 'http://stand-in.invalid');
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(Buffer.from(chunk));
    const method = request.method ?? 'GET';
    asked.push(`${method} ${url.pathname}`);
    const exchange = { request, response, method, url, body: Buffer.concat(chunks) };
    const fault = faults.take('google', ['status'], `${method} ${url.pathname}`);
    const retryAfterSeconds = fault?.retryAfterSeconds ?? null;
    if (fault === null) await held.google?.handle(exchange);
    else held.google?.answerFault(exchange, { status: fault.status ?? 503, retryAfterSeconds });
  };
  const server = createServer((request, response) => void serve(request, response));
  const port = await new Promise<number>((done) => {
    server.listen(0, '127.0.0.1', () => done(portOf(server.address())));
  });
  const origin = `http://127.0.0.1:${port}`;
  const app: RegisteredApp = { ...APP, ...(options.eventUrl !== undefined && { eventUrl: options.eventUrl }) };
  const google = openGoogle({ world, faults, apps: [app], base: origin }, options.google);
  held.google = google;
  google.switches.mailUnitsPerMinute = null;
  const close = async () => {
    await google.close();
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  };
  return { origin, world, faults, google, asked, close };
}

function portOf(address: string | AddressInfo | null): number {
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** The official client, turned to the stand-in; it retries nothing, so that every error is seen. */
export function officialClient({ origin }: TestGoogle): OAuth2Client {
  return new OAuth2Client({
    clientId: APP.clientId,
    clientSecret: APP.clientSecret,
    redirectUri: BACK,
    endpoints: {
      oauth2AuthBaseUrl: `${origin}/o/oauth2/v2/auth`,
      oauth2TokenUrl: `${origin}/token`,
      oauth2RevokeUrl: `${origin}/revoke`,
      tokenInfoUrl: `${origin}/tokeninfo`,
      oauth2FederatedSignonPemCertsUrl: `${origin}/oauth2/v1/certs`,
      oauth2FederatedSignonJwkCertsUrl: `${origin}/oauth2/v3/certs`,
    },
    transporterOptions: { retry: false },
  });
}

export interface Consent {
  /** Whose button is pressed: the number of the owner; null presses "Cancel". */
  readonly as?: number | null;
  /** Scopes left ticked; all of the page unless said. */
  readonly ticked?: readonly string[];
}

/** Goes through the consent page as a browser does, and says what came back to the app. */
export async function consentTo(url: string, { as = 0, ticked }: Consent = {}): Promise<URLSearchParams> {
  const page = await (await fetch(url, { redirect: 'manual' })).text();
  const ids = [...page.matchAll(/name="account" value="([^"]+)"/g)].map((match) => match[1] ?? '');
  const boxes = [...page.matchAll(/name="scope" value="([^"]+)"/g)].map((match) => match[1] ?? '');
  const form = new URLSearchParams(as === null ? { cancel: 'yes' } : { account: ids[as] ?? '' });
  for (const scope of ticked ?? boxes) form.append('scope', scope);
  const answer = await fetch(url, { method: 'POST', body: form, redirect: 'manual' });
  return new URL(answer.headers.get('location') ?? 'http://nowhere.invalid').searchParams;
}

/** A client that is let in: offline, as the first owner unless said, for these scopes. */
export async function connected(test: TestGoogle, scope: readonly string[], as = 0): Promise<OAuth2Client> {
  const client = officialClient(test);
  const url = client.generateAuthUrl({ access_type: 'offline', prompt: 'consent', scope: [...scope] });
  const { tokens } = await client.getToken((await consentTo(url, { as })).get('code') ?? '');
  // Without an expiry the client uses the token as it is: the world's clock is not the machine's.
  client.setCredentials({ ...tokens, expiry_date: Number.MAX_SAFE_INTEGER });
  return client;
}

/** The keys Google publishes, for checking what it signed. */
export async function publishedKeys({ origin }: TestGoogle) {
  const keySet = z.object({ keys: z.array(z.looseObject({ kty: z.string() })) });
  return createLocalJWKSet(keySet.parse(await (await fetch(`${origin}/oauth2/v3/certs`)).json()));
}
