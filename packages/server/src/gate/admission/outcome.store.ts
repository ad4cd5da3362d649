// Reads the ledger: outcomes by page, one with its explanation, and counts over time.
import type {
  LedgerPage,
  LedgerRow,
  MatchedContact,
  OutcomeSeries,
  OutcomeToken,
  SourceKind,
} from '@sentinel/contract';
import { isOutcomeToken, OUTCOME_TOKENS, OUTCOMES } from '@sentinel/contract';
import { type ExpressionBuilder, type Selectable, sql } from 'kysely';
import type { WorkspaceTx } from '../../platform/db/database.ts';
import type { OutcomeId } from '../../platform/ids.ts';
import { parseId } from '../../platform/ids.ts';
import { problem } from '../../platform/problem.ts';
import type { GateTables } from './admission.tables.ts';
import type { DecidedFacts } from './explain.ts';

export interface LedgerFilter {
  readonly outcomes: readonly OutcomeToken[];
  readonly source: SourceKind | null;
  readonly since: Date | null;
  readonly until: Date | null;
}

/** Counting stops here; a list longer than this says so by its total. */
const COUNT_LIMIT = 100_000;

type OutcomeRow = Selectable<GateTables['gate_outcome']>;

export async function listOutcomes(
  tx: WorkspaceTx,
  filter: LedgerFilter,
  page: { cursor: string | null; limit: number },
): Promise<LedgerPage> {
  const after = page.cursor === null ? null : parseCursor(page.cursor);
  const tables = tx.withTables<GateTables>();
  let query = tables
    .selectFrom('gate_outcome')
    .selectAll()
    .where((eb) => matching(eb, filter));
  if (after !== null) query = query.where('id', '<', after);
  const rows = await query
    .orderBy('id', 'desc')
    .limit(page.limit + 1)
    .execute();
  const shown = rows.slice(0, page.limit);
  const matched = await findMatched(tx, shown);
  const last = shown.at(-1);
  const counted = await tables
    .selectFrom((eb) =>
      eb
        .selectFrom('gate_outcome')
        .select('id')
        .where((inner) => matching(inner, filter))
        .limit(COUNT_LIMIT)
        .as('some'),
    )
    .select((eb) => eb.fn.countAll<number>().as('total'))
    .executeTakeFirstOrThrow();
  return {
    items: shown.map((row) => toLedgerRow(row, matched.get(row.message_id ?? '') ?? [])),
    next: rows.length > page.limit && last !== undefined ? last.id : null,
    total: counted.total,
  };
}

/** @throws problem `not_found` */
export async function getOutcome(tx: WorkspaceTx, id: OutcomeId): Promise<{ row: LedgerRow; facts: DecidedFacts }> {
  const row = await tx
    .withTables<GateTables>()
    .selectFrom('gate_outcome')
    .selectAll()
    .where('id', '=', id)
    .executeTakeFirst();
  if (row === undefined) throw problem('not_found', 'There is no such outcome in this workspace.');
  const matched = await findMatched(tx, [row]);
  const { participants, external, matched: matches, allowed, admitting } = row;
  return {
    row: toLedgerRow(row, matched.get(row.message_id ?? '') ?? []),
    facts: {
      outcome: tokenOf(row.outcome),
      counts: { participants, external, matched: matches, allowed, admitting },
      senderVerdict: row.sender_verdict,
      policyVersion: row.policy_version,
      bookRevision: row.book_revision,
      decidedAt: row.decided_at,
    },
  };
}

