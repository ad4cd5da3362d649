// Reads the part of SOQL that a sync speaks: fields, parents' fields and one level of children, WHERE, ORDER BY, LIMIT,
// OFFSET and COUNT(). Anything else is malformed, at the place where it stands.
import { conditionOf } from './parse-condition.ts';
import type { Name, OrderItem, SelectItem, SoqlQuery } from './soql.ts';
import { openReader, type TokenReader } from './token-reader.ts';

const MAX_OFFSET = 2000;
/** What a request's address can carry. */
const MAX_LENGTH = 100_000;

/** @throws ApiRefusal MALFORMED_QUERY, NUMBER_OUTSIDE_VALID_RANGE */
export function parseSoql(soql: string): SoqlQuery {
  const reader = openReader(soql.slice(0, MAX_LENGTH));
  const query = queryOf(reader, true);
  if (reader.peek().kind !== 'end') throw reader.unexpected();
  return query;
}

function queryOf(reader: TokenReader, outer: boolean): SoqlQuery {
  reader.expectWord('select');
  const select = selectOf(reader, outer);
  reader.expectWord('from');
  const from = reader.name();
  const where = reader.takeWord('where') ? conditionOf(reader) : null;
  const orderBy = reader.takeWord('order') ? orderOf(reader) : [];
  const limit = reader.takeWord('limit') ? reader.count() : null;
  const offset = offsetOf(reader);
  return { select, from, where, orderBy, limit, offset };
}

function offsetOf(reader: TokenReader): number {
  const { at } = reader.peek();
  const offset = reader.takeWord('offset') ? reader.count() : 0;
  if (offset > MAX_OFFSET)
    throw reader.refused('NUMBER_OUTSIDE_VALID_RANGE', at, `Maximum SOQL offset allowed is ${MAX_OFFSET}`);
  return offset;
}

function selectOf(reader: TokenReader, outer: boolean): readonly SelectItem[] | null {
  const items: SelectItem[] = [];
  do {
    if (outer && reader.takeSign('(')) {
      const query = queryOf(reader, false);
      reader.expectSign(')');
      items.push({ kind: 'children', query });
      continue;
    }
    const name = reader.name();
    if (reader.takeSign('(')) return countOf(reader, name, outer && items.length === 0);
    items.push({ kind: 'field', name });
  } while (reader.takeSign(','));
  return items;
}

function countOf(reader: TokenReader, name: Name, allowed: boolean): null {
  const isCount = allowed && name.text.toLowerCase() === 'count' && reader.takeSign(')');
  if (!isCount) throw reader.unexpected();
  return null;
}

function orderOf(reader: TokenReader): readonly OrderItem[] {
  reader.expectWord('by');
  const items: OrderItem[] = [];
  do {
    const name = reader.name();
    const descending = reader.takeWord('desc') || (reader.takeWord('asc') && false);
    items.push({ name, descending, nulls: nullsOf(reader) });
  } while (reader.takeSign(','));
  return items;
}

/** Nulls come first unless said, in both directions. */
function nullsOf(reader: TokenReader): 'first' | 'last' {
  if (!reader.takeWord('nulls')) return 'first';
  if (reader.takeWord('last')) return 'last';
  reader.expectWord('first');
  return 'first';
}
