// What a contact is, what a row of an address-book file says about one, and what the gate learns when it asks.
// Reading files, merging and storing each have a file of their own.
import type { ContactId } from '../../platform/ids.ts';
import type { Address } from '../admission/address.ts';

/** What the book answers about one address. */
export interface BookMatch {
  readonly contactId: ContactId;
  readonly name: string | null;
  /** Excluded contacts never open the gate. */
  readonly excluded: boolean;
}

/** How a policy folds addresses before it compares them. */
export type FoldAddress = (address: Address) => Address;

/**
 * Indexes matches by their own address and, where nothing stands yet, by its folded form. Contacts that the policy
 * takes for one are excluded together.
 */
export function indexMatches(
  found: readonly (readonly [Address, BookMatch])[],
  fold: FoldAddress | null,
): ReadonlyMap<Address, BookMatch> {
  if (fold === null) return new Map(found);
  const excluded = new Set(found.filter(([, match]) => match.excluded).map(([address]) => fold(address)));
  const matches = new Map<Address, BookMatch>();
  for (const [address, match] of found.toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    const folded = fold(address);
    const judged = { ...match, excluded: excluded.has(folded) };
    matches.set(address, judged);
    if (!matches.has(folded)) matches.set(folded, judged);
  }
  return matches;
}

/** An address a row claims, and where it stood. */
export interface ClaimedAddress {
  readonly address: Address;
  /** Header of the column, `column 3` where the file has no header, or the vCard property. */
  readonly column: string;
}

/** One person of a file: at least one address, all valid. */
export interface BookRow {
  readonly kind: 'row';
  /** Row as a spreadsheet counts them (the header is row 1), or the number of the card. */
  readonly row: number;
  /** The exporter's own id of the record, prefixed with the exporter's name, or null when the file has none. */
  readonly recordId: string | null;
  readonly name: string | null;
  readonly company: string | null;
  readonly owner: string | null;
  readonly addresses: readonly ClaimedAddress[];
}

/** Why a row, or one cell of it, was left out. Values are never repeated. */
export type BookSkipReason =
  | 'address_invalid'
  | 'address_belongs_to_another'
  | 'card_not_closed'
  | 'column_count'
  | 'deleted_record'
  | 'no_address'
  | 'not_a_person'
  | 'quote_broken'
  | 'row_too_long'
  | 'too_many_addresses';

export interface SkippedRow {
  readonly kind: 'skipped';
  readonly row: number;
  /** The column at fault, or null when it is the whole row. */
  readonly column: string | null;
  readonly reason: BookSkipReason;
}

export type BookFormat = 'csv' | 'vcard';
export type BookLayout = 'hubspot' | 'salesforce' | 'google' | 'outlook' | 'generic' | 'vcard';

/** A file that was recognised and is about to be read. */
export interface BookFile {
  readonly format: BookFormat;
  readonly layout: BookLayout;
  /** Column → what it was taken for. Columns that are not used are left out. */
  readonly columns: Readonly<Record<string, string>>;
  /** Rows and skips in the order of the file; a row may bring both. */
  readonly items: AsyncGenerator<BookRow | SkippedRow>;
}

/** Addresses one row may claim; a card with more is no person. */
export const MAX_ADDRESSES_PER_ROW = 100;

/** Ids that merge rows into contacts: the exporter's record id, or else the first address of the row. */
export function externalIdOf(row: BookRow): string {
  return row.recordId ?? row.addresses[0]?.address ?? '';
}

/** Tells a record id from an address that stands in for one. No address begins so: a colon stands only in quotes. */
export function isRecordId(externalId: string): boolean {
  return /^(?:hubspot|salesforce|uid):/.test(externalId);
}
