// The roads of the API below an access token: who may go them, how often, and where they lead.
import type { Exchange } from '../frame/stand-in.ts';
import { type Answer, expired, limited, locked, missingScopes, moving, notFound, unauthenticated } from './answer.ts';
import { listAssociations, readAssociations } from './associations.ts';
import { bearerToken } from '../frame/answers.ts';
import type { Call } from './call.ts';
import {
  accountDetails,
  getOwner,
  getPipeline,
  getProperty,
  listOwners,
  listPipelines,
  listProperties,
} from './catalog.ts';
import type { Grant } from './grants.ts';
import { type Hub, takeFault } from './hub.ts';
import { SEARCH_SECOND, TEN_SECONDS } from './limits.ts';
import { getObject, listObjects, readBatch } from './objects.ts';
import { RECORD_TYPES, recordTypeNamed } from './record-types.ts';
import { searchObjects } from './search.ts';

interface Road {
  readonly method: 'GET' | 'POST';
  /** Matched against the path in its version 3 or 4 form. */
  readonly path: RegExp;
  readonly scope: ScopeRule;
  readonly answer: (call: Call) => Answer;
}

/** How the scopes of a road are had from its parts; of the scopes in one list, one is enough. */
type ScopeRule = (parts: readonly string[]) => readonly (readonly string[])[];

const objectScope =
  (...at: readonly number[]): ScopeRule =>
  (parts) =>
    at.flatMap((index) => {
      const type = recordTypeNamed(parts[index] ?? '');
      return type === null ? [] : [[RECORD_TYPES[type].scope]];
    });

const schemaScope: ScopeRule = ([name]) => {
  const type = recordTypeNamed(name ?? '');
  return type === null ? [] : [[`crm.schemas.${type}.read`, RECORD_TYPES[type].scope]];
};

const ownerScope: ScopeRule = () => [['crm.objects.owners.read']];
const accountScope: ScopeRule = () => [['oauth']];

const ROADS: readonly Road[] = [
  { method: 'GET', path: /^\/crm\/v3\/objects\/([^/]+)$/, scope: objectScope(0), answer: listObjects },
  { method: 'GET', path: /^\/crm\/v3\/objects\/([^/]+)\/([^/]+)$/, scope: objectScope(0), answer: getObject },
  { method: 'POST', path: /^\/crm\/v3\/objects\/([^/]+)\/search$/, scope: objectScope(0), answer: searchObjects },
  { method: 'POST', path: /^\/crm\/v3\/objects\/([^/]+)\/batch\/read$/, scope: objectScope(0), answer: readBatch },
  { method: 'GET', path: /^\/crm\/v3\/owners$/, scope: ownerScope, answer: listOwners },
  { method: 'GET', path: /^\/crm\/v3\/owners\/([^/]+)$/, scope: ownerScope, answer: getOwner },
  { method: 'GET', path: /^\/crm\/v3\/properties\/([^/]+)$/, scope: schemaScope, answer: listProperties },
  { method: 'GET', path: /^\/crm\/v3\/properties\/([^/]+)\/([^/]+)$/, scope: schemaScope, answer: getProperty },
  { method: 'GET', path: /^\/crm\/v3\/pipelines\/([^/]+)$/, scope: schemaScope, answer: listPipelines },
  { method: 'GET', path: /^\/crm\/v3\/pipelines\/([^/]+)\/([^/]+)$/, scope: schemaScope, answer: getPipeline },
  {
    method: 'GET',
    path: /^\/crm\/v4\/objects\/([^/]+)\/([^/]+)\/associations\/([^/]+)$/,
    scope: objectScope(0, 2),
    answer: listAssociations,
  },
  {
    method: 'POST',
    path: /^\/crm\/v4\/associations\/([^/]+)\/([^/]+)\/batch\/read$/,
    scope: objectScope(0, 1),
    answer: readAssociations,
  },
  { method: 'GET', path: /^\/account-info\/v3\/details$/, scope: accountScope, answer: accountDetails },
];

/**
 * Answers one call: the token first, then the limits, then the scopes, as HubSpot does.
 *
 * @throws Refused with what is to be said instead
 */
