// One call of the API after its token was looked at, and the parts of a request that many calls read alike.
import type { Exchange } from '../frame/stand-in.ts';
import { invalid, notFound } from './answer.ts';
import type { Grant } from './grants.ts';
import type { Hub } from './hub.ts';
import { type RecordType, recordTypeNamed } from './record-types.ts';

export interface Call {
  readonly hub: Hub;
  readonly exchange: Exchange;
  readonly grant: Grant;
  /** What the pattern of the road caught, decoded. */
  readonly parts: readonly string[];
  readonly query: URLSearchParams;
  /** `METHOD /path` as it came, for faults. */
  readonly road: string;
}

/** @throws Refused when it names no kind of record that is told here */
export function recordTypeIn(call: Call, at: number): RecordType {
  const type = recordTypeNamed(call.parts[at] ?? '');
  if (type === null) throw invalid(`Unable to infer object type from: ${call.parts[at] ?? ''}`);
  return type;
}

/** The record that an id of today or of before a merge leads to. */
export function findRecord({ ids, merges }: Hub, type: RecordType, id: string): number | null {
  const n = ids.find(type, id);
  return n === null ? null : merges.survivor(type, n);
}

/** The number of a live record. @throws Refused when there is none */
export function liveRecord(hub: Hub, type: RecordType, id: string): number {
  const n = findRecord(hub, type, id);
  if (n === null || hub.books[type].get(n)?.state !== 'live') throw notFound();
  return n;
}

/** Values of a list in the query: the key repeated, or one text with commas, or both. */
export function listOf(query: URLSearchParams, name: string): readonly string[] {
  return query
    .getAll(name)
    .flatMap((text) => text.split(','))
    .map((text) => text.trim())
    .filter((text) => text !== '');
}

export function flagOf(query: URLSearchParams, name: string): boolean {
  return query.get(name) === 'true';
}

/** @throws Refused when it is no whole number from 1 to `max` */
export function limitOf(query: URLSearchParams, unsaid: number, max: number): number {
  const text = query.get('limit');
  return text === null ? unsaid : limitIn(Number(text), max);
}

/** @throws Refused when it is no whole number from 1 to `max` */
export function limitIn(limit: number, max: number): number {
  if (!Number.isInteger(limit) || limit < 1 || limit > max)
    throw invalid(`limit must be a whole number from 1 to ${max}.`);
  return limit;
}

/** The place a cursor stands for; 0 without one. Cursors are opaque, and only good for the list they came from. */
export function placeOf(after: string | null, list: string): number {
  if (after === null || after === '') return 0;
  const [name, place] = Buffer.from(after, 'base64url').toString('latin1').split('|');
  const n = Number(place);
  if (name !== list || !Number.isSafeInteger(n) || n < 0) throw invalid('The "after" cursor is not valid.');
  return n;
}

export function cursorAt(place: number, list: string): string {
  return Buffer.from(`${list}|${place}`, 'latin1').toString('base64url');
}

/** The `paging` of a page that is not the last one. */
export function pagingTo(call: Call, after: string): object {
  const link = new URL(`${call.hub.base}${call.exchange.url.pathname}`);
  for (const [name, value] of call.query) if (name !== 'after') link.searchParams.append(name, value);
  link.searchParams.set('after', after);
  return { next: { after, link: link.href } };
}

/** Parsed JSON as an object; empty when it is none. */
export function membersOf(value: unknown): Readonly<Record<string, unknown>> {
  return isObject(value) ? value : {};
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Text items of a parsed list; numbers count as their text, because ids come as both. */
export function textsIn(value: unknown): readonly string[] {
  const items: readonly unknown[] = Array.isArray(value) ? value : [];
  return items.map(textIn).filter((text) => text !== null);
}

export function textIn(value: unknown): string | null {
  if (typeof value === 'string') return value;
  return typeof value === 'number' ? String(value) : null;
}
