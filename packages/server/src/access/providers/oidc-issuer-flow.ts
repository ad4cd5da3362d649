// Our upstream leg at an OpenID issuer: the authorization code flow with state, nonce and PKCE (RFC 9700 §2.1.1), the
// issuer check of RFC 9207, and the exchange of the code. What the issuer says in words stays here.
import { createHash } from 'node:crypto';
import {
  authorizationCodeGrantRequest,
  AuthorizationResponseError,
  type AuthorizationServer,
  type Client,
  type ClientAuth,
  ClientSecretBasic,
  ClientSecretPost,
  None,
  OperationProcessingError,
  processUserInfoResponse,
  userInfoRequest,
  validateAuthResponse,
} from 'oauth4webapi';
import { z } from 'zod';
import type { Logger } from '../../platform/log.ts';
import { OutboundFailed } from '../../platform/outbound/guarded-fetch.ts';
import { problem } from '../../platform/problem.ts';
import type { Secret } from '../../platform/secrets/secret.ts';
import type { LoginSecrets } from './identity-provider.ts';
import { unreachable } from './issuer-cache.ts';
import { type IssuerFetch, logFailure } from './issuer-fetch.ts';
import { type IssuerMetadata, requestOptions } from './oidc-issuer-metadata.ts';

export interface FlowClient {
  readonly source: string;
  readonly clientId: string;
  /** Null for a public client, which PKCE alone protects. */
  readonly clientSecret: Secret | null;
  readonly fetch: IssuerFetch;
  readonly log: Logger;
}

/** The S256 challenge of a verifier (RFC 7636 §4.2). */
export function challengeOf(verifier: string): string {
  return createHash('sha256').update(verifier).digest('base64url');
}

/** Where to send a person. @throws ProblemError `idp_refused` at an issuer that signs nobody in */
export function authorizationUrl(
  metadata: IssuerMetadata,
  clientId: string,
  secrets: LoginSecrets,
  redirectUri: string,
): URL {
  if (metadata.authorization_endpoint === undefined) throw noSignIn();
  const url = new URL(metadata.authorization_endpoint);
  const parameters = {
    response_type: 'code',
    client_id: clientId,
    redirect_uri: redirectUri,
    scope: 'openid email profile',
    state: secrets.state,
    nonce: secrets.nonce,
    code_challenge: challengeOf(secrets.verifier),
    code_challenge_method: 'S256',
  };
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  return url;
}

const TokenAnswer = z.object({
  access_token: z.string().min(1),
  token_type: z.string().regex(/^bearer$/i),
  id_token: z.string(),
});

export interface CodeExchange {
  readonly callback: URL;
  readonly secrets: LoginSecrets;
  readonly redirectUri: string;
}

/**
 * Trades the code that came back for tokens. The ID token is not verified yet.
 *
 * @throws ProblemError `idp_refused` or `idp_unreachable`
 */
export async function exchangeCode(
  client: FlowClient,
  metadata: IssuerMetadata,
  { callback, secrets, redirectUri }: CodeExchange,
): Promise<{ readonly accessToken: string; readonly idToken: string }> {
  if (metadata.token_endpoint === undefined) throw noSignIn();
  const server = asServer(metadata);
  const parameters = readCallback(server, client, callback, secrets.state);
  const response = await authorizationCodeGrantRequest(
    server,
    asClient(client),
    authenticationOf(client, metadata),
    parameters,
    redirectUri,
    secrets.verifier,
    requestOptions(client.fetch),
  ).catch((error: unknown) => {
    throw whyNot(error);
  });
  await refuseFailure(client, response);
  const answer = TokenAnswer.safeParse(await readJson(response));
  if (!answer.success) throw notBelieved(answer.error);
  return { accessToken: answer.data.access_token, idToken: answer.data.id_token };
}

const UserInfo = z.object({
  email: z.string().nullish(),
  email_verified: z.unknown().optional(),
  name: z.string().nullish(),
  picture: z.string().nullish(),
});
export type UserInfo = z.output<typeof UserInfo>;

