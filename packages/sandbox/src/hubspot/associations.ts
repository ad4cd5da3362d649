// Which records hang together, as version 4 of the associations API tells it, for one record and for a thousand.
import { readJson } from '../frame/answers.ts';
import { type Answer, errorBody, invalid } from './answer.ts';
import {
  type Call,
  cursorAt,
  limitOf,
  liveRecord,
  findRecord,
  membersOf,
  pagingTo,
  placeOf,
  recordTypeIn,
  textIn,
} from './call.ts';
import type { Hub } from './hub.ts';
import type { RecordType } from './record-types.ts';

declare global {
  interface JSON {
    /** Text to be written as it is (ECMAScript proposal "JSON.parse source text access"; Node has it). */
    rawJSON(text: string): unknown;
  }
}

const PAGE = 500;
const BATCH_MAX = 1000;

export interface LinkType {
  readonly typeId: number;
  readonly label: string | null;
  /** As version 3 of the objects API names it. */
  readonly name: string;
}

const LINK_TYPES: Readonly<Record<string, readonly LinkType[]>> = {
  'contacts>deals': [{ typeId: 4, label: null, name: 'contact_to_deal' }],
  'deals>contacts': [{ typeId: 3, label: null, name: 'deal_to_contact' }],
  'contacts>companies': [
    { typeId: 1, label: 'Primary', name: 'contact_to_company' },
    { typeId: 279, label: null, name: 'contact_to_company_unlabeled' },
  ],
  'companies>contacts': [
    { typeId: 2, label: 'Primary', name: 'company_to_contact' },
    { typeId: 280, label: null, name: 'company_to_contact_unlabeled' },
  ],
  'deals>companies': [
    { typeId: 5, label: 'Primary', name: 'deal_to_company' },
    { typeId: 341, label: null, name: 'deal_to_company_unlabeled' },
  ],
  'companies>deals': [
    { typeId: 6, label: 'Primary', name: 'company_to_deal' },
    { typeId: 342, label: null, name: 'company_to_deal_unlabeled' },
  ],
};

/** @see https://developers.hubspot.com/docs/api-reference/crm-associations-v4/guide */
export function linkTypes(from: RecordType, to: RecordType): readonly LinkType[] {
  return LINK_TYPES[`${from}>${to}`] ?? [];
}

/** Ids of the live records of one kind that hang on a record. */
export function linksOf({ links, ids }: Hub, from: RecordType, n: number, to: RecordType): readonly string[] {
  return links.linked(from, n, to).map((other) => ids.idOf(to, other));
}

/** `GET /crm/v4/objects/{type}/{id}/associations/{toType}` */
export function listAssociations(call: Call): Answer {
  const from = recordTypeIn(call, 0);
  const to = recordTypeIn(call, 2);
  const n = liveRecord(call.hub, from, call.parts[1] ?? '');
  const limit = limitOf(call.query, PAGE, PAGE);
  const list = `${from}:${n}:${to}`;
  const { page, next } = pageOfLinks(call.hub, { from, n, to }, placeOf(call.query.get('after'), list), limit);
  const body = next === null ? { results: page } : { results: page, paging: pagingTo(call, cursorAt(next, list)) };
  return { status: 200, body };
}

/** `POST /crm/v4/associations/{from}/{to}/batch/read`: each input has its own paging; 207 when some have no links. */
export function readAssociations(call: Call): Answer {
  const { hub } = call;
  const from = recordTypeIn(call, 0);
  const to = recordTypeIn(call, 1);
  const inputs: unknown = membersOf(readJson(call.exchange))['inputs'];
  if (!Array.isArray(inputs)) throw invalid('Invalid input JSON: "inputs" is missing.');
  if (inputs.length > BATCH_MAX) throw invalid(`The maximum number of inputs is ${BATCH_MAX}.`);
  const startedAt = hub.world.now().toISOString();
  const results: object[] = [];
  const errors: object[] = [];
  for (const input of inputs) {
    const id = textIn(membersOf(input)['id']) ?? '';
    const told = linksOfInput(hub, { from, id, to }, textIn(membersOf(input)['after']));
    if (told === null) errors.push(noLinks(from, to, id));
    else results.push(told);
  }
  const body = { status: 'COMPLETE', results, startedAt, completedAt: hub.world.now().toISOString() };
  if (errors.length === 0) return { status: 200, body };
  return { status: 207, body: { ...body, numErrors: errors.length, errors } };
}

interface Input {
  readonly from: RecordType;
  readonly id: string;
  readonly to: RecordType;
}

function linksOfInput(hub: Hub, { from, id, to }: Input, after: string | null): object | null {
  const n = findRecord(hub, from, id);
  if (n === null) return null;
  const list = `${from}:${n}:${to}`;
  const { page, next } = pageOfLinks(hub, { from, n, to }, placeOf(after, list), PAGE);
  if (page.length === 0) return null;
  const body = { from: { id }, to: page };
  return next === null ? body : { ...body, paging: { next: { after: cursorAt(next, list) } } };
}

interface Way {
  readonly from: RecordType;
  readonly n: number;
  readonly to: RecordType;
}

function pageOfLinks(hub: Hub, { from, n, to }: Way, place: number, limit: number) {
  const all = linksOf(hub, from, n, to);
  const associationTypes = linkTypes(from, to).map(({ typeId, label }) => ({
    category: 'HUBSPOT_DEFINED',
    typeId,
    label,
  }));
  const page = all.slice(place, place + limit).map((id) => ({ toObjectId: jsonNumber(id), associationTypes }));
  return { page, next: all.length > place + limit ? place + limit : null };
}

/** A JSON number with every digit, also beyond 2^53, because that is how HubSpot writes these ids. */
function jsonNumber(digits: string): unknown {
  return JSON.rawJSON(digits);
}

function noLinks(from: RecordType, to: RecordType, id: string): object {
  const message = `No ${to} is associated with ${from} ${id}.`;
  const context = { fromObjectId: [id], fromObjectType: [from], toObjectType: [to] };
  return { ...errorBody(message, 'OBJECT_NOT_FOUND'), subCategory: 'crm.associations.NO_ASSOCIATIONS_FOUND', context };
}
