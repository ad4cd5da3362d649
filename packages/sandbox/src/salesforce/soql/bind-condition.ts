// Fits the values of a WHERE clause to their fields: text in quotes, times without, ids that could be ids.
import type { FieldInfo, FieldType, Value } from '../objects/sobject.ts';
import { longId } from '../record-id.ts';
import type { Binding } from './bind-query.ts';
import { type BoundCondition, comparable, type Path } from './bound-query.ts';
import type { Condition, Literal, Name } from './soql.ts';
import { refusedAt } from './tokens.ts';

const WANTED: Readonly<Record<FieldType, Literal['type']>> = {
  id: 'string',
  reference: 'string',
  string: 'string',
  email: 'string',
  phone: 'string',
  url: 'string',
  picklist: 'string',
  currency: 'number',
  percent: 'number',
  int: 'number',
  boolean: 'boolean',
  datetime: 'datetime',
  date: 'date',
};

/** @throws ApiRefusal INVALID_FIELD, INVALID_QUERY_FILTER_OPERATOR */
export function bindCondition(binding: Binding, condition: Condition, pathOf: (name: Name) => Path): BoundCondition {
  switch (condition.kind) {
    case 'and':
    case 'or':
      return { kind: condition.kind, parts: condition.parts.map((part) => bindCondition(binding, part, pathOf)) };
    case 'not':
      return { kind: 'not', part: bindCondition(binding, condition.part, pathOf) };
    case 'in': {
      const path = pathOf(condition.name);
      const values = condition.values.map((value) => valueOf(binding, condition.name, path.field, value));
      return { kind: 'in', path, values: new Set(values), negated: condition.negated };
    }
    case 'compare': {
      const { name, operator } = condition;
      const path = pathOf(name);
      const isText =
        WANTED[path.field.type] === 'string' && path.field.type !== 'id' && path.field.type !== 'reference';
      if (operator === 'like' && !isText)
        throw refusedAt('INVALID_QUERY_FILTER_OPERATOR', binding.soql, name.at, 'invalid operator');
      return { kind: 'compare', path, operator, value: valueOf(binding, name, path.field, condition.value) };
    }
  }
}

function valueOf({ soql }: Binding, name: Name, field: FieldInfo, literal: Literal): Value {
  if (literal.type === 'null') return null;
  const wanted = WANTED[field.type];
  if (literal.type !== wanted) throw refusedAt('INVALID_FIELD', soql, name.at, misfit(name, wanted, literal.type));
  if (field.type !== 'id' && field.type !== 'reference') return comparable(field, literal.value);
  const id = longId(String(literal.value));
  if (id === null)
    throw refusedAt('INVALID_QUERY_FILTER_OPERATOR', soql, name.at, `invalid ID field: ${String(literal.value)}`);
  return id;
}

function misfit(name: Name, wanted: Literal['type'], given: Literal['type']): string {
  const type = wanted === 'datetime' ? 'dateTime' : wanted;
  const quotes =
    wanted === 'string'
      ? ' and should be enclosed in quotes'
      : given === 'string'
        ? ' and should not be enclosed in quotes'
        : '';
  return `value of filter criterion for field '${name.text}' must be of type ${type}${quotes}`;
}
