// The whole system wired on one page: the ground, the areas, HTTP, jobs.
import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { choosePort } from './listen-port.ts';
import {
  accessRoutes,
  type AccessDeps,
  authenticate,
  callerOfSession,
  defineAccessCare,
  createSetupLink,
  createSignInLink,
  keeper,
  listActiveWorkspaces,
  listMemberAddresses,
  type OneTimeLink,
  openAccess,
  openProviders,
} from './access/access.ts';
import type { Config } from './config.ts';
import { CONSOLE_DIR, isPublic } from './config.ts';
import {
  connectionRoutes,
  createGateMetrics,
  gateRoutes,
  openConnections,
  publishFirstPolicy,
  type Sources,
} from './gate/gate.ts';
import { type Ground, type GroundOptions, openGround } from './ground.ts';
import { defineCheckpoints, signCheckpoints } from './platform/audit/audit.jobs.ts';
import { openAuditEntry } from './platform/audit/audit.ts';
import { auditRoutes } from './platform/audit/audit.routes.ts';
import type { Database } from './platform/db/database.ts';
import { defineEventDispatch } from './platform/events/events.jobs.ts';
import type { Authenticate } from './platform/http/guard.ts';
import { platformRoutes } from './platform/http/platform.routes.ts';
import type { Caller, Presented, Route } from './platform/http/route.ts';
import { createHttp } from './platform/http/server.ts';
import { createJobs, type Jobs } from './platform/jobs/jobs.ts';
import { defineMaintenance } from './platform/jobs/maintenance.jobs.ts';
import { errorFields, type Logger } from './platform/log.ts';
import { defineKeyRotation } from './platform/secrets/rotation.jobs.ts';
import { vaultKeyRoutes } from './platform/secrets/vault-key.routes.ts';
import { problem } from './platform/problem.ts';
import { logsParameters } from './platform/system/statement-log.ts';
import { systemRoutes } from './platform/system/system.routes.ts';
import { VERSION } from './version.ts';

export { MIGRATIONS } from './ground.ts';

export interface StartOptions extends GroundOptions {
  /** Whether background work runs in this process. */
  readonly jobs: boolean;
}

export interface System {
  readonly url: string;
  readonly db: Database;
  readonly access: AccessDeps;
  readonly log: Logger;
  readonly routes: readonly Route[];
  /** A fresh one-time link: for setup while there is no owner, for signing in afterwards. */
  createLink(): Promise<OneTimeLink>;
  close(): Promise<void>;
}

/**
 * Opens everything and listens.
 *
 * @throws the start-up errors of port, database and vault, whose messages are sentences for people
 */
export async function startSystem(config: Config, options: StartOptions): Promise<System> {
  const port = await choosePort(config.host, config.port);
  const ground = await openGround(config, options);
  try {
    return await serve(config, options, { ground, port });
  } catch (error) {
    await ground.close();
    throw error;
  }
}

async function serve(
  config: Config,
  options: StartOptions,
  { ground, port }: { ground: Ground; port: number },
): Promise<System> {
  const { db, log, clock, metrics, checkpoints } = ground;
  const publicUrl = publicUrlOf(config, port);
  const access = await wireAccess(ground, config, publicUrl);
  // The first start makes the key that tokens are signed with, before anybody asks.
  await access.tokens.keySet();
  const jobs = options.jobs ? defineJobs(ground, access) : null;
  const prove = (presented: Presented, now: Date): Promise<Caller | null> => authenticate(access, presented, now);
  const sources = wireSources(ground, config, publicUrl);
  const routes = wireRoutes(ground, { access, jobs, sources, authenticate: prove });
  const http = await createHttp({
    routes,
    authenticate: prove,
    db,
    log,
    clock,
    metrics,
    version: VERSION,
    publicUrl,
    isAllowedOrigin: (origin) => access.apps.isAllowedOrigin(origin),
    trustedProxies: config.trustedProxies ?? [],
    consoleDir: CONSOLE_DIR,
  });
  const address = await http.listen({ host: config.host, port });
  await db.setLockUrl(address, options.jobs ? 'serving' : 'passing');
  // Not awaited: the queue takes a second or two to wake, and no request needs it.
  const started = jobs?.start().catch((error: unknown) => log.error('jobs.start_failed', errorFields(error)));
  return {
    url: config.publicUrl ?? address,
    db,
    access,
    log,
    routes,
    createLink: async () => (await createSetupLink(access)) ?? (await signInLink(access)),
    close: async () => {
      await http.close();
      await started;
      await jobs?.stop();
      await signCheckpoints(checkpoints, 'now');
      await ground.close();
    },
  };
}

