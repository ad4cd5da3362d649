// Lists, single records and batches of them, as `crm/v3/objects` tells them.
import { readJson } from '../frame/answers.ts';
import { type Answer, errorBody, invalid, notFound } from './answer.ts';
import { linksOf, linkTypes } from './associations.ts';
import {
  type Call,
  cursorAt,
  findRecord,
  flagOf,
  limitOf,
  listOf,
  membersOf,
  pagingTo,
  placeOf,
  recordTypeIn,
  textIn,
  textsIn,
} from './call.ts';
import { type Hub, takeFault } from './hub.ts';
import type { Row } from './record-book.ts';
import { constantProperties, DEFAULT_PROPERTIES } from './record-properties.ts';
import { RECORD_TYPES, type RecordType, recordTypeNamed } from './record-types.ts';

const LIST_MAX = 100;
const LIST_MAX_WITH_HISTORY = 50;
const BATCH_MAX = 100;

/** `GET /crm/v3/objects/{type}`: live records, or with `archived=true` only archived ones, in order of their making. */
export function listObjects(call: Call): Answer {
  const { hub, query } = call;
  const type = recordTypeIn(call, 0);
  const view = viewOf(query);
  const limit = limitOf(query, 10, view.history.length > 0 ? LIST_MAX_WITH_HISTORY : LIST_MAX);
  const isArchived = flagOf(query, 'archived');
  const list = `${type}:${isArchived}`;
  const from = placeOf(query.get('after'), list);
  if (from > 0 && takeFault(hub, 'expired_cursor', call.road) !== null)
    throw invalid('The "after" cursor is not valid.');
  const size = takeFault(hub, 'half_page', call.road) === null ? limit : Math.ceil(limit / 2);
  const states = [isArchived ? ('archived' as const) : ('live' as const)];
  const rows = hub.books[type].list({ from, limit: size + 1, states });
  const results = rows.slice(0, size).map((row) => recordBody(hub, type, row, view));
  const next = rows[size];
  const body = next === undefined ? { results } : { results, paging: pagingTo(call, cursorAt(next.n, list)) };
  return { status: 200, body };
}

/** `GET /crm/v3/objects/{type}/{id}`. An archived record is only there for who asks for archived ones. */
export function getObject(call: Call): Answer {
  const type = recordTypeIn(call, 0);
  const idProperty = call.query.get('idProperty');
  const row = rowNamed(call.hub, type, call.parts[1] ?? '', idProperty);
  if (row === null || row.state !== (flagOf(call.query, 'archived') ? 'archived' : 'live'))
    throw notFound('Object not found.  objectId are usually numeric.');
  return { status: 200, body: recordBody(call.hub, type, row, viewOf(call.query)) };
}

/** `POST /crm/v3/objects/{type}/batch/read`: 200 when all are there, 207 with the ids of those that are not. */
export function readBatch(call: Call): Answer {
  const { hub } = call;
  const type = recordTypeIn(call, 0);
  const asked = membersOf(readJson(call.exchange));
  if (!Array.isArray(asked['inputs'])) throw invalid('Invalid input JSON: "inputs" is missing.');
  if (asked['inputs'].length > BATCH_MAX) throw invalid(`The maximum number of inputs is ${BATCH_MAX}.`);
  const wanted = new Set(asked['inputs'].map((input) => textIn(membersOf(input)['id']) ?? ''));
  const state = flagOf(call.query, 'archived') ? 'archived' : 'live';
  const view = { properties: textsIn(asked['properties']), history: [], associations: [] };
  const startedAt = hub.world.now().toISOString();
  const missing: string[] = [];
  const found = new Map<number, object>();
  for (const id of wanted) {
    const row = rowNamed(hub, type, id, textIn(asked['idProperty']));
    if (row?.state !== state) missing.push(id);
    else found.set(row.n, recordBody(hub, type, row, view));
  }
  const times = { startedAt, completedAt: hub.world.now().toISOString() };
  const body = { status: 'COMPLETE', results: [...found.values()], ...times };
  if (missing.length === 0) return { status: 200, body };
  return { status: 207, body: { ...body, numErrors: 1, errors: [missingError(type, missing)] } };
}

function missingError(type: RecordType, ids: readonly string[]): object {
  const name = RECORD_TYPES[type].singular.toUpperCase();
  const message = `Could not get some ${name} objects, they may be deleted or not exist. Check that ids are valid.`;
  return { ...errorBody(message, 'OBJECT_NOT_FOUND'), context: { ids }, links: {}, errors: [] };
}

function rowNamed(hub: Hub, type: RecordType, id: string, idProperty: string | null): Row | null {
  if (idProperty === 'email' && type === 'contacts') return hub.books.contacts.findByAddress(id.toLowerCase());
  if (idProperty !== null && idProperty !== 'hs_object_id')
    throw invalid(`${idProperty} is not a unique property of ${type}.`);
  const n = findRecord(hub, type, id);
  return n === null ? null : hub.books[type].get(n);
}

/** What of a record is asked for. */
export interface View {
  readonly properties: readonly string[];
  readonly history: readonly string[];
  readonly associations: readonly RecordType[];
}

function viewOf(query: URLSearchParams): View {
  return {
    properties: listOf(query, 'properties'),
    history: listOf(query, 'propertiesWithHistory'),
    associations: listOf(query, 'associations').map((name) => {
      const type = recordTypeNamed(name);
      if (type === null) throw invalid(`Unable to infer object type from: ${name}`);
      return type;
    }),
  };
}

/** A record as HubSpot writes it. Properties that do not exist are passed over; those without a value are null. */
export function recordBody(hub: Hub, type: RecordType, row: Row, view: View): object {
  const asked = view.properties.length === 0 ? DEFAULT_PROPERTIES[type] : view.properties;
  const names = [...new Set([...asked, ...view.history, ...constantProperties(type)])];
  const values = names.map((name) => [name, row.value(name)] as const).filter(([, value]) => value !== undefined);
  const { archivedAt } = row;
  return {
    id: hub.ids.idOf(type, row.n),
    properties: Object.fromEntries(values.sort(([a], [b]) => (a < b ? -1 : 1))),
    ...(view.history.length === 0 ? {} : { propertiesWithHistory: historyOf(row, view.history) }),
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
    archived: archivedAt !== null,
    ...(archivedAt === null ? {} : { archivedAt: archivedAt.toISOString() }),
    ...associationsOf(hub, type, row.n, view.associations),
  };
}

/** The world remembers no earlier values, so a history has one entry. */
function historyOf(row: Row, names: readonly string[]): object {
  const entry = (value: string | null) => ({ value, timestamp: row.updatedAt.toISOString(), sourceType: 'CRM_UI' });
  const known = names.map((name) => [name, row.value(name)] as const);
  return Object.fromEntries(known.flatMap(([name, value]) => (value === undefined ? [] : [[name, [entry(value)]]])));
}

function associationsOf(hub: Hub, type: RecordType, n: number, others: readonly RecordType[]): object {
  const told = others.flatMap((other) => {
    const links = linksOf(hub, type, n, other);
    const results = links.flatMap((id) => linkTypes(type, other).map(({ name }) => ({ id, type: name })));
    return results.length === 0 ? [] : [[other, { results }] as const];
  });
  return told.length === 0 ? {} : { associations: Object.fromEntries(told) };
}
