// Google. Its tokens have named the issuer with and without `https://`; both spellings are the one issuer.
import type { Secret } from '../../platform/secrets/secret.ts';
import { emailByRule } from './id-token-person.ts';
import type { IdentityProvider } from './identity-provider.ts';
import { createOidcProvider, type OidcProviderDeps } from './oidc-issuer.ts';

const GOOGLE_ISSUER = 'https://accounts.google.com';

export interface GoogleSettings {
  readonly clientId: string;
  readonly clientSecret: Secret;
  /** Google, unless something stands in for it. */
  readonly issuer: string;
}

export function createGoogle(settings: GoogleSettings, deps: OidcProviderDeps): IdentityProvider {
  const { issuer, clientId, clientSecret } = settings;
  return createOidcProvider(
    {
      name: 'google',
      title: 'Google',
      issuer,
      spellings: issuer === GOOGLE_ISSUER ? [issuer, 'accounts.google.com'] : [issuer],
      clientId,
      clientSecret,
      audiences: [],
      algorithms: ['RS256'],
      findEmail: emailByRule('claim'),
      privateNetwork: false,
    },
    deps,
  );
}
