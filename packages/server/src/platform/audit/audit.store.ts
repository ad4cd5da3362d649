// The SQL of the audit log: append at the end of the chain, read in pages. Nothing else exists for these rows.
import { sql, type Expression, type ExpressionBuilder, type Insertable, type SqlBool } from 'kysely';
import type { AuditLogTable, WorkspaceTables, WorkspaceTx } from '../db/database.ts';
import { chain, genesisHash, type AuditFact, type AuditRecord, type ChainHead } from './audit-row.ts';

/** The first of the two numbers of our advisory locks; the second is the table, so each workspace has its own lock. */
const CHAIN_LOCK = 0x5e17;

export interface AuditFilter {
  readonly event: string | null;
  readonly actorId: string | null;
  readonly since: Date | null;
  readonly until: Date | null;
}

/**
 * Appends a row behind the last one. Must be the last statement of its transaction (see `audit.ts`).
 */
export async function appendAudit(tx: WorkspaceTx, fact: AuditFact): Promise<AuditRecord> {
  // A statement of its own: the next one then sees what the previous holder of the lock committed.
  await sql`select pg_advisory_xact_lock(${CHAIN_LOCK}::int4, 'audit_log'::regclass::oid::int4)`.execute(tx);
  const row = chain(fact, await readHead(tx));
  await tx.insertInto('audit_log').values(toColumns(row)).execute();
  return row;
}

/** The last row's number and hash. */
export async function readHead(tx: WorkspaceTx): Promise<ChainHead> {
  const { rows } = await sql<{ schema: string; seq: number | null; hash: string | null }>`
    select current_schema() as schema, last.seq, last.hash
    from (select 1) as always left join lateral (select seq, hash from audit_log order by seq desc limit 1) as last on true
  `.execute(tx);
  const [head] = rows;
  if (head === undefined) throw new Error('the head of the audit log cannot be read');
  return head.seq === null || head.hash === null
    ? { seq: 0, hash: genesisHash(workspaceIdOf(head.schema)) }
    : { seq: head.seq, hash: head.hash };
}

/** Rows with `after < seq ≤ through`, oldest first. The unit of verification and export. */
export async function listInOrder(
  tx: WorkspaceTx,
  range: { after: number; through: number; limit: number },
): Promise<AuditRecord[]> {
  const { after, through, limit } = range;
  return selectRecords(tx).where('seq', '>', after).where('seq', '<=', through).orderBy('seq').limit(limit).execute();
}

/** Newest rows first, only those with `seq < before`, and how many match the filter in all. */
export async function listAudit(
  tx: WorkspaceTx,
  filter: AuditFilter,
  page: { before: number | null; limit: number },
): Promise<{ rows: AuditRecord[]; total: number }> {
  const { before, limit } = page;
  const rows = await selectRecords(tx)
    .where((eb) => matches(eb, filter))
    .$if(before !== null, (query) => query.where('seq', '<', before ?? 0))
    .orderBy('seq', 'desc')
    .limit(limit)
    .execute();
  return { rows, total: await countAudit(tx, filter) };
}

/** The newest rows, newest first, for an overview. */
export async function listRecent(tx: WorkspaceTx, limit: number): Promise<AuditRecord[]> {
  return selectRecords(tx).orderBy('seq', 'desc').limit(limit).execute();
}

async function countAudit(tx: WorkspaceTx, filter: AuditFilter): Promise<number> {
  // Numbers run from 1 without gaps, so the whole log is counted by its last number.
  if (filter.event === null && filter.actorId === null && filter.since === null && filter.until === null)
    return (await readHead(tx)).seq;
  const { total } = await tx
    .selectFrom('audit_log')
    .where((eb) => matches(eb, filter))
    .select((eb) => eb.fn.countAll<number>().as('total'))
    .executeTakeFirstOrThrow();
  return total;
}

function matches(eb: ExpressionBuilder<WorkspaceTables, 'audit_log'>, filter: AuditFilter): Expression<SqlBool> {
  const wanted: Expression<SqlBool>[] = [];
  if (filter.event !== null) wanted.push(eb('event', '=', filter.event));
  if (filter.actorId !== null) wanted.push(eb('actor_id', '=', filter.actorId));
  if (filter.since !== null) wanted.push(eb('at', '>=', filter.since));
  if (filter.until !== null) wanted.push(eb('at', '<', filter.until));
  return eb.and(wanted);
}

function selectRecords(tx: WorkspaceTx) {
  return tx
    .selectFrom('audit_log')
    .select([
      'seq',
      'id',
      'actor_kind as actorKind',
      'actor_id as actorId',
      'actor_name as actorName',
      'event',
      'target',
      'result',
    ])
    .select(['request_id as requestId', 'detail', 'prev_hash as prevHash', 'hash'])
    .select(instantText.as('at'));
}

/**
 * The instant as text, in UTC whatever the session's zone. Written with milliseconds, so anything behind them is shown
 * only when it is not zero: somebody changed it, and the hash must tell.
 */
export const instantText = sql<string>`regexp_replace(to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'), '000$', '') || 'Z'`;

function toColumns(row: AuditRecord): Insertable<AuditLogTable> {
  return {
    seq: row.seq,
    id: row.id,
    at: row.at,
    actor_kind: row.actorKind,
    actor_id: row.actorId,
    actor_name: row.actorName,
    event: row.event,
    target: row.target,
    result: row.result,
    request_id: row.requestId,
    detail: row.detail,
    prev_hash: row.prevHash,
    hash: row.hash,
  };
}

/** A workspace's schema is called after its id, see `db/names.ts`. */
function workspaceIdOf(schema: string): string {
  const [, ...parts] = /^ws_([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})$/.exec(schema) ?? [];
  if (parts.length !== 5) throw new Error('an audit row can only be written inside a workspace');
  return parts.join('-');
}
