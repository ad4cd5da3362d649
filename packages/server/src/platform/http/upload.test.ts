import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ProblemError, problem } from '../problem.ts';
import { route } from './route.ts';
import { testHttp } from './testing.ts';

const free = {
  method: 'POST',
  summary: 'x',
  stream: ['text/csv'],
  open: 'a test',
  unaudited: 'a test',
  answers: { 200: z.object({ n: z.int() }) },
  problems: [],
  rate: 'upload',
} as const;

let app: FastifyInstance;
let ended: (how: unknown) => void;
let end: Promise<unknown>;

beforeEach(async () => {
  end = new Promise((resolve) => {
    ended = resolve;
  });
  const counted = route({
    ...free,
    path: '/v1/count',
    async handle({ stream }) {
      let n = 0;
      try {
        for await (const chunk of stream) n += chunk.length;
      } catch (error) {
        ended(error);
        throw error;
      }
      ended('whole');
      return { n };
    },
  });
  const picky = route({
    ...free,
    path: '/v1/picky',
    async handle({ stream }) {
      for await (const chunk of stream)
        throw problem('file_invalid', `The first ${Math.min(chunk.length, 1)} bytes will do.`);
      return { n: 0 };
    },
  });
  const noted = route({
    method: 'POST',
    summary: 'x',
    path: '/v1/note',
    open: 'a test',
    unaudited: 'a test',
    body: z.object({ n: z.int() }),
    answers: { 200: z.object({ n: z.int() }) },
    problems: [],
    rate: 'write',
    handle: async ({ body }) => body,
  });
  app = await testHttp([counted, picky, noted], { uploadIdleMs: 200, jsonBodyMs: 300 });
  await app.listen({ port: 0, host: '127.0.0.1' });
});
afterEach(() => app.close());

async function send(path: string, headers: readonly string[], body: string, type = 'text/csv'): Promise<Socket> {
  const address = app.server.address();
  if (address === null || typeof address === 'string') throw new Error('not listening');
  const socket = connect(address.port, '127.0.0.1');
  socket.on('error', () => {});
  await once(socket, 'connect');
  socket.write(
    ['POST ' + path + ' HTTP/1.1', 'Host: localhost', `Content-Type: ${type}`, ...headers, '', body].join('\r\n'),
  );
  return socket;
}

async function readHead(socket: Socket): Promise<string> {
  let text = '';
  for await (const chunk of socket) {
    text += String(chunk);
    if (text.includes('}')) break;
  }
  return text;
}

describe('an upload', () => {
  it('ends with an error in the handler when the sender goes away', async () => {
    const socket = await send('/v1/count', ['Content-Length: 1000'], 'half');
    await new Promise((resolve) => setTimeout(resolve, 30));
    socket.destroy();
    const how = await end;
    expect(how).toBeInstanceOf(ProblemError);
    expect(how).toMatchObject({ code: 'upload_interrupted' });
  });

  it('ends with an error, and an answer, when the sender falls silent', async () => {
    const socket = await send('/v1/count', ['Content-Length: 1000'], 'half');
    expect(await readHead(socket)).toMatch(/^HTTP\/1.1 408[\s\S]*upload_interrupted/);
    expect(await end).toMatchObject({ code: 'upload_interrupted' });
  });

  it('is whole when the sender says so', async () => {
    const socket = await send('/v1/count', ['Content-Length: 4'], 'full');
    expect(await readHead(socket)).toMatch(/"n":4/);
    expect(await end).toBe('whole');
  });

  it('can be refused after its first bytes, and the sender reads why', async () => {
    const socket = await send('/v1/picky', ['Content-Length: 100000000'], 'first');
    expect(await readHead(socket)).toMatch(/^HTTP\/1.1 400[\s\S]*file_invalid/);
    socket.destroy();
  });

  // Proves: ASVS 38.
  it('cannot smuggle a second request behind two lengths', async () => {
    const socket = await send(
      '/v1/count',
      ['Content-Length: 4', 'Transfer-Encoding: chunked'],
      '0\r\n\r\nGET /health HTTP/1.1\r\nHost: localhost\r\n\r\n',
    );
    let text = '';
    for await (const chunk of socket) text += String(chunk);
    expect(text).toMatch(/^HTTP\/1.1 400/);
    expect(text.match(/HTTP\/1.1/g)).toHaveLength(1);
  });

  // Proves: ASVS 38.
  it.each([
    ['of one kind twice', ['Content-Length: 4', 'Content-Length: 20']],
    ['of one kind in one header', ['Content-Length: 4, 20']],
    ['that is no number', ['Content-Length: 0x4']],
    ['with a sign', ['Content-Length: +4']],
    ['in another spelling of chunks', ['Content-Length: 4', 'Transfer-Encoding: xchunked']],
  ])('is refused with a length %s', async (_what, headers) => {
    const socket = await send('/v1/count', headers, 'fullGET /health HTTP/1.1\r\nHost: localhost\r\n\r\n');
    let text = '';
    for await (const chunk of socket) text += String(chunk);
    expect(text).toMatch(/^HTTP\/1.1 400/);
    expect(text.match(/HTTP\/1.1/g)).toHaveLength(1);
  });
});

describe('a JSON body', () => {
  const sendJson = (length: number, body: string) =>
    send('/v1/note', [`Content-Length: ${length}`], body, 'application/json');

  it('that comes too slowly is not waited for, however steadily it trickles', async () => {
    const begun = performance.now();
    const socket = await sendJson(1000, '{');
    const trickle = setInterval(() => socket.write(' '), 20);
    try {
      expect(await readHead(socket)).toMatch(/^HTTP\/1.1 408[\s\S]*upload_interrupted/);
    } finally {
      clearInterval(trickle);
      socket.destroy();
    }
    expect(performance.now() - begun).toBeGreaterThan(250);
  });

  it('may take its time within the limit', async () => {
    const socket = await sendJson(7, '{"n"');
    await new Promise((resolve) => setTimeout(resolve, 100));
    socket.write(':7}');
    expect(await readHead(socket)).toMatch(/^HTTP\/1.1 200[\s\S]*"n":7/);
    socket.destroy();
  });
});
