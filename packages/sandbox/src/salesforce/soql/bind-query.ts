// Looks every name of a query up in the schema and fits every value to its field; what is hidden is as if it were not there.
import type { Schema } from '../objects/schema.ts';
import type { FieldInfo, SObject } from '../objects/sobject.ts';
import { bindCondition } from './bind-condition.ts';
import type { BoundOrder, BoundQuery, Column, Path } from './bound-query.ts';
import type { Name, OrderItem, SelectItem, SoqlQuery } from './soql.ts';
import { refusedAt } from './tokens.ts';

export interface Binding {
  readonly schema: Schema;
  readonly soql: string;
}

const MAX_HOPS = 5;

/** @throws ApiRefusal INVALID_TYPE, INVALID_FIELD, INVALID_QUERY_FILTER_OPERATOR */
export function bindQuery(binding: Binding, query: SoqlQuery): BoundQuery {
  const object = binding.schema.object(query.from.text);
  if (object === null)
    throw refusedAt(
      'INVALID_TYPE',
      binding.soql,
      query.from.at,
      `sObject type '${query.from.text}' is not supported. If you are attempting to use a custom object, be sure to append the '__c' after the entity name. Please reference your WSDL or the describe call for the appropriate names.`,
    );
  return bindTo(binding, query, object);
}

function bindTo(binding: Binding, query: SoqlQuery, object: SObject): BoundQuery {
  const { limit, offset } = query;
  const pathOf = (name: Name) => bindPath(binding, object, name);
  return {
    object,
    columns: query.select === null ? null : columnsOf(binding, object, query.select),
    where: query.where === null ? null : bindCondition(binding, query.where, pathOf),
    orderBy: query.orderBy.map((item) => orderOf(item, pathOf)),
    limit,
    offset,
  };
}

function orderOf({ name, descending, nulls }: OrderItem, pathOf: (name: Name) => Path): BoundOrder {
  return { path: pathOf(name), descending, nulls };
}

function columnsOf(binding: Binding, object: SObject, select: readonly SelectItem[]): readonly Column[] {
  const seen = new Set<string>();
  return select.map((item) => {
    if (item.kind === 'children') return childrenOf(binding, object, item.query);
    const key = item.name.text.toLowerCase();
    if (seen.has(key))
      throw refusedAt('INVALID_FIELD', binding.soql, item.name.at, `duplicate field selected: ${item.name.text}`);
    seen.add(key);
    return { kind: 'field', path: bindPath(binding, object, item.name) };
  });
}

function childrenOf(binding: Binding, object: SObject, query: SoqlQuery): Column {
  const wanted = query.from.text.toLowerCase();
  const relation = object.children.find(({ name }) => name.toLowerCase() === wanted);
  const child = relation === undefined ? null : binding.schema.object(relation.object);
  if (relation === undefined || child === null)
    throw refusedAt(
      'INVALID_TYPE',
      binding.soql,
      query.from.at,
      `Didn't understand relationship '${query.from.text}' in FROM part of query call. If you are attempting to use a custom relationship, be sure to append the '__r' after the custom relationship name. Please reference your WSDL or the describe call for the appropriate names.`,
    );
  return { kind: 'children', relation, query: bindTo(binding, query, child) };
}

function bindPath({ schema, soql }: Binding, from: SObject, name: Name): Path {
  const words = name.text.split('.');
  if (words.length > 1 && words[0]?.toLowerCase() === from.name.toLowerCase() && !hasRelation(schema, from, words[0]))
    words.shift();
  const last = words.pop() ?? '';
  const hops: Path['hops'][number][] = [];
  let object = from;
  for (const word of words) {
    const hop = hops.length < MAX_HOPS ? relationOf(schema, object, word) : null;
    if (hop === null)
      throw refusedAt(
        'INVALID_FIELD',
        soql,
        name.at,
        `Didn't understand relationship '${word}' in field path. If you are attempting to use a custom relationship, be sure to append the '__r' after the custom relationship name. Please reference your WSDL or the describe call for the appropriate names.`,
      );
    hops.push(hop);
    object = hop.object;
  }
  const field = schema.field(object, last);
  if (field === null)
    throw refusedAt(
      'INVALID_FIELD',
      soql,
      name.at,
      `No such column '${last}' on entity '${object.name}'. If you are attempting to use a custom field, be sure to append the '__c' after the custom field name. Please reference your WSDL or the describe call for the appropriate names.`,
    );
  return { hops, field };
}

function hasRelation(schema: Schema, object: SObject, word: string): boolean {
  return relationOf(schema, object, word) !== null;
}

function relationOf(schema: Schema, object: SObject, word: string) {
  const wanted = word.toLowerCase();
  const reference = schema
    .fields(object)
    .find((field): field is FieldInfo => field.relationship?.toLowerCase() === wanted);
  const target = reference === undefined ? null : schema.object(reference.to ?? '');
  return reference === undefined || target === null ? null : { reference, object: target };
}
