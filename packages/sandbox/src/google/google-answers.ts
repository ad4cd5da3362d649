// Google's errors in its own words: one body for all APIs, in which `errors[0].reason` says what the status does not.
import { answerHtml, answerJson } from '../frame/answers.ts';
import type { Exchange, PlainFault } from '../frame/stand-in.ts';

export interface Refusal {
  readonly code: number;
  /** What programs branch on: a 403 alone says nothing. */
  readonly reason: string;
  readonly message: string;
  /** What `errors[0]` says, where that is something else. */
  readonly detail?: string;
  /** The canonical name of gRPC, where the API gives one. */
  readonly status?: string;
  /** `global` unless said. */
  readonly domain?: string;
  readonly location?: { readonly type: 'header' | 'parameter'; readonly name: string };
  /** The reason of a `google.rpc.ErrorInfo`. */
  readonly info?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Thrown by whatever answers an API call, and caught once, where it is written out. */
export class GoogleRefusal extends Error {
  readonly refusal: Refusal;
  constructor(refusal: Refusal) {
    super(refusal.reason);
    this.refusal = refusal;
  }
}

export const refuse = (refusal: Refusal): GoogleRefusal => new GoogleRefusal(refusal);

export const notFound = (): GoogleRefusal =>
  refuse({ code: 404, reason: 'notFound', message: 'Requested entity was not found.', status: 'NOT_FOUND' });

export const invalidArgument = (message: string): GoogleRefusal =>
  refuse({ code: 400, reason: 'invalidArgument', message, status: 'INVALID_ARGUMENT' });

export const rateLimited = (code: 403 | 429, reason = 'rateLimitExceeded'): GoogleRefusal =>
  refuse({
    code,
    reason,
    domain: 'usageLimits',
    message: code === 403 ? 'Rate Limit Exceeded' : 'Too many concurrent requests for user.',
    ...(code === 429 && { status: 'RESOURCE_EXHAUSTED' }),
  });

export function answerRefusal(exchange: Exchange, refusal: Refusal): void {
  const { code, reason, message, detail = message, status, domain = 'global', location, info, headers = {} } = refusal;
  const place = location === undefined ? {} : { locationType: location.type, location: location.name };
  const details = [{ '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: info, domain: 'googleapis.com' }];
  const error = {
    code,
    message,
    errors: [{ message: detail, domain, reason, ...place }],
    ...(status !== undefined && { status }),
    ...(info !== undefined && { details }),
  };
  answerJson(exchange, code, { error }, headers);
}

/** Says a plain failure as the front of an API or of the token endpoint does. */
export function answerPlainFault(exchange: Exchange, fault: PlainFault): void {
  const { status, retryAfterSeconds } = fault;
  const headers = retryAfterSeconds === null ? {} : { 'retry-after': String(retryAfterSeconds) };
  if (status === 502)
    return answerHtml(exchange, 502, '<!DOCTYPE html><title>Error 502 (Server Error)!!1</title>', headers);
  if (/^\/(token|revoke|tokeninfo)$/.test(exchange.url.pathname)) {
    const error = status === 429 ? 'rate_limit_exceeded' : 'internal_failure';
    return answerJson(exchange, status, { error, error_description: 'Backend Error' }, headers);
  }
  if (status === 429) return answerRefusal(exchange, { ...rateLimited(429).refusal, headers });
  const name = status === 503 ? 'UNAVAILABLE' : 'INTERNAL';
  answerRefusal(exchange, { code: status, reason: 'backendError', message: 'Backend Error', status: name, headers });
}
