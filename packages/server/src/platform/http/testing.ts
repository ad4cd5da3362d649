// Test support: a server around a few routes, with whoever the test says asking.
import { actionsOf, type WorkspaceRole } from '@sentinel/contract';
import type { FastifyInstance } from 'fastify';
import { type PersonId, type SessionId, type WorkspaceId, newId } from '../ids.ts';
import { silentLogger } from '../log.ts';
import { createMetrics } from '../metrics.ts';
import type { Caller, Route } from './route.ts';
import { createHttp, type HttpOptions } from './server.ts';

export const TEST_NOW = new Date('2026-03-01T12:00:00.000Z');

/** A server on `http://localhost:9003`; cookie or key `viewer`, `editor` … stands for a caller of that role. */
export function testHttp(routes: readonly Route[], changes: Partial<HttpOptions> = {}): Promise<FastifyInstance> {
  return createHttp({
    routes,
    authenticate: async ({ cookie, bearer }) => callerNamed(cookie ?? bearer, bearer === null ? 'cookie' : 'key'),
    db: { workspace: async () => Promise.reject(new Error('this test has no database')) },
    log: silentLogger,
    clock: { now: () => TEST_NOW },
    metrics: createMetrics(),
    version: '0.0.0-test',
    publicUrl: new URL('http://localhost:9003'),
    consoleDir: null,
    ...changes,
  });
}

export function testCaller(role: WorkspaceRole, changes: Partial<Caller> = {}): Caller {
  const personId = newId<PersonId>();
  return {
    actor: { kind: 'person', id: personId, name: `A ${role}` },
    personId,
    workspaceId: newId<WorkspaceId>(),
    role,
    actions: new Set(actionsOf(role)),
    sessionId: newId<SessionId>(),
    via: 'cookie',
    ...changes,
  };
}

function callerNamed(name: string | null, via: Caller['via']): Caller | null {
  if (name !== 'viewer' && name !== 'editor' && name !== 'admin' && name !== 'owner') return null;
  return testCaller(name, { via });
}
