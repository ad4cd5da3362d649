// A problem is a foreseen mistake of the caller: thrown anywhere below a route, answered as RFC 9457.
// Everything else that is thrown is a fault and becomes 500 without its text leaving the process.
import { PROBLEMS, type ProblemCode } from '@sentinel/contract';

export interface ProblemPlace {
  /** JSON pointer, query name or header name of the mistake. */
  readonly pointer: string;
  readonly detail: string;
}

export class ProblemError extends Error {
  readonly code: ProblemCode;
  readonly status: number;
  readonly places: readonly ProblemPlace[];
  readonly retryAfterSeconds: number | null;

  constructor(
    code: ProblemCode,
    detail: string,
    options: { places?: readonly ProblemPlace[]; retryAfterSeconds?: number; cause?: unknown } = {},
  ) {
    super(detail, { cause: options.cause });
    this.name = 'ProblemError';
    this.code = code;
    this.status = PROBLEMS[code].status;
    this.places = options.places ?? [];
    this.retryAfterSeconds = options.retryAfterSeconds ?? null;
  }
}

/**
 * Makes a problem to throw.
 *
 * @param code a code of the table in `contract/problems.ts`
 * @param detail one sentence for the caller: what is wrong and what to do. Never an address, a token or message text
 */
export function problem(
  code: ProblemCode,
  detail: string,
  options?: ConstructorParameters<typeof ProblemError>[2],
): ProblemError {
  return new ProblemError(code, detail, options);
}
