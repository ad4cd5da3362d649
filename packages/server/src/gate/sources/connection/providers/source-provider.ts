// What a provider is to a connection: where people are sent, how tokens are asked for and what the answers mean. A descriptor
// builds requests and reads answers; it asks nobody and keeps nothing.
import type { ConnectionProvider } from '@sentinel/contract';
import type { z } from 'zod';
import type { Dialect } from '../../../../platform/outbound/dialect.ts';
import type { LaneKind } from '../../../../platform/outbound/lane.ts';
import type { Reach } from '../../../../platform/outbound/reach.ts';
import type { Secret } from '../../../../platform/secrets/secret.ts';

export interface Account {
  /** Never changes for one account. */
  readonly id: string;
  readonly name: string | null;
}

/** What a token endpoint gave. Tokens in clear: never logged, never kept unsealed. */
export interface Grant {
  readonly access: string;
  /** Null when none came; at a refresh the one at hand stays good then. */
  readonly refresh: string | null;
  /** Milliseconds; null when the provider does not say. */
  readonly livesMs: number | null;
  /** Null when the answer names none. */
  readonly scopes: readonly string[] | null;
  /** Where the account's data is asked for; null where that is the same for all. */
  readonly baseUrl: string | null;
  /** Null where it has to be asked for. */
  readonly account: Account | null;
}

/** A form for a token endpoint; client credentials and tokens go in the body, never in the address. */
export interface FormRequest {
  readonly url: URL;
  readonly form: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What a refusal of a token endpoint means. */
export type Judgement = 'revoked' | 'client_refused' | 'transient';

export interface AuthorizationOrder {
  readonly state: string;
  readonly challenge: string;
  readonly redirectUri: string;
}

export interface ExchangeOrder {
  readonly code: string;
  readonly verifier: string;
  readonly redirectUri: string;
}

/** What is known of a provider whether or not it is configured. */
export interface ProviderFacts {
  readonly name: ConnectionProvider;
  readonly title: string;
  /** The least that is needed, each with what it is for. */
  readonly scopes: readonly { readonly scope: string; readonly purpose: string }[];
  /** Said where a provider knows no read-only scope. */
  readonly caution: string | null;
}

export interface SourceProvider extends ProviderFacts {
  readonly reach: Reach;
  readonly lane: LaneKind;
  /** Of answers that carry data. */
  readonly dialect: Dialect;
  /** Of the token endpoint: refusals carry the provider's own code. */
  readonly tokenDialect: Dialect;
  readonly grant: z.ZodType<Grant>;
  /** Whether a connection without a refresh token is of no use. */
  readonly needsRefresh: boolean;
  /** Whether a refresh may replace the refresh token, so that a lost answer can cost the connection. */
  readonly rotates: boolean;
  /**
   * Connections of the same account that die with these credentials, this provider's own among them: one consent at the
   * provider holds them all. Empty where every grant stands for itself.
   */
  readonly sharesGrantWith: readonly ConnectionProvider[];
  /** How long an access token is taken to live when its answer does not say; null when it does not end. */
  readonly assumedLifeMs: number | null;
  /** Where data is asked for; an account's own address goes before it. */
  readonly dataOrigin: string;
  /** Whether an account's own address, as it stands in the row, is the provider's; null where accounts have none. */
  readonly isOwnBase: ((baseUrl: string) => boolean) | null;
  authorizationUrl(order: AuthorizationOrder): URL;
  exchange(order: ExchangeOrder): FormRequest;
  refresh(token: string): FormRequest;
  /** In this order; the first that is answered well counts as revoked. */
  revoke(credentials: { readonly access: string; readonly refresh: string | null }): readonly FormRequest[];
  /** What a refusal's code means at `exchange` and `refresh`. */
  judge(code: string): Judgement;
  /** Whether a refusal of `revoke` says that the credentials were dead already. */
  isDead(code: string): boolean;
  /** A cheap authorised request below the account's address. */
  readonly probe: { readonly path: string; readonly method: 'GET' | 'POST' };
  /** Where to learn whose account it is, when the grant does not say. */
  readonly identify: { readonly url: URL; readonly answer: z.ZodType<Account> } | null;
}

/** An application of ours at a provider. */
export interface ProviderClient {
  readonly clientId: string;
  readonly clientSecret: Secret;
  /** Base address of the stand-in, or null for the provider itself. */
  readonly sandbox: string | null;
}

/** Client credentials as form fields (RFC 6749 §2.3.1): all four providers take them in the body. */
export function clientFields({ clientId, clientSecret }: ProviderClient): Record<string, string> {
  return { client_id: clientId, client_secret: clientSecret.reveal() };
}

export function exchangeFields(client: ProviderClient, { code, verifier, redirectUri }: ExchangeOrder) {
  return {
    grant_type: 'authorization_code',
    code,
    redirect_uri: redirectUri,
    code_verifier: verifier,
    ...clientFields(client),
  };
}

export function refreshFields(client: ProviderClient, token: string) {
  return { grant_type: 'refresh_token', refresh_token: token, ...clientFields(client) };
}

/** An address with its query, from parts that are ours. */
export function addressOf(base: string, query: Readonly<Record<string, string>> = {}): URL {
  const url = new URL(base);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  return url;
}

/** The query of an authorization request with PKCE (RFC 6749 §4.1.1, RFC 7636 §4.3). */
export function authorizationQuery(
  client: ProviderClient,
  { state, challenge, redirectUri }: AuthorizationOrder,
  scope: string,
): Record<string, string> {
  return {
    response_type: 'code',
    client_id: client.clientId,
    redirect_uri: redirectUri,
    scope,
    state,
    code_challenge: challenge,
    code_challenge_method: 'S256',
  };
}
