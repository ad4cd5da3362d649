// Each generic fault does on the wire what it says, seen by a real client; and what reaches a stand-in is what was sent.
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { answerJson, answerText } from './answers.ts';
import { createFaults } from './create-faults.ts';
import type { Faults } from './faults.ts';
import { createGateway, type Gateway } from './gateway.ts';
import { openPort, type Port } from './ports.ts';
import { MAX_BODY_BYTES } from './request-reading.ts';
import type { Exchange, StandIn } from './stand-in.ts';

const LONG = 'a sentence that is long enough to be cut. '.repeat(400);

let port: Port;
let faults: Faults;
let gateway: Gateway;
let seen: Exchange[];
let errors: string[];
let url: string;

const standIn: StandIn = {
  name: 'hubspot',
  handle: (exchange) => {
    seen.push(exchange);
    if (exchange.url.pathname === '/broken') throw new Error('a mistake of the stand-in');
    if (exchange.url.pathname === '/streamed') {
      exchange.response.write('one,');
      exchange.response.end('two');
    } else if (exchange.url.pathname === '/long') answerText(exchange, 200, LONG);
    else answerJson(exchange, 201, { done: true });
  },
  answerFault: (exchange, { status, retryAfterSeconds }) =>
    answerJson(
      exchange,
      status,
      { status: 'error' },
      retryAfterSeconds === null ? {} : { 'retry-after': String(retryAfterSeconds) },
    ),
  revokeGrants: () => undefined,
};

beforeEach(async () => {
  port = await openPort(0);
  faults = createFaults();
  seen = [];
  errors = [];
  gateway = createGateway(faults, (where) => errors.push(where));
  port.serve(gateway.front([{ mount: '/hubspot', standIn }], null));
  url = `${port.origin}/hubspot`;
});
afterEach(async () => await port.close());

describe('a fault', () => {
  it('status: answers in the words of the stand-in, with and without Retry-After, and nothing is done', async () => {
    faults.set({ provider: 'hubspot', kind: 'status', status: 429, retryAfterSeconds: 3, times: 1 });
    faults.set({ provider: 'hubspot', kind: 'status', times: 1 });
    const [limited, down, well] = [await fetch(url), await fetch(url), await fetch(url)];
    expect([limited.status, limited.headers.get('retry-after')]).toEqual([429, '3']);
    expect([down.status, down.headers.get('retry-after')]).toEqual([503, null]);
    expect(await down.json()).toEqual({ status: 'error' });
    expect(well.status).toBe(201);
    expect(seen).toHaveLength(1);
  });

  it('hang: never answers, and the port can be closed all the same', async () => {
    faults.set({ provider: 'hubspot', kind: 'hang' });
    await expect(fetch(url, { signal: AbortSignal.timeout(150) })).rejects.toMatchObject({ name: 'TimeoutError' });
    const waiting = fetch(url).catch((error: unknown) => error);
    await new Promise((resolve) => setTimeout(resolve, 50));
    await port.close();
    expect(await waiting).toBeInstanceOf(Error);
    expect(seen).toEqual([]);
  });

  it('slow: answers as usual, but late', async () => {
    faults.set({ provider: 'hubspot', kind: 'slow', delayMs: 200, times: 1 });
    const started = performance.now();
    expect((await fetch(url)).status).toBe(201);
    expect(performance.now() - started).toBeGreaterThan(190);
  });

  it('reset: breaks the connection before an answer, and nothing is done', async () => {
    faults.set({ provider: 'hubspot', kind: 'reset', times: 1 });
    await expect(fetch(url, { method: 'POST', body: 'x' })).rejects.toThrow('fetch failed');
    expect(seen).toEqual([]);
    expect((await fetch(url)).status).toBe(201);
  });

  it.each(['/long', '/streamed', '/json'])('cut: the head of %s arrives, its body breaks off', async (path) => {
    faults.set({ provider: 'hubspot', kind: 'cut', times: 1 });
    const answer = await fetch(`${url}${path}`);
    expect(answer.ok).toBe(true);
    await expect(answer.text()).rejects.toThrow('terminated');
    expect(await (await fetch(`${url}/long`)).text()).toBe(LONG);
  });

  it('garbage: a web page with status 200 instead of an answer', async () => {
    faults.set({ provider: 'hubspot', kind: 'garbage', times: 1 });
    const answer = await fetch(url);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    expect(await answer.text()).toContain('<!doctype html>');
    expect(seen).toEqual([]);
  });

  it('lost_answer: it is done, but nobody hears of it', async () => {
    faults.set({ provider: 'hubspot', kind: 'lost_answer', times: 1 });
    await expect(fetch(url, { method: 'POST', body: 'x' })).rejects.toThrow('fetch failed');
    expect(seen.map(({ body }) => body.toString())).toEqual(['x']);
  });

  it('happens only where it is matched, below the mount and without the query', async () => {
    faults.set({ provider: 'hubspot', kind: 'status', match: 'GET /crm/*' });
    expect((await fetch(`${url}/crm/contacts?a=1`)).status).toBe(503);
    expect((await fetch(`${url}/oauth?next=GET%20/crm/x`)).status).toBe(201);
  });
});

