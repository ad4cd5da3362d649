// What is posted to the sandbox's control, as a form or as JSON, read the same way.
import { readForm, readJson } from './answers.ts';
import type { Exchange } from './stand-in.ts';

export interface Fields {
  readonly isForm: boolean;
  /** Absent or empty: undefined. @throws Error unless it is text */
  text(name: string): string | undefined;
  /** Absent or empty: undefined. @throws Error unless it is a number */
  number(name: string): number | undefined;
}

/** Null for a body that is neither; a text/plain body, which any page can post, is neither. */
export function readFields(exchange: Exchange): Fields | null {
  const type = (exchange.request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase();
  if (type === 'application/x-www-form-urlencoded') {
    const form = readForm(exchange);
    return fieldsOf(true, (name) => form.get(name) ?? undefined);
  }
  if (type !== 'application/json') return null;
  const body = readJson(exchange);
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return null;
  const members = new Map<string, unknown>(Object.entries(body));
  return fieldsOf(false, (name) => members.get(name) ?? undefined);
}

function fieldsOf(isForm: boolean, get: (name: string) => unknown): Fields {
  return {
    isForm,
    text: (name) => {
      const value = get(name);
      if (value === undefined || value === '') return undefined;
      if (typeof value !== 'string') throw new Error(`${name} is a text`);
      return value;
    },
    number: (name) => {
      const value = get(name);
      if (value === undefined || value === '') return undefined;
      const number = typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value;
      if (typeof number !== 'number' || !Number.isFinite(number)) throw new Error(`${name} is a number`);
      return number;
    },
  };
}
