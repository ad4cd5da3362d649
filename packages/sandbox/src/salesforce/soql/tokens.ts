// Cuts SOQL into words, numbers, times, texts and signs, and says where in the text each stands.
import { ApiRefusal } from '../api-refusal.ts';

export interface Token {
  readonly kind: 'word' | 'string' | 'number' | 'datetime' | 'date' | 'sign' | 'end';
  readonly text: string;
  readonly at: number;
}

const TIME = String.raw`T\d{2}:\d{2}:\d{2}(?:\.\d{1,3})?(?:Z|[+-]\d{2}:?\d{2})`;
const PATTERN = new RegExp(
  [
    String.raw`(?<space>\s+)`,
    String.raw`(?<datetime>\d{4}-\d{2}-\d{2}${TIME})`,
    String.raw`(?<date>\d{4}-\d{2}-\d{2})`,
    String.raw`(?<number>[+-]?\d+(?:\.\d+)?)`,
    String.raw`(?<string>'(?:[^'\\]|\\.)*')`,
    String.raw`(?<word>[A-Za-z]\w*(?:\.\w+)*)`,
    String.raw`(?<sign><=|>=|!=|<>|[=<>(),])`,
  ].join('|'),
  'y',
);
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f' };
const KINDS = ['word', 'string', 'number', 'datetime', 'date', 'sign'] as const;

/** @throws ApiRefusal MALFORMED_QUERY at the first character that begins nothing */
export function tokensOf(soql: string): readonly Token[] {
  const tokens: Token[] = [];
  const pattern = new RegExp(PATTERN);
  while (pattern.lastIndex < soql.length) {
    const at = pattern.lastIndex;
    const match = pattern.exec(soql);
    if (match === null)
      throw malformed(soql, at, `line 1:${at} no viable alternative at character '${soql[at] ?? ''}'`);
    const kind = KINDS.find((each) => match.groups?.[each] !== undefined);
    if (kind !== undefined) tokens.push({ kind, text: kind === 'string' ? unescaped(match[0]) : match[0], at });
  }
  tokens.push({ kind: 'end', text: '<EOF>', at: soql.length });
  return tokens;
}

/** A refusal that points at the place, as Salesforce's do. */
export function refusedAt(errorCode: string, soql: string, at: number, text: string): ApiRefusal {
  const before = soql.slice(0, at);
  const row = before.split('\n').length;
  const column = at - (before.lastIndexOf('\n') + 1);
  const line = soql.slice(Math.max(0, at - 30), at + 30).replaceAll('\n', ' ');
  const pointer = `${' '.repeat(Math.min(30, at))}^`;
  const message = `\n${line}\n${pointer}\nERROR at Row:${row}:Column:${column + 1}\n${text}`;
  return new ApiRefusal(400, errorCode, message);
}

export function malformed(soql: string, at: number, text: string): ApiRefusal {
  return refusedAt('MALFORMED_QUERY', soql, at, text);
}

function unescaped(quoted: string): string {
  return quoted.slice(1, -1).replaceAll(/\\(.)/gs, (whole, char: string) => {
    if (char === '%' || char === '_') return whole;
    return ESCAPES[char] ?? char;
  });
}
