// Whether a row fulfils a condition, and how two rows stand to each other in an order.
import type { Schema } from '../objects/schema.ts';
import type { Row, Value } from '../objects/sobject.ts';
import { type BoundCondition, type BoundOrder, comparable, valueAt } from './bound-query.ts';

export function matches(schema: Schema, condition: BoundCondition, row: Row): boolean {
  switch (condition.kind) {
    case 'and':
      return condition.parts.every((part) => matches(schema, part, row));
    case 'or':
      return condition.parts.some((part) => matches(schema, part, row));
    case 'not':
      return !matches(schema, condition.part, row);
    case 'in': {
      const value = comparable(condition.path.field, valueAt(schema, row, condition.path));
      return condition.values.has(value) !== condition.negated;
    }
    case 'compare':
      return compares(condition, comparable(condition.path.field, valueAt(schema, row, condition.path)));
  }
}

type Comparison = Extract<BoundCondition, { kind: 'compare' }>;

function compares({ operator, value: wanted }: Comparison, value: Value): boolean {
  if (operator === '=') return value === wanted;
  if (operator === '!=') return value !== wanted;
  if (value === null || wanted === null) return false;
  if (operator === 'like') return patternOf(String(wanted)).test(String(value));
  const order = orderOf(value, wanted);
  switch (operator) {
    case '<':
      return order < 0;
    case '<=':
      return order <= 0;
    case '>':
      return order > 0;
    case '>=':
      return order >= 0;
  }
}

const patterns = new Map<string, RegExp>();
const MAX_PATTERNS = 100;

/** `%` is any text, `_` one character; a backslash before them makes them plain. */
function patternOf(like: string): RegExp {
  const known = patterns.get(like);
  if (known !== undefined) return known;
  const source = like.replaceAll(/\\[%_]|[%_]+|[.*+?^${}()|[\]\\]/g, (found) => {
    if (found === String.raw`\%` || found === String.raw`\_`) return found.slice(1);
    if (!/^[%_]/.test(found)) return `\\${found}`;
    const least = found.replaceAll('%', '').length;
    return found.includes('%') ? `.{${least},}` : `.{${least}}`;
  });
  const pattern = new RegExp(`^${source}$`, 's');
  if (patterns.size >= MAX_PATTERNS) patterns.clear();
  patterns.set(like, pattern);
  return pattern;
}

function orderOf(one: Value, other: Value): number {
  if (typeof one === 'string' && typeof other === 'string') return one < other ? -1 : one > other ? 1 : 0;
  return Number(one) - Number(other);
}

/** The keys are read once for each row, not once for each comparison. */
export function sorted(schema: Schema, orderBy: readonly BoundOrder[], rows: readonly Row[]): readonly Row[] {
  const keyed = rows.map((row) => ({
    row,
    keys: orderBy.map(({ path }) => comparable(path.field, valueAt(schema, row, path))),
  }));
  keyed.sort((one, other) => {
    for (const [at, item] of orderBy.entries()) {
      const order = inOrder(item, one.keys[at] ?? null, other.keys[at] ?? null);
      if (order !== 0) return order;
    }
    return one.row.n - other.row.n;
  });
  return keyed.map(({ row }) => row);
}

function inOrder({ descending, nulls }: BoundOrder, one: Value, other: Value): number {
  if (one === null || other === null) {
    const order = Number(other === null) - Number(one === null);
    return nulls === 'first' ? order : -order;
  }
  return descending ? orderOf(other, one) : orderOf(one, other);
}
