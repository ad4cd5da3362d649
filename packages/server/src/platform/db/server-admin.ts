// The migrating login of a PostgreSQL server: connections of its own, opened for the moment and closed again.
// One process at a time; a migration that cannot get its locks fails and keeps nothing, rather than stop everybody behind it.
import pg from 'pg';
import type { AdminSession } from './admin-session.ts';
import { serverTypes } from './column-values.ts';
import { type ServerTarget, troubleOf } from './server-target.ts';

/** How long connecting may take. */
export const CONNECT_MS = 10_000;
/** While a migration waits for the lock of a table, all later readers of that table wait behind it. */
const LOCK_LIMIT = '20s';

/** Runs work on a connection of its own for the migrating login, under the lock that lets only one process do so. */
export async function withAdmin<T>(target: ServerTarget, work: (session: AdminSession) => Promise<T>): Promise<T> {
  const connection = {
    connectionString: target.url,
    types: serverTypes,
    application_name: 'sentinel-migrate',
    connectionTimeoutMillis: CONNECT_MS,
  };
  const client = new pg.Client(connection);
  const guard = new pg.Client(connection);
  // A connection that is lost fails the statement that waits or comes next; without a listener it would end the process.
  for (const one of [client, guard]) one.on('error', () => {});
  try {
    await Promise.all([client.connect(), guard.connect()]);
    // Held by a transaction of a second connection: a lock of the session would not survive a pooler.
    await guard.query('begin');
    await guard.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', ['sentinel.admin']);
    return await work(adminSession(client));
  } catch (error) {
    throw troubleOf(error, target);
  } finally {
    await Promise.allSettled([client.end(), guard.end()]);
  }
}

function adminSession(client: pg.Client): AdminSession {
  const statements = {
    async run(text: string) {
      await client.query(text);
    },
    async query(text: string, values: readonly unknown[] = []) {
      const { rows } = await client.query<Record<string, unknown>>(text, [...values]);
      return rows;
    },
  };
  return {
    ...statements,
    async atomically(work) {
      await client.query('begin');
      try {
        await client.query(`set local lock_timeout = '${LOCK_LIMIT}'`);
        const result = await work({ ...statements, atomically: refuseInner });
        await client.query('commit');
        return result;
      } catch (error) {
        await client.query('rollback').catch(() => {});
        throw error;
      }
    },
  };
}

function refuseInner(): never {
  throw new Error('a transaction was begun inside a transaction');
}
