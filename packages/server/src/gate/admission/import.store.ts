// Imports and their cursors. The cursor moves by compare-and-set in the transaction of the page it covers: an import
// that was killed goes on exactly where it stopped, and two runs of one import share the work instead of doubling it.
import type { Import, OutcomeToken, SourceKind } from '@sentinel/contract';
import { OUTCOME_TOKENS } from '@sentinel/contract';
import { type Selectable, sql } from 'kysely';
import type { WorkspaceTx } from '../../platform/db/database.ts';
import { type ImportId, newId } from '../../platform/ids.ts';
import type { GateTables } from './admission.tables.ts';

/** A running import whose last page is older than this counts as interrupted. */
const SILENT_AFTER_MS = 60_000;

export interface ImportRun {
  readonly id: ImportId;
  readonly run: number;
  readonly position: number;
  /** True when the same source was decided to its end under the same policy and book. */
  readonly upToDate: boolean;
}

/** Another run of the same import moved the cursor first; the page was undone. */
export class CursorMoved extends Error {
  constructor() {
    super('the cursor of the import was moved by another run');
    this.name = 'CursorMoved';
  }
}

export interface OpenImport {
  readonly key: string;
  readonly source: SourceKind;
  readonly mailboxes: readonly string[];
  readonly again: boolean;
  readonly policyVersion: number;
  readonly bookRevision: number;
  readonly at: Date;
}

/** Starts an import, or takes up the one of the same key; a finished one starts anew when policy or book changed since. */
export async function openImport(tx: WorkspaceTx, request: OpenImport): Promise<ImportRun> {
  const tables = tx.withTables<GateTables>();
  await tables
    .insertInto('gate_import')
    .values({ ...freshImport(request), id: newId<ImportId>(), key: request.key, source: request.source, run: 1 })
    .onConflict((conflict) => conflict.column('key').doNothing())
    .execute();
  const found = await tables
    .selectFrom('gate_import')
    .selectAll()
    .where('key', '=', request.key)
    .forUpdate()
    .executeTakeFirstOrThrow();
  const id = found.id as ImportId;
  if (found.state !== 'finished') return { id, run: found.run, position: found.position, upToDate: false };
  const changed = found.policy_version !== request.policyVersion || found.book_revision !== request.bookRevision;
  if (!changed && !request.again) return { id, run: found.run, position: found.position, upToDate: true };
  const run = found.run + 1;
  await tables
    .updateTable('gate_import')
    .set({ ...freshImport(request), run })
    .where('id', '=', id)
    .execute();
  return { id, run, position: 0, upToDate: false };
}

function freshImport(request: OpenImport) {
  return {
    state: 'running' as const,
    mailboxes: JSON.stringify(request.mailboxes),
    position: 0,
    outcomes: '{}',
    skipped: '{}',
    policy_version: request.policyVersion,
    book_revision: request.bookRevision,
    started_at: request.at,
    heartbeat_at: request.at,
    finished_at: null,
  };
}

/**
 * Moves the cursor from `from` to `to`.
 *
 * @throws CursorMoved when it no longer stands at `from`
 */
export async function claimRange(
  tx: WorkspaceTx,
  run: { id: ImportId; run: number; from: number; to: number; at: Date },
): Promise<void> {
  const moved = await tx
    .withTables<GateTables>()
    .updateTable('gate_import')
    .set({ position: run.to, heartbeat_at: run.at, state: 'running' })
    .where('id', '=', run.id)
    .where('run', '=', run.run)
    .where('position', '=', run.from)
    .returning('id')
    .executeTakeFirst();
  if (moved === undefined) throw new CursorMoved();
}

export async function addImportCounts(
  tx: WorkspaceTx,
  id: ImportId,
  outcomes: readonly OutcomeToken[],
  skipped: readonly string[],
): Promise<void> {
  await sql`
    update gate_import set outcomes = ${addCounts('outcomes', outcomes)}, skipped = ${addCounts('skipped', skipped)} where id = ${id}::uuid
  `.execute(tx);
}

function addCounts(column: 'outcomes' | 'skipped', tokens: readonly string[]) {
  const counts: Record<string, number> = {};
  for (const token of tokens) counts[token] = (counts[token] ?? 0) + 1;
  return sql`(select coalesce(jsonb_object_agg(token, total), '{}') from (
    select token, sum(count::bigint) as total from (
      select * from jsonb_each_text(${sql.ref(column)}) as old(token, count)
      union all select * from jsonb_each_text(${JSON.stringify(counts)}::jsonb) as new(token, count)
    ) as counted group by token) as totals)`;
}

export async function findPosition(
  tx: WorkspaceTx,
  id: ImportId,
): Promise<{ run: number; position: number; state: string }> {
  return await tx
    .withTables<GateTables>()
    .selectFrom('gate_import')
    .select(['run', 'position', 'state'])
    .where('id', '=', id)
    .executeTakeFirstOrThrow();
}

export async function finishImport(tx: WorkspaceTx, id: ImportId, run: number, at: Date): Promise<void> {
  await tx
    .withTables<GateTables>()
    .updateTable('gate_import')
    .set({ state: 'finished', finished_at: at })
    .where('id', '=', id)
    .where('run', '=', run)
    .execute();
}

export async function getImport(tx: WorkspaceTx, id: ImportId, now: Date): Promise<Import> {
  return toImport(
    await tx
      .withTables<GateTables>()
      .selectFrom('gate_import')
      .selectAll()
      .where('id', '=', id)
      .executeTakeFirstOrThrow(),
    now,
  );
}

export async function listImports(
  tx: WorkspaceTx,
  filter: { limit: number; key: string | null },
  now: Date,
): Promise<Import[]> {
  let query = tx.withTables<GateTables>().selectFrom('gate_import').selectAll();
  if (filter.key !== null) query = query.where('key', '=', filter.key);
  const rows = await query.orderBy('started_at', 'desc').limit(filter.limit).execute();
  return rows.map((row) => toImport(row, now));
}

function toImport(row: Selectable<GateTables['gate_import']>, now: Date): Import {
  const silent = row.state === 'running' && now.getTime() - row.heartbeat_at.getTime() > SILENT_AFTER_MS;
  const outcomes = {} as Record<OutcomeToken, number>;
  for (const token of OUTCOME_TOKENS) outcomes[token] = row.outcomes[token] ?? 0;
  return {
    id: row.id,
    source: row.source as SourceKind,
    state: silent ? 'interrupted' : row.state,
    startedAt: row.started_at.toISOString(),
    finishedAt: row.finished_at?.toISOString() ?? null,
    position: row.position,
    messages: Object.values(outcomes).reduce((sum, count) => sum + count, 0),
    outcomes,
    skipped: Object.entries(row.skipped).map(([reason, count]) => ({ reason, count })),
  };
}

export async function findLastImport(tx: WorkspaceTx, now: Date): Promise<Import | null> {
  return (await listImports(tx, { limit: 1, key: null }, now))[0] ?? null;
}
