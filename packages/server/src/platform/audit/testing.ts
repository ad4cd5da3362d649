// For tests of the audit log: a fresh database with its tables, and hands that the product does not have.
import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import type { Clock } from '../clock.ts';
import { controlMigrations } from '../db/control.migrations.ts';
import type { Database } from '../db/database.ts';
import { workspaceNames } from '../db/names.ts';
import { openTestDatabase, testServerUrl } from '../db/testing.ts';
import { newId, type WorkspaceId } from '../ids.ts';
import { silentLogger } from '../log.ts';
import { createVault, type Vault } from '../secrets/vault.ts';
import { auditControlMigrations, auditWorkspaceMigrations } from './audit.migrations.ts';
import type { CheckpointDeps } from './audit.jobs.ts';
import { openAuditEntry, type Actor } from './audit.ts';
import { checkpointKeys } from './checkpoint.ts';

export interface AuditWorld {
  readonly db: Database;
  readonly deps: CheckpointDeps;
  readonly vault: Vault;
  /** Moves with the test. */
  readonly clock: Clock & { set(to: string): void };
  /** A new workspace and the name of its log. */
  workspace(): Promise<{ id: WorkspaceId; log: string; role: string }>;
  /** Appends rows in one transaction. */
  append(id: WorkspaceId, count: number): Promise<void>;
  /** Runs statements as a superuser, in one session. */
  asSuperuser(...statements: readonly string[]): Promise<Record<string, unknown>[]>;
  close(): Promise<void>;
}

export const SOMEBODY: Actor = { kind: 'person', id: '01930000-0000-7000-8000-0000000000aa', name: 'Ada' };

export async function openAuditWorld(): Promise<AuditWorld> {
  const db = await openTestDatabase({
    control: [...controlMigrations, ...auditControlMigrations],
    workspace: auditWorkspaceMigrations,
  });
  const vault = createVault([randomBytes(32)]);
  let now = new Date('2026-11-22T08:00:00Z');
  const clock = { now: () => now, set: (to: string) => void (now = new Date(to)) };
  return {
    db,
    vault,
    clock,
    deps: { db, keys: checkpointKeys(vault), clock, log: silentLogger },
    workspace: () => makeWorkspace(db),
    async append(id, count) {
      await db.workspace(id, async (tx) => {
        for (let n = 1; n <= count; n++)
          await openAuditEntry('gate.asked', SOMEBODY, null, clock).record(tx, { detail: { n } });
      });
    },
    asSuperuser: (...statements) => runAsSuperuser(db, statements),
    close: () => db.close(),
  };
}

async function makeWorkspace(db: Database): Promise<{ id: WorkspaceId; log: string; role: string }> {
  const id = newId<WorkspaceId>();
  await db.provision(id);
  await db.control((tx) =>
    tx
      .insertInto('workspace')
      .values({ id, slug: `w-${id}`, name: 'Example' })
      .execute(),
  );
  const { schema, role } = workspaceNames(id);
  return { id, log: `${schema}.audit_log`, role };
}

async function runAsSuperuser(db: Database, statements: readonly string[]): Promise<Record<string, unknown>[]> {
  const text = statements.join(';\n');
  // The embedded database has no other login.
  if (db.kind === 'embedded') return (await db.engine.run(text)).rows;
  const { rows } = await db.engine.run('select current_database() as name');
  const url = new URL(testServerUrl() ?? '');
  url.pathname = `/${String(rows[0]?.['name'])}`;
  const client = new Client({ connectionString: url.href });
  await client.connect();
  try {
    const results = await client.query(text);
    return (Array.isArray(results) ? results : [results]).flatMap(
      (result: { rows: Record<string, unknown>[] }) => result.rows,
    );
  } finally {
    await client.end();
  }
}
