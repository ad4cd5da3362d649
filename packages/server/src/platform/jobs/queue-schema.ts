// The tables of the job queue (pg-boss). They are made and moved forward by the migrating login at start,
// so that the application's login needs no right to change tables while it runs.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import type { AdminSession } from '../db/admin-session.ts';

export const QUEUE_SCHEMA = 'pgboss';

/** The version of the tables that the installed pg-boss works with. */
export const QUEUE_SCHEMA_VERSION = readVersion();

/**
 * Creates the queue's tables, or brings those of an older pg-boss up to date.
 *
 * @param login the application's login on a server, which gets the right to use them; null on the embedded database
 */
export async function prepareQueue(session: AdminSession, login: string | null): Promise<void> {
  const installed = await installedVersion(session);
  if (installed !== QUEUE_SCHEMA_VERSION) {
    // Loaded only here: a start that finds the tables in place has no use for it yet.
    const { getConstructionPlans, getMigrationPlans } = await import('pg-boss');
    await session.run(
      installed === null ? getConstructionPlans(QUEUE_SCHEMA) : getMigrationPlans(QUEUE_SCHEMA, installed),
    );
  }
  if (login !== null) await letUse(session, login, installed !== QUEUE_SCHEMA_VERSION);
}

async function installedVersion(session: AdminSession): Promise<number | null> {
  const [place] = await session.query(
    `select has_schema_privilege(oid, 'usage') as usable from pg_catalog.pg_namespace where nspname = '${QUEUE_SCHEMA}'`,
  );
  if (place === undefined) return null;
  const [row] = await session.query(`select version from ${QUEUE_SCHEMA}.version`);
  return row === undefined ? null : Number(row['version']);
}

async function letUse(session: AdminSession, login: string, changed: boolean): Promise<void> {
  const [row] = await session.query(
    `select quote_ident($1) as login, has_schema_privilege($1, '${QUEUE_SCHEMA}', 'usage') as may`,
    [login],
  );
  if (row?.['may'] === true && !changed) return;
  const name = String(row?.['login']);
  await session.run(`
    grant usage on schema ${QUEUE_SCHEMA} to ${name};
    grant select, insert, update, delete on all tables in schema ${QUEUE_SCHEMA} to ${name};
    grant usage, select on all sequences in schema ${QUEUE_SCHEMA} to ${name};
  `);
}

/** It stands in pg-boss’s package.json, which is not among its exports. */
function readVersion(): number {
  const entry = createRequire(import.meta.url).resolve('pg-boss');
  const text = readFileSync(join(dirname(entry), '..', 'package.json'), 'utf8');
  return z.object({ pgboss: z.object({ schema: z.int() }) }).parse(JSON.parse(text)).pgboss.schema;
}
