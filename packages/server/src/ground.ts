// The bottom floor of a running system: keys, database, log, metrics, and the road to providers. Every area stands on it.
import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { CONNECTION_PROVIDERS } from '@sentinel/contract';
import {
  accessMigrations,
  listActiveWorkspaces,
  openOperatorKey,
  type OperatorKey,
  signingKeyPlace,
} from './access/access.ts';
import type { Config } from './config.ts';
import { connectionSecrets, gateControlMigrations, gateMigrations } from './gate/gate.ts';
import { type CheckpointDeps } from './platform/audit/audit.jobs.ts';
import { auditControlMigrations, auditWorkspaceMigrations } from './platform/audit/audit.migrations.ts';
import { checkpointKeys } from './platform/audit/checkpoint.ts';
import { keptKeyPlace, keptKeys } from './platform/audit/kept-keys.ts';
import { type Clock, systemClock } from './platform/clock.ts';
import { controlMigrations } from './platform/db/control.migrations.ts';
import { type Database, type Migrations, openDatabase } from './platform/db/database.ts';
import { privateFolder } from './platform/db/private-folder.ts';
import { eventMigrations } from './platform/events/events.migrations.ts';
import { createLogger, exitOnFault, type Logger } from './platform/log.ts';
import { createMetrics, type Metrics } from './platform/metrics.ts';
import { createOutboundFetch } from './platform/outbound/guarded-fetch.ts';
import { createLanes, type Lanes } from './platform/outbound/lanes.ts';
import { createOutboundMetrics } from './platform/outbound/outbound-metrics.ts';
import { systemSleep } from './platform/outbound/sleep.ts';
import { holdKeys, type KeyHolding } from './platform/secrets/key-holding.ts';
import { createRotation, type Rotation } from './platform/secrets/rotation.ts';
import { vaultMigrations } from './platform/secrets/vault.migrations.ts';
import { type LoadedVault, loadVault } from './platform/secrets/vault-key.ts';

export const MIGRATIONS: Migrations = {
  control: [
    ...controlMigrations,
    ...auditControlMigrations,
    ...vaultMigrations,
    ...accessMigrations,
    ...gateControlMigrations,
  ],
  workspace: [...auditWorkspaceMigrations, ...eventMigrations, ...gateMigrations],
};

export interface GroundOptions {
  /** Whether a fault that nobody caught ends the process, with a line in the log. For a process that does nothing else. */
  readonly exitOnFault?: boolean;
  readonly clock?: Clock;
  readonly log?: Logger;
  readonly onStep?: (step: { name: string; finding: string }) => void;
}

export interface Ground {
  readonly clock: Clock;
  readonly log: Logger;
  readonly db: Database;
  readonly operatorKey: OperatorKey;
  readonly loaded: LoadedVault;
  readonly holding: KeyHolding;
  readonly rotation: Rotation;
  readonly checkpoints: CheckpointDeps;
  readonly lanes: Lanes;
  readonly metrics: Metrics;
  readonly startedAt: Date;
  /** What must still be written before the database and the road to providers close. */
  beforeClose(work: () => Promise<void>): void;
  /** After everything that stands on it has ended. */
  close(): Promise<void>;
}

const KEY_ORIGINS = {
  made: 'made, kept in the data folder',
  file: 'from the data folder',
  setting: 'from the environment',
} as const satisfies Record<LoadedVault['origin'], string>;

/** What a provider may take for one answer, and how large it may be at most where a request allows more than is usual. */
const PROVIDER_LIMITS = { timeoutMs: 25_000, maxBytes: 32 * 1024 * 1024 } as const;

/** @throws the start-up errors of database and vault, whose messages are sentences for people */
export async function openGround(config: Config, options: GroundOptions): Promise<Ground> {
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
    const loaded = await loadVault({ setting: config.vaultKey, dataDir, create });
    const operatorKey = await openOperatorKey(dataDir, randomBytes);
    const vault = await openVault({ db, clock, log, loaded });
    options.onStep?.({ name: 'keys', finding: KEY_ORIGINS[loaded.origin] });
    const metrics = createMetrics({ process: true });
    const lanes = createLanes({
      fetch: createOutboundFetch(PROVIDER_LIMITS),
      clock: systemClock,
      random: Math.random,
      sleep: systemSleep,
      metrics: createOutboundMetrics(metrics, CONNECTION_PROVIDERS),
      log,
    });
    const before: (() => Promise<void>)[] = [];
    const close = async (): Promise<void> => {
      await Promise.allSettled(before.map((work) => work()));
      lanes.close();
      await vault.holding.close();
      await db.close();
    };
    return {
      clock,
      log,
      db,
      operatorKey,
      loaded,
      ...vault,
      lanes,
      metrics,
      startedAt,
      beforeClose: (work) => void before.push(work),
      close,
    };
  } catch (error) {
    await db.close();
    throw error;
  }
}

type VaultDeps = Pick<Ground, 'db' | 'clock' | 'log' | 'loaded'>;

/** Joins the processes that hold the keys, and makes sure that what a key signed outlives it. */
async function openVault(deps: VaultDeps): Promise<Pick<Ground, 'holding' | 'rotation' | 'checkpoints'>> {
  const { db, clock, log, loaded } = deps;
  const holding = await holdKeys({ ...deps, name: `${hostname()}, process ${process.pid}` });
  const kept = keptKeys(db, loaded.vault);
  try {
    await kept.keep();
  } catch (error) {
    await holding.close();
    throw error;
  }
  const places = [signingKeyPlace(clock), keptKeyPlace, connectionSecrets];
  return {
    holding,
    rotation: createRotation({ ...deps, holding, places, remember: () => kept.keep() }),
    checkpoints: { db, keys: checkpointKeys(loaded.vault, kept), clock, log },
  };
}
