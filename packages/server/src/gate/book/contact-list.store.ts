// Reads the contact book for people: pages of contacts in a stable order, a search, one contact, the summary.
import type { BookSummary, Contact } from '@sentinel/contract';
import { type RawBuilder, sql } from 'kysely';
import type { WorkspaceTx } from '../../platform/db/database.ts';
import type { ContactId } from '../../platform/ids.ts';
import { problem } from '../../platform/problem.ts';

export interface ContactPage {
  readonly items: Contact[];
  readonly next: ContactId | null;
  readonly total: number;
}

/**
 * Lists contacts by name, those without a name by their address.
 *
 * @param query `after` is the last contact of the page before; `search` is found anywhere in a name, a company or an address
 * @throws problem `invalid_request` when `after` is no longer in the book
 */
export async function listContacts(
  tx: WorkspaceTx,
  query: { after: ContactId | null; limit: number; search: string | null },
): Promise<ContactPage> {
  const matching = query.search === null ? sql`true` : matches(query.search);
  const following = query.after === null ? sql`true` : await isAfter(tx, query.after);
  const { rows: counted } = await sql<{
    total: number;
  }>`select count(*) as total from contact where ${matching}`.execute(tx);
  const rows = await selectContacts(tx, sql`${matching} and ${following}`, query.limit + 1);
  const items = rows.slice(0, query.limit);
  const last = items.at(-1);
  return {
    items: items.map(toContact),
    next: rows.length > query.limit && last !== undefined ? last.id : null,
    total: counted[0]?.total ?? 0,
  };
}

/** @throws problem `not_found` */
export async function getContact(tx: WorkspaceTx, id: ContactId): Promise<Contact> {
  const [row] = await selectContacts(tx, sql`contact.id = ${id}`, 1);
  if (row === undefined) throw problem('not_found', 'There is no such contact.');
  return toContact(row);
}

export async function getSummary(tx: WorkspaceTx): Promise<BookSummary> {
  const { rows } = await sql<{
    contacts: number;
    addresses: number;
    excluded: number;
    revision: number;
    changedAt: Date | null;
  }>`
    select
      (select count(*) from contact) as contacts,
      (select count(*) from contact_address) as addresses,
      (select count(*) from contact where excluded) as excluded,
      revision,
      changed_at as "changedAt"
    from book
  `.execute(tx);
  const [row] = rows;
  if (row === undefined) throw new Error('the book has no revision row');
  return { ...row, changedAt: row.changedAt?.toISOString() ?? null };
}

interface ContactRow extends Omit<Contact, 'id' | 'addedAt' | 'updatedAt' | 'lastMessageAt'> {
  readonly id: ContactId;
  readonly addedAt: Date;
  readonly updatedAt: Date;
  readonly lastMessageAt: Date | null;
}

async function selectContacts(tx: WorkspaceTx, condition: RawBuilder<unknown>, limit: number): Promise<ContactRow[]> {
  const { rows } = await sql<ContactRow>`
    select
      page.id, page.name, page.company, page.owner, page.source, page.excluded,
      array(select address from contact_address where contact_id = page.id order by address) as addresses,
      kept.messages as "messagesKept", kept.last_at as "lastMessageAt",
      page.added_at as "addedAt", page.updated_at as "updatedAt"
    from (select * from contact where ${condition} order by sort_key, id limit ${limit}) as page
    left join lateral (
      select count(*) as messages, max(sent_at) as last_at from message_contact where contact_id = page.id
    ) as kept on true
    order by page.sort_key, page.id
  `.execute(tx);
  return rows;
}

function toContact({ addedAt, updatedAt, lastMessageAt, ...row }: ContactRow): Contact {
  return {
    ...row,
    lastMessageAt: lastMessageAt?.toISOString() ?? null,
    addedAt: addedAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
  };
}

/** A search is text, not a pattern: `%` and `_` stand for themselves. */
function matches(search: string): RawBuilder<unknown> {
  const pattern = sql`'%' || lower(${search.replace(/[\\%_]/g, '\\$&')}::text) || '%'`;
  return sql`(
    contact.sort_key like ${pattern}
    or lower(contact.company) like ${pattern}
    or contact.id in (select contact_id from contact_address where address like ${pattern})
  )`;
}

async function isAfter(tx: WorkspaceTx, after: ContactId): Promise<RawBuilder<unknown>> {
  const { rows } = await sql<{ key: string }>`select sort_key as key from contact where id = ${after}`.execute(tx);
  const [row] = rows;
  if (row === undefined) throw problem('invalid_request', 'The cursor is no longer valid. Start again without it.');
  return sql`(contact.sort_key, contact.id) > (${row.key}, ${after}::uuid)`;
}
