// Test support: the routes of platform administrators behind a real server on a fresh database, with a clock the test moves.
import type { WorkspaceRole } from '@sentinel/contract';
import type { FastifyInstance, LightMyRequestResponse } from 'fastify';
import type { Clock } from '../../platform/clock.ts';
import { auditControlMigrations, auditWorkspaceMigrations } from '../../platform/audit/audit.migrations.ts';
import { controlMigrations } from '../../platform/db/control.migrations.ts';
import { openTestDatabase, type TestDatabase } from '../../platform/db/testing.ts';
import type { Method, Route } from '../../platform/http/route.ts';
import { testHttp } from '../../platform/http/testing.ts';
import { newId, type PersonId, type WorkspaceId } from '../../platform/ids.ts';
import { silentLogger } from '../../platform/log.ts';
import { accessMigrations } from '../access.migrations.ts';
import type { AccessTables } from '../access.tables.ts';
import { someApps } from '../apps/apps.testing.ts';
import { createAdmissions } from '../identity/admissions.ts';
import { createStanding } from '../standing/standing.ts';
import type { Tokens } from '../tokens/token.ts';
import { readableTokens } from '../tokens/tokens.testing.ts';
import { adminRoutes } from './admin.routes.ts';

export interface TestPerson {
  readonly id: PersonId;
  readonly email: string;
  /** The cookie of an administrator; made out to anybody, valid only for who is one. */
  readonly cookie: string;
}

export interface Asked {
  readonly as?: TestPerson | null;
  readonly payload?: object | string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface AdminWorld {
  readonly db: TestDatabase;
  readonly routes: readonly Route[];
  readonly tokens: ReturnType<typeof readableTokens>;
  now(): Date;
  advance(ms: number): void;
  person(name: string, how?: { admin?: boolean; active?: boolean; email?: string }): Promise<TestPerson>;
  /** A new cookie for somebody. */
  signIn(person: TestPerson): Promise<TestPerson>;
  /** A workspace without a plane of its own. */
  workspace(slug: string, members?: readonly (readonly [TestPerson, WorkspaceRole])[]): Promise<WorkspaceId>;
  ask(method: Method, url: string, asked?: Asked): Promise<LightMyRequestResponse>;
  /** Actions of the activity log, oldest first. */
  actions(): Promise<readonly { action: string; actor_id: string | null; target_id: string; detail: unknown }[]>;
  close(): Promise<void>;
}

export async function openAdminWorld(): Promise<AdminWorld> {
  const db = await openTestDatabase({
    control: [...controlMigrations, ...auditControlMigrations, ...accessMigrations],
    workspace: auditWorkspaceMigrations,
  });
  let nowMs = Date.parse('2026-03-01T12:00:00Z');
  const clock = { now: () => new Date(nowMs) };
  const tokens = readableTokens(clock);
  const { app, routes } = await serve(db, clock);
  return {
    db,
    routes,
    tokens,
    now: clock.now,
    advance: (ms) => void (nowMs += ms),
    async person(name, how = {}) {
      const id = newId<PersonId>(nowMs);
      const email = how.email ?? `${name.toLowerCase().replaceAll(/\W+/g, '-')}@home.example`;
      await insertPerson(db, { id, email, name, admin: how.admin ?? false, active: how.active ?? true }, clock.now());
      return { id, email, cookie: await cookieOf(tokens, id) };
    },
    signIn: async (person) => ({ ...person, cookie: await cookieOf(tokens, person.id) }),
    workspace: (slug, members = []) => insertWorkspace(db, slug, members, clock.now()),
    ask: (method, url, asked = {}) => ask(app, method, url, asked),
    actions: () => listActions(db),
    async close() {
      await app.close();
      await db.close();
    },
  };
}

async function cookieOf(tokens: Tokens, sub: PersonId): Promise<string> {
  const claims = { sub, email: 'nobody@home.example', name: 'Nobody', admin: true } as const;
  const { token } = await tokens.mint('admin', claims, { seconds: 3600 });
  return `admin_token=${token}`;
}

async function serve(db: TestDatabase, clock: Clock): Promise<{ app: FastifyInstance; routes: readonly Route[] }> {
  const tokens = readableTokens(clock);
  const standing = createStanding({ db, clock });
  const admissions = createAdmissions({ tokens, standing, apps: someApps({}), session: async () => null });
  const routes = adminRoutes({
    db,
    clock,
    log: silentLogger,
    standing,
    tokens,
    admissions,
    onWorkspaceCreated: async () => {},
    providers: {
      names: ['google'],
      get: () => {
        throw new Error('no provider is asked here');
      },
    },
    settings: {
      issuer: 'http://localhost:9003',
      adminEmails: ['root@home.example'],
      refreshGraceMs: 0,
      adminUrl: 'http://localhost:9003/console',
    },
    installation: { version: '1.2.3', startedAt: new Date(clock.now().getTime() - 90_500) },
  });
  const limits = { 'sign-in': 10_000, upload: 10_000, write: 10_000, read: 10_000 };
  return { app: await testHttp(routes, { db, clock, limits }), routes };
}

/** Asks as our own pages do: with an origin, and for changes with the header that says so. */
function ask(
  app: FastifyInstance,
  method: Method,
  url: string,
  { as = null, payload, headers = {} }: Asked,
): Promise<LightMyRequestResponse> {
  return app.inject({
    method,
    url,
    ...(payload === undefined ? {} : { payload }),
    headers: {
      host: 'localhost:9003',
      origin: 'http://localhost:9003',
      ...(method === 'GET' ? {} : { 'x-requested-with': 'tests' }),
      ...(as === null ? {} : { cookie: as.cookie }),
      ...headers,
    },
  });
}

async function insertPerson(
  db: TestDatabase,
  { id, email, name, admin, active }: { id: PersonId; email: string; name: string; admin: boolean; active: boolean },
  now: Date,
): Promise<void> {
  const deactivated_at = active ? null : now;
  await db.control((tx) =>
    tx
      .withTables<AccessTables>()
      .insertInto('person')
      .values({ id, email, name, is_admin: admin, deactivated_at, created_at: now, updated_at: now })
      .execute(),
  );
}

async function insertWorkspace(
  db: TestDatabase,
  slug: string,
  members: readonly (readonly [TestPerson, WorkspaceRole])[],
  now: Date,
): Promise<WorkspaceId> {
  const id = newId<WorkspaceId>(now.getTime());
  await db.control(async (tx) => {
    const tables = tx.withTables<AccessTables>();
    await tables
      .insertInto('workspace')
      .values({ id, slug, name: `The ${slug}`, created_at: now })
      .execute();
    for (const [person, role] of members)
      await tables
        .insertInto('member')
        .values({ workspace_id: id, person_id: person.id, role, created_at: now })
        .execute();
  });
  return id;
}

function listActions(db: TestDatabase) {
  return db.control((tx) =>
    tx
      .withTables<{
        activity: { id: string; action: string; actor_id: string | null; target_id: string; detail: unknown };
      }>()
      .selectFrom('activity')
      .select(['action', 'actor_id', 'target_id', 'detail'])
      .orderBy('id')
      .execute(),
  );
}
