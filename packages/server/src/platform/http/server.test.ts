import { Readable } from 'node:stream';
import { Problem } from '@sentinel/contract';
import type { FastifyInstance } from 'fastify';
import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { LogFields, Logger } from '../log.ts';
import { silentLogger } from '../log.ts';
import { problem } from '../problem.ts';
import { type Route, route } from './route.ts';
import type { HttpOptions } from './server.ts';
import { testHttp } from './testing.ts';

const Counted = z.object({ n: z.int() });
const free = { open: 'a test', unaudited: 'a test', answers: { 200: Counted }, problems: [], rate: 'read' } as const;
const { open: _reason, ...guarded } = free;
const SECRET = 'zelda@canary.example';

/** More than the schema declares, as a row of a table may be. */
const LEAKY = { n: 1, secret: SECRET };

const routes: readonly Route[] = [
  route({
    ...free,
    method: 'GET',
    path: '/v1/things/:id',
    summary: 'x',
    params: z.object({ id: z.uuid() }),
    query: z.object({ limit: z.coerce.number().int().max(10).default(5) }),
    handle: async ({ query }) => ({ n: query.limit }),
  }),
  route({
    ...free,
    method: 'POST',
    path: '/v1/things',
    summary: 'x',
    body: z.object({ name: z.string().max(3), tags: z.array(z.int()).default([]) }),
    handle: async ({ body }) => ({ n: body.name.length }),
  }),
  route({
    ...free,
    method: 'GET',
    path: '/v1/fault',
    summary: 'x',
    handle: async () => Promise.reject(new Error(`duplicate key value (${SECRET})`)),
  }),
  route({
    ...free,
    method: 'GET',
    path: '/v1/refused',
    summary: 'x',
    handle: async () => Promise.reject(problem('revision_conflict', 'Version 3 is current.')),
  }),
  route({ ...free, method: 'GET', path: '/v1/leaky', summary: 'x', handle: async () => LEAKY }),
  route({ ...free, method: 'GET', path: '/v1/wrong', summary: 'x', handle: async () => JSON.parse('{"n":"many"}') }),
  route({
    ...free,
    method: 'POST',
    path: '/v1/uploads',
    summary: 'x',
    stream: ['text/csv'],
    rate: 'upload',
    async handle({ stream }) {
      let n = 0;
      for await (const chunk of stream) n += chunk.length;
      return { n };
    },
  }),
  route({
    ...guarded,
    method: 'GET',
    path: '/v1/members',
    summary: 'x',
    action: 'audit:read',
    handle: async ({ caller }) => ({ n: caller.role.length }),
  }),
  route({
    ...guarded,
    method: 'POST',
    path: '/v1/members',
    summary: 'x',
    action: 'home:read',
    handle: async () => ({ n: 1 }),
  }),
];

let app: FastifyInstance;
afterEach(() => app.close());
const start = async (changes: Partial<HttpOptions> = {}) => {
  app = await testHttp(routes, changes);
};

describe('answers', () => {
  it('parses the input and answers by the schema', async () => {
    await start();
    const answer = await app.inject('/v1/things/0190f3a0-0000-7000-8000-000000000000?limit=7');
    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toEqual({ n: 7 });
    expect(answer.headers['cache-control']).toBe('no-store');
  });

  // Proves: ASVS 4.
  it('drops members that the schema does not declare', async () => {
    await start();
    expect((await app.inject('/v1/leaky')).json()).toEqual({ n: 1 });
  });

  it('answers a fault when the handler answers another shape', async () => {
    await start();
    expect((await app.inject('/v1/wrong')).json()).toMatchObject({ status: 500, code: 'internal' });
  });

  it('mints the request id and ignores the one a client sends', async () => {
    await start();
    const answer = await app.inject({ url: '/v1/refused', headers: { 'request-id': 'mine', 'x-request-id': 'mine' } });
    expect(answer.headers['request-id']).toMatch(/^[0-9a-f-]{14}7/);
    expect(answer.json().instance).toBe(answer.headers['request-id']);
  });
});

