// An OpenID Connect issuer as an identity provider: found by discovery, its tokens verified by our own rules in both
// directions, whether an application brings one or our own sign-in does.
import type { Clock } from '../../platform/clock.ts';
import type { Logger } from '../../platform/log.ts';
import type { OutboundFetch } from '../../platform/outbound/guarded-fetch.ts';
import { reachOf } from '../../platform/outbound/reach.ts';
import type { Secret } from '../../platform/secrets/secret.ts';
import { asSignIn, type IdTokenClaims, refused, verifyIdToken } from './id-token.ts';
import { cleanName, cleanPicture, type FindEmail } from './id-token-person.ts';
import type { IdentityProvider, IdpIdentity } from './identity-provider.ts';
import { createIssuerFetch } from './issuer-fetch.ts';
import { createKeySet, type SigningAlgorithm } from './key-set.ts';
import { askUserInfo, authorizationUrl, exchangeCode, type FlowClient, type UserInfo } from './oidc-issuer-flow.ts';
import { createMetadata } from './oidc-issuer-metadata.ts';

export interface OidcIssuer {
  readonly name: string;
  readonly title: string;
  /** As its metadata must name it, letter for letter. */
  readonly issuer: string;
  /** As its tokens may name it; identities carry `issuer` whichever was used. */
  readonly spellings: readonly string[];
  readonly clientId: string;
  readonly clientSecret: Secret | null;
  /** Accepted from applications beside our own client id. */
  readonly audiences: readonly string[];
  readonly algorithms: readonly SigningAlgorithm[];
  readonly findEmail: FindEmail;
  /** Whether it may stand in a private network. */
  readonly privateNetwork: boolean;
}

export interface OidcProviderDeps {
  readonly fetch: OutboundFetch;
  readonly clock: Clock;
  readonly log: Logger;
}

export function createOidcProvider(issuer: OidcIssuer, deps: OidcProviderDeps): IdentityProvider {
  if (issuer.clientId === '') throw new Error('a provider without a client id would accept tokens meant for anybody');
  const reach = reachOf(new URL(issuer.issuer));
  const fetch = createIssuerFetch(deps.fetch, reach === 'public' && issuer.privateNetwork ? 'private' : reach);
  const known = { ...deps, fetch, source: issuer.name };
  const metadata = createMetadata({ ...known, issuer: issuer.issuer });
  const location = async (): Promise<URL> => new URL((await metadata.get()).jwks_uri);
  const keys = createKeySet({ ...known, algorithms: issuer.algorithms, location });
  const rules = { issuers: issuer.spellings, algorithms: issuer.algorithms, keys };
  const client: FlowClient = { ...known, clientId: issuer.clientId, clientSecret: issuer.clientSecret };

  return {
    name: issuer.name,
    title: issuer.title,
    authorizationUrl: async (secrets, redirectUri) =>
      authorizationUrl(await metadata.get(), issuer.clientId, secrets, redirectUri),
    finish: async (callback, secrets, redirectUri) => {
      const current = await metadata.get();
      const { accessToken, idToken } = await exchangeCode(client, current, { callback, secrets, redirectUri });
      return asSignIn(async () => {
        const claims = await verifyIdToken(idToken, rules, {
          audiences: [issuer.clientId],
          nonce: secrets.nonce,
          flow: { clientId: issuer.clientId, accessToken },
          now: deps.clock.now(),
        });
        if (issuer.findEmail(claims) !== null) return identify(issuer, claims);
        const more = await askUserInfo(client, current, { accessToken, subject: claims.sub });
        return identify(issuer, more === null ? claims : complete(claims, more));
      });
    },
    verifyToken: async (token, { audiences, nonce }) => {
      const accepted = audiences.length === 0 ? [issuer.clientId, ...issuer.audiences] : audiences;
      const now = deps.clock.now();
      return identify(issuer, await verifyIdToken(token, rules, { audiences: accepted, nonce, flow: null, now }));
    },
  };
}

function identify(issuer: OidcIssuer, claims: IdTokenClaims): IdpIdentity {
  const email = issuer.findEmail(claims);
  if (email === null) throw refused('The issuer names no address. Ask it for the scope "email".', { flaw: '/email' });
  return {
    provider: issuer.name,
    issuer: issuer.issuer,
    subject: claims.sub,
    wireSubject: claims.sub,
    email,
    name: cleanName(claims.name),
    avatarUrl: cleanPicture(claims.picture),
  };
}

/** The address and the word for it come from the same place; a name only where the token has none. */
function complete(claims: IdTokenClaims, more: UserInfo): IdTokenClaims {
  return {
    ...claims,
    email: more.email,
    email_verified: more.email_verified,
    name: claims.name ?? more.name,
    picture: claims.picture ?? more.picture,
  };
}
