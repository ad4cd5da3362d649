// What becomes of running requests when the server closes, on a real database and real connections.
import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { connect, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type AuditWorld, openAuditWorld } from '../audit/testing.ts';
import type { WorkspaceId } from '../ids.ts';
import { route } from './route.ts';
import type { HttpOptions } from './server.ts';
import { testCaller, testHttp } from './testing.ts';

const base = {
  summary: 'x',
  action: 'home:read',
  audit: 'gate.imported',
  answers: { 200: z.object({ n: z.int() }) },
  problems: [],
} as const;

let world: AuditWorld;
let id: WorkspaceId;
let app: FastifyInstance;
let port: number;
/** What the handlers did, in order. */
let steps: string[];
let sockets: Socket[];

const routes = [
  route({
    ...base,
    method: 'POST',
    path: '/v1/import',
    stream: ['text/csv'],
    rate: 'upload',
    async handle({ stream }) {
      let n = 0;
      steps.push('import begins');
      for await (const chunk of stream) n += chunk.length;
      return { n };
    },
  }),
  route({
    ...base,
    method: 'GET',
    path: '/v1/short',
    rate: 'read',
    async handle() {
      steps.push('short begins');
      await pause(300);
      steps.push('short ends');
      return { n: 1 };
    },
  }),
  route({
    ...base,
    method: 'GET',
    path: '/v1/export',
    rate: 'read',
    answers: { 200: 'stream' },
    async handle() {
      steps.push('export begins');
      await pause(100);
      return { contentType: 'text/csv', stream: endless() };
    },
  }),
  route({
    ...base,
    method: 'POST',
    path: '/v1/note',
    body: z.object({}),
    rate: 'write',
    handle: async () => ({ n: 1 }),
  }),
];

async function* endless(): AsyncGenerator<string> {
  try {
    for (;;) {
      yield 'a,b\n'.repeat(1000);
      await pause(5);
    }
  } finally {
    await pause(50);
    steps.push('export ends');
  }
}

beforeAll(async () => {
  world = await openAuditWorld();
}, 120_000);
afterAll(() => world.close());
beforeEach(async () => {
  ({ id } = await world.workspace());
  steps = [];
  sockets = [];
});
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  await app.close();
});

async function start(changes: Partial<HttpOptions> = {}): Promise<void> {
  app = await testHttp(routes, {
    db: world.db,
    clock: world.clock,
    authenticate: async () => testCaller('viewer', { workspaceId: id }),
    ...changes,
  });
  await app.listen({ port: 0, host: '127.0.0.1' });
  const address = app.server.address();
  if (address === null || typeof address === 'string') throw new Error('not listening');
  port = address.port;
}

async function open(head: readonly string[], body = ''): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  sockets.push(socket);
  socket.on('error', () => {});
  await once(socket, 'connect');
  const standard = ['Host: localhost', 'Origin: http://localhost', 'Cookie: sentinel_session_9003=x'];
  socket.write([head[0], ...standard, ...head.slice(1), '', body].join('\r\n'));
  return socket;
}

function collect(socket: Socket): { text: string; ended: boolean } {
  const read = { text: '', ended: false };
  socket.on('close', () => {
    read.ended = true;
  });
  socket.on('data', (chunk: Buffer) => {
    read.text += chunk.toString('utf8');
  });
  return read;
}

async function until(what: () => boolean): Promise<void> {
  for (let waited = 0; !what(); waited += 10) {
    if (waited > 5_000) throw new Error(`it did not come to that: ${steps.join(', ')}`);
    await pause(10);
  }
}

async function close(): Promise<number> {
  const begun = performance.now();
  await app.close();
  return performance.now() - begun;
}

const rows = () =>
  world.db.workspace(id, (tx) => tx.selectFrom('audit_log').select(['event', 'result', 'detail']).execute());

