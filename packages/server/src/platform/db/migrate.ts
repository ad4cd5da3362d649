// Brings a database up to date: the control plane once, every workspace's schema one by one, each step in a transaction of its own.
// A step runs once; a step whose text changed after it ran stops the start, because nobody can say what state that leaves.
import { createHash } from 'node:crypto';
import { parseId, type WorkspaceId } from '../ids.ts';
import { prepareQueue } from '../jobs/queue-schema.ts';
import type { AdminSession } from './admin-session.ts';
import type { ControlMigration, Migrations, WorkspaceMigration } from './database.ts';
import { DatabaseUnusable, errorCode } from './errors.ts';
import { CONTROL_SCHEMA, OWNER_ROLE, workspaceNames } from './names.ts';

/** Text that identifies a list of control migrations, for keys of prepared databases. */
export function fingerprint(parts: readonly string[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${part.length}:`).update(part);
  return hash.digest('hex').slice(0, 32);
}

/** Runs the control migrations that this database has not seen. Answers how many ran. */
export async function migrateControl(session: AdminSession, migrations: readonly ControlMigration[]): Promise<number> {
  refuseRepeatedIds(migrations);
  const rows = await session.query(`select id, checksum from ${CONTROL_SCHEMA}.migration`);
  const applied = new Map(rows.map((row) => [String(row['id']), String(row['checksum'])]));
  const missing = migrations.filter((step) => !isApplied(applied, step.id, fingerprint([step.sql])));
  for (const step of missing) {
    await session.atomically(async (tx) => {
      await runAsOwner(tx, CONTROL_SCHEMA, step);
      await tx.query(`insert into ${CONTROL_SCHEMA}.migration (id, checksum) values ($1, $2)`, [
        step.id,
        fingerprint([step.sql]),
      ]);
    });
  }
  return missing.length;
}

/** Brings every provisioned workspace up to date. One query finds those that are behind. Answers how many were. */
export async function migrateWorkspaces(
  session: AdminSession,
  migrations: readonly WorkspaceMigration[],
  grantTo: string | null,
): Promise<number> {
  const target = fingerprint(migrations.map((step) => step.id));
  const rows = await session.query(
    `select workspace_id from ${CONTROL_SCHEMA}.workspace_schema where fingerprint <> $1 order by workspace_id`,
    [target],
  );
  for (const row of rows) {
    const id = parseId<WorkspaceId>(String(row['workspace_id']));
    if (id !== null) await provisionWorkspace(session, id, { migrations, grantTo });
  }
  return rows.length;
}

/**
 * Creates a workspace's roles and schema and runs the steps it lacks, in one transaction.
 *
 * @param how `grantTo` is the login that may take the workspace's roles; null on the embedded database
 */
export async function provisionWorkspace(
  session: AdminSession,
  id: WorkspaceId,
  how: { migrations: readonly WorkspaceMigration[]; grantTo: string | null },
): Promise<void> {
  refuseRepeatedIds(how.migrations);
  const names = workspaceNames(id);
  await session.atomically(async (tx) => {
    await tx.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [names.schema]);
    const [row] = await tx.query(`select applied from ${CONTROL_SCHEMA}.workspace_schema where workspace_id = $1`, [
      id,
    ]);
    if (row === undefined) await createWorkspace(tx, id, how.grantTo);
    const applied = new Set(Array.isArray(row?.['applied']) ? row['applied'].map(String) : []);
    const missing = how.migrations.filter((step) => !applied.has(step.id));
    for (const step of missing) await runAsOwner(tx, names.schema, { id: step.id, sql: step.sql(names) });
    if (row !== undefined && missing.length === 0) return;
    await tx.query(
      `update ${CONTROL_SCHEMA}.workspace_schema set applied = applied || $2::text[], fingerprint = $3, changed_at = now() where workspace_id = $1`,
      [id, missing.map((step) => step.id), fingerprint(how.migrations.map((step) => step.id))],
    );
  });
}

/** Drops a workspace's schema and roles, in one transaction; neither need be there. */
export async function deprovisionWorkspace(session: AdminSession, id: WorkspaceId): Promise<void> {
  const { schema, role, ingestRole } = workspaceNames(id);
  await session.atomically(async (tx) => {
    await tx.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [schema]);
    await tx.run(`
      set local role ${OWNER_ROLE};
      drop schema if exists ${schema} cascade;
      delete from ${CONTROL_SCHEMA}.workspace_schema where workspace_id = '${id}';
      reset role;
      drop role if exists ${ingestRole};
      drop role if exists ${role};
    `);
  });
}

/** All that must hold before any work: used by both engines on opening. */
export async function bringUpToDate(
  session: AdminSession,
  migrations: Migrations,
  grantTo: string | null,
): Promise<{ control: number; workspaces: number }> {
  await prepareQueue(session, grantTo);
  const control = await migrateControl(session, migrations.control);
  const workspaces = await migrateWorkspaces(session, migrations.workspace, grantTo);
  return { control, workspaces };
}

async function createWorkspace(tx: AdminSession, id: WorkspaceId, grantTo: string | null): Promise<void> {
  const { schema, role, ingestRole } = workspaceNames(id);
  for (const name of [role, ingestRole]) {
    const [known] = await tx.query('select 1 from pg_roles where rolname = $1', [name]);
    if (known === undefined) await tx.run(`create role ${name} nologin noinherit`);
  }
  // The ingest role works with the member's rights plus its own, so it alone inherits.
  await tx.run(`alter role ${ingestRole} inherit; grant ${role} to ${ingestRole};`);
  if (grantTo !== null) await grantRoles(tx, [role, ingestRole], grantTo);
  await tx.run(`
    create schema ${schema} authorization ${OWNER_ROLE};
    set local role ${OWNER_ROLE};
    grant usage on schema ${schema} to ${role};
    insert into ${CONTROL_SCHEMA}.workspace_schema (workspace_id, applied, fingerprint) values ('${id}', '{}', '');
    reset role;
  `);
}

/** Lets a login take roles without inheriting them. The option exists from PostgreSQL 16 on; on 15 the login itself is NOINHERIT. */
export async function grantRoles(session: AdminSession, roles: readonly string[], login: string): Promise<void> {
  const [row] = await session.query(
    `select current_setting('server_version_num')::int as version, quote_ident($1) as login`,
    [login],
  );
  const option = Number(row?.['version']) >= 160_000 ? ' with inherit false, set true' : '';
  await session.run(`grant ${roles.join(', ')} to ${String(row?.['login'])}${option}`);
}

/** Runs one step as the owner of both planes, with unqualified names meaning the given schema. */
async function runAsOwner(tx: AdminSession, schema: string, step: { id: string; sql: string }): Promise<void> {
  try {
    await tx.run(`set local role ${OWNER_ROLE}; set local search_path = ${schema}, pg_temp;`);
    await tx.run(step.sql);
    await tx.run('reset role; set local search_path = pg_catalog;');
  } catch (error) {
    const code = errorCode(error) ?? 'unknown';
    throw new DatabaseUnusable(
      'migration_failed',
      `The migration ${step.id} failed (SQLSTATE ${code}). Nothing of it was kept; the cause is attached.`,
      error,
    );
  }
}

function isApplied(applied: ReadonlyMap<string, string>, id: string, checksum: string): boolean {
  const seen = applied.get(id);
  if (seen === undefined) return false;
  if (seen !== checksum) {
    throw new DatabaseUnusable(
      'migration_changed',
      `The migration ${id} was changed after it ran on this database. Restore its text, or start with a fresh data folder.`,
    );
  }
  return true;
}

function refuseRepeatedIds(migrations: readonly { readonly id: string }[]): void {
  const seen = new Set<string>();
  for (const { id } of migrations) {
    if (seen.has(id)) throw new Error(`two migrations are called ${id}`);
    seen.add(id);
  }
}
