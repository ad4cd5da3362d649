// What the server answered when it did not answer what was asked, as one typed error.

export interface ProblemPlace {
  /** JSON pointer of the mistake. */
  readonly pointer: string;
  readonly detail: string;
}

interface ProblemFields {
  readonly status: number;
  readonly code: string;
  readonly title: string;
  readonly detail: string;
  readonly requestId: string;
  readonly places?: readonly ProblemPlace[];
}

export class ProblemError extends Error {
  readonly status: number;
  readonly code: string;
  readonly title: string;
  readonly detail: string;
  /** The request id, to be quoted when reporting; empty when there was no answer at all. */
  readonly requestId: string;
  /** What exactly was refused, place by place; empty when the problem is not about single places. */
  readonly places: readonly ProblemPlace[];

  constructor(fields: ProblemFields) {
    super(`${fields.code}: ${fields.detail}`);
    this.name = 'ProblemError';
    this.status = fields.status;
    this.code = fields.code;
    this.title = fields.title;
    this.detail = fields.detail;
    this.requestId = fields.requestId;
    this.places = fields.places ?? [];
  }
}

const textOf = (value: unknown, otherwise: string): string =>
  typeof value === 'string' && value !== '' ? value : otherwise;

/**
 * Reads a problem document (RFC 9457) leniently: a proxy's own error page becomes a problem too.
 *
 * @param status the HTTP status of the answer
 * @param body the parsed body, or null when it was not JSON
 */
export function problemFrom(status: number, body: unknown): ProblemError {
  const fields: Record<string, unknown> = typeof body === 'object' && body !== null ? { ...body } : {};
  return new ProblemError({
    status,
    code: textOf(fields['code'], `http_${status}`),
    title: textOf(fields['title'], `Answered with status ${status}`),
    detail: textOf(fields['detail'], ''),
    requestId: textOf(fields['instance'], ''),
    places: Array.isArray(fields['errors']) ? fields['errors'].flatMap(placeOf) : [],
  });
}

function placeOf(entry: unknown): ProblemPlace[] {
  const fields: Record<string, unknown> = typeof entry === 'object' && entry !== null ? { ...entry } : {};
  const { pointer, detail } = fields;
  return typeof pointer === 'string' && typeof detail === 'string' ? [{ pointer, detail }] : [];
}
