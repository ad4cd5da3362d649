// The contact book in the database: the gate's look-up, and the statements of the import.
// Writers take the book's lock first, so each sees what the one before it left, and the revision counts up once per
// transaction that changed something.
import { sql } from 'kysely';
import type { WorkspaceTx } from '../../platform/db/database.ts';
import type { ConnectionId, ContactId } from '../../platform/ids.ts';
import { type Address, foldFully } from '../admission/address.ts';
import { type BookMatch, type FoldAddress, indexMatches } from './contact.ts';
import type { KnownContacts, NewAddress, StoredContact } from './merge-rows.ts';

/**
 * Answers which addresses are contacts, and the book's revision, in one query on an index, so that both are of the same
 * moment.
 *
 * @param fold how the policy folds addresses; null compares them as they stand. Contacts are then found under their
 *   own address and under its folded form, whichever of several comes first by address
 */
export async function findContacts(
  tx: WorkspaceTx,
  addresses: readonly Address[],
  fold: FoldAddress | null = null,
): Promise<{ revision: number; matches: ReadonlyMap<Address, BookMatch> }> {
  // Sorted, so that neighbours in the index are read together.
  const wanted = (fold === null ? [...addresses] : [...new Set(addresses.map(foldFully))]).toSorted();
  // `offset 0` makes it one index search per address. Left to itself the planner reads a book of 10,000 to 500,000 contacts
  // from end to end, since it takes 500 searches for dearer than they are.
  const column = sql.ref(fold === null ? 'contact_address.address' : 'contact_address.folded');
  const { rows } = await sql<{
    revision: number;
    address: Address | null;
    id: ContactId;
    name: string | null;
    excluded: boolean;
  }>`
    select book.revision, found.address, found.id, found.name, found.excluded
    from book
    left join (
      select entry.address, person.id, person.name, person.excluded
      from unnest(${wanted}::text[]) as wanted (address)
      cross join lateral (select contact_address.address, contact_id from contact_address where ${column} = wanted.address offset 0) as entry
      cross join lateral (select id, name, excluded from contact where id = entry.contact_id offset 0) as person
    ) as found on true
  `.execute(tx);
  const found = rows.flatMap(({ address, id, name, excluded }): [Address, BookMatch][] =>
    address === null ? [] : [[address, { contactId: id, name, excluded }]],
  );
  return { revision: revisionOf(rows), matches: indexMatches(found, fold) };
}

/** Makes other writers of the book wait until this transaction ends. Comes first in every transaction that writes. */
export async function lockBook(tx: WorkspaceTx): Promise<number> {
  const { rows } = await sql<{ revision: number }>`select revision from book for update`.execute(tx);
  return revisionOf(rows);
}

export async function getRevision(tx: WorkspaceTx): Promise<number> {
  const { rows } = await sql<{ revision: number }>`select revision from book`.execute(tx);
  return revisionOf(rows);
}

/** @returns the new revision */
export async function bumpRevision(tx: WorkspaceTx): Promise<number> {
  const { rows } = await sql<{
    revision: number;
  }>`update book set revision = revision + 1, changed_at = now() returning revision`.execute(tx);
  return revisionOf(rows);
}

function revisionOf(rows: readonly { revision: number }[]): number {
  const [row] = rows;
  if (row === undefined) throw new Error('the book has no revision row');
  return row.revision;
}

/** Finds what the book holds of a batch: the contacts behind its addresses, and those of its source by external id. */
export async function findKnown(
  tx: WorkspaceTx,
  source: string,
  addresses: readonly Address[],
  externalIds: readonly string[],
): Promise<KnownContacts> {
  const { rows } = await sql<StoredContact & { address: Address | null }>`
    select contact.id, source, external_id as "externalId", name, company, owner, contact_address.address
    from contact_address
    join contact on contact.id = contact_address.contact_id
    where contact_address.address = any(${[...addresses]}::text[])
    union all
    select id, source, external_id, name, company, owner, null
    from contact
    where source = ${source} and external_id = any(${[...externalIds]}::text[])
  `.execute(tx);
  const byAddress = new Map<Address, StoredContact>();
  const byExternalId = new Map<string, StoredContact>();
  for (const { address, ...contact } of rows) {
    if (address === null) byExternalId.set(contact.externalId, contact);
    else byAddress.set(address, contact);
  }
  return { byAddress, byExternalId };
}

/** Writes new contacts and new details of known ones in one statement. */
export async function upsertContacts(tx: WorkspaceTx, contacts: readonly StoredContact[]): Promise<void> {
  if (contacts.length === 0) return;
  await sql`
    insert into contact (id, source, external_id, name, company, owner)
    select row.id, row.source, row."externalId", row.name, row.company, row.owner
    from jsonb_to_recordset(${JSON.stringify(contacts)}::jsonb)
      as row (id uuid, source text, "externalId" text, name text, company text, owner text)
    on conflict (source, external_id) do update
      set name = excluded.name, company = excluded.company, owner = excluded.owner, updated_at = now()
      where (contact.name, contact.company, contact.owner) is distinct from (excluded.name, excluded.company, excluded.owner)
  `.execute(tx);
}

/** Gives addresses to contacts in one statement; an address that has a contact keeps it. */
export async function insertAddresses(tx: WorkspaceTx, addresses: readonly NewAddress[]): Promise<void> {
  if (addresses.length === 0) return;
  const rows = addresses.map((each) => ({ ...each, folded: foldFully(each.address) }));
  await sql`
    insert into contact_address (address, folded, contact_id)
    select row.address, row.folded, row."contactId"
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as row (address text, folded text, "contactId" uuid)
    on conflict (address) do nothing
  `.execute(tx);
}

/**
 * Excludes a contact from opening the gate, or includes it again.
 *
 * @returns whether that changed anything; null when there is no such contact
 */
export async function markExcluded(tx: WorkspaceTx, id: ContactId, excluded: boolean): Promise<boolean | null> {
  const { rows } = await sql<{ changed: boolean }>`
    with before as (select excluded from contact where id = ${id}),
    marked as (
      update contact set excluded = ${excluded}, updated_at = now() where id = ${id} and excluded <> ${excluded} returning id
    )
    select exists (select from marked) as changed from before
  `.execute(tx);
  return rows[0]?.changed ?? null;
}

/** Deletes the contacts that a connection brought, with their addresses. @returns how many */
export async function deleteBroughtContacts(tx: WorkspaceTx, connectionId: ConnectionId): Promise<number> {
  const { numAffectedRows } = await sql`delete from contact where connection_id = ${connectionId}`.execute(tx);
  return Number(numAffectedRows ?? 0);
}
