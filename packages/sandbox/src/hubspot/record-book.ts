// All records of one kind as HubSpot keeps them: rows whose values are asked for by property name, whatever the kind.
import type { RecordState, Shelf, World } from '../world/world.ts';
import type { KeptRecord, Property, PropertyFacts, ValueGround } from './property.ts';
import { COMPANY_PROPERTIES, type CompanyRecord, CONTACT_PROPERTIES, DEAL_PROPERTIES } from './record-properties.ts';
import type { RecordType } from './record-types.ts';

export interface Row extends KeptRecord {
  /** The property's text; null without a value, and `undefined` when there is no such property. */
  value(name: string): string | null | undefined;
}

type ChangedQuery = Parameters<Shelf<never>['changed']>[0];

export interface RecordBook {
  readonly type: RecordType;
  readonly properties: readonly PropertyFacts[];
  readonly count: number;
  get(n: number): Row | null;
  list(query: { from: number; limit: number; states: readonly RecordState[] }): readonly Row[];
  changed(query: ChangedQuery): readonly Row[];
  countChanged(query: Omit<ChangedQuery, 'after' | 'limit'>): number;
  findByAddress(address: string): Row | null;
}

export type RecordBooks = Readonly<Record<RecordType, RecordBook>>;

export function openRecordBooks(ground: ValueGround): RecordBooks {
  const { world } = ground;
  return {
    contacts: bookOf({ type: 'contacts', shelf: world.contacts, properties: CONTACT_PROPERTIES, ground }),
    deals: bookOf({ type: 'deals', shelf: world.deals, properties: DEAL_PROPERTIES, ground }),
    companies: bookOf({ type: 'companies', shelf: companyShelf(world), properties: COMPANY_PROPERTIES, ground }),
  };
}

type ReadShelf<Item extends KeptRecord> = Pick<
  Shelf<Item>,
  'count' | 'get' | 'list' | 'changed' | 'countChanged' | 'findByAddress'
>;

interface BookDraft<Item extends KeptRecord> {
  readonly type: RecordType;
  readonly shelf: ReadShelf<Item>;
  readonly properties: readonly Property<Item>[];
  readonly ground: ValueGround;
}

function bookOf<Item extends KeptRecord>({ type, shelf, properties, ground }: BookDraft<Item>): RecordBook {
  const byName = new Map(properties.map((property) => [property.name, property]));
  const rowOf = (item: Item): Row => ({
    n: item.n,
    createdAt: item.createdAt,
    updatedAt: item.updatedAt,
    touchedAt: item.touchedAt,
    state: item.state,
    archivedAt: item.archivedAt,
    mergedInto: item.mergedInto,
    value: (name) => byName.get(name)?.value(item, ground),
  });
  const rowOrNull = (item: Item | null) => (item === null ? null : rowOf(item));
  return {
    type,
    properties,
    get count() {
      return shelf.count;
    },
    get: (n) => rowOrNull(shelf.get(n)),
    list: (query) => shelf.list(query).map(rowOf),
    changed: (query) => shelf.changed(query).map(rowOf),
    countChanged: (query) => shelf.countChanged(query),
    findByAddress: (address) => (type === 'contacts' ? rowOrNull(shelf.findByAddress(address)) : null),
  };
}

const DAY_MS = 24 * 60 * 60 * 1000;

/** Companies never change in this world: all were there, a millisecond apart, the day before the first contact. */
function companyShelf(world: World): ReadShelf<CompanyRecord> {
  const from = (world.contacts.get(0)?.createdAt ?? world.now()).getTime() - DAY_MS;
  const get = (n: number): CompanyRecord | null => {
    const company = world.companies.get(n);
    if (company === null) return null;
    const at = new Date(from + n);
    const times = { createdAt: at, updatedAt: at, touchedAt: at };
    return { ...company, ...times, state: 'live', archivedAt: null, mergedInto: null };
  };
  const range = (first: number, limit: number) =>
    Array.from({ length: Math.max(0, Math.min(limit, world.companies.count - first)) }, (_, index) =>
      get(first + index),
    ).filter((company) => company !== null);
  const firstSince = ({ since, after }: Pick<ChangedQuery, 'since' | 'after'>) =>
    Math.max(0, since.getTime() - from, after === undefined ? 0 : after.n + 1);
  const endUntil = (until: Date | undefined) =>
    Math.min(world.companies.count, until === undefined ? Number.POSITIVE_INFINITY : until.getTime() - from);
  return {
    count: world.companies.count,
    get,
    list: ({ from: first, limit, states }) => (states.includes('live') ? range(first, limit) : []),
    changed: (query) => {
      if (!query.states.includes('live')) return [];
      const first = firstSince(query);
      return range(first, Math.min(query.limit, endUntil(query.until) - first));
    },
    countChanged: (query) =>
      query.states.includes('live') ? Math.max(0, endUntil(query.until) - firstSince(query)) : 0,
    findByAddress: () => null,
  };
}
