import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, describe, expect, it } from 'vitest';
import { createOutboundFetch, type OutboundLimits } from './guarded-fetch.ts';
import { mayAsk, mayConnect, type Reach } from './reach.ts';

let hits = 0;
const server: Server = createServer((request, response) => {
  hits += 1;
  if (request.url === '/silent') return;
  if (request.url === '/slow') return void response.writeHead(200).write('{');
  if (request.url === '/large') return void response.end('x'.repeat(2000));
  if (request.url === '/empty') return void response.writeHead(204).end();
  if (request.url === '/away') return void response.writeHead(302, { location: '/' }).end();
  response.writeHead(200, { 'x-method': request.method ?? '' });
  request.pipe(response);
});
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
const { port } = server.address() as AddressInfo;
afterAll(() => server.close().closeAllConnections());

type Lookup = readonly [host: string, options: object, callback: (...answer: unknown[]) => void];
/** A name server that answers what it is told. */
const named = (...addresses: string[]): Pick<OutboundLimits, 'lookup'> => ({
  lookup: ((_host: string, _options: object, callback: (...answer: unknown[]) => void) =>
    callback(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    )) as never,
});
const ask = async (url: string, reach: Reach, more: Partial<OutboundLimits> = {}, body: string | null = null) =>
  await createOutboundFetch({ timeoutMs: 400, maxBytes: 1000, ...more })({
    url: new URL(url),
    method: body === null ? 'GET' : 'POST',
    headers: {},
    body,
    reach,
  });
const local = `http://127.0.0.1:${port}`;

describe('an outbound request', () => {
  // Proves: OAuth 16.
  it('answers whatever came, errors and redirects included', async () => {
    const echo = await ask(`${local}/`, 'loopback', {}, 'grüße');
    expect([echo.status, echo.headers.get('x-method'), await echo.text()]).toEqual([200, 'POST', 'grüße']);
    expect((await ask(`${local}/empty`, 'loopback')).status).toBe(204);
    const before = hits;
    expect((await ask(`${local}/away`, 'loopback')).status).toBe(302);
    expect(hits - before).toBe(1);
  });

  // Proves: OAuth 16, ASVS 61.
  it.each([
    ['/silent', 'timed_out'],
    ['/slow', 'timed_out'],
    ['/large', 'too_large'],
  ])('to %s fails as %s', async (path, reason) => {
    await expect(ask(`${local}${path}`, 'loopback')).rejects.toMatchObject({ reason });
  });

  it('fails when nobody listens, and says nothing of whom it asked', async () => {
    await expect(ask('http://127.0.0.1:1/', 'loopback')).rejects.toMatchObject({
      reason: 'no_answer',
      message: 'outbound request: no_answer',
    });
  });

  it('says whether the request may have reached the server', async () => {
    await expect(ask('http://127.0.0.1:1/', 'loopback')).rejects.toMatchObject({ unsent: true });
    await expect(ask(`${local}/silent`, 'loopback')).rejects.toMatchObject({ unsent: false });
    await expect(ask('https://localhost/', 'public')).rejects.toMatchObject({ unsent: true });
    const nameless = { lookup: ((...[, , callback]: Lookup) => callback(new Error('ENOTFOUND'))) as never };
    await expect(ask('https://issuer.example/', 'public', nameless)).rejects.toMatchObject({
      reason: 'no_answer',
      unsent: true,
    });
    const silent = { lookup: (() => {}) as never };
    await expect(ask('https://issuer.example/', 'public', silent)).rejects.toMatchObject({
      reason: 'timed_out',
      unsent: true,
    });
    // A server that never finishes the handshake has not seen the request.
    await expect(ask(`https://localhost:${port}/`, 'loopback')).rejects.toMatchObject({ unsent: true });
  });

  it('may delete', async () => {
    const answer = await createOutboundFetch({ timeoutMs: 400, maxBytes: 1000 })({
      url: new URL(local),
      method: 'DELETE',
      headers: {},
      body: null,
      reach: 'loopback',
    });
    expect(answer.headers.get('x-method')).toBe('DELETE');
  });

  it.each(['/silent', '/slow'])('to %s ends when its caller wants it to', async (path) => {
    const given = createOutboundFetch({ timeoutMs: 10_000, maxBytes: 1000 })({
      url: new URL(`${local}${path}`),
      method: 'GET',
      headers: {},
      body: null,
      reach: 'loopback',
      signal: AbortSignal.timeout(100),
    });
    await expect(given).rejects.toMatchObject({ reason: 'aborted' });
  });

  // Proves: OAuth 16, ASVS 41.
  it.each([
    ['127.0.0.1'],
    ['10.1.2.3'],
    ['169.254.169.254'],
    ['::1'],
    ['fd00::1'],
    ['::ffff:10.0.0.1'],
    ['64:ff9b::10.0.0.1'],
  ])('never connects to %s behind a public name', async (address) => {
    const before = hits;
    const given = ask(`https://issuer.example:${port}/`, 'public', named(address));
    await expect(given).rejects.toMatchObject({ reason: 'address_refused' });
    const mixed = ask(`https://issuer.example:${port}/`, 'public', named('93.184.215.14', address));
    await expect(mixed).rejects.toMatchObject({ reason: 'address_refused' });
    expect(hits).toBe(before);
  });

  it('never leaves this machine for a name that should mean it', async () => {
    const given = ask(`http://localhost:${port}/`, 'loopback', named('93.184.215.14'));
    await expect(given).rejects.toMatchObject({ reason: 'address_refused' });
    expect((await ask(`http://localhost:${port}/`, 'loopback', named('127.0.0.1'))).status).toBe(200);
  });
});

