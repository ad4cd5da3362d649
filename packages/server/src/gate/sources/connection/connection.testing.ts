// Test support: connections on a fresh database, behind a real server, against fake providers, with a clock the test moves.
import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { CONNECTION_PROVIDERS, type ConnectionProvider } from '@sentinel/contract';
import type { FastifyInstance, LightMyRequestResponse } from 'fastify';
import { sql } from 'kysely';
import { z } from 'zod';
import { auditWorkspaceMigrations } from '../../../platform/audit/audit.migrations.ts';
import type { Clock } from '../../../platform/clock.ts';
import type { Database } from '../../../platform/db/database.ts';
import { controlMigrations } from '../../../platform/db/control.migrations.ts';
import { openTestDatabase } from '../../../platform/db/testing.ts';
import { eventMigrations } from '../../../platform/events/events.migrations.ts';
import type { Caller } from '../../../platform/http/route.ts';
import { testCaller, testHttp } from '../../../platform/http/testing.ts';
import { type ConnectionId, newId, parseId, type WorkspaceId } from '../../../platform/ids.ts';
import { createLogger, type Logger } from '../../../platform/log.ts';
import { createMetrics } from '../../../platform/metrics.ts';
import { createOutboundFetch } from '../../../platform/outbound/guarded-fetch.ts';
import { createLanes } from '../../../platform/outbound/lanes.ts';
import { createOutboundMetrics } from '../../../platform/outbound/outbound-metrics.ts';
import { systemSleep } from '../../../platform/outbound/sleep.ts';
import { Secret } from '../../../platform/secrets/secret.ts';
import { createVault, type Vault } from '../../../platform/secrets/vault.ts';
import { admissionMigrations } from '../../admission/admission.migrations.ts';
import { bookMigrations } from '../../book/book.migrations.ts';
import { connectionMigrations } from './connection.migrations.ts';
import { connectionRoutes, type ConnectionRouteDeps } from './connection.routes.ts';
import type { ConnectionSettings } from './connection-settings.ts';
import { type FakeProviders, startFakeProviders } from './fake-providers.testing.ts';
import { grantHolderMigrations } from './grant-holder.migrations.ts';
import { openConnections } from './open-connections.ts';
import { findConnection } from './connection.store.ts';
import type { StoredConnection } from './connection.ts';

export interface ConnectionWorld {
  readonly app: FastifyInstance;
  readonly db: Database;
  readonly fake: FakeProviders;
  readonly deps: ConnectionRouteDeps;
  /** Who is signed in; the session lives while `session.live`. */
  readonly caller: Caller;
  readonly session: { live: boolean; caller: Caller };
  readonly workspaceId: WorkspaceId;
  /** Everything that was logged. */
  readonly lines: string[];
  advance(ms: number): void;
  /** Another process on the same database, with the same or other keys. */
  secondProcess(changes?: { vault?: Vault }): ConnectionRouteDeps;
  ask(method: 'GET' | 'POST' | 'DELETE', url: string, payload?: object): Promise<LightMyRequestResponse>;
  /** Goes through the whole journey. @returns the id of the connection */
  connect(provider: ConnectionProvider): Promise<ConnectionId>;
  /** The journey up to the provider. */
  begin(provider: ConnectionProvider): Promise<Begun>;
  finish(provider: ConnectionProvider, begun: Begun, query?: Record<string, string>): Promise<LightMyRequestResponse>;
  row(id: ConnectionId): Promise<StoredConnection>;
  audit(): Promise<readonly { event: string; result: string; detail: string }[]>;
  /** Everything that is stored in the workspace, as text. */
  dump(): Promise<string>;
  close(): Promise<void>;
}

export interface Begun {
  readonly location: string;
  readonly state: string;
  readonly cookie: { readonly name: string; readonly value: string };
}

export const testVault = (): Vault => createVault([randomBytes(32)]);

/** @param sandbox where stand-ins serve, instead of the fake providers */
export async function openConnectionWorld(sandbox?: SandboxOrigins): Promise<ConnectionWorld> {
  const { db, workspaceId } = await openWorkspace();
  const fake = await startFakeProviders();
  const caller = testCaller('admin', { workspaceId });
  const session = { live: true, caller };
  const lines: string[] = [];
  const vault = testVault();
  let offsetMs = 0;
  const clock = { now: () => new Date(Date.now() + offsetMs) };
  const log = createLogger({ level: 'debug', destination: { write: (line) => void lines.push(line) } });
  const ground = { db, clock, log, session, origins: sandbox ?? { main: fake.origin, google: fake.origin } };
  const deps = processOf(ground, vault);
  const app = await testHttp(connectionRoutes(deps), {
    db,
    clock,
    log,
    limits: { read: 1e6, write: 1e6, 'sign-in': 1e6, address: 1e6 },
    authenticate: async ({ cookie }) => (cookie === 'good' ? session.caller : null),
  });
  return {
    app,
    db,
    fake,
    deps,
    caller,
    session,
    workspaceId,
    lines,
    ...journeys(app, fake),
    advance: (ms) => void (offsetMs += ms),
    secondProcess: (changes = {}) => processOf(ground, changes.vault ?? vault),
    async row(id) {
      const row = await db.workspace(workspaceId, (tx) => findConnection(tx, id));
      if (row === null) throw new Error('no such connection');
      return row;
    },
    audit: () => listAudit(db, workspaceId),
    dump: () => dump(db, workspaceId),
    async close() {
      await app.close();
      await fake.close();
      await db.close();
    },
  };
}

