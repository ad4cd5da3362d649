// The token endpoints: exchange, refresh, introspection, revocation, and the two older calls with a token in the path. All
// versions are one; only the first leaves some members out. Credentials count in the body alone, never in the query.
import { createHash, timingSafeEqual } from 'node:crypto';
import { readForm } from '../frame/answers.ts';
import type { Exchange, RegisteredApp } from '../frame/stand-in.ts';
import { type Answer, notFound } from './answer.ts';
import { ACCESS_SECONDS, type Grant } from './grants.ts';
import { type Hub, takeFault } from './hub.ts';
import { oauthRefusal } from './oauth-error.ts';

/** @throws Refused in the words of the endpoint */
export function answerToken(hub: Hub, exchange: Exchange, version: string): Answer {
  const form = readForm(exchange);
  const grantType = form.get('grant_type');
  if (grantType !== 'authorization_code' && grantType !== 'refresh_token') throw oauthRefusal('BAD_GRANT_TYPE');
  const app = authenticate(hub, form, `POST ${exchange.url.pathname}`);
  return grantType === 'authorization_code' ? exchangeCode(hub, app, form, version) : refresh(hub, app, form, version);
}

function authenticate(hub: Hub, form: URLSearchParams, road: string): RegisteredApp {
  if (takeFault(hub, 'invalid_client', road) !== null) throw oauthRefusal('BAD_CLIENT_SECRET');
  const app = hub.apps.find(({ clientId }) => clientId === form.get('client_id'));
  if (app === undefined) throw oauthRefusal('BAD_CLIENT_ID');
  if (!sameText(app.clientSecret, form.get('client_secret') ?? '')) throw oauthRefusal('BAD_CLIENT_SECRET');
  return app;
}

function exchangeCode(hub: Hub, app: RegisteredApp, form: URLSearchParams, version: string): Answer {
  const code = hub.grants.redeemCode(form.get('code') ?? '');
  if (code === null || code.grant.clientId !== app.clientId) throw oauthRefusal('BAD_AUTH_CODE');
  if (code.redirectUri !== form.get('redirect_uri')) throw oauthRefusal('BAD_REDIRECT_URI');
  // A verifier without a challenge is refused as well: someone took the challenge out of the request (RFC 9700 §4.8.2).
  const verifier = form.get('code_verifier');
  const challenge = verifier === null ? null : createHash('sha256').update(verifier).digest('base64url');
  if (challenge !== code.challenge) throw oauthRefusal('BAD_CODE_VERIFIER');
  requireHub(hub, code.grant);
  return tokens(hub, code.grant, hub.grants.issueRefresh(code.grant), version);
}

function refresh(hub: Hub, app: RegisteredApp, form: URLSearchParams, version: string): Answer {
  const token = form.get('refresh_token') ?? '';
  const grant = hub.grants.findRefresh(token);
  if (grant === null || grant.clientId !== app.clientId) throw oauthRefusal('BAD_REFRESH_TOKEN');
  requireHub(hub, grant);
  if (app.rotates !== true) return tokens(hub, grant, token, version);
  hub.grants.dropRefresh(token);
  return tokens(hub, grant, hub.grants.issueRefresh(grant), version);
}

function requireHub({ accounts }: Hub, { hubId }: Grant): void {
  if (accounts.find(hubId) === null) throw oauthRefusal('BAD_HUB');
}

function tokens({ grants }: Hub, grant: Grant, refreshToken: string, version: string): Answer {
  const plain = {
    access_token: grants.issueAccess(grant),
    refresh_token: refreshToken,
    token_type: 'bearer',
    expires_in: ACCESS_SECONDS,
  };
  const { hubId: hub_id, userId: user_id, scopes } = grant;
  const body = version === 'v1' ? plain : { ...plain, token_use: 'access_token', hub_id, user_id, scopes };
  return { status: 200, body };
}

/** Of access and refresh tokens of the application that asks; any other is not active (RFC 7662 §2.2). */
export function introspect(hub: Hub, exchange: Exchange): Answer {
  const form = readForm(exchange);
  const app = authenticate(hub, form, `POST ${exchange.url.pathname}`);
  const token = form.get('token') ?? '';
  const access = hub.grants.findAccess(token);
  const grant = access?.grant ?? hub.grants.findRefresh(token);
  const left = access === null ? null : secondsLeft(hub, access.until);
  if (grant === null || grant.clientId !== app.clientId || left === 0) return { status: 200, body: { active: false } };
  const facts = { active: true, token_use: left === null ? 'refresh_token' : 'access_token', client_id: app.clientId };
  const body = { ...facts, ...factsOf(hub, grant), token };
  return { status: 200, body: left === null ? body : { ...body, expires_in: left } };
}

/** A refresh token takes its whole grant with it; an unknown token is revoked already (RFC 7009 §2.2). */
export function revoke(hub: Hub, exchange: Exchange): Answer {
  const form = readForm(exchange);
  const app = authenticate(hub, form, `POST ${exchange.url.pathname}`);
  const token = form.get('token') ?? '';
  const grant = hub.grants.findRefresh(token);
  if (grant !== null && grant.clientId === app.clientId) hub.grants.revoke((each) => each === grant);
  if (hub.grants.findAccess(token)?.grant.clientId === app.clientId) hub.grants.dropAccess(token);
  return { status: 200, body: {} };
}

/** `GET /oauth/v1/access-tokens/{token}`: whoever has the token may ask. */
export function accessTokenInfo(hub: Hub, token: string): Answer {
  const access = hub.grants.findAccess(token);
  const left = access === null ? 0 : secondsLeft(hub, access.until);
  if (access === null || left === 0) throw oauthRefusal('BAD_ACCESS_TOKEN');
  return { status: 200, body: { ...factsOf(hub, access.grant), token, expires_in: left } };
}

/** `GET /oauth/v1/refresh-tokens/{token}`. */
export function refreshTokenInfo(hub: Hub, token: string): Answer {
  const grant = hub.grants.findRefresh(token);
  if (grant === null) throw oauthRefusal('BAD_REFRESH_TOKEN');
  return { status: 200, body: { ...factsOf(hub, grant), token, client_id: grant.clientId } };
}

/** `DELETE /oauth/v1/refresh-tokens/{token}`: only this token dies; access tokens live on until they expire. */
export function deleteRefreshToken(hub: Hub, token: string): Answer {
  if (hub.grants.findRefresh(token) === null) throw notFound();
  hub.grants.dropRefresh(token);
  return { status: 204, body: null };
}

function factsOf({ accounts, apps }: Hub, { clientId, hubId, userId, user, scopes }: Grant) {
  return {
    token_type: 'bearer',
    app_id: appIdOf(apps, clientId),
    hub_id: hubId,
    user_id: userId,
    user,
    hub_domain: accounts.find(hubId)?.domain,
    scopes,
  };
}

const FIRST_APP = 16_111_050;

/** The number HubSpot knows an application by, in token facts and webhooks. */
export function appIdOf(apps: readonly RegisteredApp[], clientId: string): number {
  return FIRST_APP + apps.findIndex((app) => app.clientId === clientId);
}

function secondsLeft({ world }: Hub, until: Date): number {
  return Math.max(0, Math.ceil((until.getTime() - world.now().getTime()) / 1000));
}

function sameText(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.byteLength === b.byteLength && timingSafeEqual(a, b);
}
