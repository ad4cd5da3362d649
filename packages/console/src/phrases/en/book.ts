// Words of the contact book and its import.
import { count, formatNumber } from '../format.ts';

/** How each field of a contact is named where the columns of a file are shown. */
const FIELDS: Readonly<Record<string, string>> = {
  address: 'Address',
  addresses: 'Addresses',
  email: 'Address',
  name: 'Name',
  firstName: 'First name',
  lastName: 'Last name',
  company: 'Company',
  owner: 'Owner',
};

/** Why a row, or one cell of it, was left out. */
const SKIP_REASONS: Readonly<Record<string, string>> = {
  address_invalid: 'this is not a mail address',
  address_belongs_to_another: 'the address belongs to another contact',
  card_not_closed: 'the card has no end',
  column_count: 'the row has more or fewer cells than the first one',
  deleted_record: 'it is marked as deleted',
  no_address: 'there is no mail address',
  not_a_person: 'it is not a person',
  quote_broken: 'a quotation mark is not closed',
  row_too_long: 'the row is too long',
  too_many_addresses: 'there are too many addresses for one person',
};

export const bookPhrases = {
  summary: (contacts: number, addresses: number) =>
    `${count(contacts, 'contact', 'contacts')} with ${count(addresses, 'address', 'addresses')} may open the gate.`,
  excludedCount: (excluded: number) => `${formatNumber(excluded)} excluded`,
  revision: (revision: number) => `book revision ${formatNumber(revision)}`,
  changed: (when: string) => `changed ${when}`,
  search: 'Search name, address or company',
  caption: 'Contacts',
  found: (total: number) => count(total, 'contact', 'contacts'),
  columns: {
    name: 'Name',
    addresses: 'Addresses',
    company: 'Company',
    owner: 'Owner',
    kept: 'Kept',
    last: 'Last message',
    state: 'State',
    act: 'Action',
  },
  unnamed: 'no name',
  opens: 'opens',
  excluded: 'excluded',
  exclude: 'Exclude',
  include: 'Include',
  excludeNamed: (name: string) => `Exclude ${name}`,
  includeNamed: (name: string) => `Include ${name}`,
  excludedToast: (name: string) => `${name} no longer opens the gate.`,
  includedToast: (name: string) => `${name} opens the gate again.`,
  import: 'Import contacts',
  noResults: (text: string) => `No contact matches “${text}”.`,
  first: {
    title: 'No contacts yet.',
    why: 'The gate keeps a message only if a participant is in this book. While it is empty, everything is dropped.',
    steps: [
      { name: 'Export your contacts', finding: 'HubSpot, Salesforce, Google, Outlook, any CSV, or vCard' },
      { name: 'Drop the file here', finding: 'you see what would change before it does' },
      { name: 'The gate opens for them', finding: 'from the next message on' },
    ],
  },
  importDialog: {
    title: 'Import contacts',
    drop: 'Drop a CSV or vCard file',
    hint: 'Or choose one. You see what would change first; nothing is stored until you say so.',
    reading: 'Reading the file…',
    layouts: {
      hubspot: 'a HubSpot export',
      salesforce: 'a Salesforce export',
      google: 'a Google Contacts export',
      outlook: 'an Outlook export',
      vcard: 'vCards',
      generic: 'a table',
    } as Readonly<Record<string, string>>,
    readAs: (layout: string, rows: number) => `Read as ${layout} with ${count(rows, 'row', 'rows')}.`,
    columns: 'Which column is taken for what',
    inFile: 'In the file',
    takenFor: 'Taken for',
    field: (name: string) => FIELDS[name] ?? name,
    added: 'to add',
    changed: 'to change',
    unchanged: 'unchanged',
    skipped: 'skipped',
    skippedTitle: (total: number) => `${count(total, 'row', 'rows')} skipped, and why`,
    row: (row: number, column: string | null) =>
      column === null ? `Row ${formatNumber(row)}` : `Row ${formatNumber(row)}, ${column}`,
    /** Empty for a reason that this console does not know yet: its token stands for itself. */
    reason: (token: string) => SKIP_REASONS[token] ?? '',
    firstOnly: (shown: number) => `The first ${formatNumber(shown)} are shown.`,
    nothing: 'Nothing in this file would change the book.',
    another: 'Choose another file',
    go: (rows: number) => `Import ${count(rows, 'contact', 'contacts')}`,
    done: (added: number, changed: number) => `${formatNumber(added)} added, ${formatNumber(changed)} changed.`,
  },
} as const;
