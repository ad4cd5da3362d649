// Walks over the tokens of one query, one ahead.
import type { ApiRefusal } from '../api-refusal.ts';
import type { Name } from './soql.ts';
import { malformed, refusedAt, type Token, tokensOf } from './tokens.ts';

export interface TokenReader {
  peek(): Token;
  next(): Token;
  /** Takes a keyword, in any case, when it stands there; answers whether it did. */
  takeWord(word: string): boolean;
  takeSign(sign: string): boolean;
  /** @throws ApiRefusal MALFORMED_QUERY, as all below */
  expectWord(word: string): void;
  expectSign(sign: string): void;
  name(): Name;
  /** A whole number from 0. */
  count(): number;
  unexpected(): ApiRefusal;
  refused(errorCode: string, at: number, text: string): ApiRefusal;
}

const RESERVED = new Set(['select', 'from', 'where', 'order', 'limit', 'offset', 'and', 'or', 'not', 'in', 'like']);

export function openReader(soql: string): TokenReader {
  const tokens = tokensOf(soql);
  const end: Token = { kind: 'end', text: '<EOF>', at: soql.length };
  let at = 0;
  const peek = () => tokens[at] ?? end;
  const next = () => {
    const token = peek();
    at += 1;
    return token;
  };
  const takeIf = (holds: boolean) => {
    if (holds) at += 1;
    return holds;
  };
  const unexpected = (token = peek()) => malformed(soql, token.at, `unexpected token: '${token.text}'`);
  const must = (taken: boolean) => {
    if (!taken) throw unexpected();
  };
  const takeWord = (word: string) => takeIf(peek().kind === 'word' && peek().text.toLowerCase() === word);
  const takeSign = (sign: string) => takeIf(peek().kind === 'sign' && peek().text === sign);
  return {
    peek,
    next,
    takeWord,
    takeSign,
    expectWord: (word) => must(takeWord(word)),
    expectSign: (sign) => must(takeSign(sign)),
    name: () => {
      const token = peek();
      must(token.kind === 'word' && !RESERVED.has(token.text.toLowerCase()));
      at += 1;
      return { text: token.text, at: token.at };
    },
    count: () => {
      const token = peek();
      must(token.kind === 'number' && /^\d{1,9}$/.test(token.text));
      at += 1;
      return Number(token.text);
    },
    unexpected: () => unexpected(),
    refused: (errorCode, place, text) => refusedAt(errorCode, soql, place, text),
  };
}
