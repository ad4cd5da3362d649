// What the org says of itself: versions, resources, objects, fields and limits.
import type { Ask } from './ask.ts';
import type { FieldInfo, FieldType, SObject } from './objects/sobject.ts';
import type { Org } from './org.ts';
import { identityUrl } from './token-road.ts';

const FIRST_VERSION = 50;
const LAST_VERSION = 68;

const LENGTHS: Partial<Record<FieldType, number>> = {
  id: 18,
  reference: 18,
  string: 255,
  email: 80,
  phone: 40,
  url: 255,
};

export function versionList() {
  const numbers = Array.from({ length: LAST_VERSION - FIRST_VERSION + 1 }, (_, at) => FIRST_VERSION + at);
  return numbers.map((number) => ({
    label: labelOf(number),
    url: `/services/data/v${number}.0`,
    version: `${number}.0`,
  }));
}

/** Older versions still answer, as long as they are not retired. */
export function isVersion(text: string): boolean {
  const [major = 0, minor = 0] = text.split('.').map(Number);
  return minor === 0 && major >= 31 && major <= LAST_VERSION;
}

/** Three a year; 60 is Spring of 2024. */
function labelOf(version: number): string {
  const season = ['Spring', 'Summer', 'Winter'][version % 3] ?? '';
  const year = 24 + Math.floor((version - 60) / 3) + (season === 'Winter' ? 1 : 0);
  return `${season} '${year}`;
}

export function resourceList({ root, org, grant }: Ask) {
  const names = ['sobjects', 'query', 'queryAll', 'limits', 'composite'];
  const resources = Object.fromEntries(names.map((name) => [name, `${root}/${name}`]));
  return { ...resources, identity: identityUrl(org, grant.user) };
}

export function objectList({ org: { schema }, root }: Ask) {
  return {
    encoding: 'UTF-8',
    maxBatchSize: 200,
    sobjects: schema.objects.map((object) => summaryOf(object, root)),
  };
}

export function describeObject({ org: { schema }, root }: Ask, object: SObject) {
  return {
    ...summaryOf(object, root),
    fields: schema.fields(object).map(describeField),
    childRelationships: object.children.map(({ name, object: childSObject, field }) => ({
      childSObject,
      field,
      relationshipName: name,
      cascadeDelete: false,
    })),
    recordTypeInfos: [],
  };
}

function summaryOf({ name, prefix, replicated }: SObject, root: string) {
  const path = `${root}/sobjects/${name}`;
  return {
    name,
    label: labelFrom(name),
    labelPlural: `${labelFrom(name)}s`,
    keyPrefix: prefix,
    custom: false,
    queryable: true,
    retrieveable: true,
    replicateable: replicated,
    // The user who connects may read only.
    createable: false,
    updateable: false,
    deletable: false,
    urls: { sobject: path, describe: `${path}/describe`, rowTemplate: `${path}/{ID}` },
  };
}

function describeField({ name, type, to, relationship }: FieldInfo) {
  return {
    name,
    label: labelFrom(name),
    type,
    length: LENGTHS[type] ?? 0,
    custom: name.endsWith('__c'),
    nillable: !['id', 'boolean', 'datetime'].includes(type),
    referenceTo: to === undefined ? [] : [to],
    relationshipName: relationship ?? null,
    filterable: true,
    sortable: true,
    createable: false,
    updateable: false,
    idLookup: type === 'id' || type === 'email',
    picklistValues: [],
    defaultValue: null,
  };
}

function labelFrom(name: string): string {
  return name
    .replace(/__c$/, '')
    .replaceAll('_', ' ')
    .replaceAll(/([a-z])([A-Z])/g, '$1 $2');
}

export function limitList({ usage, settings }: Org) {
  const { dailyApiRequests } = settings();
  const whole = (limit: number) => ({ Max: limit, Remaining: limit });
  return {
    DailyApiRequests: { Max: dailyApiRequests, Remaining: Math.max(0, dailyApiRequests - usage.used()) },
    DailyBulkApiBatches: whole(15_000),
    DailyBulkV2QueryJobs: whole(10_000),
    DataStorageMB: whole(10_240),
    FileStorageMB: whole(10_240),
  };
}
