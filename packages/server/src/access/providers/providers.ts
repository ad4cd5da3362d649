// The identity providers that the settings name, ready to be asked. Opening them asks nobody: an issuer that is down
// keeps Sentinel from signing people in there, never from starting.
import type { Clock } from '../../platform/clock.ts';
import type { Logger } from '../../platform/log.ts';
import type { OutboundFetch } from '../../platform/outbound/guarded-fetch.ts';
import { problem } from '../../platform/problem.ts';
import { Secret } from '../../platform/secrets/secret.ts';
import { createEntra } from './entra.ts';
import { createGitHub } from './github.ts';
import { createGoogle } from './google.ts';
import { emailByRule } from './id-token-person.ts';
import type { IdentityProvider, IdentityProviders } from './identity-provider.ts';
import { identityFetch } from './issuer-fetch.ts';
import { createOidcProvider, type OidcProviderDeps } from './oidc-issuer.ts';
import { parseOidcProviders, type ProviderSettings } from './providers-settings.ts';

export interface ProvidersDeps {
  readonly clock: Clock;
  readonly log: Logger;
  /** `identityFetch` unless a test says otherwise. */
  readonly fetch?: OutboundFetch;
}

/**
 * @param settings checked by `refuseUnsafeProviders`; a provider is on when its client id is set
 */
export function openProviders(settings: ProviderSettings, deps: ProvidersDeps): IdentityProviders {
  const known = { ...deps, fetch: deps.fetch ?? identityFetch };
  const all = [
    openGoogle(settings, known),
    openGitHub(settings, known),
    openEntra(settings, known),
    ...openGeneric(settings, known),
  ].filter((provider) => provider !== null);
  const byName: ReadonlyMap<string, IdentityProvider> = new Map(all.map((provider) => [provider.name, provider]));
  return {
    names: [...byName.keys()],
    get: (name) => {
      const provider = byName.get(name);
      if (provider === undefined) throw problem('provider_unknown', 'No identity provider of this name is configured.');
      return provider;
    },
  };
}

function openGoogle(
  { googleClientId: clientId, googleClientSecret: clientSecret, googleIssuer: issuer }: ProviderSettings,
  deps: OidcProviderDeps,
): IdentityProvider | null {
  return clientId === null || clientSecret === null ? null : createGoogle({ clientId, clientSecret, issuer }, deps);
}

function openGitHub(settings: ProviderSettings, deps: OidcProviderDeps): IdentityProvider | null {
  const { githubClientId: clientId, githubClientSecret: clientSecret } = settings;
  if (clientId === null || clientSecret === null) return null;
  const [url, apiUrl] = [settings.githubUrl, settings.githubApiUrl].map((each) => each.replace(/\/+$/, ''));
  return url === undefined || apiUrl === undefined ? null : createGitHub({ clientId, clientSecret, url, apiUrl }, deps);
}

function openEntra(settings: ProviderSettings, deps: OidcProviderDeps): IdentityProvider | null {
  const { entraClientId: clientId, entraClientSecret: clientSecret, entraTenantId: tenantId } = settings;
  if (clientId === null || clientSecret === null || tenantId === null) return null;
  return createEntra({ clientId, clientSecret, tenantId, issuer: settings.entraIssuer }, deps);
}

function openGeneric({ oidcProviders }: ProviderSettings, deps: OidcProviderDeps): IdentityProvider[] {
  const parsed = parseOidcProviders(oidcProviders?.reveal() ?? '[]');
  if (parsed === null) throw new Error('the list of OpenID providers was not checked');
  return parsed.map(({ id, title, clientSecret, emailVerified, ...rest }) =>
    createOidcProvider(
      {
        ...rest,
        name: id,
        title: title ?? id,
        spellings: [rest.issuer],
        clientSecret: clientSecret === undefined ? null : new Secret(clientSecret),
        algorithms: ['RS256', 'PS256', 'ES256'],
        findEmail: emailByRule(emailVerified),
      },
      deps,
    ),
  );
}