describe('what may be asked', () => {
  // Proves: OAuth 16.
  it.each<[string, Reach, boolean]>([
    ['https://issuer.example/', 'public', true],
    ['http://issuer.example/', 'public', false],
    ['https://user@issuer.example/', 'public', false],
    ['https://localhost/', 'public', false],
    ['file:///etc/passwd', 'public', false],
    ['http://localhost:1/', 'loopback', true],
    ['ftp://localhost/', 'loopback', false],
    ['https://issuer.example/', 'loopback', false],
    ['http://issuer.example/', 'private', false],
  ])('%s within %s: %s', (url, reach, may) => {
    expect(mayAsk(new URL(url), reach)).toBe(may);
  });

  // Proves: ASVS 41.
  it.each([
    'https://10.0.0.1/',
    'https://[::1]/',
    'https://[::ffff:127.0.0.1]/',
    'https://0x7f.1/',
    'https://2130706433/',
  ])('a literal address is judged too: %s', async (url) => {
    await expect(ask(url, 'public')).rejects.toMatchObject({ reason: 'address_refused' });
  });

  it.each<[string, boolean, boolean]>([
    ['93.184.215.14', true, true],
    ['2606:2800:220:1::1', true, true],
    ['64:ff9b::8.8.8.8', true, true],
    ['172.15.255.255', true, true],
    ['172.16.0.1', false, true],
    ['192.168.1.1', false, true],
    ['fd12::1', false, true],
    ['100.64.0.1', false, true],
    ['0.0.0.0', false, false],
    ['127.1.2.3', false, false],
    ['169.254.169.254', false, false],
    ['fe80::1', false, false],
    ['fe80::1%eth0', false, false],
    ['::', false, false],
    ['::ffff:127.0.0.1', false, false],
    ['64:ff9b::127.0.0.1', false, false],
    ['2002:7f00:1::', false, false],
    ['224.0.0.1', false, false],
    ['255.255.255.255', false, false],
    ['ff02::1', false, false],
    ['issuer.example', false, false],
    ['', false, false],
  ])('%j is public: %s, or private: %s', (address, isPublic, isPrivate) => {
    expect([mayConnect(address, 'public'), mayConnect(address, 'private')]).toEqual([isPublic, isPrivate]);
  });
});
