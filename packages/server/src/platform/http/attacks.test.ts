// What a hostile page, client or network neighbour would try against the layer itself.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import type { FastifyInstance } from 'fastify';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { isFromLoopback, isServedHost } from './host.ts';
import { route } from './route.ts';
import type { HttpOptions } from './server.ts';
import { testHttp } from './testing.ts';

const base = {
  summary: 'x',
  unaudited: 'a test',
  answers: { 200: z.object({ n: z.int() }) },
  problems: [],
  rate: 'write',
} as const;
const routes = [
  route({ ...base, method: 'POST', path: '/v1/change', action: 'home:read', handle: async () => ({ n: 1 }) }),
  route({
    ...base,
    method: 'POST',
    path: '/v1/session',
    open: 'a test',
    handle: async ({ session, now }) => {
      session.start('token-of-the-test', new Date(now.getTime() + 1000));
      return { n: 1 };
    },
  }),
  route({
    ...base,
    method: 'DELETE',
    path: '/v1/session',
    open: 'a test',
    handle: async ({ session }) => {
      session.end();
      return { n: 1 };
    },
  }),
];

const folder = mkdtempSync(join(tmpdir(), 'console-'));
mkdirSync(join(folder, 'dist', 'assets'), { recursive: true });
writeFileSync(join(folder, 'dist', 'index.html'), '<!doctype html><title>console</title>');
writeFileSync(join(folder, 'dist', 'icon.svg'), '<svg/>');
writeFileSync(join(folder, 'dist', '.env'), 'outside');
writeFileSync(join(folder, 'dist', 'assets', 'index-4f2a.js'), 'export {}');
writeFileSync(join(folder, 'secret.txt'), 'outside');
afterAll(() => rmSync(folder, { recursive: true }));

let app: FastifyInstance;
afterEach(() => app.close());
const start = async (changes: Partial<HttpOptions> = {}) => {
  app = await testHttp(routes, { consoleDir: join(folder, 'dist'), ...changes });
};
const https = { publicUrl: new URL('https://sentinel.example') };

describe('a page of another site', () => {
  const cookie = 'sentinel_session_9003=owner';
  // Proves: ASVS 34.
  it.each([
    ['our own page', { origin: 'http://localhost:9003', 'sec-fetch-site': 'same-origin' }, 200],
    ['our own page in a browser without fetch metadata', { origin: 'http://localhost:9003' }, 200],
    ['another site', { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }, 403],
    ['another program on this machine', { origin: 'http://localhost:3000', 'sec-fetch-site': 'same-site' }, 403],
    ['another port without fetch metadata', { origin: 'http://localhost:3000' }, 403],
    ['our host by https', { origin: 'https://localhost:9003' }, 403],
    ['a sandboxed frame', { origin: 'null' }, 403],
    ['a bookmark', { 'sec-fetch-site': 'none' }, 403],
    ['a page that contradicts itself', { origin: 'https://evil.example', 'sec-fetch-site': 'same-origin' }, 403],
    ['nobody who says so', {}, 403],
  ])('sent by %s: the cookie counts accordingly', async (_name, headers, status) => {
    await start();
    const answer = await app.inject({
      method: 'POST',
      url: '/v1/change',
      headers: { host: 'localhost:9003', cookie, ...headers },
    });
    expect(answer.statusCode).toBe(status);
    if (status === 403) expect(answer.json().code).toBe('cross_site');
  });

  // Proves: ASVS 34.
  it('cannot sign a person in to its own session', async () => {
    await start();
    const ask = (headers: Record<string, string>) =>
      app.inject({ method: 'POST', url: '/v1/session', headers: { host: 'localhost:9003', ...headers } });
    expect((await ask({ origin: 'https://evil.example' })).statusCode).toBe(403);
    expect((await ask({})).statusCode).toBe(200);
  });

  it('does not hinder a key, which no browser attaches by itself', async () => {
    await start();
    const answer = await app.inject({ method: 'POST', url: '/v1/change', headers: { authorization: 'Bearer owner' } });
    expect(answer.statusCode).toBe(200);
  });

  it('is held to the public origin when there is one', async () => {
    await start(https);
    const ask = (origin: string) =>
      app.inject({
        method: 'POST',
        url: '/v1/change',
        headers: { host: 'sentinel.example', cookie: '__Host-sentinel=owner', origin },
      });
    expect((await ask('https://sentinel.example')).statusCode).toBe(200);
    expect((await ask('http://sentinel.example')).statusCode).toBe(403);
  });

  // Proves: ASVS 33.
  it('gets no permission to read across origins', async () => {
    await start();
    const answer = await app.inject({ url: '/openapi.json', headers: { origin: 'https://evil.example' } });
    expect(answer.headers['access-control-allow-origin']).toBeUndefined();
  });
});

