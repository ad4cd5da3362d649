// Turns whatever was thrown into an RFC 9457 document. Problems keep their sentence; everything else becomes
// `internal` (or the problem a framework error stands for), so no error text of ours or a library's leaves the process.
import { PROBLEMS, type Problem, type ProblemCode } from '@sentinel/contract';
import type { z } from 'zod';
import { ProblemError, problem, type ProblemPlace } from '../problem.ts';

export const PROBLEM_CONTENT_TYPE = 'application/problem+json; charset=utf-8';
const MAX_PLACES = 50;

/** The problem an error stands for; faults become `internal`. */
export function problemOf(error: unknown): ProblemError {
  if (error instanceof ProblemError) return error;
  const foreseen = FRAMEWORK_PROBLEMS.get(frameworkCode(error));
  return foreseen === undefined
    ? problem('internal', 'Something went wrong on our side; nothing more is told here.', { cause: error })
    : problem(...foreseen);
}

/** The document of RFC 9457 §3. `instance` is the request id, so that a person can quote it. */
export function problemDocument(error: ProblemError, requestId: string, publicUrl: URL): Problem {
  return {
    type: new URL(`/problems/${error.code}`, publicUrl).href,
    title: PROBLEMS[error.code].title,
    status: error.status,
    detail: error.message,
    instance: requestId,
    code: error.code,
    ...(error.places.length > 0 ? { errors: error.places.map((place) => ({ ...place })) } : {}),
  };
}

/** Places of a failed parse as JSON pointers (RFC 6901), first 50. The refused values themselves are not repeated. */
export function placesOf(part: 'body' | 'query' | 'params', error: z.ZodError): ProblemPlace[] {
  return error.issues.slice(0, MAX_PLACES).map((issue) => ({
    pointer: `/${part}${issue.path.map((step) => `/${escapePointer(String(step))}`).join('')}`,
    detail: sentenceOf(issue),
  }));
}

/** Zod names unknown keys and received values in some messages; those came from the caller and are left out. */
function sentenceOf(issue: z.core.$ZodIssue): string {
  if (issue.code === 'unrecognized_keys') return 'There are members that are not known here.';
  if (issue.code === 'custom') return 'This value is not accepted.';
  return `${issue.message}.`.replace('..', '.');
}

function escapePointer(step: string): string {
  return step.replaceAll('~', '~0').replaceAll('/', '~1').slice(0, 100);
}

const FRAMEWORK_PROBLEMS: ReadonlyMap<string, readonly [ProblemCode, string]> = new Map([
  ['FST_ERR_CTP_BODY_TOO_LARGE', ['too_large', 'A JSON body may have at most 1 MiB.']],
  ['FST_ERR_CTP_INVALID_MEDIA_TYPE', ['media_type', 'This route does not read this content type.']],
  ['FST_ERR_CTP_EMPTY_JSON_BODY', ['json_invalid', 'The body is empty although its content type is JSON.']],
  ['FST_ERR_CTP_INVALID_JSON_BODY', ['json_invalid', 'The body could not be read as JSON.']],
  ['FST_ERR_CTP_INVALID_CONTENT_LENGTH', ['json_invalid', 'The body has not the length its header says.']],
  ['FST_ERR_BAD_URL', ['not_found', 'This address cannot be read.']],
  ['FST_ERR_MAX_PARAM_LENGTH', ['not_found', 'A part of this address is too long.']],
  ['FST_ERR_NOT_FOUND', ['not_found', 'Nothing is served at this address.']],
  ['FST_STATIC_FORBIDDEN_PATH', ['not_found', 'Nothing is served at this address.']],
]);

function frameworkCode(error: unknown): string {
  const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined;
  return typeof code === 'string' ? code : '';
}