describe('closing', () => {
  it('interrupts an upload that trickles in, answers it, and leaves its audit row', async () => {
    await start();
    const socket = await open(['POST /v1/import HTTP/1.1', 'Content-Type: text/csv', 'Content-Length: 1000000'], 'a');
    const read = collect(socket);
    const trickle = setInterval(() => socket.write('a'), 50);
    try {
      await until(() => steps.includes('import begins'));
      expect(await close()).toBeLessThan(4_000);
      await until(() => read.ended);
    } finally {
      clearInterval(trickle);
    }
    expect(await rows()).toEqual([
      { event: 'gate.imported', result: 'failed', detail: '{"reason":"upload_interrupted"}' },
    ]);
    expect(read.text).toMatch(/^HTTP\/1.1 408[\s\S]*upload_interrupted[\s\S]*being stopped/);
  });

  it('lets a short request finish, and ends its connection with the answer', async () => {
    await start();
    const read = collect(await open(['GET /v1/short HTTP/1.1']));
    await until(() => steps.includes('short begins'));
    expect(await close()).toBeLessThan(2_000);
    await until(() => read.ended);
    expect(read.text).toMatch(/^HTTP\/1.1 200[\s\S]*"n":1/);
    expect(await rows()).toMatchObject([{ result: 'ok' }]);
  });

  it('waits for a handler whose caller is gone already', async () => {
    await start();
    const socket = await open(['GET /v1/short HTTP/1.1']);
    await until(() => steps.includes('short begins'));
    socket.destroy();
    await close();
    expect(steps).toEqual(['short begins', 'short ends']);
    expect(await rows()).toMatchObject([{ result: 'ok' }]);
  });

  it('ends connections that never end by themselves, and waits for what they read', async () => {
    await start({ forceCloseMs: 300 });
    const read = collect(await open(['GET /v1/export HTTP/1.1']));
    await until(() => read.text.includes('a,b'));
    await open(['POST /v1/note HTTP/1.1', 'Content-Type: application/json', 'Content-Length: 100'], '{');
    await pause(50);
    expect(await close()).toBeLessThan(2_000);
    expect(steps).toEqual(['export begins', 'export ends']);
  });

  it('waits for no answer whose reader was gone before it began', async () => {
    await start();
    const socket = await open(['GET /v1/export HTTP/1.1']);
    await until(() => steps.includes('export begins'));
    socket.destroy();
    await pause(200);
    expect(await close()).toBeLessThan(2_000);
  });

  it('gives up on a handler that never ends, and says so in the log', async () => {
    const lines: unknown[] = [];
    const error = (event: string, fields?: object) => void lines.push({ event, ...fields });
    const quiet = () => {};
    let entered = false;
    await start({
      forceCloseMs: 50,
      settleMs: 200,
      log: { debug: quiet, info: quiet, warn: quiet, error },
      authenticate: () => {
        entered = true;
        return new Promise<never>(() => {});
      },
    });
    await open(['GET /v1/short HTTP/1.1']);
    await until(() => entered);
    expect(await close()).toBeLessThan(2_000);
    expect(lines).toEqual([{ event: 'http.left_running', count: 1 }]);
  });

  it('refuses what comes meanwhile on a connection that is still open', async () => {
    await start();
    const socket = await open(['GET /v1/short HTTP/1.1']);
    const read = collect(socket);
    await until(() => steps.includes('short begins'));
    const closed = close();
    await pause(50);
    socket.write('GET /v1/short HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await closed;
    await until(() => read.ended);
    expect(steps).toEqual(['short begins', 'short ends']);
    expect(read.text.match(/HTTP\/1.1 200/g)).toHaveLength(1);
    await expect(ask()).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('refuses in the same words as everything else', async () => {
    await start();
    const first = app.inject({ url: '/v1/short', headers: { cookie: 'sentinel_session_9003=x' } });
    await until(() => steps.includes('short begins'));
    const closed = close();
    await pause(20);
    const refused = await app.inject({ url: '/v1/short' }).catch((error: unknown) => error);
    await closed;
    // Either fastify takes no injected request any more, or the answer is the problem everybody else gets.
    if (refused instanceof Error) expect(refused.message).toContain('clos');
    else expect(refused).toMatchObject({ statusCode: 503 });
    expect((await first).statusCode).toBe(200);
  });
});

function ask(): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest({ port, host: '127.0.0.1', path: '/v1/short' }, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    });
    sent.on('error', reject);
    sent.end();
  });
}
