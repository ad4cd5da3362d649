// The whole system wired on one page, bottom floor first: keys, database, areas, HTTP, jobs.
import { randomBytes } from 'node:crypto';
import { choosePort } from './listen-port.ts';
import {
  accessMigrations,
  accessRoutes,
  type AccessDeps,
  authenticate,
  defineAccessCare,
  createSetupLink,
  createSignInLink,
  listActiveWorkspaces,
  listMemberAddresses,
  type OneTimeLink,
  openAccess,
  openOperatorKey,
  openProviders,
  type OperatorKey,
} from './access/access.ts';
import type { Config } from './config.ts';
import { CONSOLE_DIR, isPublic } from './config.ts';
import { createGateMetrics, gateMigrations, gateRoutes, publishFirstPolicy } from './gate/gate.ts';
import { defineCheckpoints, signCheckpoints, type CheckpointDeps } from './platform/audit/audit.jobs.ts';
import { auditControlMigrations, auditWorkspaceMigrations } from './platform/audit/audit.migrations.ts';
import { openAuditEntry } from './platform/audit/audit.ts';
import { auditRoutes } from './platform/audit/audit.routes.ts';
import { checkpointKeys } from './platform/audit/checkpoint.ts';
import { type Clock, systemClock } from './platform/clock.ts';
import { controlMigrations } from './platform/db/control.migrations.ts';
import { type Database, type Migrations, openDatabase } from './platform/db/database.ts';
import { privateFolder } from './platform/db/private-folder.ts';
import { defineEventDispatch } from './platform/events/events.jobs.ts';
import { eventMigrations } from './platform/events/events.migrations.ts';
import type { Authenticate } from './platform/http/guard.ts';
import { platformRoutes } from './platform/http/platform.routes.ts';
import type { Caller, Presented, Route } from './platform/http/route.ts';
import { createHttp } from './platform/http/server.ts';
import { createJobs, type Jobs } from './platform/jobs/jobs.ts';
import { defineMaintenance } from './platform/jobs/maintenance.jobs.ts';
import { createLogger, errorFields, exitOnFault, type Logger } from './platform/log.ts';
import { createMetrics, type Metrics } from './platform/metrics.ts';
import { type LoadedVault, loadVault } from './platform/secrets/vault-key.ts';
import { problem } from './platform/problem.ts';
import { logsParameters } from './platform/system/statement-log.ts';
import { systemRoutes } from './platform/system/system.routes.ts';
import { VERSION } from './version.ts';

export const MIGRATIONS: Migrations = {
  control: [...controlMigrations, ...auditControlMigrations, ...accessMigrations],
  workspace: [...auditWorkspaceMigrations, ...eventMigrations, ...gateMigrations],
};

export interface StartOptions {
  /** Whether background work runs in this process. */
  readonly jobs: boolean;
  /** Whether a fault that nobody caught ends the process, with a line in the log. For a process that does nothing else. */
  readonly exitOnFault?: boolean;
  readonly clock?: Clock;
  readonly log?: Logger;
  readonly onStep?: (step: { name: string; finding: string }) => void;
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
    await ground.db.close();
    throw error;
  }
}

/** The bottom floor: what every area stands on. */
interface Ground {
  readonly clock: Clock;
  readonly log: Logger;
  readonly db: Database;
  readonly operatorKey: OperatorKey;
  readonly vault: LoadedVault['vault'];
  readonly vaultOrigin: LoadedVault['origin'];
  readonly checkpoints: CheckpointDeps;
  readonly metrics: Metrics;
  readonly startedAt: Date;
}

const KEY_ORIGINS = {
  made: 'made, kept in the data folder',
  file: 'from the data folder',
  setting: 'from the environment',
} as const satisfies Record<LoadedVault['origin'], string>;

async function openGround(config: Config, options: StartOptions): Promise<Ground> {
  const { dataDir, cacheDir } = config;
  const clock = options.clock ?? systemClock;
  const log = options.log ?? createLogger({ level: config.logLevel, destination: process.stderr });
  if (options.exitOnFault === true) exitOnFault(log);
  const startedAt = clock.now();
  await privateFolder(dataDir);
  const urls = { url: config.databaseUrl?.reveal() ?? null, directUrl: config.directUrl?.reveal() ?? null };
  const db = await openDatabase({ ...urls, dataDir, cacheDir, log }, MIGRATIONS);
  try {
    options.onStep?.({ name: 'database', finding: `${db.kind}, ${db.engine.version}` });
    // With a workspace there may be things sealed with the key; a new one could not open them.
    const create = (await db.control(listActiveWorkspaces)).length > 0 ? 'never' : 'when_missing';
    const { vault, origin } = await loadVault({ setting: config.vaultKey, dataDir, create });
    const operatorKey = await openOperatorKey(dataDir, randomBytes);
    options.onStep?.({ name: 'keys', finding: KEY_ORIGINS[origin] });
    const checkpoints = { db, keys: checkpointKeys(vault), clock, log };
    return {
      clock,
      log,
      db,
      operatorKey,
      vault,
      vaultOrigin: origin,
      checkpoints,
      metrics: createMetrics({ process: true }),
      startedAt,
    };
  } catch (error) {
    await db.close();
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
  const routes = wireRoutes(ground, { access, jobs, authenticate: prove });
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
      await db.close();
    },
  };
}

function publicUrlOf(config: Config, port: number): URL {
  const host = config.host.includes(':') ? `[${config.host}]` : config.host;
  return new URL(config.publicUrl ?? `http://${host}:${port}`);
}

function wireAccess(ground: Ground, config: Config, publicUrl: URL): Promise<AccessDeps> {
  const { db, clock, log, operatorKey, vault } = ground;
  return openAccess({
    db,
    clock,
    log,
    vault,
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

interface Wiring {
  readonly access: AccessDeps;
  readonly jobs: Jobs | null;
  readonly authenticate: Authenticate;
}

function wireRoutes(ground: Ground, { access, jobs, authenticate: prove }: Wiring): readonly Route[] {
  const { db, clock, log, metrics, checkpoints, startedAt, vaultOrigin } = ground;
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
    ...systemRoutes({ db, version: VERSION, startedAt, clock, vaultOrigin, jobs: counts }),
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
function defineJobs({ db, clock, log, checkpoints }: Ground, access: AccessDeps): Jobs {
  const jobs = createJobs(db, log);
  defineAccessCare(jobs, access);
  defineMaintenance(jobs, db);
  defineCheckpoints(jobs, checkpoints);
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
