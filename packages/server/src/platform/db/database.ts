// The front of the database: one interface over PGlite (in process) and a PostgreSQL server.
// All work happens in a transaction that runs under the role of its plane, so a query of one workspace cannot reach another's rows.
import type { ColumnType, Generated, Transaction } from 'kysely';
import type { WorkspaceId } from '../ids.ts';
import type { JsonValue } from '../json.ts';
import type { Logger } from '../log.ts';
import { openEmbedded } from './pglite.ts';
import { openServer } from './postgres.ts';

/** The platform's own tables in a workspace's schema. */
export interface WorkspaceTables {
  event_outbox: EventOutboxTable;
  audit_log: AuditLogTable;
}

export interface EventOutboxTable {
  id: string;
  type: string;
  /** JSON; written as text. */
  payload: ColumnType<JsonValue, string, never>;
  occurred_at: Date;
  attempts: Generated<number>;
  claimed_until: Generated<Date | null>;
  dispatched_at: Generated<Date | null>;
}

/** Rows are appended and read in `audit/audit.store.ts` only; `never` because nothing may update them. */
export interface AuditLogTable {
  seq: ColumnType<number, number, never>;
  id: ColumnType<string, string, never>;
  at: ColumnType<Date, string, never>;
  actor_kind: ColumnType<'person' | 'operator' | 'system', string, never>;
  actor_id: ColumnType<string | null, string | null, never>;
  actor_name: ColumnType<string | null, string | null, never>;
  event: ColumnType<string, string, never>;
  target: ColumnType<string | null, string | null, never>;
  result: ColumnType<'ok' | 'denied' | 'failed', string, never>;
  request_id: ColumnType<string | null, string | null, never>;
  detail: ColumnType<string, string, never>;
  prev_hash: ColumnType<string, string, never>;
  hash: ColumnType<string, string, never>;
}

/** The platform's own tables in the control schema. */
export interface ControlTables {
  workspace: WorkspaceTable;
  audit_checkpoint: AuditCheckpointTable;
}

export interface WorkspaceTable {
  id: string;
  slug: string;
  name: string;
  state: Generated<'creating' | 'active' | 'suspended' | 'deleting'>;
  demo: Generated<boolean>;
  created_at: Generated<Date>;
}

/** Written and read in `audit/checkpoint.store.ts` only. */
export interface AuditCheckpointTable {
  workspace_id: ColumnType<string, string, never>;
  seq: ColumnType<number, number, never>;
  head: ColumnType<string, string, never>;
  count: ColumnType<number, number, never>;
  at: ColumnType<Date, string, never>;
  prev: ColumnType<string, string, never>;
  key_id: ColumnType<string, string, never>;
  signature: ColumnType<string, string, never>;
}

export type WorkspaceTx = Transaction<WorkspaceTables>;
export type ControlTx = Transaction<ControlTables>;

/** `ingest` is the only role that may insert into message tables. */
export type WorkspaceRoleKind = 'member' | 'ingest';

export interface Database {
  readonly kind: 'embedded' | 'server';
  /** One transaction on the control plane, under `sentinel_control`. Throws when called inside an open transaction. */
  control<T>(work: (tx: ControlTx) => Promise<T>): Promise<T>;
  /**
   * One transaction in a workspace's schema, under its role. Throws when called inside an open transaction.
   *
   * @param as defaults to `member`
   * @throws problem `not_found` when the workspace was never provisioned
   */
  workspace<T>(id: WorkspaceId, work: (tx: WorkspaceTx) => Promise<T>, as?: WorkspaceRoleKind): Promise<T>;
  /** Creates a workspace's schema and roles and brings its tables up to date. Doing it again changes nothing. */
  provision(id: WorkspaceId): Promise<void>;
  /**
   * Removes a workspace's schema and roles with everything in them, for good. Doing it again changes nothing. Waits for
   * running work of the workspace, and fails when that takes too long; then nothing was removed.
   */
  deprovision(id: WorkspaceId): Promise<void>;
  /**
   * Notes in the data folder where this process serves, for whoever looks for it or starts a second one; gone after `close`.
   * On a server the note is advice: another one's stays, and one that is `passing` (there for one command) leaves none.
   */
  setLockUrl(url: string, as: 'serving' | 'passing'): Promise<void>;
  readonly engine: DatabaseEngine;
  close(): Promise<void>;
}

/** For jobs and diagnosis; not for queries of an area. */
export interface DatabaseEngine {
  readonly version: string;
  /** Size of the database in bytes. */
  bytes(): Promise<number>;
  /** Runs SQL outside the planes, as the login itself. Only the job queue and maintenance use it. */
  run(text: string, values?: readonly unknown[]): Promise<{ rows: Record<string, unknown>[] }>;
  /** What a server does by itself and PGlite never does: reclaims dead rows, refreshes statistics, writes a checkpoint. */
  maintain(): Promise<void>;
}

/** A step of the control plane; runs once, as the owner, with search_path = sentinel. */
export interface ControlMigration {
  readonly id: string;
  readonly sql: string;
}

/** A step of every workspace; runs once per workspace, as the owner, in its schema. Grants are explicit in the SQL. */
export interface WorkspaceMigration {
  readonly id: string;
  sql(names: { schema: string; role: string; ingestRole: string }): string;
}

export interface Migrations {
  readonly control: readonly ControlMigration[];
  readonly workspace: readonly WorkspaceMigration[];
}

export interface DatabaseOptions {
  /** Server the application logs in to; null means the embedded database. */
  readonly url: string | null;
  /** Server login for migrations and provisioning (CREATEROLE, CREATE on the database); null means `url`. */
  readonly directUrl: string | null;
  readonly dataDir: string;
  /** Where prepared, empty databases are kept between starts. */
  readonly cacheDir: string;
  readonly log: Logger;
}

/**
 * Opens the database, brings it up to date and checks that it isolates workspaces.
 *
 * @throws DataFolderInUse when another process has the folder open
 * @throws DatabaseUnusable when the database cannot be reached, is too old, or its roles are not as they must be
 */
export function openDatabase(options: DatabaseOptions, migrations: Migrations): Promise<Database> {
  const { url } = options;
  return url === null ? openEmbedded(options, migrations) : openServer({ ...options, url }, migrations);
}
