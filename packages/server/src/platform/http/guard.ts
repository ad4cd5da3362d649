// Everything that is settled before a route's body is even read: how often is asked, by whom, whether a browser was
// tricked into asking, and whether the caller may. Any doubt ends in a refusal.
import type { FastifyRequest } from 'fastify';
import type { Logger } from '../log.ts';
import { errorFields } from '../log.ts';
import { ProblemError, problem } from '../problem.ts';
import { authorise, presentsNothing } from './authorise.ts';
import { type Arrival, isFromLoopback } from './host.ts';
import type { CountRequest } from './rate-limit.ts';
import type { Caller, Presented, Route } from './route.ts';
import type { Proven } from './run-route.ts';
import { isForged, senderOf } from './same-origin.ts';
import type { SessionCookieShape } from './session-cookie.ts';
import { recordDenial, type TrailDeps } from './trail.ts';

/**
 * Proves who asks, or answers null when the credentials prove nothing. Handed in by `main.ts`, so that the platform
 * knows no area. Throws a problem when they are valid but cannot be used (no such workspace …).
 */
export type Authenticate = (presented: Presented, now: Date) => Promise<Caller | null>;

export interface GuardDeps extends TrailDeps {
  readonly authenticate: Authenticate;
  readonly publicUrl: URL;
  readonly cookie: SessionCookieShape;
  readonly log: Logger;
  readonly count: CountRequest;
}

/**
 * Guards one request.
 *
 * @throws ProblemError when it may not go on
 */
export async function guardRequest(route: Route, request: FastifyRequest, deps: GuardDeps): Promise<Proven> {
  refuseHaste(await deps.count.byAddress(request));
  const presented = presentedBy(request, deps.cookie);
  const caller = presentsNothing(presented) || route.action === null ? null : await prove(presented, request.id, deps);
  refuseHaste(await deps.count.byCaller(route.rate, caller, request));

  const sender = senderOf(siteHeaders(request), deps.publicUrl);
  if (isForged(route.method, caller?.via ?? 'nobody', sender))
    throw problem('cross_site', 'The browser says another site sent this, or does not say who did.');

  const admission = authorise(route, caller, presented);
  if (admission === 'token_missing') throw problem('token_missing', 'This needs a sign-in.');
  if (admission === 'token_invalid')
    throw problem('token_invalid', 'The session has ended, or the key is not valid here.');
  if (admission === 'action_denied') {
    if (caller !== null) await recordDenial(route, caller, request.id, deps);
    throw problem(
      'action_denied',
      `This needs the action ${route.action ?? ''}, which the role ${caller?.role ?? ''} does not include.`,
    );
  }
  return { caller, presented };
}

/** How a request reached us. */
export function arrivalOf(request: FastifyRequest): Arrival {
  const { headers, raw } = request;
  return {
    host: headers.host,
    remoteAddress: raw.socket.remoteAddress,
    localAddress: raw.socket.localAddress,
    forwarded: ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-real-ip', 'via'].some(
      (name) => headers[name] !== undefined,
    ),
  };
}

function refuseHaste(waitSeconds: number | null): void {
  if (waitSeconds === null) return;
  throw problem('rate_limited', `Wait ${waitSeconds} seconds before asking again.`, {
    retryAfterSeconds: waitSeconds,
  });
}

async function prove(presented: Presented, requestId: string, deps: GuardDeps): Promise<Caller | null> {
  try {
    return await deps.authenticate(presented, deps.clock.now());
  } catch (error) {
    if (error instanceof ProblemError) throw error;
    deps.log.error('http.authenticate_failed', { requestId, ...errorFields(error) });
    throw problem('cannot_decide', 'Who asks could not be verified, so nothing was done.', { cause: error });
  }
}

const BEARER = /^Bearer ([A-Za-z0-9._~+/-]{1,4096}=*)$/i;

function presentedBy(request: FastifyRequest, cookie: SessionCookieShape): Presented {
  const { authorization } = request.headers;
  const slug = request.headers['sentinel-workspace'];
  return {
    // A malformed Authorization header is a presented key that proves nothing, never a reason to look at the cookie.
    bearer: authorization === undefined ? null : (BEARER.exec(authorization)?.[1] ?? ''),
    cookie: authorization === undefined ? (request.cookies[cookie.name] ?? null) : null,
    workspaceSlug: typeof slug === 'string' ? slug : null,
    fromLoopback: isFromLoopback(arrivalOf(request)),
  };
}

function siteHeaders(request: FastifyRequest) {
  const fetchSite = request.headers['sec-fetch-site'];
  return {
    host: request.headers.host,
    origin: request.headers.origin,
    fetchSite: typeof fetchSite === 'string' ? fetchSite : fetchSite?.[0],
  };
}
