// What a condition says about times and ids, so that a query need not walk over everything.
import type { SObject } from '../objects/sobject.ts';
import type { BoundCondition, Path } from './bound-query.ts';
import type { Operator } from './soql.ts';

export interface TimeBounds {
  /** Milliseconds since 1970, inclusive. */
  readonly since: number;
  /** Exclusive. */
  readonly until: number;
  /** Whether the bounds say all that the condition says. */
  readonly exact: boolean;
}

const OPEN: TimeBounds = { since: Number.NEGATIVE_INFINITY, until: Number.POSITIVE_INFINITY, exact: true };

/** Between which times of this field all rows lie that fulfil the condition. */
export function timeBounds(condition: BoundCondition | null, field: string): TimeBounds {
  if (condition === null) return OPEN;
  switch (condition.kind) {
    case 'and':
      return condition.parts.map((part) => timeBounds(part, field)).reduce(both, OPEN);
    case 'or': {
      const [first, ...others] = condition.parts.map((part) => timeBounds(part, field));
      return { ...others.reduce(either, first ?? OPEN), exact: false };
    }
    case 'compare':
      return isOwn(condition.path, field) && typeof condition.value === 'number'
        ? comparedWith(condition.operator, condition.value)
        : { ...OPEN, exact: false };
    default:
      return { ...OPEN, exact: false };
  }
}

function both(one: TimeBounds, other: TimeBounds): TimeBounds {
  return {
    since: Math.max(one.since, other.since),
    until: Math.min(one.until, other.until),
    exact: one.exact && other.exact,
  };
}

function either(one: TimeBounds, other: TimeBounds): TimeBounds {
  return { since: Math.min(one.since, other.since), until: Math.max(one.until, other.until), exact: false };
}

function comparedWith(operator: Operator, at: number): TimeBounds {
  switch (operator) {
    case '=':
      return { since: at, until: at + 1, exact: true };
    case '>=':
      return { ...OPEN, since: at };
    case '>':
      return { ...OPEN, since: at + 1 };
    case '<':
      return { ...OPEN, until: at };
    case '<=':
      return { ...OPEN, until: at + 1 };
    default:
      return { ...OPEN, exact: false };
  }
}

/** The only records that can fulfil the condition, where it names their ids; else null. */
export function namedRecords(condition: BoundCondition | null, object: SObject): readonly number[] | null {
  switch (condition?.kind) {
    case 'and':
      return condition.parts.map((part) => namedRecords(part, object)).find((found) => found !== null) ?? null;
    case 'compare':
      return condition.operator === '=' && isOwn(condition.path, 'Id') ? numbersOf(object, [condition.value]) : null;
    case 'in':
      return !condition.negated && isOwn(condition.path, 'Id') ? numbersOf(object, [...condition.values]) : null;
    default:
      return null;
  }
}

function numbersOf(object: SObject, ids: readonly unknown[]): readonly number[] {
  const numbers = ids.map((id) => (typeof id === 'string' ? object.numberOf(id) : null));
  return [...new Set(numbers.filter((n) => n !== null))].toSorted((one, other) => one - other);
}

function isOwn({ hops, field }: Path, name: string): boolean {
  return hops.length === 0 && field.name === name;
}
