import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { createOutboundFetch } from './guarded-fetch.ts';
import { keepConnections } from './kept-connections.ts';
import type { LaneRequest } from './lane.ts';
import {
  ADA,
  type Answering,
  asking,
  type Bench,
  createBench,
  json,
  KIND,
  loopTurns,
  type Provider,
  reset,
  startProvider,
} from './outbound.testing.ts';

let provider: Provider;
let bench: Bench;
const providers: Provider[] = [];
afterAll(() => providers.forEach((each) => each.close()));
beforeEach(async () => {
  provider = await startProvider();
  providers.push(provider);
  provider.answers = [json(ADA)];
  bench = createBench();
});
const ask = (more: Partial<LaneRequest<unknown>> = {}, key = 'one', origin = provider.origin) =>
  bench.lanes.lane(key, KIND).ask(asking(origin, more));
/** Well before either side would close it for lying idle. */
const soon = async (closed: Promise<unknown> | undefined): Promise<void> => {
  const late = pause(2_000, null, { ref: false }).then(() => Promise.reject(new Error('it was not closed')));
  await Promise.race([closed ?? late, late]);
};
const POST = { method: 'POST', body: 'grant', retry: 'unsent_only' } as const;

describe('the connections of a lane', () => {
  // What went wrong elsewhere: a new socket and a new TLS handshake for every exchange.
  it('are used again', async () => {
    for (let n = 0; n < 10; n += 1) await ask();
    expect([provider.asked.length, provider.connections()]).toEqual([10, 1]);
  });

  it('are no more than there were exchanges at a time', async () => {
    for (let n = 0; n < 5; n += 1) await Promise.all(Array.from({ length: 20 }, () => ask()));
    expect([provider.asked.length, provider.connections()]).toEqual([100, KIND.concurrency]);
  });

  it('belong to no other lane, and to no other name of the same machine', async () => {
    await ask();
    await ask({}, 'another');
    expect(provider.connections()).toBe(2);
    await ask({}, 'one', provider.origin.replace('127.0.0.1', 'localhost'));
    expect(provider.connections()).toBe(3);
  });

  it('belong to one reach', () => {
    const kept = keepConnections(4);
    const url = new URL('https://issuer.example/');
    expect(kept.agent(url, 'public')).toBe(kept.agent(url, 'public'));
    expect(kept.agent(url, 'public')).not.toBe(kept.agent(url, 'private'));
    expect(kept.agent(url, 'loopback')).not.toBe(kept.agent(new URL('http://localhost/'), 'loopback'));
  });

  it('are opened to addresses that were judged', async () => {
    const lookup = ((_host: string, _options: object, callback: (...answer: unknown[]) => void) =>
      callback(null, [{ address: '10.1.2.3', family: 4 }])) as never;
    const fetch = createOutboundFetch({ timeoutMs: 1000, maxBytes: 1000, lookup });
    const url = new URL('https://issuer.example/');
    const connections = keepConnections(4);
    const given = fetch({ url, method: 'GET', headers: {}, body: null, reach: 'public', connections });
    await expect(given).rejects.toMatchObject({ reason: 'address_refused', unsent: true });
  });

  it('do not carry what may be sent once only', async () => {
    await ask();
    await ask(POST);
    await ask({ method: 'DELETE', retry: 'never' });
    expect(provider.connections()).toBe(3);
  });

  it('are closed when they lie idle', async () => {
    const connections = keepConnections(4, 50);
    const fetch = createOutboundFetch({ timeoutMs: 1000, maxBytes: 1000 });
    const url = new URL(provider.origin);
    const once = () => fetch({ url, method: 'GET', headers: {}, body: null, reach: 'loopback', connections });
    await once();
    await once();
    expect(provider.connections()).toBe(1);
    await pause(150);
    await once();
    expect(provider.connections()).toBe(2);
  });

  it.each(['forget', 'close'] as const)('are closed when the lanes end: %s', async (how) => {
    const closed: Promise<unknown>[] = [];
    provider.answers = [
      (request, response) => {
        closed.push(once(request.socket, 'close'));
        json(ADA)(request, response);
      },
    ];
    await ask();
    await loopTurns();
    if (how === 'forget') bench.lanes.forget('one');
    else bench.lanes.close();
    expect(closed).toHaveLength(1);
    await soon(closed[0]);
  });

  it('of exchanges that have begun are closed when these have ended', async () => {
    let finish = (): void => {};
    let closed: Promise<unknown> = Promise.resolve();
    const hold: Answering = (request, response) => {
      closed = once(request.socket, 'close');
      finish = () => json(ADA)(request, response);
    };
    provider.answers = [hold];
    const work = ask();
    while (provider.asked.length === 0) await loopTurns();
    bench.lanes.forget('one');
    finish();
    expect(await work).toMatchObject({ kind: 'ok' });
    await soon(closed);
  });
});

describe('a connection that turns out closed', () => {
  it('is replaced once, at once, for a request that may be sent twice', async () => {
    await ask();
    provider.answers = [reset, json(ADA)];
    expect(await ask()).toMatchObject({ kind: 'ok' });
    expect([provider.asked.length, provider.connections(), bench.time.now()]).toEqual([3, 2, 0]);
    expect(await bench.metrics.text()).not.toContain('retries_total{kind="crm",reason="no_answer"}');
  });

  it('is not replaced twice, and what was sent is never called unsent', async () => {
    const connections = keepConnections(4);
    const fetch = createOutboundFetch({ timeoutMs: 1000, maxBytes: 1000 });
    const url = new URL(provider.origin);
    const once = () => fetch({ url, method: 'GET', headers: {}, body: null, reach: 'loopback', connections });
    await once();
    provider.answers = [reset];
    await expect(once()).rejects.toMatchObject({ reason: 'no_answer', unsent: false });
    expect(provider.asked).toHaveLength(3);
  });

  it('is not called unsent when nobody listens any more either', async () => {
    const connections = keepConnections(4);
    const fetch = createOutboundFetch({ timeoutMs: 1000, maxBytes: 1000 });
    const url = new URL(provider.origin);
    const once = () => fetch({ url, method: 'GET', headers: {}, body: null, reach: 'loopback', connections });
    await once();
    provider.answers = [() => provider.close()];
    await expect(once()).rejects.toMatchObject({ reason: 'no_answer', unsent: false });
  });

  it('is not replaced after the first byte of an answer', async () => {
    let answered = 0;
    const server = createServer((socket) => {
      socket.on('data', () => {
        answered += 1;
        if (answered === 1) socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}');
        else socket.write('HTTP/1.1 2', () => socket.destroy());
      });
      socket.on('error', () => {});
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const url = new URL(`http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/`);
    const connections = keepConnections(4);
    const fetch = createOutboundFetch({ timeoutMs: 1000, maxBytes: 1000 });
    const once = () => fetch({ url, method: 'GET', headers: {}, body: null, reach: 'loopback', connections });
    expect((await once()).status).toBe(200);
    await expect(once()).rejects.toMatchObject({ reason: 'no_answer', unsent: false });
    expect(answered).toBe(2);
    server.close();
  });
});
