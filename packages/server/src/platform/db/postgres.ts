// The database on a PostgreSQL server (15 or newer), by two logins. The application's login (`url`) owns nothing and may only
// take the roles of the planes; it works through PgBouncer in transaction mode. Migrations and provisioning go through
// `directUrl`, opened for the moment: to create a role and a schema takes rights that a login facing requests must not have,
// and a SECURITY DEFINER function in its reach would hand it those same rights with a longer explanation.
import {
  Kysely,
  type PostgresCursor,
  PostgresDialect,
  type PostgresPool,
  type PostgresPoolClient,
  type PostgresQueryResult,
} from 'kysely';
import pg from 'pg';
import type { Logger } from '../log.ts';
import { serverTypes } from './column-values.ts';
import type { Database, DatabaseOptions, Migrations } from './database.ts';
import { DatabaseUnusable, errorCode } from './errors.ts';
import { folderNote } from './folder-note.ts';
import { foundationIsLaid, layFoundation } from './foundation.ts';
import { harden } from './hardening.ts';
import type { AdminSession } from './admin-session.ts';
import { bringUpToDate, deprovisionWorkspace, provisionWorkspace } from './migrate.ts';
import { CONNECT_MS, withAdmin } from './server-admin.ts';
import { type ServerTarget, serverTarget, troubleOf } from './server-target.ts';
import { admitStatement } from './statement-guard.ts';
import { unitsOfWork, type WorkLimits, type WorkScope, workScope } from './unit-of-work.ts';

const OLDEST_VERSION = 150_000;
const IDLE_MS = 30_000;
/** A connection that has seen many schemas keeps their catalogue in memory; a new one starts small. */
const LIFETIME_SECONDS = 1_800;
const POOL_SIZE = 10;
/** Pages of an import take milliseconds; what takes or rests a minute holds locks for nobody. */
const LIMITS: WorkLimits = { statementMs: 60_000, idleMs: 60_000 };

type ServerOptions = DatabaseOptions & { readonly url: string };

/** Checks the server, brings it up to date and opens it for the application's login. */
export async function openServer(options: ServerOptions, migrations: Migrations): Promise<Database> {
  const target = serverTarget(options.url);
  const admin = serverTarget(options.directUrl ?? options.url);
  const pool = new pg.Pool({
    connectionString: options.url,
    max: POOL_SIZE,
    types: serverTypes,
    application_name: 'sentinel',
    connectionTimeoutMillis: CONNECT_MS,
    idleTimeoutMillis: IDLE_MS,
    maxLifetimeSeconds: LIFETIME_SECONDS,
  });
  surviveLostConnections(pool, options.log);
  try {
    const started = performance.now();
    const login = await identify(pool, target);
    const ran = await withAdmin(admin, (session) => prepare(session, migrations, login.name));
    if (login.isSuperuser) options.log.warn('database.login_is_superuser', { name: login.name });
    options.log.info('database.opened', {
      engine: 'postgres',
      version: login.version.replace('postgres ', ''),
      migrations: ran.control,
      workspaces: ran.workspaces,
      durationMs: Math.round(performance.now() - started),
    });
    return serverDatabase(pool, { admin, login, migrations, dataDir: options.dataDir });
  } catch (error) {
    await pool.end();
    throw error;
  }
}

interface Login {
  readonly name: string;
  readonly isSuperuser: boolean;
  /** `postgres 15.18` */
  readonly version: string;
}

interface Serving {
  readonly admin: ServerTarget;
  readonly login: Login;
  readonly migrations: Migrations;
  readonly dataDir: string;
}

function serverDatabase(pool: pg.Pool, { admin, login, migrations, dataDir }: Serving): Database {
  const scope = workScope();
  const kysely = new Kysely<object>({ dialect: new PostgresDialect({ pool: oneStatementAtATime(pool, scope) }) });
  const units = unitsOfWork(kysely, scope, LIMITS);
  const note = folderNote(dataDir);
  return {
    kind: 'server',
    control: units.control,
    workspace: units.workspace,
    async provision(id) {
      units.refuseNesting('provision');
      await withAdmin(admin, (session) =>
        provisionWorkspace(session, id, { migrations: migrations.workspace, grantTo: login.name }),
      );
    },
    async deprovision(id) {
      units.refuseNesting('deprovision');
      await withAdmin(admin, (session) => deprovisionWorkspace(session, id));
    },
    async setLockUrl(url, as) {
      if (as === 'serving') await note.write(url);
    },
    engine: {
      version: login.version,
      async bytes() {
        const { rows } = await pool.query<{ bytes: number }>('select pg_database_size(current_database()) as bytes');
        return rows[0]?.bytes ?? 0;
      },
      async run(text, values) {
        units.refuseNesting('engine.run');
        return runDirectly(pool, text, values);
      },
      // Autovacuum does it.
      async maintain() {},
    },
    async close() {
      await units.drain();
      await kysely.destroy();
      // It leaves a pool alone through which it was never asked anything.
      if (!pool.ending) await pool.end();
      await note.remove();
    },
  };
}

