// Everything that is settled before a route's body is even read: how often is asked, by whom, whether a browser was
// tricked into asking, and whether the caller may. Any doubt ends in a refusal.
import type { FastifyRequest } from 'fastify';
import type { Logger } from '../log.ts';
import { errorFields } from '../log.ts';
import { ProblemError, problem } from '../problem.ts';
import { authorise, presentsNothing } from './authorise.ts';
import { type Arrival, isFromLoopback } from './host.ts';
import { type CountRequest, rateKey } from './rate-limit.ts';
import type { Admission, Admitted, Caller, Presented, Route } from './route.ts';
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
  if (route.rate !== 'unlimited') refuseHaste(await deps.count.byAddress(request));
  const presented = presentedBy(request, deps.cookie);
  if (route.admit !== null) return await guardAdmission(route, route.admit, presented, { request, deps });
  const caller = presentsNothing(presented) || route.action === null ? null : await prove(presented, request.id, deps);
  refuseHaste(await deps.count.byCaller(route.rate, rateKey(caller, request.ip), request));
  // Another site's page may call what is made for it; what a browser attaches by itself is not looked at there.
  if (!route.cross) refuseForged(route, caller?.via ?? 'nobody', request, deps);

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
  return { caller, who: null, presented };
}

/** A route with a proof of its own. */
async function guardAdmission(
  route: Route,
  admission: Admission,
  presented: Presented,
  { request, deps }: { request: FastifyRequest; deps: GuardDeps },
): Promise<Proven> {
  const who = await attempt(() => admission.prove(presented, { now: deps.clock.now(), requestId: request.id }), {
    requestId: request.id,
    log: deps.log,
  });
  refuseHaste(await deps.count.byCaller(route.rate, who.rateKey ?? rateKey(who.caller, request.ip), request));
  if (who.via === 'cookie' || !route.cross) refuseForged(route, who.via, request, deps);
  // The page could read the answer, so even reading is for our own pages where the browser attached the proof.
  if (who.via === 'cookie' && route.cross && senderOf(siteHeaders(request), deps.publicUrl) === 'another-site')
    throw problem('cross_site', 'A page of another site must bring a token; our cookie is not for it.');
  return { caller: who.caller, who, presented };
}

function refuseForged(route: Route, via: Admitted['via'], request: FastifyRequest, deps: GuardDeps): void {
  if (isForged(route.method, via, senderOf(siteHeaders(request), deps.publicUrl)))
    throw problem('cross_site', 'The browser says another site sent this, or does not say who did.');
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

function prove(presented: Presented, requestId: string, deps: GuardDeps): Promise<Caller | null> {
  return attempt(() => deps.authenticate(presented, deps.clock.now()), { requestId, log: deps.log });
}

/** A proof that fails for a reason of its own is no refusal, and surely no yes. */
async function attempt<T>(proof: () => Promise<T>, { requestId, log }: { requestId: string; log: Logger }): Promise<T> {
  try {
    return await proof();
  } catch (error) {
    if (error instanceof ProblemError) throw error;
    log.error('http.authenticate_failed', { requestId, ...errorFields(error) });
    throw problem('cannot_decide', 'Who asks could not be verified, so nothing was done.', { cause: error });
  }
}

const BEARER = /^Bearer ([A-Za-z0-9._~+/-]{1,8192}=*)$/i;

function presentedBy(request: FastifyRequest, cookie: SessionCookieShape): Presented {
  const { authorization } = request.headers;
  const slug = request.headers['sentinel-workspace'];
  return {
    // A malformed Authorization header is a presented key that proves nothing, never a reason to look at the cookie.
    bearer: authorization === undefined ? null : (BEARER.exec(authorization)?.[1] ?? ''),
    cookie: authorization === undefined ? (request.cookies[cookie.name] ?? null) : null,
    workspaceSlug: typeof slug === 'string' ? slug : null,
    fromLoopback: isFromLoopback(arrivalOf(request)),
    address: request.ip,
    header: (name) => {
      const value = request.headers[name];
      return typeof value === 'string' ? value : null;
    },
    cookieNamed: (name) => request.cookies[name] ?? null,
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
