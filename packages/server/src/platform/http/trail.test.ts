// What a route leaves in the audit log, on a real database.
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { openAuditWorld, type AuditWorld } from '../audit/testing.ts';
import type { WorkspaceId } from '../ids.ts';
import { problem } from '../problem.ts';
import { route } from './route.ts';
import { testCaller, testHttp } from './testing.ts';

const base = {
  summary: 'x',
  action: 'home:read',
  audit: 'gate.asked',
  answers: { 200: z.object({ n: z.int() }) },
  rate: 'read',
  problems: [],
} as const;
const { action: _action, ...open } = base;

let world: AuditWorld;
let app: FastifyInstance;
let id: WorkspaceId;

beforeAll(async () => {
  world = await openAuditWorld();
  const routes = [
    route({ ...base, method: 'GET', path: '/v1/left', handle: async () => ({ n: 1 }) }),
    route({
      ...base,
      method: 'GET',
      path: '/v1/recorded',
      async handle({ entry, caller }) {
        await world.db.workspace(caller.workspaceId, (tx) => entry.record(tx, { target: 'thing', detail: { n: 7 } }));
        return { n: 1 };
      },
    }),
    route({
      ...base,
      method: 'GET',
      path: '/v1/refused',
      handle: async () => Promise.reject(problem('revision_conflict', 'Version 3 is current.')),
    }),
    route({
      ...base,
      method: 'GET',
      path: '/v1/rolled-back',
      async handle({ entry, caller }) {
        await world.db.workspace(caller.workspaceId, async (tx) => {
          await entry.record(tx);
          throw new Error('too late');
        });
        return { n: 1 };
      },
    }),
    route({
      ...base,
      method: 'POST',
      path: '/v1/parsed',
      body: z.object({ n: z.int() }),
      handle: async ({ body }) => ({ n: body.n }),
    }),
    route({ ...open, open: 'a test', method: 'GET', path: '/v1/open-forgot', handle: async () => ({ n: 1 }) }),
    route({
      ...open,
      open: 'a test',
      method: 'GET',
      path: '/v1/open-recorded',
      async handle({ openEntry }) {
        const entry = openEntry({ kind: 'system', id: null, name: null });
        await world.db.workspace(id, (tx) => entry.record(tx));
        return { n: 1 };
      },
    }),
  ];
  app = await testHttp(routes, {
    db: world.db,
    clock: world.clock,
    authenticate: async ({ cookie }) => (cookie === null ? null : testCaller('viewer', { workspaceId: id })),
  });
}, 120_000);
beforeEach(async () => {
  ({ id } = await world.workspace());
});
afterAll(async () => {
  await app.close();
  await world.close();
});

const ask = (method: 'GET' | 'POST', url: string, payload?: object) =>
  app.inject({
    method,
    url,
    headers: { host: 'localhost:9003', origin: 'http://localhost:9003', cookie: 'sentinel_session_9003=x' },
    ...(payload === undefined ? {} : { payload }),
  });
const rows = () =>
  world.db.workspace(id, (tx) =>
    tx.selectFrom('audit_log').select(['event', 'result', 'target', 'detail', 'request_id']).orderBy('seq').execute(),
  );

describe('the trail of a request', () => {
  it('records what the handler left unrecorded, under the id the caller can quote', async () => {
    const answer = await ask('GET', '/v1/left');
    expect(await rows()).toMatchObject([
      { event: 'gate.asked', result: 'ok', request_id: answer.headers['request-id'] },
    ]);
  });

  it('adds nothing to what the handler recorded', async () => {
    await ask('GET', '/v1/recorded');
    expect(await rows()).toMatchObject([{ result: 'ok', target: 'thing', detail: '{"n":7}' }]);
  });

  it('records a refusal with its code', async () => {
    expect((await ask('GET', '/v1/refused')).statusCode).toBe(409);
    expect(await rows()).toMatchObject([{ result: 'failed', detail: '{"reason":"revision_conflict"}' }]);
  });

  it('records a failure whose own row was rolled back', async () => {
    expect((await ask('GET', '/v1/rolled-back')).statusCode).toBe(500);
    expect(await rows()).toMatchObject([{ result: 'failed', detail: '{"reason":"internal"}' }]);
  });

  it('records nothing of a request that was never understood', async () => {
    expect((await ask('POST', '/v1/parsed', { n: 'x' })).statusCode).toBe(422);
    expect(await rows()).toEqual([]);
  });

  it('turns an open route that recorded nothing into a fault', async () => {
    expect((await ask('GET', '/v1/open-forgot')).statusCode).toBe(500);
    expect((await ask('GET', '/v1/open-recorded')).statusCode).toBe(200);
    expect(await rows()).toHaveLength(1);
  });
});
