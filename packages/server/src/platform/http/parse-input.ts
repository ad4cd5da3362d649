// Parses what came over the wire by the schemas of the route. Past this point everything is trusted.
import type { z } from 'zod';
import { problem, type ProblemError, type ProblemPlace } from '../problem.ts';
import { placesOf } from './answer-problem.ts';
import type { Route } from './route.ts';

export interface RawInput {
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;
}

/**
 * Parses params, query and body, and names every mistake at once.
 *
 * @throws ProblemError `invalid_request` with a pointer per mistake
 */
export function parseInput(route: Pick<Route, 'params' | 'query' | 'body'>, raw: RawInput): RawInput {
  const places: ProblemPlace[] = repeatedParameters(raw.query);
  const parsed = {
    params: parsePart('params', route.params, raw.params, places),
    query: parsePart('query', route.query, raw.query, places),
    body: parsePart('body', route.body, raw.body, places),
  };
  if (places.length > 0) throw invalid(places);
  return parsed;
}

/** Content type without its parameters, lower case. */
export function essenceOf(contentType: string | undefined): string {
  return (contentType ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
}

function parsePart(part: keyof RawInput, schema: z.ZodType | null, value: unknown, places: ProblemPlace[]): unknown {
  if (schema === null) return undefined;
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  places.push(...placesOf(part, result.error));
  return undefined;
}

/** A parameter given twice could be read differently by a proxy before us (ASVS 15.3.7). */
function repeatedParameters(query: unknown): ProblemPlace[] {
  if (typeof query !== 'object' || query === null) return [];
  return Object.values(query).some(Array.isArray)
    ? [{ pointer: '/query', detail: 'A parameter is given more than once.' }]
    : [];
}

function invalid(places: readonly ProblemPlace[]): ProblemError {
  const count = places.length === 1 ? 'One place' : `${places.length} places`;
  return problem('invalid_request', `${count} of the request cannot be accepted; see errors.`, { places });
}
