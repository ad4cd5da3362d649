// The whole system behind a proxy that passes Host on and adds X-Forwarded-For, as the how-to tells to set one up.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, request as httpRequest, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from './config.ts';
import { startSystem, type System } from './main.ts';
import { folderHolder } from './platform/db/folder-lock.ts';
import { TEST_CACHE } from './platform/db/cache.testing.ts';
import { silentLogger } from './platform/log.ts';

const PUBLIC_HOST = 'sentinel.example';
const ORIGIN = `https://${PUBLIC_HOST}`;

let folder: string;
let system: System;
/** Where the system listens. */
let inner: URL;
let proxy: Server;
/** Passes Host on and adds X-Forwarded-For. */
let proxyPort: number;
/** As `proxy_pass` does when nothing is configured: Host of the inner address, no trace of the caller. */
let plainProxy: Server;
let plainProxyPort: number;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sentinel-proxy-'));
  const flags = { dataDir: folder, cacheDir: TEST_CACHE, port: '0', publicUrl: ORIGIN };
  const { config } = loadConfig({ env: { SENTINEL_TRUSTED_PROXIES: '127.0.0.1' }, flags, file: null });
  system = await startSystem(config, { jobs: false, log: silentLogger });
  inner = new URL((await folderHolder(folder))?.url ?? '');
  [proxy, proxyPort] = await startProxy((request) => ({
    ...request.headers,
    'x-forwarded-for': [request.headers['x-forwarded-for'], request.socket.remoteAddress]
      .filter((each) => each !== undefined)
      .join(', '),
    'x-forwarded-proto': 'https',
  }));
  [plainProxy, plainProxyPort] = await startProxy((request) => ({ ...request.headers, host: inner.host }));
}, 120_000);
afterAll(async () => {
  proxy.close();
  plainProxy.close();
  await system.close();
  await rm(folder, { recursive: true });
});

async function startProxy(
  headersFor: (request: IncomingMessage) => NodeJS.Dict<string | string[]>,
): Promise<[Server, number]> {
  const server = createServer((request, answer) => {
    const { method, url: path } = request;
    const onward = httpRequest({ host: inner.hostname, port: inner.port, method, path, headers: headersFor(request) });
    onward.on('response', (answered) => {
      answer.writeHead(answered.statusCode ?? 502, answered.headers);
      answered.pipe(answer);
    });
    onward.on('error', () => answer.destroy());
    request.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('not listening');
  return [server, address.port];
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly text: string;
}
interface Asked {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly json?: object;
  /** Address of the caller. */
  readonly from?: string;
  readonly port?: number;
}

/** Asks as a browser would that opened the public address. */
function ask(
  path: string,
  { method = 'GET', headers = {}, json, from, port = proxyPort }: Asked = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest(
      {
        host: '127.0.0.1',
        port,
        method,
        path,
        ...(from === undefined ? {} : { localAddress: from }),
        headers: {
          host: PUBLIC_HOST,
          origin: ORIGIN,
          'sec-fetch-site': 'same-origin',
          ...(json === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
      },
      (answer) => {
        let text = '';
        answer.setEncoding('utf8');
        answer.on('data', (chunk: string) => (text += chunk));
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text }));
      },
    );
    sent.on('error', reject);
    sent.end(json === undefined ? undefined : JSON.stringify(json));
  });
}

const tokenIn = (link: string): string => {
  const url = new URL(link);
  expect(url.origin).toBe(ORIGIN);
  return url.hash.slice(1);
};
const cookieIn = ({ headers }: Answer): string => (headers['set-cookie']?.[0] ?? '').split(';', 1)[0] ?? '';

async function operatorKey(): Promise<string> {
  return (await readFile(join(folder, 'operator.key'), 'utf8')).trim();
}

describe('behind a proxy', () => {
  let cookie = '';

  it('the setup link makes the owner, whose cookie is a session', async () => {
    const link = await system.createLink();
    expect(link.kind).toBe('setup');
    const payload = { workspaceName: 'Home', ownerName: 'Ada', ownerEmail: 'ada@home.example' };
    const made = await ask('/v1/setup', { method: 'POST', json: { token: tokenIn(link.url), ...payload } });
    expect(made.text).toContain('"role":"owner"');
    cookie = cookieIn(made);
    expect(cookie).toMatch(/^__Host-sentinel=/);
    expect((await ask('/v1/session', { headers: { cookie } })).status).toBe(200);
    expect((await ask('/v1/session')).status).toBe(401);
  });

  it('a sign-in link works once, and its making is in the audit log', async () => {
    const link = await system.createLink();
    expect(link.kind).toBe('sign_in');
    const token = tokenIn(link.url);
    const signIn = () => ask('/v1/session', { method: 'POST', json: { token } });
    const session = cookieIn(await signIn());
    expect((await signIn()).text).toContain('link_invalid');
    const whoAmI = await ask('/v1/session', { headers: { cookie: session } });
    const audit = await ask('/v1/audit?event=sign_in_link.created', { headers: { cookie: session } });
    const person: unknown = JSON.parse(whoAmI.text).person.id;
    expect(JSON.parse(audit.text).items).toMatchObject([
      { event: 'sign_in_link.created', result: 'ok', target: person, actorKind: 'system' },
    ]);
  });

  it('the metrics are nobody’s who brings no credentials, even when the proxy hides the caller', async () => {
    expect((await ask('/metrics')).status).toBe(401);
    expect((await ask('/metrics', { port: plainProxyPort })).status).toBe(401);
    expect((await ask('/metrics', { port: Number(inner.port), headers: { host: inner.host } })).status).toBe(401);
    expect((await ask('/metrics', { headers: { cookie } })).status).toBe(200);
    const authorization = `Bearer ${await operatorKey()}`;
    const local = { port: Number(inner.port), headers: { host: inner.host, authorization } };
    expect((await ask('/metrics', local)).status).toBe(200);
    expect((await ask('/metrics', { headers: { authorization } })).status).toBe(401);
  });

  // Loopback has many addresses on Linux only.
  // Proves: ASVS 37.
  it.runIf(process.platform === 'linux')('callers are counted apart, whatever they claim to be', async () => {
    const guess = (from: string, claim: string) =>
      ask('/v1/session', {
        method: 'POST',
        from,
        headers: { 'x-forwarded-for': claim },
        json: { token: 'x'.repeat(43) },
      });
    const statuses = [];
    for (let n = 1; n <= 21; n += 1) statuses.push((await guess('127.0.0.2', `198.51.100.${n}`)).status);
    expect(new Set(statuses.slice(0, 20))).toEqual(new Set([401]));
    expect(statuses[20]).toBe(429);
    expect((await guess('127.0.0.3', '127.0.0.2')).status).toBe(401);
  });
});
