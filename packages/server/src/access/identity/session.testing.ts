// Test support: a few routes of sign-ins behind a real server on a real database, with readable tokens and a clock that the
// test moves.
import { randomBytes } from 'node:crypto';
import type { SessionOrigin, WorkspaceRole } from '@sentinel/contract';
import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from 'fastify';
import { auditControlMigrations, auditWorkspaceMigrations } from '../../platform/audit/audit.migrations.ts';
import { controlMigrations } from '../../platform/db/control.migrations.ts';
import { openTestDatabase, type TestDatabase } from '../../platform/db/testing.ts';
import { testHttp } from '../../platform/http/testing.ts';
import type { Route } from '../../platform/http/route.ts';
import { newId, type PersonId, type WorkspaceId } from '../../platform/ids.ts';
import type { AccessDeps } from '../access-deps.ts';
import { accessMigrations } from '../access.migrations.ts';
import { announce } from '../standing/change.store.ts';
import { createStanding } from '../standing/standing.ts';
import { readableTokens } from '../tokens/tokens.testing.ts';
import { insertMember } from '../workspaces/member.store.ts';
import { insertWorkspace } from '../workspaces/workspace.store.ts';
import { authenticate } from './authenticate.ts';
import { mintToken } from './secret-token.ts';
import { insertSession } from './session.store.ts';

export type SignInDeps = Pick<AccessDeps, 'db' | 'clock' | 'randomBytes' | 'links' | 'standing' | 'tokens'>;

export interface SignInWorld {
  readonly db: TestDatabase;
  readonly deps: SignInDeps;
  now(): Date;
  advance(ms: number): void;
  workspace(name: string): Promise<WorkspaceId>;
  person(email: string, memberOf: Readonly<Record<string, WorkspaceRole>>): Promise<PersonId>;
  /** Starts a session; answers its cookie. */
  session(personId: PersonId, workspaceId: WorkspaceId, how?: { via?: SessionOrigin; label?: string }): Promise<string>;
  ask(method: 'GET' | 'POST' | 'DELETE', url: string, how?: Asking): Promise<LightMyRequestResponse>;
  /** Events of a workspace's audit log, oldest first. */
  audit(workspaceId: WorkspaceId): Promise<readonly { event: string; result: string; target: string | null }[]>;
  close(): Promise<void>;
}

export interface Asking {
  readonly cookie?: string;
  readonly bearer?: string;
  readonly json?: unknown;
  readonly userAgent?: string;
}

/** @param routes made from what the world has */
export async function openSignInWorld(routes: (deps: SignInDeps) => readonly Route[]): Promise<SignInWorld> {
  const db = await openTestDatabase({
    control: [...controlMigrations, ...auditControlMigrations, ...accessMigrations],
    workspace: auditWorkspaceMigrations,
  });
  let nowMs = Date.parse('2026-03-01T12:00:00Z');
  const clock = { now: () => new Date(nowMs) };
  const standing = createStanding({ db, clock });
  const links = { base: new URL('http://localhost:9003'), remote: false };
  const deps = { db, clock, randomBytes, links, standing, tokens: readableTokens(clock) };
  const app = await testHttp(routes(deps), {
    db,
    clock,
    authenticate: (presented, now) => authenticate({ ...deps, operatorKey: { matches: () => false } }, presented, now),
    limits: { 'sign-in': 10_000, token: 10_000 },
  });
  return {
    db,
    deps,
    now: clock.now,
    advance: (ms) => void (nowMs += ms),
    ...people(db, clock),
    ask: (method, url, how = {}) => ask(app, { method, url }, how),
    audit: (workspaceId) =>
      db.workspace(workspaceId, (tx) =>
        tx
          .withTables<{ audit_log: { seq: number; event: string; result: string; target: string | null } }>()
          .selectFrom('audit_log')
          .select(['event', 'result', 'target'])
          .orderBy('seq')
          .execute(),
      ),
    async close() {
      await app.close();
      await db.close();
    },
  };
}

function people(db: TestDatabase, clock: { now(): Date }): Pick<SignInWorld, 'workspace' | 'person' | 'session'> {
  return {
    async workspace(name) {
      const id = newId<WorkspaceId>(clock.now().getTime());
      await db.provision(id);
      const slug = name.toLowerCase();
      await db.control((tx) => insertWorkspace(tx, { id, slug, name, demo: false }, clock.now()));
      return id;
    },
    async person(email, memberOf) {
      const id = newId<PersonId>(clock.now().getTime());
      const now = clock.now();
      await db.control(async (tx) => {
        const [first, ...rest] = Object.entries(memberOf) as [WorkspaceId, WorkspaceRole][];
        if (first === undefined) throw new Error('a person of the test belongs somewhere');
        await insertMember(tx, { workspaceId: first[0], id, email, name: `A ${first[1]}`, role: first[1] }, now);
        for (const [workspaceId, role] of rest)
          await tx
            .withTables<{ member: { workspace_id: string; person_id: string; role: string; created_at: Date } }>()
            .insertInto('member')
            .values({ workspace_id: workspaceId, person_id: id, role, created_at: now })
            .execute();
        await announce(tx, [{ kind: 'person', subject: id }], now);
      });
      return id;
    },
    async session(personId, workspaceId, how = {}) {
      const secret = mintToken(randomBytes);
      await db.control((tx) => insertSession(tx, secret, { personId, workspaceId, ...how }, clock.now()));
      return secret.token;
    },
  };
}

function ask(
  app: FastifyInstance,
  what: { method: 'GET' | 'POST' | 'DELETE'; url: string },
  { cookie, bearer, json, userAgent }: Asking,
): Promise<LightMyRequestResponse> {
  const headers = {
    host: 'localhost:9003',
    origin: 'http://localhost:9003',
    ...(cookie === undefined ? {} : { cookie: `sentinel_session_9003=${cookie}` }),
    ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }),
    ...(userAgent === undefined ? {} : { 'user-agent': userAgent }),
  };
  const order: InjectOptions = { ...what, headers };
  return app.inject(json === undefined ? order : { ...order, payload: json as object });
}