describe('problems', () => {
  // Proves: OAuth 32, ASVS 36, ASVS 42, ASVS 45, ASVS 46.
  it.each([
    ['a bad id', { url: '/v1/things/7' }, 422, 'invalid_request'],
    [
      'a repeated parameter',
      { url: '/v1/things/0190f3a0-0000-7000-8000-000000000000?limit=1&limit=2' },
      422,
      'invalid_request',
    ],
    [
      'JSON that ends early',
      { method: 'POST', url: '/v1/things', headers: { 'content-type': 'application/json' }, payload: '{"name":' },
      400,
      'json_invalid',
    ],
    [
      'an empty JSON body where one is needed',
      { method: 'POST', url: '/v1/things', headers: { 'content-type': 'application/json' }, payload: '' },
      422,
      'invalid_request',
    ],
    [
      'a poisoned prototype',
      {
        method: 'POST',
        url: '/v1/things',
        headers: { 'content-type': 'application/json' },
        payload: '{"__proto__":{"name":"x"}}',
      },
      400,
      'json_invalid',
    ],
    ['no body at all', { method: 'POST', url: '/v1/things' }, 422, 'invalid_request'],
    [
      'a form',
      {
        method: 'POST',
        url: '/v1/things',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        payload: 'name=x',
      },
      415,
      'media_type',
    ],
    [
      'plain text',
      { method: 'POST', url: '/v1/things', headers: { 'content-type': 'text/plain' }, payload: '{"name":"x"}' },
      415,
      'media_type',
    ],
    [
      'an unreadable content type',
      { method: 'POST', url: '/v1/things', headers: { 'content-type': 'json;;;/' }, payload: '{}' },
      415,
      'media_type',
    ],
    [
      'a stream of another type',
      { method: 'POST', url: '/v1/uploads', headers: { 'content-type': 'application/json' }, payload: '{}' },
      415,
      'media_type',
    ],
    [
      'a body of more than 1 MiB',
      {
        method: 'POST',
        url: '/v1/things',
        headers: { 'content-type': 'application/json' },
        payload: JSON.stringify({ name: 'x'.repeat(1024 * 1024) }),
      },
      413,
      'too_large',
    ],
    ['an unknown address', { url: '/v1/nothing' }, 404, 'not_found'],
    ['an address that cannot be decoded', { url: '/v1/things/%ff%fe' }, 404, 'not_found'],
    ['a very long part', { url: `/v1/things/${'7'.repeat(5000)}` }, 404, 'not_found'],
    ['another method', { method: 'DELETE', url: '/v1/things' }, 405, 'method_not_allowed'],
    ['a method nobody offers', { method: 'OPTIONS', url: '/v1/things' }, 405, 'method_not_allowed'],
    ['a refusal by the handler', { url: '/v1/refused' }, 409, 'revision_conflict'],
  ] as const)('answers %s with the right document', async (_name, request, status, code) => {
    await start();
    const answer = await app.inject(request);
    expect(answer.statusCode).toBe(status);
    expect(answer.headers['content-type']).toBe('application/problem+json; charset=utf-8');
    const document = Problem.parse(answer.json());
    expect(document).toMatchObject({ status, code, type: `http://localhost:9003/problems/${code}` });
  });

  // Proves: ASVS 42, ASVS 51.
  it('names every mistake by its place and repeats no value', async () => {
    await start();
    const answer = await app.inject({
      method: 'POST',
      url: '/v1/things',
      payload: { name: SECRET, tags: [1, SECRET] },
    });
    expect(answer.json().errors.map((each: { pointer: string }) => each.pointer)).toEqual([
      '/body/name',
      '/body/tags/1',
    ]);
    expect(answer.body).not.toContain(SECRET);
  });

  // Proves: OAuth 32, ASVS 57.
  it('tells nothing of a fault, neither to the caller nor to the log', async () => {
    const lines: unknown[] = [];
    const note = (event: string, fields?: LogFields) => void lines.push([event, fields]);
    const log: Logger = { debug: note, info: note, warn: note, error: note };
    await start({ log });
    const answer = await app.inject('/v1/fault');
    expect(answer.json()).toMatchObject({ status: 500, code: 'internal' });
    expect(answer.body).not.toContain('canary');
    expect(JSON.stringify(lines)).not.toContain('canary');
    expect(JSON.stringify(lines)).toContain('http.fault');
  });

  it('names the allowed methods', async () => {
    await start();
    expect((await app.inject({ method: 'PUT', url: '/v1/members' })).headers['allow']).toBe('GET, POST');
  });
});

describe('log lines', () => {
  // Proves: ASVS 51.
  it('hold the pattern of the route, never its URL', async () => {
    const lines: unknown[] = [];
    await start({ log: { ...silentLogger, info: (event, fields) => void lines.push({ event, ...fields }) } });
    await app.inject('/v1/things/0190f3a0-0000-7000-8000-00000000cafe?search=zelda');
    await app.inject('/no/zelda/here');
    expect(lines).toMatchObject([
      { event: 'http.answered', route: '/v1/things/:id', status: 200 },
      { route: 'none', status: 404 },
    ]);
    expect(JSON.stringify(lines)).not.toMatch(/cafe|zelda/);
  });
});

