// What holds for everything that is served, read from the routes of a system that was started with an empty configuration:
// a new route is tested by existing.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance, LightMyRequestResponse } from 'fastify';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { authenticate, setUpWorkspace } from '../packages/server/src/access/access.ts';
import { loadConfig } from '../packages/server/src/config.ts';
import { startSystem, type System } from '../packages/server/src/main.ts';
import { openAuditEntry } from '../packages/server/src/platform/audit/audit.ts';
import { systemClock } from '../packages/server/src/platform/clock.ts';
import type { Method, Route } from '../packages/server/src/platform/http/route.ts';
import { testHttp } from '../packages/server/src/platform/http/testing.ts';
import { type FamilyId, newRandomId, type PersonId, type WorkspaceId } from '../packages/server/src/platform/ids.ts';
import { createLogger } from '../packages/server/src/platform/log.ts';

const METHODS: readonly Method[] = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];
const OWN = { host: 'localhost:9003', origin: 'http://localhost:9003', 'x-requested-with': 'test' };
const MANY = { address: 1e6, read: 1e6, write: 1e6, upload: 1e6, 'sign-in': 1e6, token: 1e6, service: 1e6 };

let folder: string;
let system: System;
let app: FastifyInstance;
/** Every line that was logged, at the most talkative level. */
const lines: string[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sentinel-surface-'));
  const { config } = loadConfig({ env: {}, flags: { dataDir: folder, port: '0' }, file: null });
  const log = createLogger({ level: 'debug', destination: { write: (line) => void lines.push(line) } });
  system = await startSystem(config, { jobs: false, log });
  // The very routes of the system behind the very layer, without waiting for its limits.
  app = await testHttp(system.routes, {
    db: system.db,
    clock: systemClock,
    log,
    limits: MANY,
    authenticate: (presented, now) => authenticate(system.access, presented, now),
  });
}, 180_000);
afterAll(async () => {
  await app.close();
  await system.close();
  await rm(folder, { recursive: true });
});

const nameOf = (route: Route): string => `${route.method} ${route.path}`;
const urlOf = (path: string): string =>
  path.replace(':provider', 'google').replaceAll(/:[A-Za-z]+/g, '0190f3a0-0000-7000-8000-000000000000');
const ask = (
  method: Method | 'TRACE',
  url: string,
  headers: Record<string, string> = {},
  payload?: object,
): Promise<LightMyRequestResponse> =>
  app.inject({ method, url, headers: { ...OWN, ...headers }, ...(payload === undefined ? {} : { payload }) });
const askRoute = (route: Route, headers: Record<string, string> = {}) =>
  ask(route.method, urlOf(route.path), headers, route.body === null ? undefined : {});

const JUNK = {
  authorization: 'Bearer eyJhbGciOiJub25lIn0.e30.',
  'x-service-key': `sk_${'A'.repeat(43)}`,
  'x-authz-token': 'eyJhbGciOiJub25lIn0.e30.',
  cookie: `admin_token=eyJhbGciOiJub25lIn0.e30.; sentinel_session_9003=${'A'.repeat(43)}`,
};

describe('an installation that was just unpacked', () => {
  // Proves: ASVS 59.
  it('lets nobody in, with nothing and with made-up credentials of every kind', async () => {
    const wrong: string[] = [];
    for (const route of system.routes.filter((each) => each.open === null))
      for (const headers of [{}, JUNK]) {
        const { statusCode } = await askRoute(route, headers);
        if (statusCode !== 401) wrong.push(`${nameOf(route)}: ${statusCode}`);
      }
    expect(wrong).toEqual([]);
  });

  // Proves: ASVS 59.
  it('answers strangers what is for everybody, and starts nothing for them but a code to be approved', async () => {
    const answered: string[] = [];
    for (const route of system.routes.filter((each) => each.open !== null))
      if ((await askRoute(route)).statusCode < 400) answered.push(nameOf(route));
    expect(answered.toSorted()).toEqual([
      'GET /.well-known/jwks.json',
      'GET /.well-known/oauth-authorization-server',
      'GET /auth/providers',
      'GET /health',
      'GET /metrics',
      'GET /v1/setup',
      'POST /auth/device',
    ]);
    expect((await ask('GET', '/auth/providers')).json()).toEqual({ providers: [] });
    for (const path of [
      '/auth/login/google?redirect_uri=https://x.example/&code_challenge=x',
      '/auth/admin/login/google',
    ])
      expect((await ask('GET', path)).statusCode).toBe(400);
  });
});

