import { z } from 'zod';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FastifyInstance } from 'fastify';
import { problem } from '../problem.ts';
import { type Admission, type Admitted, type Route, route } from './route.ts';
import { testHttp } from './testing.ts';

interface Guest extends Admitted {
  readonly ticket: string;
}

const byTicket = (via: Admitted['via']): Admission<Guest> => ({
  name: 'TICKET',
  meaning: 'a ticket in X-Ticket.',
  async prove(presented) {
    const ticket = presented.header('x-ticket');
    if (ticket === null) throw problem('token_missing', 'This needs a ticket.');
    if (ticket === 'broken') throw new TypeError('the reader of tickets fell over');
    return { caller: null, via, rateKey: `ticket:${ticket}`, ticket };
  },
});

const shared = { problems: [], rate: 'write', unaudited: 'A test leaves nothing behind.' } as const;

const routes: readonly Route[] = [
  route({
    ...shared,
    method: 'POST',
    path: '/enter',
    summary: 'Enters',
    admit: byTicket('key'),
    cross: true,
    body: z.object({ row: z.number() }),
    answers: { 200: z.object({ ticket: z.string(), row: z.number() }) },
    handle: async ({ who, body }) => ({ ticket: who.ticket, row: body.row }),
  }),
  route({
    ...shared,
    method: 'POST',
    path: '/enter-by-cookie',
    summary: 'Enters with what the browser sends by itself',
    admit: byTicket('cookie'),
    cross: true,
    answers: { 204: 'empty' },
    handle: async () => undefined,
  }),
  route({
    ...shared,
    method: 'GET',
    path: '/read-by-cookie',
    summary: 'Reads with what the browser sends by itself',
    admit: byTicket('cookie'),
    cross: true,
    answers: { 204: 'empty' },
    handle: async () => undefined,
  }),
  route({
    ...shared,
    method: 'GET',
    path: '/leave',
    summary: 'Sends on',
    open: 'Anybody may leave at any time.',
    answers: { 303: 'redirect' },
    async handle({ cookies }) {
      cookies.set('coat', 'number 7', { maxAgeSeconds: 60, sameSite: 'lax' });
      cookies.clear('ticket');
      return { location: 'https://elsewhere.example/?a=1' };
    },
  }),
  route({
    ...shared,
    method: 'GET',
    path: '/lost',
    summary: 'Shows a page',
    open: 'Anybody may get lost, and is told so.',
    errors: 'page',
    problems: ['state_invalid'],
    answers: { 303: 'redirect' },
    async handle() {
      throw problem('state_invalid', 'Nobody of the name <Ada> & Co. started here.');
    },
  }),
];

const ORIGIN = 'https://app.example';
let app: FastifyInstance;
beforeAll(async () => {
  app = await testHttp(routes, { isAllowedOrigin: (origin) => origin === ORIGIN, limits: { write: 12 } });
});
afterAll(() => app.close());

const enter = (headers: Record<string, string>, payload: object | string = { row: 3 }) =>
  app.inject({ method: 'POST', url: '/enter', headers: { host: 'localhost:9003', ...headers }, payload });

describe('a route with a proof of its own', () => {
  it('hands on what the proof found', async () => {
    expect((await enter({ 'x-ticket': 'a' })).json()).toEqual({ ticket: 'a', row: 3 });
  });

  it('refuses before it looks at the body', async () => {
    const answer = await enter({}, { row: 'not a number' });
    expect([answer.statusCode, answer.json().code]).toEqual([401, 'token_missing']);
  });

  // Proves: ASVS 57.
  it('cannot decide when the proof itself fails, and tells nothing of the fault', async () => {
    const answer = await enter({ 'x-ticket': 'broken' });
    expect([answer.statusCode, answer.json().code]).toEqual([503, 'cannot_decide']);
    expect(answer.body).not.toContain('fell over');
  });

  it('does not see a header that was sent twice', async () => {
    const answer = await app.inject({
      method: 'POST',
      url: '/enter',
      headers: { host: 'localhost:9003', 'x-ticket': ['a', 'b'] },
      payload: { row: 1 },
    });
    expect(answer.json()).not.toMatchObject({ ticket: 'a' });
  });

  // Proves: ASVS 43.
  it('is counted under the key of its proof', async () => {
    const statuses: number[] = [];
    for (let n = 0; n < 14; n += 1) statuses.push((await enter({ 'x-ticket': 'busy' })).statusCode);
    expect(statuses.filter((status) => status === 429)).toHaveLength(2);
    expect((await enter({ 'x-ticket': 'idle' })).statusCode).toBe(200);
  });
});

