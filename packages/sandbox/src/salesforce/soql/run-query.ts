// Runs a bound query. One that walks a span of time, as a sync's does, is read page by page from where the last page ended;
// any other is walked once, and its row numbers are kept for the pages to come.
import type { Schema } from '../objects/schema.ts';
import type { Place, Row, RowOrder, SObject, Span } from '../objects/sobject.ts';
import { namedRecords, timeBounds } from './bounds.ts';
import type { BoundOrder, BoundQuery } from './bound-query.ts';
import { matches, sorted } from './matches.ts';

export interface QueryContext {
  readonly schema: Schema;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Whether rows in the recycle bin count: `queryAll`. */
  readonly deleted: boolean;
  /** Rows whose commit is not yet seen; null when all are. */
  readonly unseen: ((row: Row) => boolean) | null;
}

/** What a query found, to be read in pages. Any page that was once within reach can be read again. */
export interface Found {
  readonly total: number;
  /** Null when no page begins there. */
  page(from: number, size: number): Page | null;
}

export interface Page {
  readonly rows: readonly Row[];
  /** Where the next page begins; null at the end. */
  readonly next: number | null;
}

export function runQuery(query: BoundQuery, context: QueryContext): Found {
  const span = spanOf(query, context);
  const counted = canBeCounted(query, span, context) ? query.object.count(span) : null;
  if (counted === null) return foundByWalking(query, span, context);
  return foundInOrder(query.object, span, Math.min(counted, query.limit ?? counted));
}

/** The rows of a whole query at once, for children and for what is small. */
export function rowsOf(query: BoundQuery, candidates: Iterable<Row>, context: QueryContext): readonly Row[] {
  return limited(query, ordered(query, filtered(query, candidates, context), null, context));
}

const TIME_ORDERS = { SystemModstamp: 'touchedAt', LastModifiedDate: 'updatedAt' } as const;
type TimeField = keyof typeof TIME_ORDERS;

interface Way extends Span {
  /** Whether the span says all that the condition says. */
  readonly exact: boolean;
}

function spanOf({ orderBy, where }: BoundQuery, { deleted, now }: QueryContext): Way {
  const first = orderBy[0];
  const wanted = first === undefined ? null : timeField(first);
  const field = wanted ?? boundedField(where);
  if (field === null) {
    const open = { since: Number.NEGATIVE_INFINITY, until: Number.POSITIVE_INFINITY };
    return { order: 'id', ...open, deleted, exact: where === null };
  }
  const { since, until, exact } = timeBounds(where, field);
  return { order: TIME_ORDERS[field], since, until: Math.min(until, now + 1), deleted, exact };
}

function timeField({ path, descending }: BoundOrder): TimeField | null {
  const { name } = path.field;
  if (descending || path.hops.length > 0) return null;
  return name === 'SystemModstamp' || name === 'LastModifiedDate' ? name : null;
}

function boundedField(where: BoundQuery['where']): TimeField | null {
  const isBounded = (field: TimeField) => Number.isFinite(timeBounds(where, field).since);
  if (isBounded('SystemModstamp')) return 'SystemModstamp';
  return isBounded('LastModifiedDate') ? 'LastModifiedDate' : null;
}

function canBeCounted(query: BoundQuery, { order, exact }: Way, { unseen }: QueryContext): boolean {
  return exact && unseen === null && query.offset === 0 && comesInOrder(query.orderBy, order);
}

/** Whether walking in `order` is already the order that was asked for. */
function comesInOrder(orderBy: readonly BoundOrder[], order: RowOrder): boolean {
  const names = orderBy.map(({ path, descending }) => (descending || path.hops.length > 0 ? '' : path.field.name));
  const time =
    order === 'id' ? [] : Object.keys(TIME_ORDERS).filter((name) => name === names[0] && order === timeOf(name));
  const rest = names.slice(time.length);
  return (order === 'id' || time.length > 0 || names.length === 0) && (rest.length === 0 || rest[0] === 'Id');
}

function timeOf(name: string): RowOrder {
  return name === 'LastModifiedDate' ? 'updatedAt' : 'touchedAt';
}

function foundInOrder(object: SObject, span: Span, total: number): Found {
  const places = new Map<number, Place | undefined>([[0, undefined]]);
  return {
    total,
    page: (from, size) => {
      if (!places.has(from)) return null;
      const after = places.get(from);
      const wanted = Math.min(size, total - from);
      const rows = object.rows({ ...span, ...(after === undefined ? {} : { after }) });
      const taken = Iterator.from(rows).take(wanted).toArray();
      const last = taken.at(-1);
      const next = from + taken.length;
      if (last === undefined || taken.length < wanted || next >= total) return { rows: taken, next: null };
      places.set(next, { at: timeIn(last, span.order), n: last.n });
      return { rows: taken, next };
    },
  };
}

function timeIn(row: Row, order: RowOrder): number {
  return order === 'updatedAt' ? Number(row.read('LastModifiedDate')) : row.touchedAt;
}

function foundByWalking(query: BoundQuery, span: Way, context: QueryContext): Found {
  const named = namedRecords(query.where, query.object);
  const candidates = named === null ? query.object.rows(span) : namedRows(query.object, named, span);
  const order = named === null ? span.order : null;
  const rows = limited(query, ordered(query, filtered(query, candidates, context), order, context));
  const numbers = rows.map(({ n }) => n);
  return {
    total: numbers.length,
    page: (from, size) => {
      if (from > numbers.length) return null;
      const found = numbers.slice(from, from + size).map((n) => query.object.row(n));
      const next = from + size;
      return { rows: found.filter((row) => row !== null), next: next < numbers.length ? next : null };
    },
  };
}

function namedRows(object: SObject, numbers: readonly number[], { deleted }: Span): readonly Row[] {
  const rows = numbers.map((n) => object.row(n)).filter((row) => row !== null);
  return rows.filter((row) => deleted || !row.deleted);
}

function* filtered({ where }: BoundQuery, rows: Iterable<Row>, { schema, unseen }: QueryContext): Generator<Row> {
  for (const row of rows)
    if ((unseen === null || !unseen(row)) && (where === null || matches(schema, where, row))) yield row;
}

/** @param order in which the rows come; null for none. Without a need to sort, no more is walked than is asked for */
function ordered(query: BoundQuery, rows: Generator<Row>, order: RowOrder | null, { schema }: QueryContext) {
  if (order !== null && comesInOrder(query.orderBy, order))
    return query.limit === null ? [...rows] : rows.take(query.offset + query.limit).toArray();
  return sorted(schema, query.orderBy, [...rows]);
}

function limited({ offset, limit }: BoundQuery, rows: readonly Row[]): readonly Row[] {
  return rows.slice(offset, limit === null ? undefined : offset + limit);
}