describe('what is served', () => {
  // Proves: ASVS 60.
  it('is what the API document says, and beside it only pages', async () => {
    const { paths } = (await ask('GET', '/openapi.json')).json();
    const documented = Object.entries(paths as Record<string, object>).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`),
    );
    expect(documented.toSorted()).toEqual(system.routes.map(nameOf).toSorted());
    const known = new Set(system.routes.map(nameOf));
    const served = servedBy(app).filter((each) => !known.has(each) && !/^(HEAD|OPTIONS) /.test(each));
    expect(served.toSorted()).toEqual([
      'GET /',
      'GET /console',
      'GET /console*',
      'GET /docs/api',
      'GET /docs/api/scalar.js',
      'GET /docs/api/start.js',
      'GET /openapi.json',
      'GET /pages.css',
      'GET /problems',
      'GET /problems/:code',
    ]);
  });

  // Proves: ASVS 36.
  it('answers 405 to every method that an address does not offer, and names those that it does', async () => {
    const wrong: string[] = [];
    for (const path of new Set(system.routes.map((each) => each.path))) {
      const offered = system.routes.filter((each) => matches(each.path, urlOf(path))).map((each) => each.method);
      for (const method of METHODS.filter((each) => !offered.includes(each))) {
        const { statusCode, headers } = await ask(method, urlOf(path));
        const allowed = String(headers.allow).split(', ');
        if (statusCode !== 405 || offered.some((each) => !allowed.includes(each)))
          wrong.push(`${method} ${path}: ${statusCode}, ${String(headers.allow)}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  // Proves: ASVS 36.
  it('says in which characters it is written', async () => {
    const pages = ['/console', '/problems', '/problems/not_found', '/pages.css', '/docs/api', '/docs/api/scalar.js'];
    const documents = ['/openapi.json', '/health', '/metrics', '/.well-known/jwks.json', '/nothing', '/v1/session'];
    for (const url of [...pages, ...documents]) {
      const { headers } = await ask('GET', url);
      expect([url, headers['content-type']]).toEqual([url, expect.stringMatching(/; ?charset=utf-8/i)]);
    }
  });

  // Proves: OAuth 28, ASVS 53.
  it('is not stored by anybody, but for public keys and metadata', async () => {
    const kept: string[] = [];
    for (const route of system.routes) {
      const { headers } = await askRoute(route);
      if (headers['cache-control'] !== 'no-store') kept.push(nameOf(route));
    }
    expect(kept.toSorted()).toEqual(['GET /.well-known/jwks.json', 'GET /.well-known/oauth-authorization-server']);
  });

  // Proves: OAuth 29.
  it('sends nobody on who sent something: only what was asked with GET is answered by another place, and by 302 or 303', () => {
    const on = system.routes.filter((each) => Object.values(each.answers).includes('redirect'));
    expect(on.length).toBeGreaterThan(4);
    expect(on.filter((each) => each.method !== 'GET').map(nameOf)).toEqual([]);
    const statuses = system.routes.flatMap((each) =>
      Object.keys(each.answers).filter((status) => status.startsWith('3')),
    );
    expect(new Set(statuses)).toEqual(new Set(['302', '303']));
    // Whoever comes back with something from a provider is sent on so that nothing of it is sent again.
    const last = on.filter((each) => /^\/auth\/(admin\/)?callback\//.test(each.path));
    expect(last.map((each) => Object.keys(each.answers))).toEqual([['303'], ['303']]);
  });

  // Proves: OAuth 33.
  it('is all that the metadata names, for the exact issuer', async () => {
    const metadata = (await ask('GET', '/.well-known/oauth-authorization-server')).json();
    const { issuer } = system.access.settings;
    expect(metadata).toEqual({
      issuer,
      jwks_uri: `${issuer}/.well-known/jwks.json`,
      token_endpoint: `${issuer}/auth/token`,
      response_types_supported: ['code'],
      response_modes_supported: ['query'],
      grant_types_supported: ['authorization_code'],
      token_endpoint_auth_methods_supported: ['none'],
      code_challenge_methods_supported: ['S256'],
    });
    expect(new URL(issuer).origin).toBe(issuer);
    const names = system.routes.map(nameOf);
    for (const name of ['GET /.well-known/jwks.json', 'POST /auth/token']) expect(names).toContain(name);
  });
});

describe('whoever asks', () => {
  // Proves: ASVS 56.
  it('forges no line of the log, whatever they call things', async () => {
    const forged = 'x\r\n{"level":30,"event":"forged"}\u2028","event":"forged';
    lines.length = 0;
    for (const route of system.routes) {
      const url = route.path.replaceAll(/:[A-Za-z]+/g, encodeURIComponent(forged));
      const headers = { 'user-agent': encodeURIComponent(forged), 'x-request-id': 'forged","event":"forged', ...JUNK };
      const body = { email: forged, code: forged, token: forged, provider: forged, [forged]: forged, name: forged };
      await ask(
        route.method,
        `${url}?search=${encodeURIComponent(forged)}`,
        headers,
        route.body === null ? undefined : body,
      );
    }
    const events = lines.map((line) => {
      expect(line.trimEnd()).not.toMatch(/[\r\n\u2028]/);
      return JSON.parse(line).event;
    });
    expect(events.length).toBeGreaterThan(0.8 * system.routes.length);
    expect(new Set(events)).toEqual(new Set(['http.answered']));
    expect(lines.join('\n')).not.toContain('forged');
  });
});

describe('a secret', () => {
  let person: { id: PersonId; workspaceId: WorkspaceId };
  /** Of three kinds, each of which opens something. */
  let secrets: { access: string; operator: string; session: string };

  beforeAll(async () => {
    const { workspaceId } = await setUpWorkspace(system.access, {
      workspaceName: 'Surface',
      ownerName: 'Ada',
      ownerEmail: 'ada@home.example',
      ownDomains: [],
      demo: false,
      linkToken: null,
      session: null,
      openEntry: (event, owner) => openAuditEntry(event, owner, null, systemClock),
    });
    const link = new URL((await system.createLink()).url).hash.slice(1);
    const session = await ask('POST', '/v1/session', {}, { token: link });
    person = { id: session.json().person.id, workspaceId };
    const place = { wid: workspaceId, wslug: 'surface', wrole: 'owner', groups: [] } as const;
    const claims = { sub: person.id, email: 'ada@home.example', name: 'Ada', fid: newRandomId<FamilyId>(), ...place };
    secrets = {
      access: (await system.access.tokens.mint('access', claims, { seconds: 900 })).token,
      operator: (await readFile(join(folder, 'operator.key'), 'utf8')).trim(),
      session: session.cookies.find(({ name }) => name === 'sentinel_session_9003')?.value ?? '',
    };
  });

  const inPlace = () =>
    [
      ['GET', '/users/me', { authorization: `Bearer ${secrets.access}` }, 200],
      ['POST', '/v1/sign-in-links', { authorization: `Bearer ${secrets.operator}` }, 201],
      ['GET', '/v1/session', { cookie: `sentinel_session_9003=${secrets.session}` }, 200],
    ] as const;

  it('opens something where it belongs, so that the tests below mean something', async () => {
    for (const [method, url, headers, status] of inPlace())
      expect([url, (await ask(method, url, headers, method === 'POST' ? {} : undefined)).statusCode]).toEqual([
        url,
        status,
      ]);
  });

  // Proves: OAuth 28.
  it('opens nothing in an address, and no address has a place for one', async () => {
    const names = [
      'access_token',
      'token',
      'authorization',
      'bearer',
      'key',
      'api_key',
      'session',
      'authz_token',
      'admin_token',
    ];
    const guarded = system.routes.filter((each) => each.open === null);
    expect(guarded.length).toBeGreaterThan(80);
    for (const secret of Object.values(secrets)) {
      const query = new URLSearchParams(names.map((name): [string, string] => [name, secret])).toString();
      const answers = await Promise.all(guarded.map((each) => ask(each.method, `${urlOf(each.path)}?${query}`)));
      expect(answers.filter((each) => each.statusCode !== 401)).toEqual([]);
    }
    const { paths } = (await ask('GET', '/openapi.json')).json();
    const parameters = JSON.stringify(paths).match(/"name":"[^"]+"/g) ?? [];
    expect(parameters.length).toBeGreaterThan(50);
    expect(parameters.filter((each) => /token|secret|password|session|cookie|credential|api.?key/i.test(each))).toEqual(
      [],
    );
  });

  // Proves: ASVS 51, ASVS 54.
  it('is in no line of the log, no refusal and no record, wherever it was sent', async () => {
    lines.length = 0;
    for (const secret of Object.values(secrets)) {
      for (const [method, url, headers] of inPlace())
        await ask(method, url, headers, method === 'POST' ? {} : undefined);
      for (const route of system.routes) {
        const url = route.path.replaceAll(/:[A-Za-z]+/g, encodeURIComponent(secret));
        const headers = {
          authorization: `Bearer ${secret}`,
          'x-service-key': secret,
          'x-authz-token': secret,
          'x-request-id': secret,
          'user-agent': secret,
        };
        const body =
          route.body === null ? undefined : { code: secret, refresh_token: secret, token: secret, email: secret };
        const answer = await ask(route.method, `${url}?search=${encodeURIComponent(secret)}&state=x`, headers, body);
        if (answer.statusCode >= 400)
          expect([nameOf(route), answer.body.includes(secret)]).toEqual([nameOf(route), false]);
      }
    }
    expect(lines.length).toBeGreaterThan(2 * system.routes.length);
    const recorded = await system.db.control((tx) => sql`select * from activity`.execute(tx));
    const audited = await system.db.workspace(person.workspaceId, (tx) =>
      tx.selectFrom('audit_log').selectAll().execute(),
    );
    expect(audited.length).toBeGreaterThan(1);
    const written = [...lines, JSON.stringify([recorded.rows, audited])].join('\n');
    for (const secret of Object.values(secrets)) {
      expect(secret.length).toBeGreaterThan(40);
      expect(written.includes(secret)).toBe(false);
      expect(written.includes(secret.slice(-24))).toBe(false);
    }
  });
});

function matches(pattern: string, url: string): boolean {
  const [parts, segments] = [pattern.split('/'), url.split('/')];
  return parts.length === segments.length && parts.every((part, at) => part.startsWith(':') || part === segments[at]);
}

/** Method and path of everything that the server knows, from the tree that it prints. */
function servedBy(server: FastifyInstance): string[] {
  const above: string[] = [];
  return server
    .printRoutes({ commonPrefix: false })
    .split('\n')
    .flatMap((line) => {
      const {
        indent = '',
        part = '',
        methods = '',
      } = /^(?<indent>.*)[├└]── (?<part>\S+) \((?<methods>.+)\)$/.exec(line)?.groups ?? {};
      if (part === '') return [];
      above.splice(indent.length / 4, above.length, part);
      return methods.split(', ').map((method) => `${method} ${above.join('')}`);
    });
}
