// Contacts, with the fields that every org has and two of its own for further addresses.
import type { Contact, World } from '../../world/world.ts';
import { isBinned, isKept, shelfCount, shelfItems } from './shelf-rows.ts';
import { type FieldOf, idOf, namedObject, rowMaker, type SObject } from './sobject.ts';

const FIELDS: readonly FieldOf<Contact>[] = [
  { name: 'Id', type: 'id', get: ({ n }) => idOf('Contact', n) },
  { name: 'IsDeleted', type: 'boolean', get: isBinned },
  {
    name: 'MasterRecordId',
    type: 'reference',
    to: 'Contact',
    relationship: 'MasterRecord',
    get: ({ mergedInto }) => (mergedInto === null ? null : idOf('Contact', mergedInto)),
  },
  {
    name: 'AccountId',
    type: 'reference',
    to: 'Account',
    relationship: 'Account',
    get: ({ company }) => idOf('Account', company),
  },
  { name: 'LastName', type: 'string', get: ({ family }) => family },
  { name: 'FirstName', type: 'string', get: ({ given }) => given },
  { name: 'Name', type: 'string', get: ({ given, family }) => `${given} ${family}`.trim() },
  { name: 'Email', type: 'email', get: ({ address }) => address },
  { name: 'Second_Email__c', type: 'email', get: ({ furtherAddresses }) => furtherAddresses[0] ?? null },
  { name: 'Third_Email__c', type: 'email', get: ({ furtherAddresses }) => furtherAddresses[1] ?? null },
  { name: 'Phone', type: 'phone', get: ({ phone }) => phone },
  { name: 'Title', type: 'string', get: ({ title }) => title },
  {
    name: 'OwnerId',
    type: 'reference',
    to: 'User',
    relationship: 'Owner',
    get: ({ owner }) => idOf('User', owner),
  },
  { name: 'CreatedDate', type: 'datetime', get: ({ createdAt }) => createdAt.getTime() },
  { name: 'LastModifiedDate', type: 'datetime', get: ({ updatedAt }) => updatedAt.getTime() },
  { name: 'SystemModstamp', type: 'datetime', get: ({ touchedAt }) => touchedAt.getTime() },
];

export function contactObject(world: World): SObject {
  const toRow = rowMaker('Contact', FIELDS, (contact) => ({
    n: contact.n,
    touchedAt: contact.touchedAt.getTime(),
    deleted: isBinned(contact),
  }));
  const now = () => world.now();
  return {
    ...namedObject('Contact', FIELDS),
    children: [{ name: 'OpportunityContactRoles', object: 'OpportunityContactRole', field: 'ContactId' }],
    replicated: true,
    row: (n) => {
      const contact = world.contacts.get(n);
      return contact === null || !isKept(contact, now()) ? null : toRow(contact);
    },
    rows: (span) => shelfItems(world.contacts, span, now).map(toRow),
    count: (span) => shelfCount(world.contacts, span, now),
  };
}
