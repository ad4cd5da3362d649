// What this stand-in says when it says no, in HubSpot's shapes. Every body carries a correlation id, as the real ones do.
import { randomUUID } from 'node:crypto';

export interface Answer {
  readonly status: number;
  /** Null for none. */
  readonly body: object | null;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Thrown by what handles a call; its answer is sent instead. */
export class Refused extends Error {
  readonly answer: Answer;

  constructor(answer: Answer) {
    super(`refused with ${answer.status}`);
    this.answer = answer;
  }
}

interface Detail {
  readonly message: string;
  readonly context?: Readonly<Record<string, readonly string[]>>;
}

export function errorBody(message: string, category: string, errors: readonly Detail[] = []): object {
  const base = { status: 'error', message, correlationId: randomUUID(), category };
  return errors.length === 0 ? base : { ...base, errors };
}

/** A request that HubSpot does not take, such as a page that is too large. */
export function invalid(message: string): Refused {
  return new Refused({ status: 400, body: errorBody(message, 'VALIDATION_ERROR') });
}

export function notFound(message = 'resource not found'): Refused {
  return new Refused({ status: 404, body: errorBody(message, 'OBJECT_NOT_FOUND') });
}

/** No token, or one that HubSpot does not know (any more). */
export function unauthenticated(): Refused {
  const message = 'Authentication credentials not found. This API supports OAuth 2.0 authentication.';
  return new Refused({ status: 401, body: errorBody(message, 'INVALID_AUTHENTICATION') });
}

export function expired(until: Date, now: Date): Refused {
  const seconds = Math.max(0, Math.floor((now.getTime() - until.getTime()) / 1000));
  const body = errorBody(
    `The OAuth token used to make this call expired ${seconds} second(s) ago.`,
    'EXPIRED_AUTHENTICATION',
  );
  return new Refused({ status: 401, body: { ...body, context: { 'expire time': [until.toISOString()] } } });
}

/** @param scopes of which one would do */
export function missingScopes(scopes: readonly string[]): Refused {
  const message = "This app hasn't been granted all required scopes to make this call.";
  const detail = {
    message: 'One or more of the following scopes are required.',
    context: { requiredGranularScopes: scopes },
  };
  return new Refused({ status: 403, body: errorBody(message, 'MISSING_SCOPES', [detail]) });
}

export type LimitPolicy = 'TEN_SECONDLY_ROLLING' | 'SECONDLY';

const LIMIT_MESSAGES: Readonly<Record<LimitPolicy, string>> = {
  TEN_SECONDLY_ROLLING: 'You have reached your ten_secondly_rolling limit.',
  SECONDLY: 'You have reached your secondly limit.',
};

/** @param retryAfterSeconds null leaves the header out, as the real one does */
export function limited(policyName: LimitPolicy, retryAfterSeconds: number | null): Answer {
  return {
    status: 429,
    body: {
      status: 'error',
      message: LIMIT_MESSAGES[policyName],
      errorType: 'RATE_LIMIT',
      correlationId: randomUUID(),
      policyName,
      requestId: randomUUID(),
    },
    headers: retryAfter(retryAfterSeconds),
  };
}

/** 423: too much at once for this account; two seconds are asked for, without a header. */
export function locked(): Answer {
  return { status: 423, body: errorBody('The resource is locked. Wait at least two seconds.', 'LOCKED') };
}

/** 477: the account moves to another data centre, which may take a day. */
export function moving(retryAfterSeconds: number): Answer {
  const body = errorBody('The account is being migrated between data hosting locations.', 'MIGRATION_IN_PROGRESS');
  return { status: 477, body, headers: retryAfter(retryAfterSeconds) };
}

export function outage(status: number, retryAfterSeconds: number | null): Answer {
  return { status, body: errorBody('internal error', 'INTERNAL_ERROR'), headers: retryAfter(retryAfterSeconds) };
}

function retryAfter(seconds: number | null): Record<string, string> {
  return seconds === null ? {} : { 'retry-after': String(seconds) };
}