describe('a page of another site', () => {
  const foreign = { 'x-ticket': 'c', 'sec-fetch-site': 'cross-site' };

  // Proves: ASVS 33.
  it('of a registered origin may call what is made for it, and reads the answer', async () => {
    const answer = await enter({ ...foreign, origin: ORIGIN });
    expect(answer.statusCode).toBe(200);
    expect(answer.headers).toMatchObject({
      'access-control-allow-origin': ORIGIN,
      'access-control-allow-credentials': 'true',
      vary: 'Origin',
    });
  });

  // Proves: ASVS 33.
  it('of another origin gets no leave to read it', async () => {
    const answer = await enter({ ...foreign, origin: 'https://evil.example' });
    expect(answer.headers['access-control-allow-origin']).toBeUndefined();
  });

  // Proves: ASVS 34.
  it('is refused where a browser attaches the proof by itself', async () => {
    const answer = await app.inject({
      method: 'POST',
      url: '/enter-by-cookie',
      headers: { host: 'localhost:9003', ...foreign, origin: ORIGIN },
    });
    expect([answer.statusCode, answer.json().code]).toEqual([403, 'cross_site']);
  });

  // Proves: ASVS 33.
  it.each([
    ['another site', { 'sec-fetch-site': 'cross-site', origin: ORIGIN }],
    ['a sibling host of our own site', { 'sec-fetch-site': 'same-site', origin: ORIGIN }],
    ['an old browser', { origin: ORIGIN }],
  ])('of a registered origin cannot even read by our cookie: %s', async (_, headers) => {
    const read = (extra: object) =>
      app.inject({
        method: 'GET',
        url: '/read-by-cookie',
        headers: { host: 'localhost:9003', 'x-ticket': 'd', ...extra },
      });
    expect((await read(headers)).statusCode).toBe(403);
    expect((await read({ 'sec-fetch-site': 'same-origin' })).statusCode).toBe(204);
  });

  it.each([
    ['content-type', ORIGIN, 200],
    ['authorization, X-Authz-Token', ORIGIN, 200],
    ['x-service-key', ORIGIN, 400],
    ['content-type', 'https://evil.example', 400],
    ['content-type', 'null', 400],
    ['content-type', `${ORIGIN}.evil.example`, 400],
  ])('asks before with the headers %s from %s and is answered %i', async (headers, origin, status) => {
    const answer = await app.inject({
      method: 'OPTIONS',
      url: '/enter',
      headers: {
        host: 'localhost:9003',
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': headers,
      },
    });
    expect(answer.statusCode).toBe(status);
    if (status === 200) expect([answer.body, answer.headers['access-control-max-age']]).toEqual(['OK', '600']);
  });
});

describe('a route that sends on', () => {
  it('answers the place, and cookies that no script reads', async () => {
    const answer = await app.inject({ method: 'GET', url: '/leave', headers: { host: 'localhost:9003' } });
    expect([answer.statusCode, answer.headers.location]).toEqual([303, 'https://elsewhere.example/?a=1']);
    expect(answer.cookies).toEqual([
      expect.objectContaining({
        name: 'coat',
        value: 'number 7',
        httpOnly: true,
        sameSite: 'Lax',
        maxAge: 60,
        path: '/',
      }),
      expect.objectContaining({ name: 'ticket', value: '' }),
    ]);
    expect(answer.headers['cache-control']).toBe('no-store');
  });

  // Proves: OAuth 32.
  it('shows a person what went wrong on a page, with nothing of it taken for HTML', async () => {
    const answer = await app.inject({ method: 'GET', url: '/lost', headers: { host: 'localhost:9003' } });
    expect([answer.statusCode, answer.headers['content-type']]).toEqual([400, 'text/html; charset=utf-8']);
    expect(answer.body).toContain('&#60;Ada&#62; &#38; Co.');
    expect(answer.body).not.toContain('<Ada>');
  });
});
