// Test support: an access area on a fresh database behind a real server, with a clock the test moves.
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { WorkspaceRole } from '@sentinel/contract';
import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from 'fastify';
import { auditControlMigrations, auditWorkspaceMigrations } from '../platform/audit/audit.migrations.ts';
import { controlMigrations } from '../platform/db/control.migrations.ts';
import type { Database } from '../platform/db/database.ts';
import { openTestDatabase } from '../platform/db/testing.ts';
import { testHttp } from '../platform/http/testing.ts';
import { newId, type PersonId, type WorkspaceId } from '../platform/ids.ts';
import { silentLogger } from '../platform/log.ts';
import { problem } from '../platform/problem.ts';
import { createVault } from '../platform/secrets/vault.ts';
import type { AccessTables } from './access.tables.ts';
import {
  accessMigrations,
  accessRoutes,
  authenticate,
  openAccess,
  openOperatorKey,
  readOperatorKey,
  type AccessDeps,
  type WorkspaceFacts,
} from './access.ts';
import { mintToken } from './identity/secret-token.ts';
import { insertSession } from './identity/session.store.ts';
import { insertMember } from './workspaces/member.store.ts';

export interface AccessWorld {
  readonly app: FastifyInstance;
  readonly db: Database;
  readonly deps: AccessDeps;
  readonly operatorKey: string;
  /** What `onWorkspaceCreated` was called with. */
  readonly created: WorkspaceFacts[];
  advance(ms: number): void;
  now(): Date;
  /** Makes the next call of a step throw, as a crash at that point would. */
  breakOnce(step: Step): void;
  ask(
    method: 'GET' | 'POST' | 'DELETE',
    url: string,
    how?: Omit<InjectOptions, 'method' | 'url'>,
  ): Promise<LightMyRequestResponse>;
  /** Adds a member with a session to a workspace; answers the session's token. */
  memberOf(
    workspaceId: WorkspaceId,
    role: WorkspaceRole,
    email?: string,
  ): Promise<{ token: string; personId: PersonId }>;
  /** Rows of the workspace's audit log, oldest first. */
  audit(
    workspaceId: WorkspaceId,
  ): Promise<readonly { event: string; result: string; actor_kind: string; target: string | null; detail: string }[]>;
  /** Makes the installation new again: nobody, no workspace, no claim. */
  reset(): Promise<void>;
  close(): Promise<void>;
}

export async function openAccessWorld(options: { remoteLinks?: boolean } = {}): Promise<AccessWorld> {
  const real = await openTestDatabase({
    control: [...controlMigrations, ...auditControlMigrations, ...accessMigrations],
    workspace: auditWorkspaceMigrations,
  });
  const folder = await mkdtemp(join(tmpdir(), 'sentinel-access-'));
  const breaks = new Set<Step>();
  const created: WorkspaceFacts[] = [];
  let nowMs = Date.parse('2026-03-01T12:00:00Z');
  const deps = await openAccess({
    db: breakable(real, breaks),
    clock: { now: () => new Date(nowMs) },
    log: silentLogger,
    vault: createVault([randomBytes(32)]),
    randomBytes,
    operatorKey: await openOperatorKey(folder, randomBytes),
    links: { base: new URL('http://localhost:9003'), remote: options.remoteLinks ?? false },
    providers: NO_PROVIDERS,
    settings: {
      issuer: 'http://localhost:9003',
      adminEmails: [],
      refreshGraceMs: 10_000,
      adminUrl: 'http://localhost:9003/console',
    },
    onWorkspaceCreated: (_tx, facts) => unlessBroken(breaks, 'created', async () => void created.push(facts)),
  });
  const app = await serve(deps);
  return {
    app,
    db: real,
    deps,
    operatorKey: (await readOperatorKey(folder)) ?? '',
    created,
    advance: (ms) => void (nowMs += ms),
    now: () => new Date(nowMs),
    breakOnce: (step) => void breaks.add(step),
    ask: (method, url, how = {}) => app.inject({ method, url, ...how }),
    memberOf: (workspaceId, role, email) =>
      addMember(real, workspaceId, { role, email: email ?? `${role}@home.example`, now: new Date(nowMs) }),
    audit: (workspaceId) => listAudit(real, workspaceId),
    async reset() {
      breaks.clear();
      created.length = 0;
      await forgetEverybody(real);
    },
    async close() {
      await app.close();
      await real.close();
      await rm(folder, { recursive: true });
    },
  };
}