describe('the gateway', () => {
  it('hands on exact bytes, the path below the mount and the query', async () => {
    const body = Buffer.from([0, 255, 10, 13, 128]);
    await fetch(`${url}//a%2Fb?x=%20y`, { method: 'PATCH', body });
    expect(seen[0]).toMatchObject({ method: 'PATCH', body });
    expect(seen[0]?.url.pathname).toBe('//a%2Fb');
    expect(seen[0]?.url.searchParams.get('x')).toBe(' y');
  });

  it('notes what was asked without its query', async () => {
    await fetch(`${url}/oauth/authorize?code=secret-canary`);
    await fetch(`${port.origin}/hubspotter`);
    expect(gateway.asked('hubspot')).toEqual(['GET /oauth/authorize']);
  });

  it('refuses a body that is too long, unread by the stand-in', async () => {
    const answer = await fetch(url, { method: 'POST', body: Buffer.alloc(MAX_BODY_BYTES) });
    expect(answer.status).toBe(201);
    const tooLong = await fetch(url, { method: 'POST', body: Buffer.alloc(MAX_BODY_BYTES + 1) }).then(
      ({ status }) => status,
      () => 'broken off',
    );
    expect([413, 'broken off']).toContain(tooLong);
    expect(seen).toHaveLength(1);
  });

  it('answers 500 where a stand-in fails, and says so aloud', async () => {
    expect((await fetch(`${url}/broken`)).status).toBe(500);
    expect(errors).toEqual(['hubspot']);
  });

  // A page elsewhere whose name resolves to this machine reaches nothing (DNS rebinding).
  it('answers to no other name than its own', async () => {
    for (const host of ['evil.example', `evil.example:${new URL(url).port}`, '127.0.0.1', '127.0.0.1:1', ''])
      expect(await statusFor(host)).toMatch(host === '' ? /^HTTP\/1\.1 (400|421)/ : /^HTTP\/1\.1 421/);
    expect(await statusFor(new URL(url).host)).toMatch(/^HTTP\/1\.1 201/);
    expect(await statusFor(`localhost:${new URL(url).port}`)).toMatch(/^HTTP\/1\.1 201/);
    expect(seen).toHaveLength(2);
  });
});

/** The first line of the answer to a request that fetch would not send. */
async function statusFor(host: string): Promise<string> {
  return await new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1', () =>
      socket.write(`GET /hubspot/x HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`),
    );
    socket.once('data', (data) => {
      resolve(data.toString().split('\r\n')[0] ?? '');
      socket.destroy();
    });
    socket.once('error', reject);
  });
}
