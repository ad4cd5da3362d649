// The whole system wired on one page, bottom floor first: keys, database, areas, HTTP, jobs.
import { randomBytes } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { choosePort } from './listen-port.ts';
import {
  accessMigrations,
  accessRoutes,
  type AccessDeps,
  authenticate,
  createSetupLink,
  createSignInLink,
  listActiveWorkspaces,
  listMemberAddresses,
  type OneTimeLink,
  openOperatorKey,
} from './access/access.ts';
import type { Config } from './config.ts';
import { CONSOLE_DIR } from './config.ts';
import { createGateMetrics, gateMigrations, gateRoutes, publishFirstPolicy } from './gate/gate.ts';
import { defineCheckpoints, signCheckpoints, type CheckpointDeps } from './platform/audit/audit.jobs.ts';
import { auditControlMigrations, auditWorkspaceMigrations } from './platform/audit/audit.migrations.ts';
import { auditRoutes } from './platform/audit/audit.routes.ts';
import { checkpointKeys } from './platform/audit/checkpoint.ts';
import { type Clock, systemClock } from './platform/clock.ts';
import { controlMigrations } from './platform/db/control.migrations.ts';
import { type Database, type Migrations, openDatabase } from './platform/db/database.ts';
import { defineEventDispatch } from './platform/events/events.jobs.ts';
import { eventMigrations } from './platform/events/events.migrations.ts';
import { platformRoutes } from './platform/http/platform.routes.ts';
import type { Caller, Presented, Route } from './platform/http/route.ts';
import { createHttp } from './platform/http/server.ts';
import { createJobs, type Jobs } from './platform/jobs/jobs.ts';
import { defineMaintenance } from './platform/jobs/maintenance.jobs.ts';
import { createLogger, errorFields, type Logger } from './platform/log.ts';
import { createMetrics } from './platform/metrics.ts';
import { loadVault } from './platform/secrets/vault-key.ts';
import { systemRoutes } from './platform/system/system.routes.ts';
import { VERSION } from './version.ts';

export const MIGRATIONS: Migrations = {
  control: [...controlMigrations, ...auditControlMigrations, ...accessMigrations],
  workspace: [...auditWorkspaceMigrations, ...eventMigrations, ...gateMigrations],
};

export interface StartOptions {
  /** Whether background work runs in this process. */
  readonly jobs: boolean;
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

/** Opens everything and listens. @throws the start-up errors of config, vault and database, as sentences */
export async function startSystem(config: Config, options: StartOptions): Promise<System> {
  const clock = options.clock ?? systemClock;
  const log = options.log ?? createLogger({ level: config.logLevel, destination: process.stderr });
  const step = options.onStep ?? (() => {});
  const startedAt = clock.now();
  const port = await choosePort(config.host, config.port);

  const vault = await loadVault({
    setting: config.vaultKey,
    dataDir: config.dataDir,
    create: (await holdsDatabase(config)) ? 'never' : 'when_missing',
  });
  const operatorKey = await openOperatorKey(config.dataDir, randomBytes);
  step({
    name: 'keys',
    finding:
      vault.origin === 'made'
        ? 'made, kept in the data folder'
        : vault.origin === 'file'
          ? 'from the data folder'
          : 'from the environment',
  });

  const db = await openDatabase(
    {
      url: config.databaseUrl?.reveal() ?? null,
      directUrl: config.directUrl?.reveal() ?? null,
      dataDir: config.dataDir,
      cacheDir: config.cacheDir,
      log,
    },
    MIGRATIONS,
  );
  step({ name: 'database', finding: `${db.kind}, ${db.engine.version}` });

  const metrics = createMetrics({ process: true });
  const running: { jobs: Jobs | null } = { jobs: null };
  const checkpoints: CheckpointDeps = { db, keys: checkpointKeys(vault.vault), clock, log };
  const publicUrl = new URL(
    config.publicUrl ?? `http://${config.host.includes(':') ? `[${config.host}]` : config.host}:${port}`,
  );
  const access: AccessDeps = {
    db,
    clock,
    randomBytes,
    operatorKey,
    links: { base: publicUrl, remote: false },
    onWorkspaceCreated: (tx, facts) =>
      publishFirstPolicy(tx, {
        ownDomains: facts.ownDomains,
        ownAddresses: [facts.ownerEmail],
        by: 'setup',
        at: facts.at,
      }),
  };
  const prove = (presented: Presented, now: Date): Promise<Caller | null> =>
    authenticate({ db, operatorKey }, presented, now);
  const routes = [
    ...platformRoutes({ version: VERSION, metrics, authenticate: prove, clock, health: () => 'ok' }),
    ...systemRoutes({
      db,
      version: VERSION,
      startedAt,
      clock,
      vaultOrigin: vault.origin,
      jobs: async () => (await running.jobs?.counts()) ?? null,
    }),
    ...accessRoutes(access),
    ...auditRoutes(checkpoints),
    ...gateRoutes({
      db,
      clock,
      log,
      metrics: createGateMetrics(metrics),
      members: (workspaceId) => listMemberAddresses(db, workspaceId),
    }),
  ];
  const http = await createHttp({
    routes,
    authenticate: prove,
    db,
    log,
    clock,
    metrics,
    version: VERSION,
    publicUrl,
    consoleDir: CONSOLE_DIR,
  });
  const jobs = options.jobs ? defineJobs({ db, clock, log, checkpoints }) : null;
  running.jobs = jobs;
  const address = await http.listen({ host: config.host, port });
  const url = config.publicUrl ?? address;
  await db.setLockUrl(address);
  // Not awaited: the queue takes a second or two to wake, and no request needs it.
  const jobsStarted = jobs?.start().catch((error: unknown) => log.error('jobs.start_failed', errorFields(error)));

  return {
    url,
    db,
    access,
    log,
    routes,
    createLink: async () => (await createSetupLink(access)) ?? (await signInLink(access)),
    close: async () => {
      await http.close();
      await jobsStarted;
      await jobs?.stop();
      await signCheckpoints(checkpoints, 'now');
      await db.close();
    },
  };
}

/** Background work. Nothing subscribes to events yet; dispatching them keeps the outbox from growing. */
function defineJobs({
  db,
  clock,
  log,
  checkpoints,
}: {
  db: Database;
  clock: Clock;
  log: Logger;
  checkpoints: CheckpointDeps;
}): Jobs {
  const jobs = createJobs(db, log);
  defineMaintenance(jobs, db);
  defineCheckpoints(jobs, checkpoints);
  defineEventDispatch(jobs, { db, clock, log, subscribers: [] });
  return jobs;
}

async function signInLink(access: AccessDeps): Promise<OneTimeLink> {
  const [workspace] = await access.db.control(listActiveWorkspaces);
  if (workspace === undefined) throw new Error('there is an owner but no workspace');
  return await createSignInLink(access, workspace.id, null);
}

/** A folder that holds a database already must not get a new vault key: it could not open what the old one sealed. */
async function holdsDatabase(config: Config): Promise<boolean> {
  if (config.databaseUrl !== null) return false;
  return await stat(join(config.dataDir, 'database')).then(
    () => true,
    () => false,
  );
}
