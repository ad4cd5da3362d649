// Records by their ids, one or up to two thousand.
import { ApiRefusal, notFound } from './api-refusal.ts';
import type { Ask } from './ask.ts';
import type { FieldInfo, Row, SObject } from './objects/sobject.ts';
import { longId } from './record-id.ts';
import { renderRecord, type WireRecord } from './soql/render-records.ts';

const MAX_IDS = 2000;
/** An address can carry fewer. */
const MAX_IDS_IN_ADDRESS = 800;

/** @throws ApiRefusal NOT_FOUND, ENTITY_IS_DELETED, INVALID_FIELD */
export function answerOneRecord(ask: Ask, object: SObject, id: string): WireRecord {
  const wanted = ask.exchange.url.searchParams.get('fields');
  const fields = wanted === null ? ask.org.schema.fields(object) : fieldsOf(ask, object, wanted.split(','));
  const n = object.numberOf(id);
  if (n === null && longId(id) === null)
    throw notFound('Provided external ID field does not exist or is not accessible');
  const row = n === null ? null : object.row(n);
  if (row === null) throw notFound();
  if (row.deleted) throw new ApiRefusal(404, 'ENTITY_IS_DELETED', 'entity is deleted');
  return render(ask, fields, row);
}

/** `POST {ids, fields}`: in the order asked for, null for what is not there. */
export function answerRecords(ask: Ask, object: SObject, body: unknown): readonly (WireRecord | null)[] {
  const ids = textsIn(body, 'ids');
  const names = textsIn(body, 'fields');
  return recordsOf(ask, object, { ids, names, most: MAX_IDS });
}

export function answerRecordsByQuery(ask: Ask, object: SObject): readonly (WireRecord | null)[] {
  const query = ask.exchange.url.searchParams;
  const [ids = [], names = []] = ['ids', 'fields'].map((name) => (query.get(name) ?? '').split(',').filter(Boolean));
  return recordsOf(ask, object, { ids, names, most: MAX_IDS_IN_ADDRESS });
}

interface Wanted {
  readonly ids: readonly string[];
  readonly names: readonly string[];
  readonly most: number;
}

function recordsOf(ask: Ask, object: SObject, { ids, names, most }: Wanted): readonly (WireRecord | null)[] {
  if (ids.length === 0) throw new ApiRefusal(400, 'MISSING_ARGUMENT', 'Missing value: ids');
  if (names.length === 0) throw new ApiRefusal(400, 'MISSING_ARGUMENT', 'Missing value: fields');
  if (ids.length > most)
    throw new ApiRefusal(
      400,
      'EXCEEDED_ID_LIMIT',
      `record limit reached. cannot submit more than ${most} records into this call`,
    );
  const fields = fieldsOf(ask, object, names);
  return ids.map((id) => {
    const n = object.numberOf(id);
    const row = n === null ? null : object.row(n);
    return row === null || row.deleted ? null : render(ask, fields, row);
  });
}

function fieldsOf({ org: { schema } }: Ask, object: SObject, names: readonly string[]): readonly FieldInfo[] {
  const fields = names.map((name) => {
    const field = schema.field(object, name.trim());
    if (field !== null) return field;
    throw new ApiRefusal(400, 'INVALID_FIELD', `No such column '${name}' on sobject of type ${object.name}`);
  });
  const id = schema.field(object, 'Id');
  return id === null || fields.includes(id) ? fields : [id, ...fields];
}

function render({ org, root }: Ask, fields: readonly FieldInfo[], row: Row): WireRecord {
  const context = { schema: org.schema, now: org.ground.world.now().getTime(), deleted: false, unseen: null };
  return renderRecord({ ...context, root }, fields, row);
}

function textsIn(body: unknown, name: string): readonly string[] {
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw new ApiRefusal(400, 'JSON_PARSER_ERROR', 'The body is not a JSON object');
  const value: unknown = Object.entries(body).find(([key]) => key === name)?.[1];
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}