function publicUrlOf(config: Config, port: number): URL {
  const host = config.host.includes(':') ? `[${config.host}]` : config.host;
  return new URL(config.publicUrl ?? `http://${host}:${port}`);
}

function wireAccess(ground: Ground, config: Config, publicUrl: URL): Promise<AccessDeps> {
  const { db, clock, log, operatorKey, loaded } = ground;
  return openAccess({
    db,
    clock,
    log,
    vault: loaded.vault,
    randomBytes,
    operatorKey,
    links: { base: publicUrl, remote: isPublic(config) },
    providers: openProviders(config, { clock, log }),
    settings: {
      issuer: publicUrl.origin,
      adminEmails: config.adminEmails,
      refreshGraceMs: config.refreshGrace * 1000,
      workspacesByCodeAlone: config.workspacesByCode,
      adminUrl: new URL('/console', publicUrl).href,
    },
    onWorkspaceCreated: (tx, { ownDomains, ownerEmail, at }) =>
      publishFirstPolicy(tx, { ownDomains, ownAddresses: [ownerEmail], by: 'setup', at }),
  });
}

/** Accounts at providers: connecting them, and asking them for data. */
function wireSources(ground: Ground, config: Config, publicUrl: URL): Sources {
  const { db, clock, log, loaded, lanes } = ground;
  const sources = openConnections(
    {
      db,
      clock,
      log,
      vault: loaded.vault,
      lanes,
      randomBytes,
      sleep: (ms) => pause(ms),
      publicUrl,
      findSession: (id, now) => callerOfSession(db, id, now),
    },
    config,
  );
  ground.beforeClose(() => sources.connections.settle());
  return sources;
}

interface Wiring {
  readonly access: AccessDeps;
  readonly sources: Sources;
  readonly jobs: Jobs | null;
  readonly authenticate: Authenticate;
}

function wireRoutes(ground: Ground, { access, jobs, sources, authenticate: prove }: Wiring): readonly Route[] {
  const { db, clock, log, metrics, checkpoints, startedAt, loaded, rotation } = ground;
  const counts = async () => (await jobs?.counts()) ?? null;
  return [
    ...platformRoutes({
      version: VERSION,
      metrics,
      authenticate: prove,
      clock,
      metricsOpenHere: !access.links.remote,
      health: () => 'ok',
    }),
    ...systemRoutes({
      db,
      version: VERSION,
      startedAt,
      clock,
      vaultOrigin: loaded.origin,
      jobs: counts,
      vault: () => rotation.check(),
    }),
    ...vaultKeyRoutes({ rotation, admit: keeper(access) }),
    ...accessRoutes(access, { version: VERSION, startedAt }),
    ...auditRoutes(checkpoints),
    ...gateRoutes({
      db,
      clock,
      log,
      metrics: createGateMetrics(metrics),
      members: (workspaceId) => listMemberAddresses(db, workspaceId),
      assertPrivateLog: () => assertPrivateLog(db),
    }),
    ...connectionRoutes(sources),
  ];
}

async function assertPrivateLog(db: Database): Promise<void> {
  if (await logsParameters(db)) {
    throw problem(
      'cannot_decide',
      'The PostgreSQL server logs statement parameters, so looked-up addresses would reach its log. `npx --no sentinel doctor` says what to change.',
    );
  }
}

/** Background work. Nothing subscribes to events yet; dispatching them keeps the outbox from growing. */
function defineJobs({ db, clock, log, checkpoints, rotation }: Ground, access: AccessDeps): Jobs {
  const jobs = createJobs(db, log);
  defineAccessCare(jobs, access);
  defineMaintenance(jobs, db);
  defineCheckpoints(jobs, checkpoints);
  defineKeyRotation(jobs, rotation);
  defineEventDispatch(jobs, { db, clock, log, subscribers: [] });
  return jobs;
}

const STARTED = { kind: 'system', id: null, name: 'start' } as const;

async function signInLink(access: AccessDeps): Promise<OneTimeLink> {
  const [workspace] = await access.db.control(listActiveWorkspaces);
  if (workspace === undefined) throw new Error('there is an owner but no workspace');
  const entry = openAuditEntry('sign_in_link.created', STARTED, null, access.clock);
  return await createSignInLink(access, workspace.id, null, entry);
}
