// How often may be asked, per minute. First by client address, generously and before anybody looks credentials up, so
// that made-up ones cost next to nothing; then by caller and class of route: per session, else per person, else per
// address. An IPv6 address counts by its /64, which one subscriber owns whole.
import { normalizeIP } from '@fastify/rate-limit';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Caller, RateClass } from './route.ts';

/** Requests per minute: of one address altogether, and of one caller by class. */
export type RateLimits = Readonly<Record<LimitedClass | 'address', number>>;

type LimitedClass = Exclude<RateClass, 'unlimited'>;

/** An office behind one address must fit into the first. */
export const DEFAULT_RATE_LIMITS: RateLimits = {
  address: 6_000,
  read: 600,
  write: 120,
  upload: 60,
  'sign-in': 20,
  token: 60,
  // An application that is told to wait signs its person out, so many must fit behind one service.
  resolve: 1_200,
  service: 6_000,
};
const WINDOW_MS = 60_000;

/** Counts a request; answers the seconds to wait, or null when it is within the limit. */
export interface CountRequest {
  byAddress(request: FastifyRequest): Promise<number | null>;
  /** @param key see `rateKey` */
  byCaller(rate: RateClass, key: string, request: FastifyRequest): Promise<number | null>;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Under which key the request is counted. */
    rateKey: string;
  }
}

/** Makes the counters. The rate-limit plugin must be registered before. */
export function requestCounters(app: FastifyInstance, limits: RateLimits): CountRequest {
  app.decorateRequest('rateKey', '');
  const counter = (max: number) => {
    const check = app.createRateLimit({ max, timeWindow: WINDOW_MS, keyGenerator: (request) => request.rateKey });
    return async (request: FastifyRequest, key: string): Promise<number | null> => {
      request.rateKey = key;
      const state = await check(request);
      return state.isAllowed || !state.isExceeded ? null : state.ttlInSeconds;
    };
  };
  const all = counter(limits.address);
  const byClass: Record<LimitedClass, ReturnType<typeof counter>> = {
    read: counter(limits.read),
    write: counter(limits.write),
    upload: counter(limits.upload),
    'sign-in': counter(limits['sign-in']),
    token: counter(limits.token),
    resolve: counter(limits.resolve),
    service: counter(limits.service),
  };
  return {
    byAddress: (request) => all(request, rateKey(null, request.ip)),
    byCaller: async (rate, key, request) => (rate === 'unlimited' ? null : await byClass[rate](request, key)),
  };
}

/** The key under which a request is counted. */
export function rateKey(caller: Caller | null, clientAddress: string): string {
  if (caller?.sessionId) return `session:${caller.sessionId}`;
  if (caller?.personId) return `person:${caller.personId}`;
  return `address:${normalizeIP(clientAddress, 64)}`;
}
