// Writes what the gate decided: an outcome for every message, and the message itself with its contacts only where the
// outcome is `passed`. This is the only file that inserts into message tables and deletes from them; it needs the ingest
// role to do so.
import type { OutcomeToken, SourceKind } from '@sentinel/contract';
import { type RawBuilder, sql } from 'kysely';
import { arrayLiteral } from '../../platform/db/array-literal.ts';
import type { WorkspaceTx } from '../../platform/db/database.ts';
import { emit } from '../../platform/events/events.ts';
import type { ConnectionId, ImportId, MessageId, OutcomeId } from '../../platform/ids.ts';
import type { DmarcResult } from './authentication-results.ts';
import type { DecisionCounts, Match, SenderVerdict } from './decide.ts';
import type { InboundMessage, MessageContent } from './message.ts';
import type { Participants } from './participants.ts';

/** A decided message on its way into the ledger. `keep` is there exactly when the decision was to keep it. */
export interface LedgerEntryDraft {
  readonly outcomeId: OutcomeId;
  readonly outcome: OutcomeToken;
  readonly source: SourceKind;
  readonly counts: DecisionCounts;
  readonly senderVerdict: SenderVerdict | null;
  readonly keep: KeptMessage | null;
}

export interface KeptMessage {
  readonly id: MessageId;
  readonly kind: InboundMessage['kind'];
  readonly dedupeKey: string;
  readonly content: MessageContent;
  readonly participants: Participants;
  readonly evidence: StoredEvidence;
  readonly matched: readonly Match[];
}

/** What was true of an admitted message beside its participants, so that another policy can be tried on it. */
export interface StoredEvidence {
  readonly dmarc: DmarcResult;
  readonly labels: readonly string[];
  readonly fromList: boolean;
}

export interface PageFacts {
  readonly importId: ImportId | null;
  readonly policyVersion: number;
  readonly bookRevision: number;
  readonly decidedAt: Date;
}

/**
 * Writes a page in one statement, whatever its size. A message that was kept before becomes `duplicate`: the unique key
 * decides, so two imports at once leave one row. Messages go in by the order of that key, and hours by theirs after them,
 * so two imports with the same messages wait for each other instead of deadlocking.
 *
 * @returns the final outcome of each draft, in order
 */
export async function writePage(
  tx: WorkspaceTx,
  drafts: readonly LedgerEntryDraft[],
  facts: PageFacts,
): Promise<OutcomeToken[]> {
  if (drafts.length === 0) return [];
  const { rows } = await sql<{ id: string; outcome: OutcomeToken; message_id: string | null }>`
    with kept as (${insertMessages(drafts, facts)}),
    matches as (${insertMatches(drafts, facts)}),
    decided as (${insertOutcomes(drafts, facts)}),
    hours as (${countOutcomes(facts)})
    select id, outcome, message_id from decided
  `.execute(tx);
  const stored = rows.flatMap((row) => (row.message_id === null ? [] : [row.message_id]));
  if (stored.length > 0) await emit(tx, { type: 'message.admitted', payload: { messageIds: stored } });
  const outcomes = new Map(rows.map((row) => [row.id, row.outcome]));
  return drafts.map((draft) => outcomes.get(draft.outcomeId) ?? draft.outcome);
}

/** One array per column: bodies make this the bulk of a page, and as JSON they take twice as long to write and to read. */
function insertMessages(drafts: readonly LedgerEntryDraft[], facts: PageFacts): RawBuilder<unknown> {
  const kept = drafts.flatMap(({ source, keep }) => (keep === null ? [] : [{ source, keep }]));
  const column = (of: (keep: KeptMessage) => string | null) => arrayLiteral(kept.map(({ keep }) => of(keep)));
  const time = (of: (content: MessageContent) => Date | null) =>
    column((keep) => of(keep.content)?.toISOString() ?? null);
  const json = (of: (keep: KeptMessage) => unknown) => column((keep) => JSON.stringify(of(keep)));
  return sql`
    insert into message (id, kind, dedupe_key, source, subject, body, sent_at, starts_at, ends_at, in_reply_to, refs,
      participants, attachments, evidence, policy_version, book_revision, stored_at)
    select row.*, ${facts.policyVersion}::integer, ${facts.bookRevision}::bigint, ${facts.decidedAt}::timestamptz
    from unnest(
      ${column((keep) => keep.id)}::uuid[],
      ${column((keep) => keep.kind)}::text[],
      ${column((keep) => keep.dedupeKey)}::text[],
      ${arrayLiteral(kept.map(({ source }) => source))}::text[],
      ${column((keep) => keep.content.subject)}::text[],
      ${column((keep) => keep.content.text)}::text[],
      ${time((content) => content.sentAt)}::timestamptz[],
      ${time((content) => content.startsAt)}::timestamptz[],
      ${time((content) => content.endsAt)}::timestamptz[],
      ${column((keep) => keep.content.inReplyTo)}::text[],
      ${json((keep) => keep.content.references)}::jsonb[],
      ${json((keep) => ({ from: keep.participants.authors, to: keep.participants.recipients }))}::jsonb[],
      ${json((keep) => keep.content.attachments)}::jsonb[],
      ${json((keep) => keep.evidence)}::jsonb[]
    ) as row (id, kind, dedupe_key, source, subject, body, sent_at, starts_at, ends_at, in_reply_to, refs, participants, attachments, evidence)
    order by kind, dedupe_key, id
    on conflict (kind, dedupe_key) do nothing
    returning id, sent_at`;
}

