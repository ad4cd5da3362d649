// Whose call an API call is: the token, its account and its scopes, or the refusal Google gives.
import { bearerToken } from '../../frame/answers.ts';
import type { Exchange } from '../../frame/stand-in.ts';
import type { Owner } from '../../world/world.ts';
import { rateLimited, refuse } from '../google-answers.ts';
import { type OAuth, ownerOf } from './oauth.ts';

/** One API call that may be answered. */
export interface Call {
  readonly exchange: Exchange;
  readonly query: URLSearchParams;
  readonly owner: Owner;
  readonly clientId: string;
  readonly scopes: readonly string[];
}

/** @throws GoogleRefusal 401 without a live token, 403 where the domain or the switchboard says so */
export function identify(oauth: OAuth, exchange: Exchange): Call {
  const { ground, grants, switches } = oauth;
  const road = `${exchange.method} ${exchange.url.pathname}`;
  const token = grants.access(bearerToken(exchange) ?? '');
  const owner = token === null ? null : ownerOf(ground, token.account);
  if (token === null || owner === null || ground.faults.take('google', ['expired_token'], road) !== null)
    throw unauthenticated();
  if (switches.blockedByDomain)
    throw refuse({ code: 403, reason: 'domainPolicy', message: 'The domain administrators have disabled this app.' });
  if (ground.faults.take('google', ['limit_403'], road) !== null) throw rateLimited(403);
  return { exchange, query: exchange.url.searchParams, owner, clientId: token.clientId, scopes: token.scopes };
}

/** @throws GoogleRefusal 403 when the call has none of the scopes */
export function assertScope({ scopes }: Call, any: readonly string[]): void {
  if (any.some((scope) => scopes.includes(scope))) return;
  throw refuse({
    code: 403,
    reason: 'insufficientPermissions',
    message: 'Request had insufficient authentication scopes.',
    status: 'PERMISSION_DENIED',
    info: 'ACCESS_TOKEN_SCOPE_INSUFFICIENT',
    headers: { 'www-authenticate': 'Bearer realm="https://accounts.google.com/", error="insufficient_scope"' },
  });
}

function unauthenticated() {
  return refuse({
    code: 401,
    reason: 'authError',
    status: 'UNAUTHENTICATED',
    message: 'Request had invalid authentication credentials. Expected OAuth 2 access token.',
    detail: 'Invalid Credentials',
    location: { type: 'header', name: 'Authorization' },
    headers: { 'www-authenticate': 'Bearer realm="https://accounts.google.com/", error="invalid_token"' },
  });
}
