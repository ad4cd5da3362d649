// The state of the installation over HTTP, for `sentinel status`, `doctor` and the console.
import { SystemState, type Check } from '@sentinel/contract';
import type { Clock } from '../clock.ts';
import type { Database } from '../db/database.ts';
import { type Route, route } from '../http/route.ts';
import { logsParameters, STATEMENT_LOG_FIX } from './statement-log.ts';

export interface SystemFacts {
  readonly db: Database;
  readonly version: string;
  readonly startedAt: Date;
  readonly clock: Clock;
  readonly vaultOrigin: 'setting' | 'file' | 'made';
  /** What is to be said about the master keys; left out, only where they come from. */
  readonly vault?: () => Promise<Check>;
  /** Counts of the job queue; null where no jobs run in this process. */
  jobs(): Promise<{ waiting: number; running: number; failed: number } | null>;
}

export function systemRoutes(facts: SystemFacts): readonly Route[] {
  return [
    route({
      method: 'GET',
      path: '/v1/system',
      summary: 'State of the installation',
      action: 'system:read',
      unaudited: 'Versions, counts and sizes only',
      answers: { 200: SystemState },
      problems: [],
      rate: 'read',
      handle: () => readSystem(facts),
    }),
  ];
}

async function readSystem(facts: SystemFacts): Promise<SystemState> {
  const jobs = await facts.jobs();
  const bytes = await facts.db.engine.bytes();
  return {
    version: facts.version,
    startedAt: facts.startedAt.toISOString(),
    database: { kind: facts.db.kind, version: facts.db.engine.version, bytes },
    checks: [
      databaseCheck(facts.db),
      ...(await statementLogCheck(facts.db)),
      await clockCheck(facts),
      (await facts.vault?.()) ?? vaultCheck(facts),
      jobsCheck(jobs),
    ],
    jobs: jobs ?? { waiting: 0, running: 0, failed: 0 },
  };
}

function databaseCheck(db: Database): Check {
  if (db.kind === 'server') return { name: 'database', state: 'ok', finding: db.engine.version, fix: null };
  return {
    name: 'database',
    state: 'ok',
    finding: `embedded, ${db.engine.version}; keep backups, it does not survive a power loss for certain`,
    fix: null,
  };
}

async function statementLogCheck(db: Database): Promise<Check[]> {
  if (db.kind === 'embedded') return [];
  if (!(await logsParameters(db)))
    return [{ name: 'server log', state: 'ok', finding: 'statements are logged without their parameters', fix: null }];
  const finding = 'the server logs statement parameters, so the gate refuses: looked-up addresses would reach its log';
  return [{ name: 'server log', state: 'failed', finding, fix: STATEMENT_LOG_FIX }];
}

const MOST_SKEW_MS = 2000;

/** Cursors and expiries compare our clock with the database's. */
async function clockCheck({ db, clock }: SystemFacts): Promise<Check> {
  const before = clock.now().getTime();
  const { rows } = await db.engine.run('select extract(epoch from clock_timestamp())::float8 * 1000 as now_ms');
  const theirs = Number(rows[0]?.['now_ms']);
  const skew = Math.abs(theirs - (before + clock.now().getTime()) / 2);
  const ok = skew <= MOST_SKEW_MS;
  return {
    name: 'clock',
    state: ok ? 'ok' : 'warning',
    finding: `${Math.round(skew)} ms from the database's`,
    fix: ok ? null : 'synchronise both clocks with NTP',
  };
}

function vaultCheck({ vaultOrigin }: SystemFacts): Check {
  return vaultOrigin === 'setting'
    ? { name: 'vault', state: 'ok', finding: 'key from the environment', fix: null }
    : {
        name: 'vault',
        state: 'ok',
        finding: 'key file in the data folder; back it up apart from the database',
        fix: null,
      };
}

function jobsCheck(jobs: { failed: number } | null): Check {
  if (jobs === null) return { name: 'jobs', state: 'ok', finding: 'not run by this process', fix: null };
  return jobs.failed === 0
    ? { name: 'jobs', state: 'ok', finding: 'running', fix: null }
    : { name: 'jobs', state: 'warning', finding: `${jobs.failed} failed`, fix: 'look at the log for job.failed' };
}
