// Writes rows as the wire has them: attributes first, parents nested, children as small results of their own.
import type { FieldInfo, Row, SObject, Value } from '../objects/sobject.ts';
import { wireValue } from '../objects/sobject.ts';
import { type BoundQuery, type Column, follow } from './bound-query.ts';
import { type QueryContext, rowsOf } from './run-query.ts';

export type WireValue = Value | WireRecord | readonly WireRecord[];
export interface WireRecord {
  [name: string]: WireValue;
}

export interface Rendering extends QueryContext {
  /** Such as `/services/data/v67.0`. */
  readonly root: string;
}

/** All rows of one page, so that children are looked for once. */
export function renderRecords(
  rendering: Rendering,
  columns: readonly Column[],
  rows: readonly Row[],
): readonly WireRecord[] {
  const families = new Map<Column, (row: Row) => readonly Row[]>();
  for (const column of columns)
    if (column.kind === 'children') families.set(column, childrenIn(rendering, column, rows));
  return rows.map((row) => {
    const record = newRecord(rendering, row);
    for (const column of columns) {
      if (column.kind === 'field') renderField(rendering, record, row, column);
      else record[column.relation.name] = renderChildren(rendering, column.query, families.get(column)?.(row) ?? []);
    }
    return record;
  });
}

/** @param fields of the row's own object */
export function renderRecord(rendering: Rendering, fields: readonly FieldInfo[], row: Row): WireRecord {
  const record = newRecord(rendering, row);
  for (const { name, type } of fields) record[name] = wireValue(type, row.read(name));
  return record;
}

function newRecord({ root }: Rendering, row: Row): WireRecord {
  return { attributes: { type: row.object, url: `${root}/sobjects/${row.object}/${String(row.read('Id'))}` } };
}

type FieldColumn = Extract<Column, { kind: 'field' }>;

function renderField(rendering: Rendering, record: WireRecord, row: Row, { path }: FieldColumn): void {
  let target = record;
  let current = row;
  for (const { reference } of path.hops) {
    const name = reference.relationship ?? '';
    const parent = follow(rendering.schema, current, reference);
    if (parent === null) {
      target[name] = null;
      return;
    }
    const known = target[name];
    const nested = isRecord(known) ? known : newRecord(rendering, parent);
    target[name] = nested;
    target = nested;
    current = parent;
  }
  target[path.field.name] = wireValue(path.field.type, current.read(path.field.name));
}

function isRecord(value: WireValue | undefined): value is WireRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Null, not an empty list, for a row without children. */
function renderChildren(rendering: Rendering, query: BoundQuery, rows: readonly Row[]): WireValue {
  const kept = rowsOf(query, rows, rendering);
  if (kept.length === 0) return null;
  return { totalSize: kept.length, done: true, records: renderRecords(rendering, query.columns ?? [], kept) };
}

type ChildColumn = Extract<Column, { kind: 'children' }>;

function childrenIn(rendering: Rendering, { relation, query }: ChildColumn, rows: readonly Row[]) {
  const parent = rows[0] === undefined ? null : rendering.schema.object(rows[0].object);
  const isShown = (row: Row) => rendering.deleted || !row.deleted;
  const lookUp = parent?.childrenOf;
  if (parent !== null && lookUp !== undefined) return ({ n }: Row) => lookUp(relation.name, n).filter(isShown);
  const byParent = new Map<Value, Row[]>(rows.map((row) => [row.read('Id'), []]));
  for (const child of walk(query.object, rendering.deleted)) byParent.get(child.read(relation.field))?.push(child);
  return (row: Row) => byParent.get(row.read('Id')) ?? [];
}

function walk(object: SObject, deleted: boolean): Iterable<Row> {
  return object.rows({ order: 'id', since: Number.NEGATIVE_INFINITY, until: Number.POSITIVE_INFINITY, deleted });
}
