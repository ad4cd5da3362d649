// An org for tests: the stand-in behind a server of its own, with a cap on requests, because the official client asks on
// for ever when every answer is a 401.
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { Connection, OAuth2 } from '@jsforce/jsforce-node';
import { createFaults } from '../frame/create-faults.ts';
import type { Faults } from '../frame/faults.ts';
import type { RegisteredApp } from '../frame/stand-in.ts';
import { createWorld } from '../world/create-world.ts';
import type { World } from '../world/world.ts';
import { openSalesforce, type Salesforce } from './salesforce.ts';

export const APP: RegisteredApp = {
  clientId: '3MVG9.example',
  clientSecret: 'not-a-real-secret',
  redirectUris: ['https://app.example/callback'],
};
export const CALLBACK = 'https://app.example/callback';
export const NOW = new Date('2026-06-01T09:00:00Z');

export interface TestOrg {
  /** With its mount, as `loginUrl` and as `instance_url`. */
  readonly base: string;
  readonly world: World;
  readonly faults: Faults;
  readonly salesforce: Salesforce;
  /** `METHOD /path`, in order. */
  readonly asked: string[];
  /** Walks through the consent page as a user; answers the address the browser is sent back to. */
  allow(authorizationUrl: string, choice?: Readonly<Record<string, string>>): Promise<URL>;
  /** Who allows when nothing else is said. */
  readonly userId: string;
  /** Asks with a client's token but without its retries. */
  get(connection: Connection, path: string, headers?: Readonly<Record<string, string>>): Promise<Plain>;
  close(): Promise<void>;
}

export interface Plain {
  readonly status: number;
  readonly headers: Headers;
  /** Parsed when it is JSON. */
  readonly body: unknown;
}

/** A record as queries bring it. */
export interface Found {
  readonly [field: string]: unknown;
  readonly Id?: string;
}

export interface TestOrgOptions {
  readonly contacts?: number;
  readonly app?: Partial<RegisteredApp>;
  readonly maxRequests?: number;
}

/** The official client's part of OAuth, with PKCE. */
export function clientOf({ base }: TestOrg): OAuth2 {
  const { clientId, clientSecret } = APP;
  return new OAuth2({ loginUrl: base, clientId, clientSecret, redirectUri: CALLBACK, useVerifier: true });
}

/** The official client, let in, and taking every new refresh token, which it does not by itself. */
export async function connectClient(org: TestOrg, scope?: string): Promise<Connection> {
  const connection = new Connection({ oauth2: clientOf(org), version: '67.0' });
  const back = await org.allow(connection.oauth2.getAuthorizationUrl(scope === undefined ? {} : { scope }));
  await connection.authorize(back.searchParams.get('code') ?? '');
  connection.on('refresh', (_token: string, answer: { refresh_token?: string }) => {
    connection.refreshToken = answer.refresh_token;
  });
  return connection;
}

export async function post({ base }: TestOrg, path: string, form: Readonly<Record<string, string>>) {
  const answer = await fetch(`${base}${path}`, { method: 'POST', body: new URLSearchParams(form) });
  const text = await answer.text();
  const body: unknown = text === '' ? null : JSON.parse(text);
  return { status: answer.status, body };
}

export const CREDENTIALS = { client_id: APP.clientId, client_secret: APP.clientSecret };
export const VERIFIER = 'a'.repeat(43);
const CHALLENGE = createHash('sha256').update(VERIFIER).digest('base64url');

export function authorizeUrl({ base }: TestOrg, changes: Readonly<Record<string, string>> = {}): string {
  const query = {
    response_type: 'code',
    client_id: APP.clientId,
    redirect_uri: CALLBACK,
    code_challenge: CHALLENGE,
    ...changes,
  };
  return `${base}/services/oauth2/authorize?${new URLSearchParams(query).toString()}`;
}

export async function startTestOrg(options: TestOrgOptions = {}): Promise<TestOrg> {
  const world = createWorld({ now: NOW, contacts: options.contacts ?? 400, seed: 7 });
  const faults = createFaults();
  const asked: string[] = [];
  const server = createServer();
  const base = `http://127.0.0.1:${await listen(server)}/salesforce`;
  const salesforce = openSalesforce({ world, faults, apps: [{ ...APP, ...options.app }], base });
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    if (asked.length >= (options.maxRequests ?? 500)) return void request.destroy();
    void serve({ salesforce, faults, asked }, request, response);
  });
  const userId = salesforce.idOf('User', world.owners[0]?.n ?? 0);
  return {
    base,
    world,
    faults,
    salesforce,
    asked,
    userId,
    allow: (url, choice = { account: userId }) => allow(url, choice),
    get: (connection, path, headers) => get(`${base}${path}`, connection.accessToken ?? '', headers),
    close: async () => {
      await salesforce.close?.();
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

function listen(server: Server): Promise<number> {
  return new Promise((done) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      done(typeof address === 'object' && address !== null ? address.port : 0);
    });
  });
}

interface Served {
  readonly salesforce: Salesforce;
  readonly faults: Faults;
  readonly asked: string[];
}

async function serve(org: Served, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { salesforce, faults, asked } = org;
  const url = new URL((request.url ?? '/').replace(/^\/salesforce/, ''), 'http://sandbox.example');
  const method = request.method ?? 'GET';
  const road = `${method} ${url.pathname}`;
  asked.push(road);
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  const body = Buffer.concat(chunks);
  const exchange = { request, response, method, url, body };
  const fault = faults.take('salesforce', ['status'], road);
  if (fault !== null) {
    const { status = 503, retryAfterSeconds = null } = fault;
    return salesforce.answerFault(exchange, { status, retryAfterSeconds });
  }
  try {
    await salesforce.handle(exchange);
  } catch (error) {
    response.writeHead(599).end(String(error));
  }
}

async function allow(url: string, choice: Readonly<Record<string, string>>): Promise<URL> {
  const page = await fetch(url, { redirect: 'manual' });
  const early = page.headers.get('location');
  if (early !== null) return new URL(early);
  const text = await page.text();
  if (page.status !== 200) throw new Error(text);
  const answer = await fetch(url, { method: 'POST', body: new URLSearchParams(choice), redirect: 'manual' });
  return new URL(answer.headers.get('location') ?? 'about:blank');
}

async function get(url: string, token: string, headers: Readonly<Record<string, string>> = {}): Promise<Plain> {
  const answer = await fetch(url, { headers: { authorization: `Bearer ${token}`, ...headers } });
  const text = await answer.text();
  const isJson = answer.headers.get('content-type')?.includes('json') === true;
  const body: unknown = isJson ? JSON.parse(text) : text;
  return { status: answer.status, headers: answer.headers, body };
}
