// Which contacts belong to which opportunity. A role goes with its opportunity or its contact into the bin; of merged
// contacts it is the winner's.
import type { Contact, Deal, World } from '../../world/world.ts';
import { isBinned, isKept, shelfItems } from './shelf-rows.ts';
import { type FieldOf, idOf, namedObject, type Row, rowMaker, type SObject, type Span } from './sobject.ts';

interface Role {
  readonly deal: Deal;
  /** As the deal names it. */
  readonly named: number;
  /** Whose role it is now. */
  readonly contact: Contact;
  readonly first: boolean;
}

export interface ContactRoles extends SObject {
  /** In order of their ids. */
  ofDeal(deal: Deal): readonly Row[];
}

/** Roles of one deal share the upper digits of their numbers. */
const PER_DEAL = 2 ** 22;
const MAX_MERGES = 20;
const ALL = { order: 'id', since: Number.NEGATIVE_INFINITY, until: Number.POSITIVE_INFINITY } as const;

const FIELDS: readonly FieldOf<Role>[] = [
  { name: 'Id', type: 'id', get: (role) => idOf('OpportunityContactRole', roleNumber(role)) },
  { name: 'IsDeleted', type: 'boolean', get: isGone },
  {
    name: 'OpportunityId',
    type: 'reference',
    to: 'Opportunity',
    relationship: 'Opportunity',
    get: ({ deal }) => idOf('Opportunity', deal.n),
  },
  {
    name: 'ContactId',
    type: 'reference',
    to: 'Contact',
    relationship: 'Contact',
    get: ({ contact }) => idOf('Contact', contact.n),
  },
  { name: 'Role', type: 'picklist', get: ({ first }) => (first ? 'Decision Maker' : 'Business User') },
  { name: 'IsPrimary', type: 'boolean', get: ({ first }) => first },
  { name: 'CreatedDate', type: 'datetime', get: ({ deal }) => deal.createdAt.getTime() },
  { name: 'LastModifiedDate', type: 'datetime', get: updatedAt },
  { name: 'SystemModstamp', type: 'datetime', get: touchedAt },
];

export function contactRoleObject(world: World): ContactRoles {
  const toRow = rowMaker('OpportunityContactRole', FIELDS, (role) => ({
    n: roleNumber(role),
    touchedAt: touchedAt(role),
    deleted: isGone(role),
  }));
  const now = () => world.now();
  const ofDeal = (deal: Deal) => rolesOf(world, deal).map(toRow);
  return {
    ...namedObject('OpportunityContactRole', FIELDS),
    children: [],
    replicated: false,
    row: (n) => {
      const deal = world.deals.get(Math.floor(n / PER_DEAL));
      if (deal === null || !isKept(deal, now())) return null;
      return ofDeal(deal).find((row) => row.n === n) ?? null;
    },
    rows: (span) => {
      const deals = shelfItems(world.deals, { ...ALL, deleted: span.deleted }, now);
      const rows = deals.flatMap(ofDeal).filter((row) => span.deleted || !row.deleted);
      return span.order === 'id' ? rows : inTime(rows, span);
    },
    count: () => null,
    ofDeal,
  };
}

/** A role changes with its deal and with its contact, so there is no walking in order of time. */
function inTime(rows: Iterable<Row>, { order, since, until }: Span): readonly Row[] {
  const timeOf = (row: Row) => (order === 'updatedAt' ? Number(row.read('LastModifiedDate')) : row.touchedAt);
  const keyed = Array.from(rows, (row) => ({ row, at: timeOf(row) }));
  const inside = keyed.filter(({ at }) => at >= since && at < until);
  return inside.toSorted((one, other) => one.at - other.at || one.row.n - other.row.n).map(({ row }) => row);
}

function rolesOf(world: World, deal: Deal): readonly Role[] {
  const seen = new Set<number>();
  const roles: Role[] = [];
  for (const [index, named] of deal.contacts.entries()) {
    const contact = survivorOf(world, named);
    if (contact === null || seen.has(contact.n)) continue;
    seen.add(contact.n);
    roles.push({ deal, named, contact, first: index === 0 });
  }
  return roles.toSorted((one, other) => one.named - other.named);
}

/** The contact itself, or the one it went into; null when it is gone. */
function survivorOf(world: World, n: number): Contact | null {
  let contact = world.contacts.get(n);
  for (let steps = 0; contact?.state === 'merged' && contact.mergedInto !== null && steps < MAX_MERGES; steps += 1)
    contact = world.contacts.get(contact.mergedInto);
  return contact !== null && isKept(contact, world.now()) ? contact : null;
}

function updatedAt({ deal, contact }: Role): number {
  return Math.max(deal.updatedAt.getTime(), contact.updatedAt.getTime());
}

function touchedAt({ deal, contact }: Role): number {
  return Math.max(deal.touchedAt.getTime(), contact.touchedAt.getTime());
}

function isGone({ deal, contact }: Role): boolean {
  return isBinned(deal) || isBinned(contact);
}

function roleNumber({ deal, named }: Role): number {
  return deal.n * PER_DEAL + named;
}