/**
 * A connection may be lost at any moment, also between two statements of a transaction, when nobody waits for an answer;
 * an error without a listener would end the process. Whoever uses it next is refused, and it does not go back to the pool.
 */
function surviveLostConnections(pool: pg.Pool, log: Logger): void {
  // Says the same of idle connections once more.
  pool.on('error', () => {});
  pool.on('connect', (client) => {
    let known = false;
    client.on('error', (error) => {
      // The server's farewell and the end of the socket come one after the other.
      if (!known) log.warn('database.connection_lost', { errorCode: errorCode(error) });
      known = true;
    });
  });
}

/**
 * Sends every statement by the extended protocol, which takes exactly one statement. Without it a text that has no
 * parameters would go by the simple protocol, where `; reset role; …` could follow.
 */
function oneStatementAtATime(pool: pg.Pool, scope: WorkScope): PostgresPool {
  const wrapped = new WeakMap<pg.PoolClient, PostgresPoolClient>();
  return {
    options: pool.options,
    async connect() {
      const client = await pool.connect();
      const known = wrapped.get(client);
      if (known !== undefined) return known;
      const single = extended(client, scope);
      wrapped.set(client, single);
      return single;
    },
    end: () => pool.end(),
  };
}

function extended(client: pg.PoolClient, scope: WorkScope): PostgresPoolClient {
  function query<R>(text: string, values: readonly unknown[]): Promise<PostgresQueryResult<R>>;
  function query<R>(cursor: PostgresCursor<R>): PostgresCursor<R>;
  function query(text: unknown, values: readonly unknown[] = []): unknown {
    if (typeof text !== 'string') throw new Error('cursors are not used');
    // The driver opens and ends a transaction before and after the work, never inside.
    admitStatement(text, scope.isInside() ? 'work' : 'driver');
    const config = { text, values: [...values], queryMode: 'extended' };
    return text === 'rollback' ? rollback(config) : client.query(config);
  }
  /** One that fails must not hide why there was one: the connection is thrown away, which rolls back as well. */
  async function rollback(config: pg.QueryConfig): Promise<unknown> {
    try {
      return await client.query(config);
    } catch {
      isSpoilt = true;
      return { command: 'ROLLBACK', rowCount: 0, rows: [] };
    }
  }
  let isSpoilt = false;
  return { query, release: (destroy) => client.release(isSpoilt || destroy) };
}

async function identify(pool: pg.Pool, target: ServerTarget): Promise<Login> {
  try {
    const { rows } = await pool.query<{ name: string; super: boolean; number: number; version: string }>(
      `select current_user as name, r.rolsuper as super, current_setting('server_version_num')::int as number, current_setting('server_version') as version
         from pg_catalog.pg_roles r where r.rolname = current_user`,
    );
    const [row] = rows;
    if (row === undefined) throw new Error('the server does not know its own login');
    if (row.number < OLDEST_VERSION) {
      throw new DatabaseUnusable(
        'too_old',
        `PostgreSQL ${row.version} at ${target.place} is too old. Use PostgreSQL 15 or newer.`,
      );
    }
    return { name: row.name, isSuperuser: row.super, version: `postgres ${row.version.split(' ')[0] ?? ''}` };
  } catch (error) {
    throw troubleOf(error, target);
  }
}

/** All steps of a start that change the database. One process does it at a time; the others wait and then find it done. */
async function prepare(
  session: AdminSession,
  migrations: Migrations,
  login: string,
): Promise<{ control: number; workspaces: number }> {
  if (!(await foundationIsLaid(session, login))) await layFoundation(session, login);
  await harden(session, login);
  return bringUpToDate(session, migrations, login);
}

/** A text of several statements may begin a transaction and fail in it; the connection must not go back to the pool like that. */
async function runDirectly(
  pool: pg.Pool,
  text: string,
  values: readonly unknown[] = [],
): Promise<{ rows: Record<string, unknown>[] }> {
  const client = await pool.connect();
  try {
    const result: pg.QueryResult | pg.QueryResult[] =
      values.length > 0 ? await client.query(text, [...values]) : await client.query(text);
    client.release();
    // Several statements answer a list, which the types of `pg` do not tell.
    return { rows: Array.isArray(result) ? result.flatMap((part: pg.QueryResult) => part.rows) : result.rows };
  } catch (error) {
    await client.query('rollback').then(
      () => client.release(),
      () => client.release(true),
    );
    throw error;
  }
}
