// The kinds of record that are told here, by every name HubSpot gives them.

export type RecordType = 'contacts' | 'deals' | 'companies';

interface RecordTypeFacts {
  readonly singular: 'contact' | 'deal' | 'company';
  readonly objectTypeId: '0-1' | '0-2' | '0-3';
  readonly scope: string;
  /** Contacts name the time of their last change differently from all others. */
  readonly modified: 'lastmodifieddate' | 'hs_lastmodifieddate';
}

export const RECORD_TYPES: Readonly<Record<RecordType, RecordTypeFacts>> = {
  contacts: {
    singular: 'contact',
    objectTypeId: '0-1',
    scope: 'crm.objects.contacts.read',
    modified: 'lastmodifieddate',
  },
  deals: { singular: 'deal', objectTypeId: '0-3', scope: 'crm.objects.deals.read', modified: 'hs_lastmodifieddate' },
  companies: {
    singular: 'company',
    objectTypeId: '0-2',
    scope: 'crm.objects.companies.read',
    modified: 'hs_lastmodifieddate',
  },
};

const NAMES: ReadonlyMap<string, RecordType> = new Map([
  ['contacts', 'contacts'],
  ['contact', 'contacts'],
  ['0-1', 'contacts'],
  ['deals', 'deals'],
  ['deal', 'deals'],
  ['0-3', 'deals'],
  ['companies', 'companies'],
  ['company', 'companies'],
  ['0-2', 'companies'],
]);

/** The kind that a part of a path names; null when it names none of these. */
export function recordTypeNamed(text: string): RecordType | null {
  return NAMES.get(text.toLowerCase()) ?? null;
}
