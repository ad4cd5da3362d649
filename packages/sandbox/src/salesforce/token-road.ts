// The token endpoint and its two sisters, revoke and introspect. Access tokens have a life that nobody is told.
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { answerEmpty, answerJson, basicCredentials, readForm } from '../frame/answers.ts';
import { roadOf } from '../frame/play-fault.ts';
import type { Exchange, RegisteredApp } from '../frame/stand-in.ts';
import type { Code, Tokens } from './grants.ts';
import { idOf } from './objects/sobject.ts';
import { type Org, TOKEN_REFUSALS } from './org.ts';
import { openUsage, type Usage } from './usage.ts';

export interface TokenRoad {
  token(exchange: Exchange): void;
  revoke(exchange: Exchange): void;
  introspect(exchange: Exchange): void;
}

interface TokenError {
  readonly error: string;
  readonly error_description: string;
}

interface State extends Org {
  /** Logins by user. */
  readonly logins: Map<number, Usage>;
}

const HOUR_MS = 3600 * 1000;
const SKEW_MS = 10 * 60 * 1000;

export function openTokenRoad(org: Org): TokenRoad {
  const state: State = { ...org, logins: new Map() };
  return {
    token: (exchange) => answerToken(state, exchange),
    revoke: (exchange) => revoke(state, exchange),
    introspect: (exchange) => introspect(state, exchange),
  };
}

function answerToken(state: State, exchange: Exchange): void {
  const form = readForm(exchange);
  const road = roadOf(exchange);
  const app = appOf(state, exchange, form, road);
  const found = 'error' in app ? app : tokensFor(state, app, form);
  if ('error' in found) return answerJson(exchange, 400, found);
  const secret = 'error' in app ? '' : app.clientSecret;
  answerJson(exchange, 200, tokenBody(state, found, secret, road));
}

function tokensFor(state: State, app: RegisteredApp, form: URLSearchParams): Tokens | TokenError {
  switch (form.get('grant_type')) {
    case 'authorization_code':
      return redeem(state, app, form);
    case 'refresh_token':
      return refresh(state, app, form.get('refresh_token') ?? '');
    default:
      return refused('unsupported_grant_type', 'grant type not supported');
  }
}

/** The app that asks, by form or by Basic. */
function appOf(state: State, exchange: Exchange, form: URLSearchParams, road: string): RegisteredApp | TokenError {
  const basic = basicCredentials(exchange);
  const id = basic?.id ?? form.get('client_id');
  const app = state.ground.apps.find(({ clientId }) => clientId === id);
  if (app === undefined) return refused('invalid_client_id', 'client identifier invalid');
  const isOut = state.ground.faults.take('salesforce', ['invalid_client'], road) !== null;
  if (isOut || !sameText(app.clientSecret, basic?.secret ?? form.get('client_secret') ?? ''))
    return refused('invalid_client', 'invalid client credentials');
  return app;
}

function redeem(state: State, app: RegisteredApp, form: URLSearchParams): Tokens | TokenError {
  const code = state.grants.takeCode(form.get('code') ?? '');
  if (code === null) return refused('invalid_grant', 'expired authorization code');
  if (code.clientId !== app.clientId) return refused('invalid_grant', 'invalid authorization code');
  if (form.get('redirect_uri') !== code.redirectUri)
    return refused('redirect_uri_mismatch', 'redirect_uri must match configuration');
  return (
    proofError(code, form.get('code_verifier')) ??
    entryError(state, code.user) ??
    state.grants.open({ clientId: code.clientId, user: code.user, scopes: code.scopes })
  );
}

/** RFC 7636 §4.6, with no upper limit to the verifier: known clients send more than its 128 characters. */
function proofError({ challenge }: Code, verifier: string | null): TokenError | null {
  if (challenge === null) return null;
  if (verifier === null || verifier === '') return refused('invalid_grant', 'missing code verifier');
  const proof = createHash('sha256').update(verifier).digest('base64url');
  return sameText(proof, challenge) ? null : refused('invalid_request', 'invalid code verifier');
}

function refresh(state: State, app: RegisteredApp, token: string): Tokens | TokenError {
  const grant = state.grants.peek(token);
  const stopped = grant === null ? null : entryError(state, grant.user);
  if (stopped !== null) return stopped;
  const tokens = state.grants.refresh(token, app.clientId, app.rotates !== false);
  return tokens ?? refused('invalid_grant', 'expired access/refresh token');
}

/** Why a user may not come in now, whatever is shown. */
function entryError(state: State, user: number): TokenError | null {
  const { tokenRefusal, loginsPerHour } = state.settings();
  if (tokenRefusal !== null) return refused(tokenRefusal, TOKEN_REFUSALS[tokenRefusal]);
  const logins = state.logins.get(user) ?? openUsage(HOUR_MS, () => state.ground.world.now().getTime());
  state.logins.set(user, logins);
  return logins.count(loginsPerHour) ? null : refused('rate_limit_exceeded', 'login rate exceeded');
}

function tokenBody(state: State, tokens: Tokens, secret: string, road: string) {
  const skew = state.ground.faults.take('salesforce', ['clock_skew'], road);
  const at = state.ground.world.now().getTime() + (skew === null ? 0 : (skew.delayMs ?? SKEW_MS));
  const id = identityUrl(state, tokens.grant.user);
  const issuedAt = String(at);
  return {
    access_token: tokens.accessToken,
    ...(tokens.refreshToken === null ? {} : { refresh_token: tokens.refreshToken }),
    signature: createHmac('sha256', secret).update(`${id}${issuedAt}`).digest('base64'),
    scope: tokens.grant.scopes.join(' '),
    instance_url: state.ground.base,
    id,
    token_type: 'Bearer',
    issued_at: issuedAt,
  };
}

export function identityUrl(org: Org, user: number): string {
  return `${org.ground.base}/id/${org.id}/${idOf('User', user)}`;
}

function revoke(state: State, exchange: Exchange): void {
  const token = readForm(exchange).get('token') ?? exchange.url.searchParams.get('token') ?? '';
  if (state.grants.revoke(token)) return answerEmpty(exchange, 200);
  answerJson(exchange, 400, refused('invalid_token', 'invalid token'));
}

function introspect(state: State, exchange: Exchange): void {
  const form = readForm(exchange);
  const app = appOf(state, exchange, form, roadOf(exchange));
  if ('error' in app) return answerJson(exchange, 401, app);
  const token = state.grants.inspect(form.get('token') ?? '');
  if (token === null || token.grant.clientId !== app.clientId) return answerJson(exchange, 200, { active: false });
  const { grant, until, kind } = token;
  answerJson(exchange, 200, {
    active: true,
    scope: grant.scopes.join(' '),
    client_id: grant.clientId,
    username: state.ground.world.owners.find(({ n }) => n === grant.user)?.address ?? null,
    sub: identityUrl(state, grant.user),
    token_type: kind,
    exp: Math.floor(until / 1000),
    iat: Math.floor(grant.openedAt / 1000),
    nbf: Math.floor(grant.openedAt / 1000),
  });
}

function refused(error: string, description: string): TokenError {
  return { error, error_description: description };
}

function sameText(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}
