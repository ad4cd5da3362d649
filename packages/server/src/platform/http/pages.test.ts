import { ACTIONS, Health, PROBLEM_CODES } from '@sentinel/contract';
import type { FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createMetrics } from '../metrics.ts';
import { platformRoutes } from './platform.routes.ts';
import { route } from './route.ts';
import { TEST_NOW, testCaller, testHttp } from './testing.ts';

const Thing = z.object({ id: z.uuid(), size: z.int() }).meta({ id: 'Thing' });
let metrics = createMetrics();
let state: 'ok' | 'starting' | 'unwell' = 'ok';
const makeRoutes = (metricsOpenHere = true) => [
  ...platformRoutes({
    version: '1.2.3',
    metrics,
    authenticate: async ({ bearer }) =>
      bearer === 'admin' || bearer === 'viewer' ? testCaller(bearer, { via: 'key' }) : null,
    clock: { now: () => TEST_NOW },
    metricsOpenHere,
    health: () => state,
  }),
  route({
    method: 'POST',
    path: '/v1/things/:thingId',
    summary: 'Changes a thing',
    action: 'book:import',
    audit: 'book.imported',
    params: z.object({ thingId: z.uuid() }),
    query: z.object({ dryRun: z.stringbool().default(false) }),
    body: z.object({ thing: Thing, note: z.string().default('') }),
    answers: { 200: z.object({ things: z.array(Thing) }), 204: 'empty' },
    problems: ['revision_conflict'],
    rate: 'write',
    handle: async () => ({ status: 204, body: undefined }),
  }),
];

let app: FastifyInstance;
beforeEach(async () => {
  state = 'ok';
  metrics = createMetrics();
  app = await testHttp(makeRoutes(), { metrics });
});
afterEach(() => app.close());

describe('/health', () => {
  it('tells the state and the version', async () => {
    expect(Health.parse((await app.inject('/health')).json())).toEqual({ status: 'ok', version: '1.2.3' });
    expect((await app.inject({ method: 'HEAD', url: '/health' })).statusCode).toBe(200);
    state = 'starting';
    expect((await app.inject('/health')).statusCode).toBe(503);
  });
});

describe('/metrics', () => {
  it('is told on this machine, with routes but never addresses as labels', async () => {
    await app.inject('/v1/people/zelda@canary.example');
    const answer = await app.inject('/metrics');
    expect(answer.headers['content-type']).toContain('text/plain');
    expect(answer.body).toContain('sentinel_http_request_seconds_count{method="GET",route="other",status="4xx"}');
    expect(answer.body).not.toContain('canary');
  });

  it.each([
    ['nobody', {}, 401],
    ['a viewer', { authorization: 'Bearer viewer' }, 403],
    ['an admin', { authorization: 'Bearer admin' }, 200],
  ])('asked from elsewhere by %s', async (_name, headers, status) => {
    expect((await app.inject({ url: '/metrics', remoteAddress: '192.0.2.9', headers })).statusCode).toBe(status);
  });
});

describe('/metrics with a public address', () => {
  it.each([
    ['nobody', {}, 401],
    ['a viewer', { authorization: 'Bearer viewer' }, 403],
    ['an admin', { authorization: 'Bearer admin' }, 200],
  ])('asked on this machine by %s', async (_name, headers, status) => {
    await app.close();
    metrics = createMetrics();
    app = await testHttp(makeRoutes(false), { metrics });
    expect((await app.inject({ url: '/metrics', headers })).statusCode).toBe(status);
  });
});

describe('/openapi.json', () => {
  it('is made from the routes', async () => {
    const document = (await app.inject('/openapi.json')).json();
    expect(document.openapi).toBe('3.1.0');
    expect(Object.keys(document.paths)).toEqual(['/health', '/metrics', '/v1/things/{thingId}']);
    const operation = document.paths['/v1/things/{thingId}'].post;
    expect(operation).toMatchObject({
      operationId: 'postThingsThingId',
      'x-action': 'book:import',
      'x-audit': 'book.imported',
    });
    expect(
      operation.parameters.map((each: { name: string; in: string; required: boolean }) => [
        each.name,
        each.in,
        each.required,
      ]),
    ).toEqual([
      ['thingId', 'path', true],
      ['dryRun', 'query', false],
    ]);
    expect(Object.keys(operation.responses)).toEqual([
      '200',
      '204',
      '400',
      '401',
      '403',
      '409',
      '413',
      '415',
      '421',
      '422',
      '429',
      '500',
      '503',
    ]);
    expect(operation.description).toContain(ACTIONS['book:import'].from);
    expect(document.paths['/health'].get.security).toEqual([]);
  });

  it('has no dangling reference', async () => {
    const text = (await app.inject('/openapi.json')).body;
    const names = [...text.matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)].map((match) => match[1]);
    expect(names).toContain('Thing');
    const { components } = JSON.parse(text);
    for (const name of names) expect(components.schemas).toHaveProperty([String(name)]);
    expect(text).not.toContain('$defs');
  });
});

describe('pages', () => {
  it('explain every problem of the table', async () => {
    const list = (await app.inject('/problems')).body;
    for (const code of PROBLEM_CODES) {
      expect(list).toContain(`href="/problems/${code}"`);
      expect((await app.inject(`/problems/${code}`)).body).toContain('What to do');
    }
    expect((await app.inject('/problems/constructor')).statusCode).toBe(404);
    expect((await app.inject('/problems/%3Cscript%3E')).body).not.toContain('<script>');
  });

  // Proves: ASVS 33.
  it('need nothing that their own policy forbids', async () => {
    const answer = await app.inject('/problems');
    expect(answer.headers['content-security-policy']).not.toContain('unsafe');
    expect(answer.body).not.toMatch(/<script|<style|style=|https?:\/\//);
    expect((await app.inject('/pages.css')).headers['content-type']).toContain('text/css');
  });

  it('show the API reference from this server alone', async () => {
    const page = await app.inject('/docs/api');
    expect(page.body).not.toMatch(/https?:\/\//);
    const policy = String(page.headers['content-security-policy']);
    expect(policy).toContain("script-src 'self';");
    expect(policy).toContain("connect-src 'self';");
    expect(policy).not.toMatch(/https?:/);
    const sources = [...page.body.matchAll(/src="([^"]+)"/g)].map((match) => String(match[1]));
    expect(sources).toHaveLength(2);
    for (const source of sources) expect((await app.inject(source)).headers['content-type']).toContain('javascript');
    expect((await app.inject('/docs/api/scalar.js')).body.length).toBeGreaterThan(1_000_000);
  });
});