async function openWorkspace(): Promise<{ db: Database; workspaceId: WorkspaceId }> {
  const db = await openTestDatabase({
    control: [...controlMigrations, ...grantHolderMigrations],
    workspace: [
      ...auditWorkspaceMigrations,
      ...eventMigrations,
      ...bookMigrations,
      ...admissionMigrations,
      ...connectionMigrations,
    ],
  });
  const workspaceId = newId<WorkspaceId>();
  await addWorkspace(db, workspaceId);
  return { db, workspaceId };
}

export async function addWorkspace(db: Database, id: WorkspaceId): Promise<void> {
  await db.control((tx) =>
    sql`insert into workspace (id, slug, name) values (${id}, ${`w-${id}`}, 'Workspace')`.execute(tx),
  );
  await db.provision(id);
}

interface ProcessGround {
  readonly db: Database;
  readonly clock: Clock;
  readonly log: Logger;
  readonly session: ConnectionWorld['session'];
  readonly origins: SandboxOrigins;
}

export interface SandboxOrigins {
  readonly main: string;
  readonly google: string;
}

function processOf({ db, clock, log, session, origins }: ProcessGround, vault: Vault): ConnectionRouteDeps {
  const lanes = createLanes({
    fetch: createOutboundFetch({ timeoutMs: 3_000, maxBytes: 1_000_000 }),
    clock,
    random: () => 0,
    sleep: systemSleep,
    metrics: createOutboundMetrics(createMetrics(), CONNECTION_PROVIDERS),
    log,
  });
  return openConnections(
    {
      db,
      clock,
      log,
      vault,
      lanes,
      randomBytes,
      sleep: (ms) => pause(Math.min(ms, 20)),
      publicUrl: new URL('http://localhost:9003'),
      findSession: async (id) => (session.live && id === session.caller.sessionId ? session.caller : null),
    },
    fakeSettings(origins),
  );
}

function journeys(
  app: FastifyInstance,
  fake: FakeProviders,
): Pick<ConnectionWorld, 'ask' | 'begin' | 'finish' | 'connect'> {
  const ask: ConnectionWorld['ask'] = (method, url, payload) =>
    app.inject({ method, url, headers: OWN, ...(payload === undefined ? {} : { payload }) });

  const begin: ConnectionWorld['begin'] = async (provider) => {
    const answer = await ask('POST', '/v1/connections/authorize', { provider });
    const { location } = z.object({ location: z.string() }).parse(answer.json());
    const cookie = answer.cookies.find(({ name }) => name.includes('connect'));
    if (cookie === undefined) throw new Error('no cookie');
    return { location, state: new URL(location).searchParams.get('state') ?? '', cookie };
  };

  const finish: ConnectionWorld['finish'] = (provider, { location, state, cookie }, query) =>
    app.inject({
      method: 'GET',
      url: `/connect/callback/${provider}`,
      query: query ?? { code: fake.allow(location), state },
      // As from another site: the session's cookie stays at home.
      headers: { host: 'localhost:9003', cookie: `${cookie.name}=${cookie.value}`, 'sec-fetch-site': 'cross-site' },
    });

  const connect: ConnectionWorld['connect'] = async (provider) => {
    const answer = await finish(provider, await begin(provider));
    const id = new URL(String(answer.headers.location), 'http://localhost').searchParams.get('connected');
    const connectionId = parseId<ConnectionId>(id ?? '');
    if (connectionId === null) throw new Error(`not connected: ${String(answer.headers.location)} ${answer.body}`);
    return connectionId;
  };
  return { ask, begin, finish, connect };
}

async function listAudit(db: Database, workspaceId: WorkspaceId): ReturnType<ConnectionWorld['audit']> {
  const { rows } = await db.workspace(workspaceId, (tx) =>
    sql<{
      event: string;
      result: string;
      detail: string;
    }>`select event, result, detail from audit_log order by seq`.execute(tx),
  );
  return rows;
}

const OWN = { host: 'localhost:9003', origin: 'http://localhost:9003', cookie: 'sentinel_session_9003=good' };

function fakeSettings({ main, google }: SandboxOrigins): ConnectionSettings {
  return {
    hubspotClientId: 'client-hubspot',
    hubspotClientSecret: new Secret('canary-secret-hubspot'),
    salesforceClientId: 'client-salesforce',
    salesforceClientSecret: new Secret('canary-secret-salesforce'),
    salesforceLoginHost: 'login.salesforce.com',
    googleSourcesClientId: 'client-google',
    googleSourcesClientSecret: new Secret('canary-secret-google'),
    slackClientId: 'client-slack',
    slackClientSecret: new Secret('canary-secret-slack'),
    slackPkce: false,
    providersSandbox: main,
    providersSandboxGoogle: google,
  };
}

async function dump(db: Database, workspaceId: WorkspaceId): Promise<string> {
  const texts: string[] = [];
  for (const table of ['connection', 'connection_spent_state', 'audit_log', 'event_outbox']) {
    const { rows } = await db.workspace(workspaceId, (tx) =>
      sql<{ text: string }>`select row_to_json(t)::text as text from ${sql.table(table)} t`.execute(tx),
    );
    texts.push(...rows.map(({ text }) => text));
  }
  return texts.join('\n');
}