describe('a host name that was rebound to us', () => {
  it.each([
    ['localhost:9003', 200],
    ['127.0.0.1:9003', 200],
    ['[::1]:9003', 200],
    ['LOCALHOST', 200],
    ['evil.example', 421],
    ['evil.example:9003', 421],
    ['localhost.evil.example', 421],
    ['127.0.0.1.evil.example', 421],
    ['localhost:9003@evil.example', 421],
    ['169.254.169.254', 421],
    ['localhost, evil.example', 421],
  ])('%s', async (host, status) => {
    await start();
    const answer = await app.inject({ method: 'POST', url: '/v1/session', headers: { host } });
    expect(answer.statusCode).toBe(status);
    if (status === 421) expect(answer.json().code).toBe('host_not_served');
  });

  it('is refused for pages and unknown addresses too', async () => {
    await start();
    for (const url of ['/', '/console', '/openapi.json', '/problems', '/docs/api', '/nothing']) {
      expect((await app.inject({ url, headers: { host: 'evil.example' } })).statusCode).toBe(421);
    }
  });

  it('never counts as this machine, whatever it is called', () => {
    fc.assert(
      fc.property(fc.domain(), (host) => {
        const arrival = { host, remoteAddress: '127.0.0.1', localAddress: '127.0.0.1', forwarded: false };
        expect(isFromLoopback(arrival)).toBe(false);
        expect(isServedHost(arrival, new URL('http://localhost:9003'))).toBe(false);
      }),
    );
  });

  it('leaves the address that was connected to usable, which cannot be rebound', () => {
    const arrival = {
      host: '192.0.2.7:9003',
      remoteAddress: '192.0.2.9',
      localAddress: '::ffff:192.0.2.7',
      forwarded: false,
    };
    expect(isServedHost(arrival, new URL('http://localhost:9003'))).toBe(true);
    expect(isServedHost({ ...arrival, localAddress: '192.0.2.8' }, new URL('http://localhost:9003'))).toBe(false);
  });

  it('does not make the world local behind a proxy on this machine', () => {
    const arrival = {
      host: 'localhost',
      remoteAddress: '::ffff:127.0.0.1',
      localAddress: '127.0.0.1',
      forwarded: false,
    };
    expect(isFromLoopback(arrival)).toBe(true);
    expect(isFromLoopback({ ...arrival, forwarded: true })).toBe(false);
    expect(isFromLoopback({ ...arrival, remoteAddress: '192.0.2.9' })).toBe(false);
  });
});

