// Writes what the gate decided: an outcome for every message, and the message itself with its contacts only where the
// outcome is `passed`. This is the only file that inserts into message tables; it needs the ingest role to do so.
import type { OutcomeToken, SourceKind } from '@sentinel/contract';
import { sql } from 'kysely';
import type { WorkspaceTx } from '../../platform/db/database.ts';
import { emit } from '../../platform/events/events.ts';
import type { ImportId, MessageId, OutcomeId } from '../../platform/ids.ts';
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
 * Writes a page in four statements, whatever its size. A message that was kept before becomes `duplicate`:
 * the unique key decides, so two imports at once leave one row.
 *
 * @returns the final outcome of each draft, in order
 */
export async function writePage(
  tx: WorkspaceTx,
  drafts: readonly LedgerEntryDraft[],
  facts: PageFacts,
): Promise<OutcomeToken[]> {
  const kept = drafts.flatMap((draft) => (draft.keep === null ? [] : [{ source: draft.source, keep: draft.keep }]));
  const inserted = await insertMessages(tx, kept, facts);
  const outcomes = drafts.map((draft) => {
    if (draft.keep === null || inserted.has(draft.keep.id)) return draft.outcome;
    return 'duplicate';
  });
  const fresh = kept.map(({ keep }) => keep).filter((keep) => inserted.has(keep.id));
  await insertMatches(tx, fresh, facts.decidedAt);
  await insertOutcomes(tx, drafts, outcomes, facts);
  await countOutcomes(tx, drafts, outcomes, facts.decidedAt);
  if (fresh.length > 0) {
    await emit(tx, { type: 'message.admitted', payload: { messageIds: fresh.map((keep) => keep.id) } });
  }
  return outcomes;
}

/** In the order of the unique key, so that two imports with the same messages wait for each other instead of deadlocking. */
async function insertMessages(
  tx: WorkspaceTx,
  kept: readonly { source: SourceKind; keep: KeptMessage }[],
  facts: PageFacts,
): Promise<Set<string>> {
  if (kept.length === 0) return new Set();
  // One array per column: bodies make this the bulk of a page, and as JSON they take twice as long to write and to read.
  const column = <Value>(of: (keep: KeptMessage) => Value): Value[] => kept.map(({ keep }) => of(keep));
  const time = (of: (content: MessageContent) => Date | null) =>
    column((keep) => of(keep.content)?.toISOString() ?? null);
  const json = (of: (keep: KeptMessage) => unknown) => column((keep) => JSON.stringify(of(keep)));
  const result = await sql<{ id: string }>`
    insert into message (id, kind, dedupe_key, source, subject, body, sent_at, starts_at, ends_at, in_reply_to, refs,
      participants, attachments, evidence, policy_version, book_revision, stored_at)
    select row.*, ${facts.policyVersion}::integer, ${facts.bookRevision}::bigint, ${facts.decidedAt}::timestamptz
    from unnest(
      ${column((keep) => keep.id)}::uuid[],
      ${column((keep) => keep.kind)}::text[],
      ${column((keep) => keep.dedupeKey)}::text[],
      ${kept.map(({ source }) => source)}::text[],
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
    returning id
  `.execute(tx);
  return new Set(result.rows.map((row) => row.id));
}

async function insertMatches(tx: WorkspaceTx, fresh: readonly KeptMessage[], decidedAt: Date): Promise<void> {
  if (fresh.length === 0) return;
  const rows = fresh.flatMap((keep) =>
    keep.matched.map(({ address, contact }) => ({
      message_id: keep.id,
      contact_id: contact.contactId,
      address,
      name: contact.name,
      sent_at: keep.content.sentAt ?? decidedAt,
    })),
  );
  await sql`
    insert into message_contact (message_id, contact_id, address, name, sent_at)
    select * from json_to_recordset(${JSON.stringify(rows)}::json)
      as row(message_id uuid, contact_id uuid, address text, name text, sent_at timestamptz)
  `.execute(tx);
}

async function insertOutcomes(
  tx: WorkspaceTx,
  drafts: readonly LedgerEntryDraft[],
  outcomes: readonly OutcomeToken[],
  facts: PageFacts,
): Promise<void> {
  const column = <Value>(of: (draft: LedgerEntryDraft, index: number) => Value): Value[] => drafts.map(of);
  const count = (name: keyof DecisionCounts) => column((draft) => draft.counts[name]);
  const messageId = (draft: LedgerEntryDraft, index: number) =>
    outcomes[index] === 'passed' ? (draft.keep?.id ?? null) : null;
  await sql`
    insert into gate_outcome (id, outcome, source, message_id, participants, external, matched, allowed, admitting,
      sender_verdict, decided_at, import_id, policy_version, book_revision)
    select row.*, ${facts.decidedAt}::timestamptz, ${facts.importId}::uuid, ${facts.policyVersion}::integer,
      ${facts.bookRevision}::bigint
    from unnest(
      ${column((draft) => draft.outcomeId)}::uuid[],
      ${[...outcomes]}::text[],
      ${column((draft) => draft.source)}::text[],
      ${column(messageId)}::uuid[],
      ${count('participants')}::integer[],
      ${count('external')}::integer[],
      ${count('matched')}::integer[],
      ${count('allowed')}::integer[],
      ${count('admitting')}::integer[],
      ${column((draft) => draft.senderVerdict)}::text[]
    ) as row (id, outcome, source, message_id, participants, external, matched, allowed, admitting, sender_verdict)
  `.execute(tx);
}

/** Hourly counts keep the overview cheap however long the ledger grows; sorted, so that two writers cannot deadlock. */
async function countOutcomes(
  tx: WorkspaceTx,
  drafts: readonly LedgerEntryDraft[],
  outcomes: readonly OutcomeToken[],
  decidedAt: Date,
): Promise<void> {
  const counts = new Map<string, { source: string; outcome: string; messages: number }>();
  for (const [index, draft] of drafts.entries()) {
    const outcome = outcomes[index] ?? draft.outcome;
    const key = `${draft.source} ${outcome}`;
    const entry = counts.get(key) ?? { source: draft.source, outcome, messages: 0 };
    entry.messages += 1;
    counts.set(key, entry);
  }
  const rows = [...counts.entries()].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, entry]) => entry);
  await sql`
    insert into gate_outcome_hour as hourly (hour, source, outcome, messages)
    select date_trunc('hour', ${decidedAt}::timestamptz, 'UTC'), source, outcome, messages
    from json_to_recordset(${JSON.stringify(rows)}::json) as row(source text, outcome text, messages bigint)
    on conflict (hour, source, outcome) do update set messages = hourly.messages + excluded.messages
  `.execute(tx);
}
