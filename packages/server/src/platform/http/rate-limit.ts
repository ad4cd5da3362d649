// How often one caller may ask, per class of route and minute. Counted per session, else per person, else per
// client address (IPv6 by its /64, which one subscriber owns whole).
import { normalizeIP } from '@fastify/rate-limit';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Caller, RateClass } from './route.ts';

/** Requests per minute. */
export type RateLimits = Readonly<Record<RateClass, number>>;

export const DEFAULT_RATE_LIMITS: RateLimits = { read: 600, write: 120, upload: 60, 'sign-in': 20 };
const WINDOW_MS = 60_000;

/** Counts a request; answers the seconds to wait, or null when it is within the limit. */
export type CountRequest = (rate: RateClass, caller: Caller | null, request: FastifyRequest) => Promise<number | null>;

declare module 'fastify' {
  interface FastifyRequest {
    /** Under which key the request is counted. */
    rateKey: string;
  }
}

/** Makes the counters, one per class. The rate-limit plugin must be registered before. */
export function requestCounters(app: FastifyInstance, limits: RateLimits): CountRequest {
  app.decorateRequest('rateKey', '');
  const check = (max: number) =>
    app.createRateLimit({ max, timeWindow: WINDOW_MS, keyGenerator: (request) => request.rateKey });
  const byClass: Record<RateClass, ReturnType<typeof check>> = {
    read: check(limits.read),
    write: check(limits.write),
    upload: check(limits.upload),
    'sign-in': check(limits['sign-in']),
  };
  return async (rate, caller, request) => {
    request.rateKey = rateKey(caller, request.ip);
    const state = await byClass[rate](request);
    return state.isAllowed || !state.isExceeded ? null : state.ttlInSeconds;
  };
}

/** The key under which a request is counted. */
export function rateKey(caller: Caller | null, clientAddress: string): string {
  if (caller?.sessionId) return `session:${caller.sessionId}`;
  if (caller?.personId) return `person:${caller.personId}`;
  return `address:${normalizeIP(clientAddress, 64)}`;
}