describe('the session cookie', () => {
  // Proves: ASVS 32.
  it('is bound to the host on https', async () => {
    await start(https);
    const answer = await app.inject({ method: 'POST', url: '/v1/session', headers: { host: 'sentinel.example' } });
    expect(answer.headers['set-cookie']).toMatch(
      /^__Host-sentinel=token-of-the-test; Path=\/; Expires=[^;]+; HttpOnly; Secure; SameSite=Strict$/,
    );
  });

  it('is as strict as plain http allows on a laptop', async () => {
    await start();
    const answer = await app.inject({ method: 'POST', url: '/v1/session' });
    expect(answer.headers['set-cookie']).toMatch(
      /^sentinel_session_9003=token-of-the-test; Path=\/; Expires=[^;]+; HttpOnly; SameSite=Strict$/,
    );
  });

  it('is taken away by the sign-out', async () => {
    await start();
    const answer = await app.inject({ method: 'DELETE', url: '/v1/session' });
    expect(answer.headers['set-cookie']).toMatch(/^sentinel_session_9003=; .*Expires=Thu, 01 Jan 1970/);
  });
});

describe('headers', () => {
  // Proves: OAuth 31, ASVS 33.
  it('forbid everything inline and everything from elsewhere', async () => {
    await start();
    const { headers } = await app.inject('/console');
    const policy = String(headers['content-security-policy']);
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toMatch(/unsafe|https?:|upgrade-insecure/);
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
    });
    expect(headers['strict-transport-security']).toBeUndefined();
    expect(headers['x-powered-by']).toBeUndefined();
    expect(headers['server']).toBeUndefined();
  });

  // Proves: ASVS 33.
  it('pin https once people reach us by it', async () => {
    await start(https);
    const { headers } = await app.inject({ url: '/console', headers: { host: 'sentinel.example' } });
    expect(headers['strict-transport-security']).toBe('max-age=63072000');
  });

  it('cannot be injected through an address', async () => {
    await start();
    for (const url of [
      '/console/%0d%0aset-cookie:%20a=b',
      '/problems/%0d%0aset-cookie:%20a=b',
      '/v1/%0d%0aset-cookie:%20a=b',
    ]) {
      expect((await app.inject(url)).headers['set-cookie']).toBeUndefined();
    }
  });

  it('carry problems and refusals like everything else', async () => {
    await start();
    for (const url of ['/v1/nothing', '/v1/things/%ff'])
      expect((await app.inject(url)).headers['content-security-policy']).toBeDefined();
  });
});

describe('the console folder', () => {
  it('is served with the right caching', async () => {
    await start();
    expect((await app.inject('/')).headers).toMatchObject({ location: '/console' });
    expect((await app.inject('/console')).headers).toMatchObject({
      'cache-control': 'no-store',
      'content-type': 'text/html; charset=utf-8',
    });
    expect((await app.inject('/console/ledger/7?tab=x')).body).toContain('<title>console</title>');
    expect((await app.inject('/console/assets/index-4f2a.js')).headers).toMatchObject({
      'cache-control': 'public, max-age=31536000, immutable',
      'content-type': expect.stringContaining('javascript'),
    });
    expect((await app.inject('/console/icon.svg')).headers['content-type']).toContain('image/svg+xml');
    expect((await app.inject('/console/assets/missing.js')).json()).toMatchObject({ code: 'not_found' });
  });

  it.each([
    '/console/assets/../../secret.txt',
    '/console/assets/..%2f..%2fsecret.txt',
    '/console/assets/%2e%2e/%2e%2e/secret.txt',
    '/console/assets/..%5c..%5csecret.txt',
    '/console/../secret.txt',
    '/console/%2e%2e/secret.txt',
    '/console/assets//../../secret.txt',
    '/console/assets/%00',
    '/console/.env',
    '/console/assets/%2e%2e/.env',
    `/console/assets/${encodeURIComponent(join(tmpdir(), 'x'))}`,
  ])('does not give out what lies outside: %s', async (url) => {
    await start();
    const answer = await app.inject(url);
    expect(answer.body).not.toContain('outside');
    expect([200, 400, 403, 404]).toContain(answer.statusCode);
    if (answer.statusCode === 200) expect(answer.body).toContain('<title>console</title>');
  });

  it('being absent is said on a page', async () => {
    await start({ consoleDir: null });
    expect((await app.inject('/console/ledger')).body).toContain('not built');
  });
});
