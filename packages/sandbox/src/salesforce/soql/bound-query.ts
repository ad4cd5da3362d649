// A query whose names are known to exist and whose values fit their fields.
import type { ChildRelation, FieldInfo, Row, SObject, Value } from '../objects/sobject.ts';
import type { Schema } from '../objects/schema.ts';
import type { Operator } from './soql.ts';

/** A field of the row itself, or of a row its references lead to. */
export interface Path {
  readonly hops: readonly { readonly reference: FieldInfo; readonly object: SObject }[];
  readonly field: FieldInfo;
}

export type Column =
  | { readonly kind: 'field'; readonly path: Path }
  | { readonly kind: 'children'; readonly relation: ChildRelation; readonly query: BoundQuery };

export type BoundCondition =
  | { readonly kind: 'and' | 'or'; readonly parts: readonly BoundCondition[] }
  | { readonly kind: 'not'; readonly part: BoundCondition }
  | { readonly kind: 'compare'; readonly path: Path; readonly operator: Operator; readonly value: Value }
  | { readonly kind: 'in'; readonly path: Path; readonly values: ReadonlySet<Value>; readonly negated: boolean };

export interface BoundOrder {
  readonly path: Path;
  readonly descending: boolean;
  readonly nulls: 'first' | 'last';
}

export interface BoundQuery {
  readonly object: SObject;
  /** Null for `COUNT()`. */
  readonly columns: readonly Column[] | null;
  readonly where: BoundCondition | null;
  readonly orderBy: readonly BoundOrder[];
  readonly limit: number | null;
  readonly offset: number;
}

/** The row a reference leads to; null for none. */
export function follow(schema: Schema, row: Row, reference: FieldInfo): Row | null {
  const id = row.read(reference.name);
  const target = schema.object(reference.to ?? '');
  if (target === null || typeof id !== 'string') return null;
  const n = target.numberOf(id);
  return n === null ? null : target.row(n);
}

export function valueAt(schema: Schema, row: Row, { hops, field }: Path): Value {
  let current: Row | null = row;
  for (const { reference } of hops) current = current === null ? null : follow(schema, current, reference);
  return current?.read(field.name) ?? null;
}

/** As values are compared: text without its case, ids with it. */
export function comparable({ type }: FieldInfo, value: Value): Value {
  return typeof value === 'string' && type !== 'id' && type !== 'reference' ? value.toLowerCase() : value;
}