/**
 * What the issuer tells beyond the ID token (OIDC Core §5.3), and only about the same subject.
 *
 * @returns null at an issuer that has no such endpoint
 */
export async function askUserInfo(
  client: FlowClient,
  metadata: IssuerMetadata,
  { accessToken, subject }: { readonly accessToken: string; readonly subject: string },
): Promise<UserInfo | null> {
  if (metadata.userinfo_endpoint === undefined) return null;
  const server = asServer(metadata);
  const response = await userInfoRequest(server, asClient(client), accessToken, requestOptions(client.fetch)).catch(
    (error: unknown) => {
      throw whyNot(error);
    },
  );
  if (response.status >= 500 || response.status === 429) throw unreachable();
  try {
    return UserInfo.parse(await processUserInfoResponse(server, asClient(client), subject, response));
  } catch (error) {
    throw notBelieved(error);
  }
}

export function notBelieved(cause?: unknown): Error {
  return problem('idp_refused', 'What the identity provider answered cannot be accepted.', { cause });
}

/** The library refuses what came back before it asks; our fetch gives up; anything else is a fault. */
function whyNot(error: unknown): unknown {
  if (error instanceof OutboundFailed) return unreachable(error);
  return error instanceof OperationProcessingError ? notBelieved(error) : error;
}

/** @throws ProblemError `idp_refused`; `idp_unreachable` where the provider said that it cannot now */
function readCallback(server: AuthorizationServer, client: FlowClient, callback: URL, state: string): URLSearchParams {
  try {
    return validateAuthResponse(server, asClient(client), callback, state);
  } catch (error) {
    if (!(error instanceof AuthorizationResponseError)) throw notBelieved(error);
    throw declined(error.error);
  }
}

/** The problem of an error code (RFC 6749 §4.1.2.1) that a provider sent a person back with. */
export function declined(code: string): Error {
  if (code === 'server_error' || code === 'temporarily_unavailable') return unreachable();
  return code === 'access_denied'
    ? problem('idp_refused', 'The sign-in was declined at the identity provider.')
    : problem('idp_refused', 'The identity provider ended the sign-in.');
}

/** The code cannot be used again, so whoever is refused here has to start over. */
async function refuseFailure(client: FlowClient, response: Response): Promise<void> {
  if (response.status === 200) return;
  if (response.status >= 500 || response.status === 429) throw unreachable();
  const { error } = z.object({ error: z.string() }).safeParse(await readJson(response)).data ?? {};
  if (error === 'invalid_client' || error === 'unauthorized_client')
    logFailure(client, { event: 'identity.client_refused', error: null, age: null });
  throw problem('idp_refused', 'The identity provider did not accept the sign-in. Start it again.');
}

async function readJson(response: Response): Promise<unknown> {
  try {
    return await response.json();
  } catch {
    return null;
  }
}

/** Of the ways the issuer offers, the first we speak; HTTP Basic when it says nothing (RFC 8414 §2). */
function authenticationOf({ clientSecret }: FlowClient, metadata: IssuerMetadata): ClientAuth {
  if (clientSecret === null) return None();
  const offered = metadata.token_endpoint_auth_methods_supported ?? ['client_secret_basic'];
  const spoken = offered.find((each) => each === 'client_secret_basic' || each === 'client_secret_post');
  const secret = clientSecret.reveal();
  return spoken === 'client_secret_post' ? ClientSecretPost(secret) : ClientSecretBasic(secret);
}

const asClient = ({ clientId }: FlowClient): Client => ({ client_id: clientId });

function asServer(metadata: IssuerMetadata): AuthorizationServer {
  const { issuer, token_endpoint, userinfo_endpoint, authorization_response_iss_parameter_supported: iss } = metadata;
  return {
    issuer,
    ...(token_endpoint === undefined ? {} : { token_endpoint }),
    ...(userinfo_endpoint === undefined ? {} : { userinfo_endpoint }),
    ...(iss === undefined ? {} : { authorization_response_iss_parameter_supported: iss }),
  };
}

const noSignIn = (): Error =>
  problem('idp_refused', 'At this identity provider nobody can be signed in; it only verifies tokens of applications.');