const NO_PROVIDERS: AccessDeps['providers'] = {
  names: [],
  get() {
    throw problem('provider_unknown', 'This test has no identity provider.');
  },
};

function serve(deps: AccessDeps): Promise<FastifyInstance> {
  return testHttp(accessRoutes(deps, { version: '0.0.0-test', startedAt: deps.clock.now() }), {
    db: deps.db,
    clock: deps.clock,
    authenticate: (presented, now) => authenticate(deps, presented, now),
    limits: { 'sign-in': 10_000 },
  });
}

type Step = 'provision' | 'workspace' | 'control' | 'created';

function unlessBroken<T>(breaks: Set<Step>, step: Step, go: () => Promise<T>): Promise<T> {
  return breaks.delete(step) ? Promise.reject(new Error(`crash at ${step}`)) : go();
}

/** The real database, whose next call of a chosen step fails before it does anything. */
function breakable(real: Database, breaks: Set<Step>): Database {
  return {
    ...real,
    control: (work) => unlessBroken(breaks, 'control', () => real.control(work)),
    workspace: (id, work, as) => unlessBroken(breaks, 'workspace', () => real.workspace(id, work, as)),
    provision: (id) => unlessBroken(breaks, 'provision', () => real.provision(id)),
  };
}

async function forgetEverybody(db: Database): Promise<void> {
  await db.control(async (tx) => {
    const tables = tx.withTables<AccessTables>();
    for (const name of ['setup_claim', 'sign_in_link', 'session', 'member', 'person', 'workspace'] as const) {
      await tables.deleteFrom(name).execute();
    }
  });
}

function listAudit(db: Database, workspaceId: WorkspaceId): Promise<readonly Omit<AuditColumns, 'seq'>[]> {
  return db.workspace(workspaceId, (tx) =>
    tx
      .withTables<{ audit_log: AuditColumns }>()
      .selectFrom('audit_log')
      .select(['event', 'result', 'actor_kind', 'target', 'detail'])
      .orderBy('seq')
      .execute(),
  );
}

type AuditColumns = {
  seq: number;
  event: string;
  result: string;
  actor_kind: string;
  target: string | null;
  detail: string;
};

async function addMember(
  db: Database,
  workspaceId: WorkspaceId,
  who: { role: WorkspaceRole; email: string; now: Date },
): Promise<{ token: string; personId: PersonId }> {
  const secret = mintToken(randomBytes);
  const personId = newId<PersonId>(who.now.getTime());
  await db.control(async (tx) => {
    await insertMember(
      tx,
      { workspaceId, id: personId, email: who.email, name: `A ${who.role}`, role: who.role },
      who.now,
    );
    await insertSession(tx, secret, { personId, workspaceId }, who.now);
  });
  return { token: secret.token, personId };
}

/** The token in a link's fragment. */
export function tokenOf(link: { readonly url: string } | null): string {
  return link === null ? '' : new URL(link.url).hash.slice(1);
}

/** The session token an answer put into the cookie. */
export function cookieOf(answer: LightMyRequestResponse): string {
  return answer.cookies.find((each) => each.name === 'sentinel_session_9003')?.value ?? '';
}

export const withCookie = (token: string) => ({
  headers: { host: 'localhost:9003', cookie: `sentinel_session_9003=${token}`, origin: 'http://localhost:9003' },
});
