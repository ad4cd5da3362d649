// Reads a WHERE clause. AND and OR do not mix without parentheses, and times stand without quotes.
import type { Condition, Literal, Operator } from './soql.ts';
import type { TokenReader } from './token-reader.ts';

const OPERATORS: Readonly<Record<string, Operator>> = {
  '=': '=',
  '!=': '!=',
  '<>': '!=',
  '<': '<',
  '<=': '<=',
  '>': '>',
  '>=': '>=',
};
const WORDS: Readonly<Record<string, Literal>> = {
  null: { type: 'null', value: null },
  true: { type: 'boolean', value: true },
  false: { type: 'boolean', value: false },
};
const MAX_DEPTH = 50;

/** @throws ApiRefusal MALFORMED_QUERY */
export function conditionOf(reader: TokenReader, depth = 0): Condition {
  const parts = [termOf(reader, depth)];
  const word = ['and', 'or'].find((each) => reader.peek().text.toLowerCase() === each);
  const kind = word === 'or' ? 'or' : 'and';
  while (reader.takeWord(kind)) parts.push(termOf(reader, depth));
  const [first] = parts;
  return first !== undefined && parts.length === 1 ? first : { kind, parts };
}

function termOf(reader: TokenReader, depth: number): Condition {
  if (depth > MAX_DEPTH) throw reader.unexpected();
  if (reader.takeWord('not')) return { kind: 'not', part: termOf(reader, depth + 1) };
  if (!reader.takeSign('(')) return comparisonOf(reader);
  const inner = conditionOf(reader, depth + 1);
  reader.expectSign(')');
  return inner;
}

function comparisonOf(reader: TokenReader): Condition {
  const name = reader.name();
  if (reader.takeWord('like')) return { kind: 'compare', name, operator: 'like', value: literalOf(reader) };
  if (reader.takeWord('in')) return { kind: 'in', name, values: literalsOf(reader), negated: false };
  if (reader.takeWord('not')) {
    reader.expectWord('in');
    return { kind: 'in', name, values: literalsOf(reader), negated: true };
  }
  const operator = reader.peek().kind === 'sign' ? OPERATORS[reader.peek().text] : undefined;
  if (operator === undefined) throw reader.unexpected();
  reader.next();
  return { kind: 'compare', name, operator, value: literalOf(reader) };
}

function literalsOf(reader: TokenReader): readonly Literal[] {
  reader.expectSign('(');
  const values = [literalOf(reader)];
  while (reader.takeSign(',')) values.push(literalOf(reader));
  reader.expectSign(')');
  return values;
}

function literalOf(reader: TokenReader): Literal {
  const token = reader.peek();
  const literal = read(token.kind, token.text);
  if (literal === null) throw reader.unexpected();
  reader.next();
  return literal;
}

function read(kind: string, text: string): Literal | null {
  switch (kind) {
    case 'string':
      return { type: 'string', value: text };
    case 'number':
      return { type: 'number', value: Number(text) };
    case 'word':
      return WORDS[text.toLowerCase()] ?? null;
    case 'datetime':
    case 'date':
      return timeOf(kind, text);
    default:
      return null;
  }
}

function timeOf(type: 'datetime' | 'date', text: string): Literal | null {
  const value = Date.parse(text.replace(/([+-]\d{2})(\d{2})$/, type === 'datetime' ? '$1:$2' : '$&'));
  return Number.isNaN(value) ? null : { type, value };
}
