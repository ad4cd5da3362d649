// Background work that survives a restart: jobs lie in the database, are tried again when they fail, and run on one of the
// processes that started them. A job carries ids and numbers only; it opens its own unit of work.
import { PgBoss } from 'pg-boss';
import type { z } from 'zod';
import type { Database } from '../db/database.ts';
import { errorFields, type Logger } from '../log.ts';
import { QUEUE_SCHEMA } from './queue-schema.ts';

export interface Job<Data> {
  readonly id: string;
  readonly data: Data;
  /** Aborted when the job has run longer than it may, or the process stops. */
  readonly signal: AbortSignal;
}

export interface JobOptions<Data> {
  /** What a job of this kind carries. */
  readonly data: z.ZodType<Data>;
  /** How often it is tried again after the first failure, with growing pauses. */
  readonly retries: number;
  /** After this many seconds a try counts as failed. */
  readonly timeoutSeconds: number;
  /** At most one waits and one runs at a time, per `key` when it is sent with one. Sending another is then no effect. */
  readonly alone: boolean;
}

export interface JobCounts {
  readonly waiting: number;
  readonly running: number;
  readonly failed: number;
}

export interface Jobs {
  /** Before `start`. Names are `area.verb`. */
  define<Data extends object>(name: string, options: JobOptions<Data>, handle: (job: Job<Data>) => Promise<void>): void;
  /**
   * Before `start`.
   *
   * @param cron five fields, in UTC
   */
  schedule(name: string, cron: string, data?: object): void;
  /** After `start`, never inside a unit of work (an event tells the outside of it instead). */
  send(name: string, data: object, options?: { readonly key?: string; readonly delaySeconds?: number }): Promise<void>;
  start(): Promise<void>;
  /** Lets running jobs finish for a while, then gives them back to the queue. */
  stop(): Promise<void>;
  counts(): Promise<JobCounts>;
}

const POLL_SECONDS = 10;
const STOP_MS = 5_000;
const KEEP_DONE_SECONDS = 24 * 3600;
const KEEP_WAITING_SECONDS = 14 * 24 * 3600;
const FIRST_PAUSE_SECONDS = 2;
const LONGEST_PAUSE_SECONDS = 600;

interface Definition {
  readonly options: JobOptions<object>;
  run(job: { id: string; data: unknown; signal: AbortSignal }): Promise<void>;
}

/** A job queue over the database's own connection. Nothing runs before `start`. */
export function createJobs(db: Database, log: Logger): Jobs {
  const boss = new PgBoss({
    db: { executeSql: (text, values) => db.engine.run(text, values) },
    ...(db.kind === 'embedded' ? { backend: 'pglite' as const } : {}),
    schema: QUEUE_SCHEMA,
    // The migrating login did that; rebuilding indexes needs their owner.
    migrate: false,
    createSchema: false,
    reindex: false,
    monitorVacuum: false,
  });
  // Its text may quote a job; the class and our frames are enough.
  boss.on('error', (error) => log.warn('jobs.queue_error', errorFields(error)));
  const definitions = new Map<string, Definition>();
  const schedules: { name: string; cron: string; data: object }[] = [];
  const workers = new Map<string, string>();
  let running = false;

  return {
    define(name, options, handle) {
      if (running || definitions.has(name)) throw new Error(`the job ${name} is defined twice or too late`);
      definitions.set(name, {
        options: { ...options, data: options.data },
        run: async (job) => handle({ ...job, data: options.data.parse(job.data) }),
      });
    },
    schedule(name, cron, data = {}) {
      if (running) throw new Error(`the job ${name} is scheduled too late`);
      schedules.push({ name, cron, data });
    },
    async send(name, data, options = {}) {
      const { key, delaySeconds } = options;
      await boss.send(name, data, {
        ...(key === undefined ? {} : { singletonKey: key }),
        ...(delaySeconds === undefined ? {} : { startAfter: delaySeconds }),
      });
      const worker = workers.get(name);
      if (worker !== undefined && delaySeconds === undefined) boss.notifyWorker(worker);
    },
    async start() {
      running = true;
      await boss.start();
      for (const [name, definition] of definitions) workers.set(name, await startWorker(boss, name, definition, log));
      await syncSchedules(boss, schedules);
      log.info('jobs.started', { count: definitions.size });
    },
    async stop() {
      if (!running) return;
      running = false;
      workers.clear();
      await boss.stop({ graceful: true, timeout: STOP_MS, close: false });
    },
    counts: () => countJobs(db),
  };
}

async function startWorker(boss: PgBoss, name: string, definition: Definition, log: Logger): Promise<string> {
  const { retries, timeoutSeconds, alone } = definition.options;
  const settings = {
    retryLimit: retries,
    retryBackoff: true,
    retryDelay: FIRST_PAUSE_SECONDS,
    retryDelayMax: LONGEST_PAUSE_SECONDS,
    expireInSeconds: timeoutSeconds,
    deleteAfterSeconds: KEEP_DONE_SECONDS,
    retentionSeconds: KEEP_WAITING_SECONDS,
  };
  const known = await boss.getQueue(name);
  if (known === null) await boss.createQueue(name, { ...settings, policy: alone ? 'stately' : 'standard' });
  else await boss.updateQueue(name, settings);
  return boss.work(name, { batchSize: 1, pollingIntervalSeconds: POLL_SECONDS }, async (jobs) => {
    for (const job of jobs) await attempt(name, definition, job, log);
  });
}

async function attempt(
  name: string,
  definition: Definition,
  job: { id: string; data: unknown; signal: AbortSignal },
  log: Logger,
): Promise<void> {
  const started = performance.now();
  try {
    await definition.run({ id: job.id, data: job.data, signal: job.signal });
    log.debug('job.finished', { job: name, durationMs: Math.round(performance.now() - started) });
  } catch (error) {
    log.error('job.failed', { job: name, durationMs: Math.round(performance.now() - started), ...errorFields(error) });
    // The queue stores what it is given: an error's own text may quote a value, so it gets none of it.
    throw new JobFailed(name);
  }
}

class JobFailed extends Error {
  constructor(name: string) {
    super(`${name} failed; see the log`);
    this.name = 'JobFailed';
    this.stack = '';
  }
}

/** What is written here holds; schedules of earlier versions go. */
async function syncSchedules(
  boss: PgBoss,
  wanted: readonly { name: string; cron: string; data: object }[],
): Promise<void> {
  for (const { name, cron, data } of wanted) await boss.schedule(name, cron, data, { tz: 'UTC' });
  const names = new Set(wanted.map(({ name }) => name));
  for (const { name } of await boss.getSchedules()) if (!names.has(name)) await boss.unschedule(name);
}

async function countJobs(db: Database): Promise<JobCounts> {
  const { rows } = await db.engine.run(
    `select count(*) filter (where state in ('created', 'retry'))::int as waiting, count(*) filter (where state = 'active')::int as running,
            count(*) filter (where state = 'failed')::int as failed from ${QUEUE_SCHEMA}.job`,
  );
  const [row] = rows;
  return { waiting: Number(row?.['waiting']), running: Number(row?.['running']), failed: Number(row?.['failed']) };
}