export async function readSeries(
  tx: WorkspaceTx,
  range: { since: Date; until: Date; bucket: 'hour' | 'day' },
): Promise<OutcomeSeries> {
  const rows = await sql<{ at: Date; outcome: string; messages: number }>`
    select date_trunc(${range.bucket}, hour, 'UTC') as at, outcome, sum(messages)::bigint as messages
    from gate_outcome_hour where hour >= date_trunc(${range.bucket}, ${range.since}::timestamptz, 'UTC') and hour < ${range.until}::timestamptz
    group by 1, 2 order by 1
  `.execute(tx);
  const totals: Partial<Record<OutcomeToken, number>> = {};
  const buckets = new Map<string, Partial<Record<OutcomeToken, number>>>();
  for (const row of rows.rows) {
    const token = tokenOf(row.outcome);
    totals[token] = (totals[token] ?? 0) + row.messages;
    const at = row.at.toISOString();
    const counts = buckets.get(at) ?? {};
    counts[token] = row.messages;
    buckets.set(at, counts);
  }
  return {
    since: range.since.toISOString(),
    until: range.until.toISOString(),
    bucket: range.bucket,
    buckets: [...buckets].map(([at, counts]) => ({ at, counts })),
    totals,
  };
}

function matching(eb: ExpressionBuilder<GateTables, 'gate_outcome'>, filter: LedgerFilter) {
  return eb.and([
    ...(filter.outcomes.length > 0 ? [eb('outcome', 'in', filter.outcomes)] : []),
    ...(filter.source === null ? [] : [eb('source', '=', filter.source)]),
    ...(filter.since === null ? [] : [eb('decided_at', '>=', filter.since)]),
    ...(filter.until === null ? [] : [eb('decided_at', '<', filter.until)]),
  ]);
}

/** The contacts that admitted the kept messages among these rows, by message. */
async function findMatched(tx: WorkspaceTx, rows: readonly OutcomeRow[]): Promise<Map<string, MatchedContact[]>> {
  const ids = rows.flatMap((row) => (row.message_id === null ? [] : [row.message_id]));
  const matched = new Map<string, MatchedContact[]>();
  if (ids.length === 0) return matched;
  const found = await sql<{
    message_id: string;
    contact_id: string;
    address: string;
    name: string | null;
    current: boolean;
  }>`
    select m.message_id, m.contact_id, m.address, m.name, c.id is not null as current
    from message_contact m left join contact c on c.id = m.contact_id
    where m.message_id in (${sql.join(ids)}) order by m.message_id, m.address
  `.execute(tx);
  for (const row of found.rows) {
    const list = matched.get(row.message_id) ?? [];
    list.push({ id: row.contact_id, name: row.name, address: row.address, current: row.current });
    matched.set(row.message_id, list);
  }
  return matched;
}

function toLedgerRow(row: OutcomeRow, matched: MatchedContact[]): LedgerRow {
  return {
    id: row.id,
    at: row.decided_at.toISOString(),
    outcome: tokenOf(row.outcome),
    source: row.source as SourceKind,
    participants: row.participants,
    matched,
    messageId: row.message_id,
    policyVersion: row.policy_version,
    bookRevision: row.book_revision,
  };
}

function tokenOf(text: string): OutcomeToken {
  if (!isOutcomeToken(text)) throw new Error('the ledger holds an outcome that the contract does not know');
  return text;
}

function parseCursor(text: string): OutcomeId {
  const id = parseId<OutcomeId>(text);
  if (id === null)
    throw problem('invalid_request', 'The cursor is not one that this list gave.', {
      places: [{ pointer: '/query/cursor', detail: 'not valid' }],
    });
  return id;
}

/** Parses the comma-separated `outcome` filter: tokens, or families such as `dropped`. @throws problem `invalid_request` for an unknown token */
export function parseOutcomes(text: string | undefined): OutcomeToken[] {
  if (text === undefined || text === '') return [];
  return text.split(',').flatMap((token) => {
    const family = OUTCOME_TOKENS.filter((each) => OUTCOMES[each].family === token);
    if (family.length > 0) return family;
    if (!isOutcomeToken(token)) {
      throw problem('invalid_request', `Known outcomes are: ${OUTCOME_TOKENS.join(', ')}.`, {
        places: [{ pointer: '/query/outcome', detail: 'has an unknown outcome' }],
      });
    }
    return token;
  });
}
