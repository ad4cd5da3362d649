// The roads the gate does not take: one look-up and one insert per message. They decide with the gate's own rules and leave
// the same outcomes, messages and matches, but neither the hourly counts, the event nor the cursor, and they read no policy.
// One takes a workspace's transaction per message, as everything in the product must. The bare one is spared that too: it is
// a superuser's connection, every statement commits by itself, and no role stands between workspaces.
import type { BookMatch } from '../packages/server/src/gate/book/contact.ts';
import type { Address } from '../packages/server/src/gate/admission/address.ts';
import type { InboundMessage } from '../packages/server/src/gate/admission/message.ts';
import { decidePage, type DecidedMessage } from '../packages/server/src/gate/admission/page.ts';
import type { CompiledPolicy } from '../packages/server/src/gate/admission/policy.ts';
import {
  type ContactId,
  type MessageId,
  newId,
  type OutcomeId,
  type WorkspaceId,
} from '../packages/server/src/platform/ids.ts';
import { workspaceNames } from '../packages/server/src/platform/db/names.ts';
import { CompiledQuery } from 'kysely';
import type { Engine } from './engines.ts';

export interface NaiveRoad {
  /** Decides and persists one message. */
  ingest(message: InboundMessage): Promise<void>;
}

type Query = Engine['query'];

export function naiveRoad({ db }: Engine, workspaceId: WorkspaceId, policy: CompiledPolicy): NaiveRoad {
  return {
    async ingest(message) {
      await db.workspace(
        workspaceId,
        async (tx) => {
          const query: Query = async (text, values = []) =>
            (await tx.executeQuery<Record<string, unknown>>(CompiledQuery.raw(text, [...values]))).rows;
          await road(query, workspaceId, policy).ingest(message);
        },
        'ingest',
      );
    },
  };
}

export function bareRoad({ query }: Engine, workspaceId: WorkspaceId, policy: CompiledPolicy): NaiveRoad {
  return road(query, workspaceId, policy);
}

function road(query: Query, workspaceId: WorkspaceId, policy: CompiledPolicy): NaiveRoad {
  const { schema } = workspaceNames(workspaceId);
  const lookUp = `
    select a.address, c.id, c.name, c.excluded from ${schema}.contact_address a join ${schema}.contact c on c.id = a.contact_id
    where a.address = any($1::text[])`;
  const insertOutcome = `
    insert into ${schema}.gate_outcome (id, decided_at, outcome, source, message_id, participants, external, matched, allowed, admitting, policy_version, book_revision)
    values ($1, $2, $3, $4, null, $5, $6, $7, $8, $9, $10, 1)`;
  const insertKept = `
    with kept as (
      insert into ${schema}.message (id, kind, dedupe_key, source, subject, body, sent_at, starts_at, ends_at, in_reply_to, refs, participants,
        attachments, evidence, policy_version, book_revision, stored_at)
      values ($11, $12, $13, $4, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $10, 1, $2)
      on conflict (kind, dedupe_key) do nothing returning id
    ), matches as (
      insert into ${schema}.message_contact (message_id, contact_id, address, name, sent_at)
      select kept.id, row.contact_id, row.address, row.name, coalesce($16::timestamptz, $2)
      from kept, json_to_recordset($24::json) as row(contact_id uuid, address text, name text)
    )
    insert into ${schema}.gate_outcome (id, decided_at, outcome, source, message_id, participants, external, matched, allowed, admitting, policy_version, book_revision)
    select $1, $2, case when exists (select from kept) then $3 else 'duplicate' end, $4, (select id from kept), $5, $6, $7, $8, $9, $10, 1`;

  async function findContacts(
    addresses: readonly Address[],
  ): Promise<{ revision: number; matches: ReadonlyMap<Address, BookMatch> }> {
    const rows = await query(lookUp, [addresses]);
    return { revision: 1, matches: new Map(rows.map((row) => [row['address'] as Address, matchOf(row)])) };
  }

  return {
    async ingest(message) {
      const { decided } = await decidePage([message], policy, findContacts);
      for (const one of decided) {
        const outcome = outcomeValues(one, policy);
        if (one.decision.outcome === 'passed') await query(insertKept, [...outcome, ...(await keptValues(one))]);
        else await query(insertOutcome, outcome);
      }
    },
  };
}

function matchOf(row: Record<string, unknown>): BookMatch {
  return { contactId: row['id'] as ContactId, name: row['name'] as string | null, excluded: row['excluded'] === true };
}

function outcomeValues({ message, decision }: DecidedMessage, policy: CompiledPolicy): unknown[] {
  const { participants, external, matched, allowed, admitting } = decision.counts;
  return [
    newId<OutcomeId>(),
    new Date(),
    decision.outcome,
    message.source,
    participants,
    external,
    matched,
    allowed,
    admitting,
    policy.version,
  ];
}

async function keptValues({ message, decision, participants, evidence }: DecidedMessage): Promise<unknown[]> {
  const content = await message.content();
  return [
    newId<MessageId>(),
    message.kind,
    message.key,
    content.subject,
    content.text,
    content.sentAt,
    content.startsAt,
    content.endsAt,
    content.inReplyTo,
    JSON.stringify(content.references),
    JSON.stringify({ from: participants.authors, to: participants.recipients }),
    JSON.stringify(content.attachments),
    JSON.stringify({ dmarc: evidence.dmarc(), labels: evidence.labels, fromList: evidence.fromList }),
    JSON.stringify(
      decision.matched.map(({ address, contact }) => ({ contact_id: contact.contactId, address, name: contact.name })),
    ),
  ];
}
