// What an object of the org is to queries, describes and replication: named fields, and rows in the orders a sync reads.
import type { RecordState } from '../../world/world.ts';
import { longId, recordId, recordNumber } from '../record-id.ts';

/** Dates and times in milliseconds since 1970, ids with 18 characters. */
export type Value = string | number | boolean | null;

export type FieldType =
  | 'id'
  | 'reference'
  | 'string'
  | 'email'
  | 'phone'
  | 'url'
  | 'picklist'
  | 'currency'
  | 'percent'
  | 'int'
  | 'boolean'
  | 'datetime'
  | 'date';

export interface FieldInfo {
  readonly name: string;
  readonly type: FieldType;
  /** The object a reference leads to, and the name under which its fields are asked for. */
  readonly to?: string;
  readonly relationship?: string;
}

export interface Row {
  readonly object: string;
  readonly n: number;
  /** Milliseconds since 1970: SystemModstamp. */
  readonly touchedAt: number;
  /** In the recycle bin. */
  readonly deleted: boolean;
  /** @param name as the field is written in its definition */
  read(name: string): Value;
}

export type RowOrder = 'id' | 'touchedAt' | 'updatedAt';

/** Rows from one point on, in one order; ties by id. */
export interface Span {
  readonly order: RowOrder;
  /** Milliseconds since 1970, inclusive; for the two orders of time. */
  readonly since: number;
  /** Exclusive. */
  readonly until: number;
  /** Whether the recycle bin counts. */
  readonly deleted: boolean;
  /** Behind this row. */
  readonly after?: Place;
}

export interface Place {
  readonly at: number;
  readonly n: number;
}

export interface ChildRelation {
  /** Such as `OpportunityContactRoles`. */
  readonly name: string;
  readonly object: string;
  /** The child's reference to the parent. */
  readonly field: string;
}

export interface SObject {
  readonly name: string;
  readonly prefix: string;
  /** Under their names in lower case. */
  readonly fields: ReadonlyMap<string, FieldInfo>;
  readonly children: readonly ChildRelation[];
  /** Whether there are `updated` and `deleted` lists. */
  readonly replicated: boolean;
  /** The number in an id of 15 or 18 characters; null when it is no id of this object. */
  numberOf(id: string): number | null;
  /** Recycled rows too; null for what never was or is gone. */
  row(n: number): Row | null;
  rows(span: Span): Iterable<Row>;
  /** How many rows a span has, where that can be said without walking it; else null. */
  count(span: Span): number | null;
  /** Children of one row, where they are at hand; else null, and they are found by walking. */
  childrenOf?(parent: string, n: number): readonly Row[];
}

export interface FieldOf<Item> extends FieldInfo {
  readonly get: (item: Item) => Value;
}

/** What a definition says of one of its items. */
export interface Standing {
  readonly n: number;
  readonly touchedAt: number;
  readonly deleted: boolean;
}

/** Turns items of a definition into rows. */
export function rowMaker<Item>(
  object: string,
  fields: readonly FieldOf<Item>[],
  standing: (item: Item) => Standing,
): (item: Item) => Row {
  const getters = new Map(fields.map(({ name, get }) => [name, get]));
  return (item) => ({ object, ...standing(item), read: (name) => getters.get(name)?.(item) ?? null });
}

const PREFIXES = {
  Account: '001',
  Contact: '003',
  User: '005',
  Opportunity: '006',
  OpportunityContactRole: '00K',
  OpportunityStage: '01J',
  Organization: '00D',
} as const;
export type ObjectName = keyof typeof PREFIXES;

export function idOf(object: ObjectName, n: number): string {
  return recordId(PREFIXES[object], n);
}

/** The members that follow from an object's name and fields. */
export function namedObject(name: ObjectName, fields: readonly FieldInfo[]) {
  const prefix = PREFIXES[name];
  return {
    name,
    prefix,
    fields: new Map(fields.map((field) => [field.name.toLowerCase(), field])),
    numberOf: (id: string) => recordNumber(prefix, id),
  };
}

/** As a value is written on the wire. */
export function wireValue(type: FieldType, value: Value): Value {
  if (typeof value !== 'number') return type === 'id' && typeof value === 'string' ? longId(value) : value;
  if (type === 'datetime') return wireTime(value);
  return type === 'date' ? new Date(value).toISOString().slice(0, 10) : value;
}

/** `2026-01-01T00:00:00.000+0000`: never with a Z. */
export function wireTime(ms: number): string {
  return new Date(ms).toISOString().replace('Z', '+0000');
}

export const BIN_MS = 15 * 24 * 3600 * 1000;
export const LIVE: readonly RecordState[] = ['live'];
export const BINNED: readonly RecordState[] = ['archived', 'merged'];
