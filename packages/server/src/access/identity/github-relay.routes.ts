// HTTP of the relay for providers whose token a page cannot get by itself (GitHub has no implicit flow): we sign the person
// in there and hand the provider's token to the page, in the fragment of an address whose origin a service registered.
import { LoginCallbackQuery, ProviderParams, RelayQuery } from '@sentinel/contract';
import { type Route, route } from '../../platform/http/route.ts';
import { problem } from '../../platform/problem.ts';
import type { AccessDeps } from '../access-deps.ts';
import type { IdentityProviders, ProviderRelay } from '../providers/identity-provider.ts';
import { isPlainRedirect, withIdpToken } from './login-redirect.ts';
import { beginLogin, type LoginDeps, noteRefusals, takeBack } from './login.ts';

export type RelayDeps = LoginDeps & Pick<AccessDeps, 'apps'>;

export function relayRoutes(deps: RelayDeps): readonly Route[] {
  return [login(deps), callback(deps)];
}

function login(deps: RelayDeps): Route {
  return route({
    method: 'GET',
    path: '/authz/idp/:provider/login',
    summary: 'Sends a browser to a provider without ID tokens, to come back to a registered origin with its token',
    open: 'It is how a sign-in starts; the origin it may end at is registered.',
    unaudited: 'Whoever resolves the token is recorded in the activity log.',
    errors: 'page',
    params: ProviderParams,
    query: RelayQuery,
    answers: { 302: 'redirect' },
    problems: ['provider_unknown', 'redirect_refused', 'idp_unreachable', 'idp_refused'],
    rate: 'sign-in',
    async handle({ params, query, ...request }) {
      const relay = relayOf(deps.providers, params.provider);
      await refuseForeign(deps, query.redirect_uri);
      const attempt = {
        purpose: 'idp',
        provider: params.provider,
        clientAppId: null,
        redirectUri: query.redirect_uri,
        challenge: null,
        appState: query.nonce,
      } as const;
      return await beginLogin(deps, request, attempt, (secrets, uri) => relay.authorizationUrl(secrets, uri));
    },
  });
}

function callback(deps: RelayDeps): Route {
  return route({
    method: 'GET',
    path: '/authz/idp/:provider/callback',
    summary: 'Takes a browser back from such a provider and sends it on with the provider’s token',
    open: 'The state and the cookie of the browser are the proof; they are checked by the handler.',
    unaudited: 'Whoever resolves the token is recorded in the activity log.',
    errors: 'page',
    params: ProviderParams,
    query: LoginCallbackQuery,
    answers: { 302: 'redirect' },
    problems: ['state_invalid', 'redirect_refused', 'idp_refused', 'idp_unreachable', 'provider_unknown'],
    rate: 'sign-in',
    async handle({ params, query, ...request }) {
      const came = { purpose: 'idp', provider: params.provider, query } as const;
      const { attempt, callback, secrets, redirectUri } = await takeBack(deps, request, came);
      const about = { action: 'login_failed', provider: attempt.provider } as const;
      return await noteRefusals(deps, request, about, async () => {
        await refuseForeign(deps, attempt.redirectUri);
        const relay = relayOf(deps.providers, attempt.provider);
        return { location: withIdpToken(attempt, await relay.exchange(callback, secrets, redirectUri)) };
      });
    },
  });
}

function relayOf(providers: IdentityProviders, name: string): ProviderRelay {
  const { relay } = providers.get(name);
  if (relay === undefined)
    throw problem('provider_unknown', 'Pages get the tokens of this provider from the provider itself.');
  return relay;
}

/** The token goes to whatever page is there, so it must be one of a service that we know. @throws ProblemError */
async function refuseForeign({ apps }: RelayDeps, redirectUri: string): Promise<void> {
  const service = isPlainRedirect(redirectUri) ? await apps.byOrigin(new URL(redirectUri).origin) : null;
  if (service === null || !service.active)
    throw problem('redirect_refused', 'No active service registered the origin of this address.');
}
