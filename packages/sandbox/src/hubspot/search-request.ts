// Reading a search, and saying no to one that is larger than HubSpot takes.
import { readJson } from '../frame/answers.ts';
import type { Exchange } from '../frame/stand-in.ts';
import { invalid } from './answer.ts';
import { limitIn, membersOf, textIn, textsIn } from './call.ts';
import type { PropertyFacts } from './property.ts';

const MAX_BODY = 3000;
const MAX_PAGE = 200;
/** Nothing can be paged to beyond this many results of one query. */
export const MAX_RESULTS = 10_000;
const MAX_GROUPS = 5;
const MAX_FILTERS_IN_GROUP = 6;
const MAX_FILTERS = 18;

const OPERATORS = [
  'EQ',
  'NEQ',
  'LT',
  'LTE',
  'GT',
  'GTE',
  'BETWEEN',
  'IN',
  'NOT_IN',
  'HAS_PROPERTY',
  'NOT_HAS_PROPERTY',
  'CONTAINS_TOKEN',
  'NOT_CONTAINS_TOKEN',
] as const;
export type Operator = (typeof OPERATORS)[number];

export interface Filter {
  readonly name: string;
  readonly type: PropertyFacts['type'];
  readonly operator: Operator;
  readonly value: string;
  /** The upper end of BETWEEN. */
  readonly highValue: string;
  /** Of IN and NOT_IN. */
  readonly values: readonly string[];
}

export interface Sort {
  readonly name: string;
  readonly type: PropertyFacts['type'];
  readonly isDescending: boolean;
}

export interface SearchRequest {
  /** A record has to fit all filters of one group. No groups: every record fits. */
  readonly groups: readonly (readonly Filter[])[];
  /** Null: oldest first. */
  readonly sort: Sort | null;
  /** Lower case; empty for none. */
  readonly text: string;
  readonly properties: readonly string[];
  readonly limit: number;
  readonly offset: number;
}

/**
 * @param properties of the kind of record that is searched
 * @throws Refused when it is malformed, too large, or pages too far
 */
export function readSearch(exchange: Exchange, properties: readonly PropertyFacts[]): SearchRequest {
  if (exchange.body.toString('utf8').length > MAX_BODY)
    throw invalid(`The request body is longer than ${MAX_BODY} characters.`);
  const parsed = readJson(exchange);
  if (typeof parsed !== 'object' || parsed === null) throw invalid('Invalid input JSON.');
  const asked = membersOf(parsed);
  const limit = limitIn(Number(asked['limit'] ?? 10), MAX_PAGE);
  return {
    groups: readGroups(asked, properties),
    sort: readSort(asked['sorts'], properties),
    text: (textIn(asked['query']) ?? '').trim().toLowerCase(),
    properties: textsIn(asked['properties']),
    limit,
    offset: readOffset(asked['after'], limit),
  };
}

function readOffset(after: unknown, limit: number): number {
  const text = textIn(after) ?? '';
  if (text === '') return 0;
  if (!/^\d{1,9}$/.test(text)) throw invalid('"after" of a search is an offset.');
  if (Number(text) + limit > MAX_RESULTS)
    throw invalid(`Search results past ${MAX_RESULTS} cannot be paged to; narrow the filters.`);
  return Number(text);
}

function readGroups(asked: Readonly<Record<string, unknown>>, properties: readonly PropertyFacts[]) {
  const given: readonly unknown[] = Array.isArray(asked['filterGroups']) ? asked['filterGroups'] : [];
  // Filters beside the groups are one more group.
  const beside: readonly unknown[] = Array.isArray(asked['filters']) ? [{ filters: asked['filters'] }] : [];
  const groups = [...given, ...beside].map((group) => {
    const filters: unknown = membersOf(group)['filters'];
    if (!Array.isArray(filters)) throw invalid('A filter group has no filters.');
    if (filters.length > MAX_FILTERS_IN_GROUP)
      throw invalid(`A filter group takes at most ${MAX_FILTERS_IN_GROUP} filters.`);
    return filters.map((filter) => readFilter(membersOf(filter), properties));
  });
  if (groups.length > MAX_GROUPS) throw invalid(`A search takes at most ${MAX_GROUPS} filter groups.`);
  if (groups.flat().length > MAX_FILTERS) throw invalid(`A search takes at most ${MAX_FILTERS} filters.`);
  return groups;
}

function readFilter(asked: Readonly<Record<string, unknown>>, properties: readonly PropertyFacts[]): Filter {
  const operator = OPERATORS.find((each) => each === asked['operator']);
  if (operator === undefined) throw invalid('A filter has no known operator.');
  const { name, type } = propertyNamed(textIn(asked['propertyName']), properties);
  const filter: Filter = {
    name,
    type,
    operator,
    value: textIn(asked['value']) ?? '',
    highValue: textIn(asked['highValue']) ?? '',
    values: textsIn(asked['values']),
  };
  const needed = neededValues(filter);
  if (needed.length === 0 && operator.endsWith('IN')) throw invalid(`${operator} on ${name} needs values.`);
  if (needed.includes('')) throw invalid(`${operator} on ${name} needs a value.`);
  if (type === 'datetime' && !needed.every((value) => /^-?\d{1,15}$/.test(value)))
    throw invalid(`${name} is compared with milliseconds since 1970.`);
  if (type === 'number' && !needed.every((value) => Number.isFinite(Number(value))))
    throw invalid(`${name} is compared with numbers.`);
  return filter;
}

function neededValues({ operator, value, highValue, values }: Filter): readonly string[] {
  switch (operator) {
    case 'IN':
    case 'NOT_IN':
      return values;
    case 'BETWEEN':
      return [value, highValue];
    case 'HAS_PROPERTY':
    case 'NOT_HAS_PROPERTY':
      return [];
    default:
      return [value];
  }
}

function propertyNamed(name: string | null, properties: readonly PropertyFacts[]): PropertyFacts {
  const found = properties.find((property) => property.name === name);
  if (found === undefined) throw invalid(`Property ${name ?? ''} does not exist.`);
  return found;
}

/** One sort at most, as `name`, `-name`, or `{propertyName, direction}`. */
function readSort(asked: unknown, properties: readonly PropertyFacts[]): Sort | null {
  const sorts: readonly unknown[] = Array.isArray(asked) ? asked : [];
  if (sorts.length > 1) throw invalid('A search takes at most one sort.');
  const [sort] = sorts;
  if (sort === undefined) return null;
  const text = textIn(sort);
  const members = membersOf(sort);
  const name = text === null ? textIn(members['propertyName']) : text.replace(/^-/, '');
  const isDescending = text === null ? members['direction'] === 'DESCENDING' : text.startsWith('-');
  const { type, name: known } = propertyNamed(name, properties);
  return { name: known, type, isDescending };
}
