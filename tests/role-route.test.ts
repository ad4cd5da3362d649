// Every route against every role, read from the routes themselves: a new route is tested by existing, and one that
// forgets its guard fails here (ASVS 8.2.1, OWASP API5).
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ACTIONS, actionsOf, PROBLEMS, WORKSPACE_ROLES, type WorkspaceRole } from '@sentinel/contract';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { setUpWorkspace } from '../packages/server/src/access/access.ts';
import { loadConfig } from '../packages/server/src/config.ts';
import { startSystem, type System } from '../packages/server/src/main.ts';
import { openAuditEntry } from '../packages/server/src/platform/audit/audit.ts';
import { systemClock } from '../packages/server/src/platform/clock.ts';
import type { Route } from '../packages/server/src/platform/http/route.ts';
import { testCaller, testHttp } from '../packages/server/src/platform/http/testing.ts';
import type { WorkspaceId } from '../packages/server/src/platform/ids.ts';
import { silentLogger } from '../packages/server/src/platform/log.ts';

let folder: string;
let system: System;
let app: FastifyInstance;
let workspaceId: WorkspaceId;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sentinel-roles-'));
  const { config } = loadConfig({ env: {}, flags: { dataDir: folder, port: '0' }, file: null });
  system = await startSystem(config, { jobs: false, log: silentLogger });
  ({ workspaceId } = await setUpWorkspace(system.access, {
    workspaceName: 'Roles',
    ownerName: 'Ada',
    ownerEmail: 'ada@home.example',
    ownDomains: [],
    demo: false,
    linkToken: null,
    session: null,
    openEntry: (event, owner) => openAuditEntry(event, owner, null, systemClock),
  }));
  // The very routes of the system behind the very layer; only who asks is said by the test.
  app = await testHttp(system.routes, {
    db: system.db,
    clock: systemClock,
    limits: { read: 10_000, write: 10_000, upload: 10_000, 'sign-in': 10_000 },
    authenticate: async ({ cookie }) => {
      const role = WORKSPACE_ROLES.find((each) => each === cookie);
      return role === undefined ? null : testCaller(role, { workspaceId });
    },
  });
}, 180_000);

afterAll(async () => {
  await app.close();
  await system.close();
  await rm(folder, { recursive: true });
});

async function ask(route: Route, role: WorkspaceRole | null, headers: Record<string, string> = {}) {
  const url = route.path.replace(/:[A-Za-z]+/g, '0190f3a0-0000-7000-8000-000000000000');
  const type = route.stream?.[0] ?? (route.body === null ? null : 'application/json');
  const answer = await app.inject({
    method: route.method,
    url,
    headers: {
      host: 'localhost:9003',
      origin: 'http://localhost:9003',
      ...(role === null ? {} : { cookie: `sentinel_session_9003=${role}` }),
      ...(type === null ? {} : { 'content-type': type }),
      ...headers,
    },
    ...(type === null ? {} : { payload: route.stream === null ? '{}' : 'From: nobody\r\n\r\n' }),
  });
  const code: unknown = String(answer.headers['content-type']).startsWith('application/problem+json')
    ? answer.json().code
    : null;
  return { status: answer.statusCode, code };
}

const nameOf = (route: Route) => `${route.method} ${route.path}`;

describe('every route', () => {
  it('is there to be walked', () => {
    expect(system.routes.length).toBeGreaterThan(20);
    expect(new Set(system.routes.map(nameOf)).size).toBe(system.routes.length);
  });

  // Proves: ASVS 60.
  it('is open only where that was decided', () => {
    expect(
      system.routes
        .filter((each) => each.open !== null)
        .map(nameOf)
        .sort(),
    ).toEqual([
      'GET /.well-known/jwks.json',
      'GET /.well-known/oauth-authorization-server',
      'GET /auth/admin/callback/:provider',
      'GET /auth/admin/login/:provider',
      'GET /auth/callback/:provider',
      'GET /auth/login/:provider',
      'GET /auth/providers',
      'GET /auth/workspaces',
      'GET /authz/idp/:provider/callback',
      'GET /authz/idp/:provider/login',
      'GET /connect/callback/:provider',
      'GET /health',
      'GET /metrics',
      'GET /v1/setup',
      'POST /auth/device',
      'POST /auth/device/token',
      'POST /auth/refresh',
      'POST /auth/token',
      'POST /auth/workspaces',
      'POST /v1/session',
      'POST /v1/session/code',
      'POST /v1/setup',
      'POST /v1/setup-links',
    ]);
    const unreasoned = system.routes.filter((each) => each.open !== null && each.open.length < 15);
    expect(unreasoned.map(nameOf)).toEqual([]);
  });

  it('that changes something is audited, or says why not', () => {
    const quiet = system.routes.filter(
      (each) => each.audit === null && each.method !== 'GET' && (each.unaudited ?? '').length < 15,
    );
    expect(quiet.map(nameOf)).toEqual([]);
  });

  // Proves: ASVS 2.
  it('refuses whoever is not signed in', async () => {
    const wrong: string[] = [];
    for (const each of system.routes) {
      const { status, code } = await ask(each, null);
      const refused = status === 401 && code === 'token_missing';
      const mayRefuse = each.problems.some((own) => [401, 403].includes(PROBLEMS[own].status));
      if (each.open === null ? !refused : !mayRefuse && [401, 403].includes(status))
        wrong.push(`${nameOf(each)}: ${status}`);
    }
    expect(wrong).toEqual([]);
  });

  it('of another proof takes no session, no key and no token that is made up', async () => {
    const wrong: string[] = [];
    for (const each of system.routes.filter((route) => route.admit !== null)) {
      const { status } = await ask(each, null, {
        authorization: 'Bearer eyJhbGciOiJub25lIn0.e30.',
        'x-service-key': `sk_${'A'.repeat(43)}`,
        'x-authz-token': 'eyJhbGciOiJub25lIn0.e30.',
        'x-requested-with': 'test',
        cookie: 'admin_token=eyJhbGciOiJub25lIn0.e30.',
      });
      if (status !== 401) wrong.push(`${nameOf(each)}: ${status}`);
    }
    expect(wrong).toEqual([]);
  });

  // Proves: ASVS 1, ASVS 2.
  it.each(WORKSPACE_ROLES)('lets a caller of the role %s do what the table says, and nothing else', async (role) => {
    const may = new Set<string>(actionsOf(role));
    const wrong: string[] = [];
    for (const each of system.routes) {
      if (each.action === null) continue;
      const { status, code } = await ask(each, role);
      const denied = status === 403 && code === 'action_denied';
      const served = ![401, 403].includes(status) && status < 500;
      if (may.has(each.action) ? !served : !denied)
        wrong.push(`${nameOf(each)}: ${status}; ${each.action} is from ${ACTIONS[each.action].from}`);
    }
    expect(wrong).toEqual([]);
  });

  // Proves: ASVS 55.
  it('leaves a row for every denial', async () => {
    const guarded = system.routes.filter((each) => each.action !== null && !actionsOf('viewer').includes(each.action));
    const denials = () =>
      system.db.workspace(workspaceId, async (tx) => {
        const rows = await tx.selectFrom('audit_log').select('seq').where('event', '=', 'action.denied').execute();
        return rows.length;
      });
    const before = await denials();
    for (const each of guarded) await ask(each, 'viewer');
    expect((await denials()) - before).toBe(guarded.length);
  });
});
