// Works out what a batch of rows does to the book: who is new, who changes, which addresses are added, what is left out.
// Pure: what the book holds goes in, what is to be written comes out. The import, the dry run and the in-memory book all
// use it, so they cannot disagree.
import type { ContactId } from '../../platform/ids.ts';
import type { Address } from '../admission/address.ts';
import { type BookRow, externalIdOf, isRecordId, type SkippedRow } from './contact.ts';

export interface StoredContact {
  readonly id: ContactId;
  readonly source: string;
  readonly externalId: string;
  readonly name: string | null;
  readonly company: string | null;
  readonly owner: string | null;
}

/** What the book holds already of the addresses and ids that a batch names. */
export interface KnownContacts {
  readonly byAddress: ReadonlyMap<Address, StoredContact>;
  /** Contacts of the batch's own source. */
  readonly byExternalId: ReadonlyMap<string, StoredContact>;
}

export interface NewAddress {
  readonly address: Address;
  readonly contactId: ContactId;
}

export interface Merge {
  /** New contacts, and known ones whose details differ now. */
  readonly contacts: readonly StoredContact[];
  readonly addresses: readonly NewAddress[];
  readonly skipped: readonly SkippedRow[];
  /** Rows by what they did; skipped rows are in none. */
  readonly added: number;
  readonly changed: number;
  readonly unchanged: number;
}

/**
 * Merges rows into the book. Nothing is ever taken away: an address stays with its contact, and a blank cell clears nothing.
 *
 * @param mintId gives a new contact its id
 */
export function mergeRows(
  rows: readonly BookRow[],
  known: KnownContacts,
  source: string,
  mintId: () => ContactId,
): Merge {
  const work = new Worksheet(known, source, mintId);
  const counts = { added: 0, changed: 0, unchanged: 0, skipped: 0 };
  for (const row of rows) counts[work.place(row)] += 1;
  return {
    contacts: work.written(),
    addresses: work.addresses,
    skipped: work.skipped,
    added: counts.added,
    changed: counts.changed,
    unchanged: counts.unchanged,
  };
}

type RowEffect = 'added' | 'changed' | 'unchanged' | 'skipped';

/** The book as it would look after the rows so far. */
class Worksheet {
  readonly addresses: NewAddress[] = [];
  readonly skipped: SkippedRow[] = [];
  readonly #source: string;
  readonly #mintId: () => ContactId;
  readonly #before = new Map<ContactId, StoredContact>();
  readonly #now = new Map<ContactId, StoredContact>();
  readonly #ownerOf = new Map<Address, ContactId>();
  readonly #byExternalId = new Map<string, ContactId>();

  constructor(known: KnownContacts, source: string, mintId: () => ContactId) {
    this.#source = source;
    this.#mintId = mintId;
    for (const contact of [...known.byAddress.values(), ...known.byExternalId.values()]) {
      this.#before.set(contact.id, contact);
      this.#now.set(contact.id, contact);
    }
    for (const [address, contact] of known.byAddress) this.#ownerOf.set(address, contact.id);
    for (const [externalId, contact] of known.byExternalId) this.#byExternalId.set(externalId, contact.id);
  }

  place(row: BookRow): RowEffect {
    const owners = new Set(row.addresses.flatMap(({ address }) => this.#ownerOf.get(address) ?? []));
    // Without an id of its own, a row is known by its addresses only: the first of them says no more than the others.
    const own = row.recordId === null && owners.size > 0 ? undefined : this.#byExternalId.get(externalIdOf(row));
    if (own === undefined && owners.size > 1) {
      // Two people share this row: who a further address belongs to cannot be known.
      this.#skipAddresses(row, null);
      return 'skipped';
    }
    const target = own ?? [...owners][0];
    if (target === undefined) return this.#add(row);
    this.#skipAddresses(row, target);
    const addressAdded = this.#claim(row, target);
    const detailChanged = this.#fill(row, target);
    return addressAdded || detailChanged ? 'changed' : 'unchanged';
  }

  written(): StoredContact[] {
    return [...this.#now.values()].filter((contact) => {
      const before = this.#before.get(contact.id);
      return before === undefined || !sameDetails(before, contact);
    });
  }

  #add(row: BookRow): RowEffect {
    const contact: StoredContact = {
      id: this.#mintId(),
      source: this.#source,
      externalId: externalIdOf(row),
      name: row.name,
      company: row.company,
      owner: row.owner,
    };
    this.#now.set(contact.id, contact);
    this.#byExternalId.set(contact.externalId, contact.id);
    this.#claim(row, contact.id);
    return 'added';
  }

  /** Counts the addresses that belong to somebody other than `target`. */
  #skipAddresses(row: BookRow, target: ContactId | null): void {
    for (const { address, column } of row.addresses) {
      const owner = this.#ownerOf.get(address);
      if (owner !== undefined && owner !== target)
        this.skipped.push({ kind: 'skipped', row: row.row, column, reason: 'address_belongs_to_another' });
    }
  }

  #claim(row: BookRow, contactId: ContactId): boolean {
    const free = row.addresses.filter(({ address }) => !this.#ownerOf.has(address));
    for (const { address } of free) {
      this.#ownerOf.set(address, contactId);
      this.addresses.push({ address, contactId });
    }
    return free.length > 0;
  }

  /** The record a contact came from may change its details; any other record only fills what is blank. */
  #fill(row: BookRow, target: ContactId): boolean {
    const contact = this.#now.get(target);
    if (contact === undefined) return false;
    const [first, second] = isOwnRecord(row, contact, this.#source) ? [row, contact] : [contact, row];
    const next = {
      ...contact,
      name: first.name ?? second.name,
      company: first.company ?? second.company,
      owner: first.owner ?? second.owner,
    };
    this.#now.set(target, next);
    return !sameDetails(contact, next);
  }
}

function isOwnRecord(row: BookRow, contact: StoredContact, source: string): boolean {
  if (contact.source !== source) return false;
  return contact.externalId === externalIdOf(row) || (row.recordId === null && !isRecordId(contact.externalId));
}

function sameDetails(a: StoredContact, b: StoredContact): boolean {
  return a.name === b.name && a.company === b.company && a.owner === b.owner;
}
