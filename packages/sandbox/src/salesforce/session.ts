// Lets a request to the data API in: a live token with the right scope, an org whose edition has an API, and requests left.
import { roadOf } from '../frame/play-fault.ts';
import type { Exchange } from '../frame/stand-in.ts';
import { ApiRefusal, limitExceeded, sessionOver } from './api-refusal.ts';
import type { Grant } from './grants.ts';
import type { Org } from './org.ts';

/** The token of `Authorization: Bearer …` or, as older clients say, `OAuth …`; null when there is none. */
export function accessTokenOf({ request }: Exchange): string | null {
  return /^(?:bearer|oauth) +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? null;
}

/** @throws ApiRefusal INVALID_AUTH_HEADER, INVALID_SESSION_ID, API_DISABLED_FOR_ORG, REQUEST_LIMIT_EXCEEDED */
export function enter(org: Org, exchange: Exchange): Grant {
  const { faults } = org.ground;
  const road = roadOf(exchange);
  const token = accessTokenOf(exchange);
  if (token === null && exchange.request.headers.authorization !== undefined)
    throw new ApiRefusal(401, 'INVALID_AUTH_HEADER', 'INVALID_HEADER_TYPE');
  if (faults.take('salesforce', ['expired_token'], road) !== null) throw sessionOver();
  const { tokenRefusal, apiEnabled, dailyApiRequests } = org.settings();
  const grant = token === null || tokenRefusal !== null ? null : org.grants.use(token);
  if (grant === null) throw sessionOver();
  // Refreshing would not help, and clients tell so by this text.
  if (!grant.scopes.some((scope) => scope === 'api' || scope === 'full'))
    throw new ApiRefusal(401, 'INVALID_SESSION_ID', 'This session is not valid for use with the REST API');
  if (!apiEnabled)
    throw new ApiRefusal(403, 'API_DISABLED_FOR_ORG', 'The REST API is not enabled for this Organization.');
  if (faults.take('salesforce', ['limit_403'], road) !== null) throw limitExceeded();
  if (!org.usage.count(dailyApiRequests)) throw limitExceeded();
  return grant;
}

/** What every answer of the data API carries. */
export function limitHeaders({ usage, settings }: Org): Record<string, string> {
  return { 'sforce-limit-info': `api-usage=${usage.used()}/${settings().dailyApiRequests}; api-bursts=1/750` };
}
