// The data API below /services/data: finds the resource, lets the caller in, and puts every refusal into its array.
import { answerJson, readJson } from '../frame/answers.ts';
import { roadOf } from '../frame/play-fault.ts';
import type { Exchange } from '../frame/stand-in.ts';
import { ApiRefusal, notFound } from './api-refusal.ts';
import type { Ask } from './ask.ts';
import { describeObject, isVersion, limitList, objectList, resourceList, versionList } from './describe.ts';
import type { SObject } from './objects/sobject.ts';
import type { Org } from './org.ts';
import { answerNextPage, answerQuery } from './query-road.ts';
import { answerOneRecord, answerRecords, answerRecordsByQuery } from './record-road.ts';
import { answerDeleted, answerUpdated } from './replication.ts';
import { enter, limitHeaders } from './session.ts';

export function answerData(org: Org, exchange: Exchange): void {
  try {
    answerJson(exchange, 200, dataFor(org, exchange), limitHeaders(org));
  } catch (error) {
    if (!(error instanceof ApiRefusal)) throw error;
    answerJson(exchange, error.status, error.errors, limitHeaders(org));
  }
}

function dataFor(org: Org, exchange: Exchange): unknown {
  const [version, ...words] = exchange.url.pathname
    .split('/')
    .slice(3)
    .filter((word) => word !== '')
    .map((word) => decoded(word));
  if (version === undefined) return versionList();
  if (!version.startsWith('v') || !isVersion(version.slice(1))) throw notFound();
  const grant = enter(org, exchange);
  return resourceFor({ org, exchange, grant, road: roadOf(exchange), root: `/services/data/${version}` }, words);
}

function decoded(word: string): string {
  try {
    return decodeURIComponent(word);
  } catch {
    throw notFound();
  }
}

function resourceFor(ask: Ask, words: readonly string[]): unknown {
  const [first, second, third] = words;
  if (first === 'composite' && second === 'sobjects' && third !== undefined)
    return composite(ask, objectOf(ask, third));
  mustBe(ask, 'GET');
  switch (first) {
    case undefined:
      return resourceList(ask);
    case 'query':
    case 'queryAll':
      return second === undefined ? answerQuery(ask, first === 'queryAll') : answerNextPage(ask, second);
    case 'limits':
      return limitList(ask.org);
    case 'sobjects':
      return second === undefined ? objectList(ask) : objectResource(ask, objectOf(ask, second), words.slice(2));
    default:
      throw notFound();
  }
}

function objectResource(ask: Ask, object: SObject, [what, ...rest]: readonly string[]): unknown {
  if (rest.length > 0) throw notFound();
  switch (what) {
    case undefined:
      return { objectDescribe: describeObject(ask, object), recentItems: [] };
    case 'describe':
      return describeObject(ask, object);
    case 'updated':
      return answerUpdated(ask, object);
    case 'deleted':
      return answerDeleted(ask, object);
    default:
      return answerOneRecord(ask, object, what);
  }
}

function composite(ask: Ask, object: SObject): unknown {
  if (ask.exchange.method === 'GET') return answerRecordsByQuery(ask, object);
  mustBe(ask, 'POST');
  return answerRecords(ask, object, readJson(ask.exchange));
}

function objectOf({ org }: Ask, name: string): SObject {
  const object = org.schema.object(name);
  if (object === null) throw notFound();
  return object;
}

/** Nothing can be written: there is no scope for reading only, so the connecting user has no right to. */
function mustBe({ exchange: { method } }: Ask, wanted: 'GET' | 'POST'): void {
  if (method === wanted || (wanted === 'GET' && method === 'HEAD')) return;
  throw new ApiRefusal(405, 'METHOD_NOT_ALLOWED', `HTTP Method '${method}' not allowed. Allowed are ${wanted}`);
}