describe('authorisation', () => {
  it.each([
    ['nobody', {}, 401, 'token_missing'],
    ['an unknown session', { cookie: 'sentinel_session_9003=stranger' }, 401, 'token_invalid'],
    ['an unknown key', { authorization: 'Bearer stranger' }, 401, 'token_invalid'],
    ['an admin', { cookie: 'sentinel_session_9003=admin' }, 200, undefined],
  ])('meets %s with the right status', async (_name, headers, status, code) => {
    await start();
    const answer = await app.inject({ url: '/v1/members', headers });
    expect(answer.statusCode).toBe(status);
    expect(answer.json().code).toBe(code);
  });

  // Proves: ASVS 57.
  it('keeps a denied caller out even when the denial cannot be audited', async () => {
    await start();
    const answer = await app.inject({ url: '/v1/members', headers: { cookie: 'sentinel_session_9003=viewer' } });
    expect(answer.json()).toMatchObject({ status: 500, code: 'internal' });
  });

  it('never falls back to the cookie when a key is presented', async () => {
    await start();
    const answer = await app.inject({
      url: '/v1/members',
      headers: { cookie: 'sentinel_session_9003=admin', authorization: 'Basic abc' },
    });
    expect(answer.json()).toMatchObject({ status: 401, code: 'token_invalid' });
  });

  // Proves: ASVS 57.
  it('answers 503 and lets nobody in when the caller cannot be verified', async () => {
    await start({ authenticate: async () => Promise.reject(new Error('database away')) });
    const answer = await app.inject({ url: '/v1/members', headers: { cookie: 'sentinel_session_9003=admin' } });
    expect(answer.json()).toMatchObject({ status: 503, code: 'cannot_decide' });
  });
});

describe('rate limits', () => {
  // Proves: ASVS 43.
  it('count per session and answer how long to wait', async () => {
    await start({ limits: { read: 2 } });
    const ask = () => app.inject('/v1/leaky');
    expect([(await ask()).statusCode, (await ask()).statusCode]).toEqual([200, 200]);
    const third = await ask();
    expect(third.json()).toMatchObject({ status: 429, code: 'rate_limited' });
    expect(Number(third.headers['retry-after'])).toBeGreaterThan(0);
  });

  // Proves: ASVS 43.
  it('count the addresses of one /64 together and those of another apart', async () => {
    await start({ limits: { read: 1 } });
    const ask = (remoteAddress: string) => app.inject({ url: '/v1/leaky', remoteAddress });
    expect((await ask('2001:db8:0:1::a')).statusCode).toBe(200);
    expect((await ask('2001:db8:0:1:ffff::b')).statusCode).toBe(429);
    expect((await ask('2001:db8:0:2::a')).statusCode).toBe(200);
  });

  // Proves: ASVS 37.
  it('believe X-Forwarded-For only from a trusted proxy', async () => {
    await start({ limits: { read: 1 } });
    const ask = (from: string) => app.inject({ url: '/v1/leaky', headers: { 'x-forwarded-for': from } });
    expect([(await ask('198.51.100.1')).statusCode, (await ask('198.51.100.2')).statusCode]).toEqual([200, 429]);
    await app.close();
    await start({ limits: { read: 1 }, trustedProxies: ['127.0.0.0/8'] });
    expect([(await ask('198.51.100.1')).statusCode, (await ask('198.51.100.2')).statusCode]).toEqual([200, 200]);
    expect((await ask('192.0.2.1, 198.51.100.2')).statusCode).toBe(429);
  });

  // Proves: ASVS 43, ASVS 58.
  it('stop a flood of made-up credentials before anybody looks them up', async () => {
    let looked = 0;
    const authenticate = async () => {
      looked += 1;
      return null;
    };
    await start({ limits: { address: 5 }, authenticate });
    const ask = (n: number, remoteAddress = '198.51.100.1') =>
      app.inject({ url: '/v1/members', headers: { cookie: `sentinel_session_9003=guess${n}` }, remoteAddress });
    const answers = [];
    for (let n = 0; n < 50; n += 1) answers.push((await ask(n)).statusCode);
    expect(answers).toEqual([...Array<number>(5).fill(401), ...Array<number>(45).fill(429)]);
    expect(looked).toBe(5);
    expect((await ask(51, '198.51.100.2')).statusCode).toBe(401);
  });

  it('count all routes of an address together before they count its callers apart', async () => {
    await start({ limits: { address: 3 } });
    const ask = (url: string) => app.inject({ url, headers: { cookie: 'sentinel_session_9003=admin' } });
    const urls = ['/v1/leaky', '/v1/members', '/v1/leaky', '/v1/members'];
    const statuses = [];
    for (const url of urls) statuses.push((await ask(url)).statusCode);
    expect(statuses).toEqual([200, 200, 200, 429]);
  });
});

describe('uploads', () => {
  it('reach the handler as a stream beyond the limit of JSON bodies', async () => {
    await start();
    const chunk = Buffer.alloc(64 * 1024, 'a');
    const payload = Readable.from(Array.from({ length: 64 }, () => chunk));
    const answer = await app.inject({
      method: 'POST',
      url: '/v1/uploads',
      headers: { 'content-type': 'text/csv; charset=utf-8' },
      payload,
    });
    expect(answer.json()).toEqual({ n: 64 * 64 * 1024 });
  });
});
