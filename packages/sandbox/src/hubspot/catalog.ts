// What an account is made of, beside its records: owners, properties, pipelines, and the account itself.
import type { Owner, Pipeline } from '../world/world.ts';
import { type Answer, notFound } from './answer.ts';
import { type Call, cursorAt, flagOf, limitOf, pagingTo, placeOf, recordTypeIn } from './call.ts';
import type { Hub } from './hub.ts';
import { ownerIdOf, userIdOf } from './owner-ids.ts';
import type { PropertyFacts } from './property.ts';
import type { RecordType } from './record-types.ts';

const OWNERS_MAX = 500;

/** `GET /crm/v3/owners`: nobody has left, so there are no archived ones. */
export function listOwners(call: Call): Answer {
  const { hub, query } = call;
  const limit = limitOf(query, 100, OWNERS_MAX);
  const place = placeOf(query.get('after'), 'owners');
  const email = query.get('email')?.toLowerCase() ?? null;
  const all = flagOf(query, 'archived') ? [] : hub.world.owners;
  const asked = all.filter(({ address }) => email === null || address.toLowerCase() === email);
  const results = asked.slice(place, place + limit).map((owner) => ownerBody(hub, owner));
  const isLast = asked.length <= place + limit;
  const paging = { paging: pagingTo(call, cursorAt(place + limit, 'owners')) };
  return { status: 200, body: isLast ? { results } : { results, ...paging } };
}

/** `GET /crm/v3/owners/{id}`, by the owner's id or, with `idProperty=userId`, by the user's. */
export function getOwner({ hub, query, parts }: Call): Answer {
  const isUser = query.get('idProperty') === 'userId';
  const found = hub.world.owners.find(({ n }) => (isUser ? String(userIdOf(n)) : ownerIdOf(n)) === parts[0]);
  if (found === undefined || flagOf(query, 'archived')) throw notFound();
  return { status: 200, body: ownerBody(hub, found) };
}

function ownerBody(hub: Hub, { n, name, address }: Owner): object {
  const [firstName = name, ...rest] = name.split(' ');
  const userId = userIdOf(n);
  return {
    id: ownerIdOf(n),
    email: address,
    type: 'PERSON',
    firstName,
    lastName: rest.join(' '),
    userId,
    userIdIncludingInactive: userId,
    createdAt: foundedAt(hub),
    updatedAt: foundedAt(hub),
    archived: false,
    teams: [],
  };
}

/** `GET /crm/v3/properties/{type}`; all at once, without pages. */
export function listProperties(call: Call): Answer {
  const type = recordTypeIn(call, 0);
  const properties = flagOf(call.query, 'archived') ? [] : call.hub.books[type].properties;
  return { status: 200, body: { results: properties.map((property) => propertyBody(call.hub, type, property)) } };
}

/** `GET /crm/v3/properties/{type}/{name}` */
export function getProperty(call: Call): Answer {
  const type = recordTypeIn(call, 0);
  const found = call.hub.books[type].properties.find(({ name }) => name === call.parts[1]);
  if (found === undefined || flagOf(call.query, 'archived')) throw notFound();
  return { status: 200, body: propertyBody(call.hub, type, found) };
}

const GROUPS: Readonly<Record<RecordType, string>> = {
  contacts: 'contactinformation',
  deals: 'dealinformation',
  companies: 'companyinformation',
};

function propertyBody(hub: Hub, type: RecordType, facts: PropertyFacts): object {
  const { name, label, readOnly, fieldType } = facts;
  return {
    name,
    label,
    description: '',
    groupName: GROUPS[type],
    type: facts.type,
    fieldType,
    options: optionsOf(hub, name),
    displayOrder: -1,
    createdAt: foundedAt(hub),
    updatedAt: foundedAt(hub),
    archived: false,
    hubspotDefined: true,
    calculated: false,
    externalOptions: name === 'hubspot_owner_id',
    hasUniqueValue: name === 'email' || name === 'hs_object_id',
    hidden: false,
    formField: false,
    dataSensitivity: 'non_sensitive',
    modificationMetadata: { archivable: true, readOnlyDefinition: true, readOnlyValue: readOnly },
  };
}

function optionsOf({ world }: Hub, name: string): readonly object[] {
  const option = (value: string, label: string, displayOrder: number) => ({
    value,
    label,
    displayOrder,
    hidden: false,
    description: '',
  });
  if (name === 'pipeline') return world.pipelines.map((each, at) => option(each.id, each.name, at));
  if (name !== 'dealstage') return [];
  return world.pipelines.flatMap(({ stages }) => stages).map((each, at) => option(each.id, each.name, at));
}

/** `GET /crm/v3/pipelines/{type}`; only deals have any. */
export function listPipelines(call: Call): Answer {
  const { hub } = call;
  const pipelines = recordTypeIn(call, 0) === 'deals' ? hub.world.pipelines : [];
  return { status: 200, body: { results: pipelines.map((pipeline, at) => pipelineBody(hub, pipeline, at)) } };
}

/** `GET /crm/v3/pipelines/{type}/{id}` */
export function getPipeline(call: Call): Answer {
  const { hub, parts } = call;
  const at = recordTypeIn(call, 0) === 'deals' ? hub.world.pipelines.findIndex(({ id }) => id === parts[1]) : -1;
  const pipeline = hub.world.pipelines[at];
  if (pipeline === undefined) throw notFound();
  return { status: 200, body: pipelineBody(hub, pipeline, at) };
}

function pipelineBody(hub: Hub, { id, name, stages }: Pipeline, displayOrder: number): object {
  const times = { createdAt: foundedAt(hub), updatedAt: foundedAt(hub), archived: false };
  const told = stages.map((stage, at) => ({
    id: stage.id,
    label: stage.name,
    displayOrder: at,
    metadata: { isClosed: String(stage.closed !== null), probability: stage.probability.toFixed(1) },
    writePermissions: 'CRM_PERMISSIONS_ENFORCEMENT',
    ...times,
  }));
  return { id, label: name, displayOrder, stages: told, ...times };
}

/** `GET /account-info/{version}/details` */
export function accountDetails({ hub, grant }: Call): Answer {
  const account = hub.accounts.find(grant.hubId);
  if (account === null) throw notFound();
  return {
    status: 200,
    body: {
      portalId: account.hubId,
      accountType: account.kind,
      timeZone: 'Europe/Dublin',
      companyCurrency: hub.world.deals.get(0)?.currency ?? 'EUR',
      additionalCurrencies: [],
      utcOffset: '+00:00',
      utcOffsetMilliseconds: 0,
      uiDomain: new URL(hub.base).host,
      dataHostingLocation: 'na1',
    },
  };
}

/** When the account was set up: the moment before its first records. */
function foundedAt({ books }: Hub): string {
  return (books.companies.get(0)?.createdAt ?? new Date(0)).toISOString();
}
