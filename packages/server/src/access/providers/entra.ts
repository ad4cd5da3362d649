// Microsoft Entra ID, one tenant of it. A token is believed only when it names that tenant; then the tenant's own word
// for an address is taken, since Entra sends no `email_verified`.
import type { Secret } from '../../platform/secrets/secret.ts';
import { type FindEmail, readAddress } from './id-token-person.ts';
import { type IdTokenClaims, refused } from './id-token.ts';
import type { IdentityProvider } from './identity-provider.ts';
import { createOidcProvider, type OidcProviderDeps } from './oidc-issuer.ts';

export interface EntraSettings {
  readonly clientId: string;
  readonly clientSecret: Secret;
  /** The tenant's id; never `common` or another word that means several tenants. */
  readonly tenantId: string;
  /** Another issuer than Microsoft's, or null. */
  readonly issuer: string | null;
}

export function createEntra(settings: EntraSettings, deps: OidcProviderDeps): IdentityProvider {
  const tenant = settings.tenantId.toLowerCase();
  const issuer = settings.issuer ?? `https://login.microsoftonline.com/${tenant}/v2.0`;
  return createOidcProvider(
    {
      name: 'entra_id',
      title: 'Microsoft',
      issuer,
      spellings: [issuer],
      clientId: settings.clientId,
      clientSecret: settings.clientSecret,
      audiences: [],
      algorithms: ['RS256'],
      findEmail: emailOfTenant(tenant),
      privateNetwork: false,
    },
    deps,
  );
}

/**
 * `xms_edov` tells whether the domain's owner was verified; absent it is the tenant's business, as it is where a client
 * did not ask for the claim. Anything but a clear yes is a no.
 */
export function emailOfTenant(tenant: string): FindEmail {
  return (claims) => {
    if (claims.tid?.toLowerCase() !== tenant) throw refused('The token is of another tenant.');
    if (!ABSENT_OR_YES.has(claims.xms_edov) || claims.email_verified === false)
      throw refused('The tenant does not say that the address is verified.', { flaw: '/email_verified' });
    const text = claims.email ?? addressShaped(claims);
    return text === null ? null : readAddress(text);
  };
}

const ABSENT_OR_YES: ReadonlySet<unknown> = new Set([undefined, true, 1, '1', 'true']);

function addressShaped({ preferred_username: preferred, upn }: IdTokenClaims): string | null {
  return [preferred, upn].find((each) => each?.includes('@') === true) ?? null;
}
