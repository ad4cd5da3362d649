// Whether a record fits a search, and which of two comes first. Numbers and times are compared as such, texts without regard
// to case.
import type { Row } from './record-book.ts';
import type { Filter, SearchRequest, Sort } from './search-request.ts';

const SEARCHED_BY_TEXT = ['email', 'firstname', 'lastname', 'phone', 'company', 'dealname', 'name', 'domain'];

export function fits(row: Row, { groups, text }: Pick<SearchRequest, 'groups' | 'text'>): boolean {
  const hasText =
    text === '' || SEARCHED_BY_TEXT.some((name) => row.value(name)?.toLowerCase().includes(text) === true);
  return (
    hasText && (groups.length === 0 || groups.some((filters) => filters.every((filter) => fitsFilter(row, filter))))
  );
}

function fitsFilter(row: Row, filter: Filter): boolean {
  const { operator, type } = filter;
  const value = row.value(filter.name) ?? null;
  if (operator === 'NOT_HAS_PROPERTY') return value === null;
  // A record without a value fits only what asks for something else.
  if (value === null) return operator === 'NEQ' || operator === 'NOT_IN' || operator === 'NOT_CONTAINS_TOKEN';
  const compared = (other: string) => compareValues(value, asStored(other, type), type);
  switch (operator) {
    case 'HAS_PROPERTY':
      return true;
    case 'EQ':
      return compared(filter.value) === 0;
    case 'NEQ':
      return compared(filter.value) !== 0;
    case 'LT':
      return compared(filter.value) < 0;
    case 'LTE':
      return compared(filter.value) <= 0;
    case 'GT':
      return compared(filter.value) > 0;
    case 'GTE':
      return compared(filter.value) >= 0;
    case 'BETWEEN':
      return compared(filter.value) >= 0 && compared(filter.highValue) <= 0;
    case 'IN':
      return filter.values.some((other) => compared(other) === 0);
    case 'NOT_IN':
      return filter.values.every((other) => compared(other) !== 0);
    case 'CONTAINS_TOKEN':
      return containsToken(value, filter.value);
    case 'NOT_CONTAINS_TOKEN':
      return !containsToken(value, filter.value);
  }
}

/** Filters bring times as milliseconds, records as ISO 8601. */
function asStored(value: string, type: Filter['type']): string {
  return type === 'datetime' ? new Date(Number(value)).toISOString() : value;
}

function compareValues(one: string, other: string, type: Filter['type']): number {
  switch (type) {
    case 'datetime':
      return Math.sign(Date.parse(one) - Date.parse(other));
    case 'number':
      return compareNumbers(one, other);
    default:
      return compareText(one.toLowerCase(), other.toLowerCase());
  }
}

/** Whole numbers by every digit: ids can be longer than what a double holds. */
function compareNumbers(one: string, other: string): number {
  const isWhole = (text: string) => /^-?\d+$/.test(text);
  if (!isWhole(one) || !isWhole(other)) return Math.sign(Number(one) - Number(other));
  const [a, b] = [BigInt(one), BigInt(other)];
  return a < b ? -1 : a > b ? 1 : 0;
}

function compareText(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

/** Whether one of the value's words, or the whole, is as `pattern` says, in which `*` stands for any letters. */
function containsToken(value: string, pattern: string): boolean {
  const whole = value.toLowerCase();
  const parts = pattern.toLowerCase().split('*');
  return [whole, ...whole.split(/[^\p{L}\p{N}]+/u)].some((word) => fitsPattern(word, parts));
}

/** In time that only grows with the text: the first fit of each part is as good as any. */
function fitsPattern(word: string, [head = '', ...rest]: readonly string[]): boolean {
  const tail = rest.pop();
  if (tail === undefined) return word === head;
  if (!word.startsWith(head) || !word.endsWith(tail)) return false;
  let at = head.length;
  for (const part of rest) {
    const found = word.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return at <= word.length - tail.length;
}

/** Orders rows by one property, those without a value last; who ties stays in order of making. */
export function compareBy({ name, type, isDescending }: Sort): (one: Row, other: Row) => number {
  return (one, other) => {
    const [a, b] = [one.value(name) ?? null, other.value(name) ?? null];
    if (a === null || b === null) return Number(a === null) - Number(b === null) || one.n - other.n;
    return compareValues(a, b, type) * (isDescending ? -1 : 1) || one.n - other.n;
  };
}
