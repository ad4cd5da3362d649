// An identity provider as the rest of this area sees it: somewhere to send a person to, and tokens to be verified.
// Who somebody is, is the pair of issuer and subject; a mail address is only something the provider says about them.

/** What a verified token of a provider says. */
export interface IdpIdentity {
  /** Name of the provider in routes and settings: `google`, `github`, `entra_id`, or the one of a generic issuer. */
  readonly provider: string;
  readonly issuer: string;
  /** Stable at the issuer; for GitHub the numeric id. */
  readonly subject: string;
  /** What authz tokens carry as `idp_sub`: the subject, for GitHub `github|<id>`. */
  readonly wireSubject: string;
  /** Lower case, and only when the provider vouches for it (strictly boolean `email_verified`, or the provider's own rule). */
  readonly email: string;
  readonly name: string | null;
  readonly avatarUrl: string | null;
}

/** What is kept between sending a person to a provider and their coming back. Nothing of it is stored in the database. */
export interface LoginSecrets {
  readonly state: string;
  readonly nonce: string;
  /** PKCE verifier of our own leg. */
  readonly verifier: string;
}

export interface IdentityProvider {
  readonly name: string;
  /** How the sign-in page calls it. */
  readonly title: string;
  /** Where to send a person. */
  authorizationUrl(secrets: LoginSecrets, redirectUri: string): Promise<URL>;
  /**
   * Exchanges what the provider sent back.
   *
   * @param callback the whole URL the person came back with
   * @throws ProblemError `idp_refused` when provider or person said no, or the answer cannot be believed (with the place
   *   `/email` when the provider names no address, `/email_verified` when it does not vouch for it); `idp_unreachable` when
   *   the provider cannot be asked
   */
  finish(callback: URL, secrets: LoginSecrets, redirectUri: string): Promise<IdpIdentity>;
  /**
   * Verifies a token that an application got from the provider itself: an ID token, for GitHub an access token.
   *
   * @param expected audiences a service app lists (empty: our own client id); the nonce, when the caller sends one
   * @throws ProblemError `idp_token_refused`, or `idp_unreachable`
   */
  verifyToken(
    token: string,
    expected: { readonly audiences: readonly string[]; readonly nonce: string | null },
  ): Promise<IdpIdentity>;
  /** Only where the provider's own token, which `verifyToken` takes, cannot be had by a page itself (GitHub). */
  readonly relay?: ProviderRelay;
}

/** A sign-in whose outcome is the provider's token, for a page that resolves it with us. */
export interface ProviderRelay {
  authorizationUrl(secrets: LoginSecrets, redirectUri: string): Promise<URL>;
  /** Answers the provider's access token. @throws ProblemError as `finish` does */
  exchange(callback: URL, secrets: LoginSecrets, redirectUri: string): Promise<string>;
}

export interface IdentityProviders {
  /** Configured ones, in the order in which they are offered. */
  readonly names: readonly string[];
  /** @throws ProblemError `provider_unknown` */
  get(name: string): IdentityProvider;
}