export function answerCall(hub: Hub, exchange: Exchange): Answer {
  const { method, url } = exchange;
  const road = `${method} ${url.pathname}`;
  const grant = grantOf(hub, exchange, road);
  const troubled = troubleOn(hub, road);
  if (troubled !== null) return troubled;
  const path = undated(url.pathname);
  const limits = countCall(hub, grant, isSearch(path));
  if ('refusal' in limits) return limits.refusal;
  const found = ROADS.find((each) => each.method === method && each.path.test(path));
  if (found === undefined) throw notFound();
  const parts = (found.path.exec(path) ?? []).slice(1).map(decoded);
  const missing = found.scope(parts).find((scopes) => !scopes.some((scope) => grant.scopes.includes(scope)));
  if (missing !== undefined) throw missingScopes(missing);
  const answer = found.answer({ hub, exchange, grant, parts, query: url.searchParams, road });
  return { ...answer, headers: { ...limits.headers, ...answer.headers } };
}

/** Whether a path, in any version, is a search. */
export function isSearch(path: string): boolean {
  return path.endsWith('/search');
}

const DATED = /^\/crm\/(objects|owners|properties|pipelines|associations)\/20\d\d-(?:03|09)(\/.*)?$/;

/** The same path in the older versions, whose shapes are the same. */
function undated(path: string): string {
  const bare = path.replace(/\/$/, '').replace(/^\/account-info\/20\d\d-(?:03|09)\//, '/account-info/v3/');
  const [, what, rest = ''] = DATED.exec(bare) ?? [];
  if (what === undefined) return bare;
  const version = what === 'associations' || rest.includes('/associations/') ? 'v4' : 'v3';
  return `/crm/${version}/${what}${rest}`;
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw notFound();
  }
}

function grantOf(hub: Hub, exchange: Exchange, road: string): Grant {
  const token = bearerToken(exchange);
  const access = token === null ? null : hub.grants.findAccess(token);
  if (access === null || hub.accounts.find(access.grant.hubId) === null) throw unauthenticated();
  const now = hub.world.now();
  if (now >= access.until || takeFault(hub, 'expired_token', road) !== null) throw expired(access.until, now);
  return access.grant;
}

const MOVING_SECONDS = 3600;

function troubleOn(hub: Hub, road: string): Answer | null {
  if (takeFault(hub, 'locked', road) !== null) return locked();
  const fault = takeFault(hub, 'moving', road);
  return fault === null ? null : moving(fault.retryAfterSeconds ?? MOVING_SECONDS);
}

type Counted = { readonly headers: Record<string, string> } | { readonly refusal: Answer };

/** Search is counted for the account alone and says nothing of its limit; all else for account and application. */
function countCall({ limiter, machine, settings }: Hub, grant: Grant, isSearching: boolean): Counted {
  const window = isSearching ? SEARCH_SECOND : TEN_SECONDS;
  const key = isSearching ? `search ${grant.hubId}` : `${grant.hubId} ${grant.clientId}`;
  const left = limiter.take(key, window, machine.monotonicNow());
  const headers = isSearching ? {} : limitHeaders(Math.max(0, left));
  if (left >= 0 || !settings.limits) return { headers };
  const policy = isSearching ? 'SECONDLY' : 'TEN_SECONDLY_ROLLING';
  const refusal = limited(policy, settings.retryAfterOnLimit ? window.ms / 1000 : null);
  return { refusal: { ...refusal, headers: { ...headers, ...refusal.headers } } };
}

function limitHeaders(left: number): Record<string, string> {
  return {
    'x-hubspot-ratelimit-max': String(TEN_SECONDS.max),
    'x-hubspot-ratelimit-remaining': String(left),
    'x-hubspot-ratelimit-interval-milliseconds': String(TEN_SECONDS.ms),
    'x-hubspot-ratelimit-secondly': String(Math.floor(TEN_SECONDS.max / 10)),
    'x-hubspot-ratelimit-secondly-remaining': String(Math.min(left, Math.floor(TEN_SECONDS.max / 10))),
  };
}
