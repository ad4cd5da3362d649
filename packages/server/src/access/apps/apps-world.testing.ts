// Test support: the routes of applications behind real servers on one database, each as a process of its own, with a
// clock the test moves and an administrator to ask them.
import { randomBytes } from 'node:crypto';
import type { FastifyInstance, LightMyRequestResponse } from 'fastify';
import { sql } from 'kysely';
import { auditControlMigrations, auditWorkspaceMigrations } from '../../platform/audit/audit.migrations.ts';
import { controlMigrations } from '../../platform/db/control.migrations.ts';
import type { Database } from '../../platform/db/database.ts';
import { openTestDatabase } from '../../platform/db/testing.ts';
import { testHttp } from '../../platform/http/testing.ts';
import { newId, type PersonId } from '../../platform/ids.ts';
import { accessMigrations } from '../access.migrations.ts';
import type { AccessTables } from '../access.tables.ts';
import { ADMIN_COOKIE, type Admissions, createAdmissions } from '../identity/admissions.ts';
import { announce } from '../standing/change.store.ts';
import { createStanding, type Standing } from '../standing/standing.ts';
import { readableTokens } from '../tokens/tokens.testing.ts';
import { createApps } from './app-memory.ts';
import { appRoutes } from './app.routes.ts';
import type { Apps } from './apps.ts';

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** One process of the installation. */
export interface AppsProcess {
  readonly standing: Standing;
  readonly apps: Apps;
  readonly admissions: Admissions;
  readonly server: FastifyInstance;
}

export interface AppsWorld extends AppsProcess {
  readonly db: Database;
  readonly tokens: ReturnType<typeof readableTokens>;
  readonly adminId: PersonId;
  readonly clock: { now(): Date };
  advance(ms: number): void;
  /** Asks as the administrator. */
  ask(method: Method, url: string, body?: unknown): Promise<LightMyRequestResponse>;
  /** Asks with a service key. */
  askWith(key: string, method: Method, url: string, body?: unknown): Promise<LightMyRequestResponse>;
  /** Another process on the same database. */
  startAnother(): Promise<AppsProcess>;
  /** What the activity log says, oldest first. */
  activity(): Promise<readonly { action: string; target_type: string; target_id: string; detail: unknown }[]>;
  /** Forgets every application, realm and organisation, here and in the log. */
  reset(): Promise<void>;
  close(): Promise<void>;
}

const ORIGIN = 'http://localhost:9003';

export async function openAppsWorld(): Promise<AppsWorld> {
  const db = await openTestDatabase({
    control: [...controlMigrations, ...auditControlMigrations, ...accessMigrations],
    workspace: auditWorkspaceMigrations,
  });
  let nowMs = Date.parse('2026-03-01T12:00:00Z');
  const clock = { now: () => new Date(nowMs) };
  const tokens = readableTokens(clock);
  const processes: AppsProcess[] = [];
  const startAnother = async (): Promise<AppsProcess> => {
    const made = await startProcess({ db, clock, tokens });
    processes.push(made);
    return made;
  };
  const first = await startAnother();
  const adminId = await insertAdmin(db, clock.now());

  return {
    ...first,
    db,
    tokens,
    adminId,
    clock,
    advance: (ms) => void (nowMs += ms),
    async ask(method, url, body) {
      const claims = { sub: adminId, email: 'ada@home.example', name: 'Ada', admin: true } as const;
      const { token } = await tokens.mint('admin', claims, { seconds: 3600 });
      return first.server.inject({
        method,
        url,
        headers: {
          host: 'localhost:9003',
          origin: ORIGIN,
          cookie: `${ADMIN_COOKIE}=${token}`,
          'x-requested-with': 'test',
        },
        ...(body === undefined ? {} : { payload: body as object }),
      });
    },
    askWith: (key, method, url, body) =>
      first.server.inject({
        method,
        url,
        headers: { 'x-service-key': key },
        ...(body === undefined ? {} : { payload: body as object }),
      }),
    startAnother,
    activity: () => listActivity(db),
    async reset() {
      await forgetApps(db, clock.now());
      await first.standing.catchUp();
    },
    async close() {
      for (const each of processes) await each.server.close();
      await db.close();
    },
  };
}

async function startProcess(deps: {
  db: Database;
  clock: { now(): Date };
  tokens: ReturnType<typeof readableTokens>;
}): Promise<AppsProcess> {
  const standing = createStanding(deps);
  const apps = createApps({ ...deps, standing });
  const admissions = createAdmissions({ tokens: deps.tokens, standing, apps, session: async () => null });
  const server = await testHttp(appRoutes({ ...deps, standing, admissions, randomBytes }), {
    db: deps.db,
    clock: deps.clock,
    limits: { write: 100_000, read: 100_000, service: 100_000, address: 100_000 },
  });
  return { standing, apps, admissions, server };
}

async function insertAdmin(db: Database, now: Date): Promise<PersonId> {
  const id = newId<PersonId>(now.getTime());
  await db.control((tx) =>
    tx
      .withTables<AccessTables>()
      .insertInto('person')
      .values({ id, email: 'ada@home.example', name: 'Ada', created_at: now, is_admin: true })
      .execute(),
  );
  return id;
}

function listActivity(db: Database) {
  return db.control(async (tx) => {
    const { rows } = await sql<{ action: string; target_type: string; target_id: string; detail: unknown }>`
      select action, target_type, target_id, detail::jsonb as detail from activity order by created_at, id
    `.execute(tx);
    return rows;
  });
}

async function forgetApps(db: Database, now: Date): Promise<void> {
  await db.control(async (tx) => {
    for (const table of [
      'workspace_organisation',
      'organisation',
      'token_family',
      'client_app',
      'service_app',
      'realm',
    ] as const)
      await tx.withTables<AccessTables>().deleteFrom(table).execute();
    await announce(
      tx,
      [
        { kind: 'apps', subject: '' },
        { kind: 'organisations', subject: '' },
      ],
      now,
    );
  });
}
