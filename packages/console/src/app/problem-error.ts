// What the server answered when it did not answer what was asked, as one typed error.

export class ProblemError extends Error {
  readonly status: number;
  readonly code: string;
  readonly title: string;
  readonly detail: string;
  /** The request id, to be quoted when reporting; empty when there was no answer at all. */
  readonly requestId: string;

  constructor(fields: { status: number; code: string; title: string; detail: string; requestId: string }) {
    super(`${fields.code}: ${fields.detail}`);
    this.name = 'ProblemError';
    this.status = fields.status;
    this.code = fields.code;
    this.title = fields.title;
    this.detail = fields.detail;
    this.requestId = fields.requestId;
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
  });
}
