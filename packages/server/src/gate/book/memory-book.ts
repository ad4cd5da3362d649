// A contact book that lives in memory only: what `sentinel try` asks when nothing may be stored.
// It merges rows exactly as the import does, so it answers as the stored book would.
import { type ContactId, newId } from '../../platform/ids.ts';
import { type Address, foldFully } from '../admission/address.ts';
import {
  type BookMatch,
  type BookRow,
  externalIdOf,
  type FoldAddress,
  indexMatches,
  type SkippedRow,
} from './contact.ts';
import { mergeRows, type StoredContact } from './merge-rows.ts';

export interface BookAnswer {
  readonly revision: number;
  readonly matches: ReadonlyMap<Address, BookMatch>;
}

export interface MemoryBook {
  readonly contacts: number;
  readonly addresses: number;
  readonly skipped: number;
  /** As `findContacts` of the stored book. */
  findContacts(addresses: readonly Address[], fold?: FoldAddress | null): Promise<BookAnswer>;
}

/**
 * Reads a whole book into memory.
 *
 * @param items rows of `parseBookFile`
 */
export async function memoryBook(
  items: AsyncIterable<BookRow | SkippedRow> | Iterable<BookRow | SkippedRow>,
): Promise<MemoryBook> {
  const byAddress = new Map<Address, StoredContact>();
  const byExternalId = new Map<string, StoredContact>();
  const byId = new Map<ContactId, StoredContact>();
  let index: ReturnType<typeof foldedIndex> | null = null;
  // Made when a folding policy first asks; most never do.
  const foldedAddresses = () => (index ??= foldedIndex(byAddress.keys()));
  let skipped = 0;
  for await (const item of items) {
    if (item.kind === 'skipped') {
      skipped += 1;
      continue;
    }
    const merge = mergeRows([item], knownOf(item, byAddress, byExternalId, byId), 'file', () => newId<ContactId>());
    skipped += merge.skipped.length;
    for (const contact of merge.contacts) {
      byId.set(contact.id, contact);
      byExternalId.set(contact.externalId, contact);
    }
    for (const { address, contactId } of merge.addresses) {
      const contact = byId.get(contactId);
      if (contact !== undefined) byAddress.set(address, contact);
    }
  }
  const matches = matchesOf(byAddress, byId);
  return {
    contacts: byId.size,
    addresses: byAddress.size,
    skipped,
    findContacts: async (wanted, fold = null) => {
      // Nothing is gained by picking: whoever asks looks up by address.
      if (fold === null) return { revision: 1, matches };
      return { revision: 1, matches: indexMatches(foldedMatches(wanted, foldedAddresses(), matches), fold) };
    },
  };
}

/** Finds the addresses of the book that some policy could take for one of the wanted ones. */
function foldedIndex(addresses: Iterable<Address>): { of(wanted: readonly Address[]): readonly Address[] } {
  const index = new Map<Address, Address[]>();
  for (const address of addresses) {
    const folded = foldFully(address);
    const list = index.get(folded);
    if (list === undefined) index.set(folded, [address]);
    else list.push(address);
  }
  return { of: (wanted) => [...new Set(wanted.map(foldFully))].flatMap((folded) => index.get(folded) ?? []) };
}

/** What the merge of one row must know; looking up only that keeps a long book linear. */
function knownOf(
  row: BookRow,
  byAddress: ReadonlyMap<Address, StoredContact>,
  byExternalId: ReadonlyMap<string, StoredContact>,
  byId: ReadonlyMap<ContactId, StoredContact>,
) {
  const current = (contact: StoredContact | undefined) => (contact === undefined ? undefined : byId.get(contact.id));
  const owned = row.addresses.flatMap(({ address }): [Address, StoredContact][] => {
    const contact = current(byAddress.get(address));
    return contact === undefined ? [] : [[address, contact]];
  });
  const own = current(byExternalId.get(externalIdOf(row)));
  return { byAddress: new Map(owned), byExternalId: new Map(own === undefined ? [] : [[own.externalId, own]]) };
}

/** What the gate learns of each address once the book is whole. */
function matchesOf(
  byAddress: ReadonlyMap<Address, StoredContact>,
  byId: ReadonlyMap<ContactId, StoredContact>,
): ReadonlyMap<Address, BookMatch> {
  const matches = new Map<Address, BookMatch>();
  for (const [address, owner] of byAddress) {
    const contact = byId.get(owner.id) ?? owner;
    matches.set(address, { contactId: contact.id, name: contact.name, excluded: false });
  }
  return matches;
}

/** Those of the wanted addresses that are contacts under some folding. */
function foldedMatches(
  wanted: readonly Address[],
  index: ReturnType<typeof foldedIndex>,
  matches: ReadonlyMap<Address, BookMatch>,
): (readonly [Address, BookMatch])[] {
  return index.of(wanted).flatMap((address) => {
    const match = matches.get(address);
    return match === undefined ? [] : [[address, match] as const];
  });
}