function insertMatches(drafts: readonly LedgerEntryDraft[], facts: PageFacts): RawBuilder<unknown> {
  const matches = drafts.flatMap(({ keep }) => keep?.matched.map((match) => ({ messageId: keep.id, ...match })) ?? []);
  return sql`
    insert into message_contact (message_id, contact_id, address, name, sent_at)
    select kept.id, match.contact_id, match.address, match.name, coalesce(kept.sent_at, ${facts.decidedAt}::timestamptz)
    from unnest(
      ${arrayLiteral(matches.map((match) => match.messageId))}::uuid[],
      ${arrayLiteral(matches.map((match) => match.contact.contactId))}::uuid[],
      ${arrayLiteral(matches.map((match) => match.address))}::text[],
      ${arrayLiteral(matches.map((match) => match.contact.name))}::text[]
    ) as match (message_id, contact_id, address, name)
    join kept on kept.id = match.message_id`;
}

function insertOutcomes(drafts: readonly LedgerEntryDraft[], facts: PageFacts): RawBuilder<unknown> {
  const column = (of: (draft: LedgerEntryDraft) => string | number | null) => arrayLiteral(drafts.map(of));
  const count = (name: keyof DecisionCounts) => column((draft) => draft.counts[name]);
  return sql`
    insert into gate_outcome (id, outcome, source, message_id, participants, external, matched, allowed, admitting,
      sender_verdict, decided_at, import_id, policy_version, book_revision)
    select draft.id, case when draft.keep_id is not null and kept.id is null then 'duplicate' else draft.outcome end,
      draft.source, kept.id, participants, external, matched, allowed, admitting, sender_verdict,
      ${facts.decidedAt}::timestamptz, ${facts.importId}::uuid, ${facts.policyVersion}::integer, ${facts.bookRevision}::bigint
    from unnest(
      ${column((draft) => draft.outcomeId)}::uuid[],
      ${column((draft) => draft.outcome)}::text[],
      ${column((draft) => draft.source)}::text[],
      ${column((draft) => draft.keep?.id ?? null)}::uuid[],
      ${count('participants')}::integer[],
      ${count('external')}::integer[],
      ${count('matched')}::integer[],
      ${count('allowed')}::integer[],
      ${count('admitting')}::integer[],
      ${column((draft) => draft.senderVerdict)}::text[]
    ) as draft (id, outcome, source, keep_id, participants, external, matched, allowed, admitting, sender_verdict)
    left join kept on kept.id = draft.keep_id
    returning id, source, outcome, message_id`;
}

/** Hourly counts keep the overview cheap however long the ledger grows. */
function countOutcomes(facts: PageFacts): RawBuilder<unknown> {
  return sql`
    insert into gate_outcome_hour as hourly (hour, source, outcome, messages)
    select date_trunc('hour', ${facts.decidedAt}::timestamptz, 'UTC'), source, outcome, count(*)
    from decided group by source, outcome order by source, outcome
    on conflict (hour, source, outcome) do update set messages = hourly.messages + excluded.messages`;
}

/** Deletes the messages that a connection brought; their outcomes stay, which hold no content. @returns how many */
export async function deleteBroughtMessages(tx: WorkspaceTx, connectionId: ConnectionId): Promise<number> {
  const { numAffectedRows } = await sql`delete from message where connection_id = ${connectionId}`.execute(tx);
  return Number(numAffectedRows ?? 0);
}
