// The OpenAPI 3.1 document, read from the routes themselves: what is not a route is not in it, and nothing can be
// documented that is not served.
import { ACTIONS, AUDIT_EVENTS, Problem, PROBLEMS, type ProblemCode } from '@sentinel/contract';
import { z } from 'zod';
import { sessionCookieShape } from './session-cookie.ts';
import type { AnswerSchema, Route } from './route.ts';

type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };
type JsonObject = Record<string, Json>;

/** Makes the document as text, ready to send. */
export function openApiDocument(routes: readonly Route[], about: { version: string; publicUrl: URL }): string {
  const schemas = new SchemaShelf();
  const paths: Record<string, JsonObject> = {};
  for (const each of routes) {
    const path = each.path.replace(/:([A-Za-z]+)/g, '{$1}');
    paths[path] = { ...paths[path], [each.method.toLowerCase()]: operation(each, schemas) };
  }
  schemas.use(Problem, 'output');
  const document = {
    openapi: '3.1.0',
    info: { title: 'Sentinel', version: about.version, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
    servers: [{ url: about.publicUrl.origin }],
    security: [{ session: [] }, { key: [] }],
    paths,
    components: {
      schemas: schemas.components,
      securitySchemes: {
        session: {
          type: 'apiKey',
          in: 'cookie',
          name: sessionCookieShape(about.publicUrl).name,
        },
        key: { type: 'http', scheme: 'bearer', description: 'The operator key, on this machine only.' },
      },
    },
  };
  return JSON.stringify(document);
}

/** The problems a route can answer: its own and those of the layer around it. */
export function problemsOf(each: Route): ProblemCode[] {
  const codes = new Set<ProblemCode>(each.problems);
  if (each.action !== null || each.admit !== null)
    for (const code of ['token_missing', 'token_invalid', 'action_denied', 'cannot_decide'] as const) codes.add(code);
  if (each.method !== 'GET') codes.add('cross_site');
  if (each.params !== null || each.query !== null || each.body !== null) codes.add('invalid_request');
  if (each.body !== null) for (const code of ['json_invalid', 'too_large', 'media_type'] as const) codes.add(code);
  if (each.stream !== null) for (const code of ['media_type', 'upload_interrupted'] as const) codes.add(code);
  for (const code of ['host_not_served', 'rate_limited', 'internal', 'stopping'] as const) codes.add(code);
  return [...codes];
}

function operation(each: Route, schemas: SchemaShelf): JsonObject {
  const trail =
    each.audit === null
      ? `Not audited: ${each.unaudited}`
      : `Audited as \`${each.audit}\`: ${AUDIT_EVENTS[each.audit]}`;
  return {
    operationId: operationId(each),
    summary: each.summary,
    description: `${needsOf(each)}\n\n${trail}`,
    tags: [each.path.split('/').find((part) => part !== '' && part !== 'v1') ?? 'system'],
    ...(each.open === null ? {} : { security: [] }),
    'x-action': each.action,
    'x-admission': each.admit?.name ?? null,
    'x-audit': each.audit,
    'x-rate': each.rate,
    parameters: [...parameters('path', each.params, schemas), ...parameters('query', each.query, schemas)],
    ...requestBody(each, schemas),
    responses: { ...answers(each, schemas), ...problemAnswers(each) },
  };
}

function needsOf(each: Route): string {
  if (each.action !== null) return `Needs \`${each.action}\` (${ACTIONS[each.action].from} or higher).`;
  return each.admit === null ? `Open: ${each.open}` : `${each.admit.name}: ${each.admit.meaning}`;
}

function operationId(each: Route): string {
  const words = each.path.split(/[/:-]/).filter((part) => part !== '' && part !== 'v1');
  return [each.method.toLowerCase(), ...words.map((word) => word.charAt(0).toUpperCase() + word.slice(1))].join('');
}

function parameters(place: 'path' | 'query', schema: z.ZodType | null, schemas: SchemaShelf): Json[] {
  if (schema === null) return [];
  const object = schemas.inline(schema, 'input');
  const required = Array.isArray(object['required']) ? object['required'] : [];
  const properties = object['properties'];
  if (typeof properties !== 'object' || properties === null || Array.isArray(properties)) return [];
  return Object.entries(properties).map(([name, each]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    schema: each,
  }));
}

function requestBody(each: Route, schemas: SchemaShelf): JsonObject {
  if (each.body !== null)
    return {
      requestBody: { required: true, content: { 'application/json': { schema: schemas.use(each.body, 'input') } } },
    };
  if (each.stream === null) return {};
  const content = each.stream.map((type) => [type, { schema: { type: 'string', format: 'binary' } }] as const);
  return { requestBody: { required: true, content: Object.fromEntries(content) } };
}

function answers(each: Route, schemas: SchemaShelf): JsonObject {
  const entries = Object.entries(each.answers).map(([status, schema]) => [status, answer(schema, schemas)] as const);
  return Object.fromEntries(entries);
}

function answer(schema: AnswerSchema, schemas: SchemaShelf): JsonObject {
  if (schema === 'empty') return { description: 'Done; no content.' };
  if (schema === 'redirect') return { description: 'Go on at `Location`.' };
  if (schema === 'stream')
    return { description: 'A stream.', content: { '*/*': { schema: { type: 'string', format: 'binary' } } } };
  return { description: 'The answer.', content: { 'application/json': { schema: schemas.use(schema, 'output') } } };
}

function problemAnswers(each: Route): JsonObject {
  const byStatus = Map.groupBy(problemsOf(each), (code) => PROBLEMS[code].status);
  const entries = [...byStatus]
    .filter(([status]) => each.answers[status] === undefined)
    .map(([status, codes]) => {
      const description = codes.map((code) => `\`${code}\`: ${PROBLEMS[code].title}`).join('; ');
      return [
        String(status),
        { description, content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } } },
      ] as const;
    });
  return Object.fromEntries(entries);
}

/** Collects the named schemas (`meta({ id })`) under components and refers to them from everywhere else. */
class SchemaShelf {
  readonly components: JsonObject = {};

  use(schema: z.ZodType, side: 'input' | 'output'): JsonObject {
    const json = this.inline(schema, side);
    const { id } = schema.meta() ?? {};
    return typeof id === 'string' ? this.#shelve(id, json) : json;
  }

  inline(schema: z.ZodType, side: 'input' | 'output'): JsonObject {
    const made: unknown = JSON.parse(
      JSON.stringify(z.toJSONSchema(schema, { io: side, unrepresentable: 'any', target: 'draft-2020-12' })),
    );
    const { $schema: _, $defs: definitions, ...json } = asObject(relocated(made));
    for (const [name, each] of Object.entries(asObject(definitions ?? {}))) this.#shelve(name, asObject(each));
    return json;
  }

  #shelve(name: string, { id: _, ...json }: JsonObject): JsonObject {
    const known = this.components[name];
    // The same schema read and written can differ (defaults, coercions); the second form gets a name of its own.
    const unique = known === undefined || JSON.stringify(known) === JSON.stringify(json) ? name : `${name}Input`;
    this.components[unique] = json;
    return { $ref: `#/components/schemas/${unique}` };
  }
}

/** Moves references from a schema's own `$defs` to the document's components. */
function relocated(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(relocated);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, each]) => [
    key,
    key === '$ref' && typeof each === 'string' ? each.replace('#/$defs/', '#/components/schemas/') : relocated(each),
  ]);
  return Object.fromEntries(entries);
}

/** JSON was parsed just above, so an object holds JSON only. */
function asObject(value: unknown): JsonObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Error('a JSON schema is an object');
  return value as JsonObject;
}
