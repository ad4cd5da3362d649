// Google's token endpoint: codes and refresh tokens in, access tokens out. Refresh tokens stay what they are.
import { createHash, timingSafeEqual } from 'node:crypto';
import { answerJson, basicCredentials, readForm } from '../../frame/answers.ts';
import type { Exchange, RegisteredApp } from '../../frame/stand-in.ts';
import { ACCESS_SECONDS, type Code, type Pair, TESTING_SECONDS } from './grants.ts';
import { accountId, type OAuth, ownerOf, signAsGoogle } from './oauth.ts';
import { EMAIL, PROFILE } from './scopes.ts';

interface Refused {
  readonly status: 400 | 401;
  readonly error: string;
  readonly error_description: string;
  readonly error_subtype?: string;
}

const bad = (error: string, error_description: string): Refused => ({ status: 400, error, error_description });
const isRefused = (answer: object): answer is Refused => 'error' in answer && 'status' in answer;
const DEAD = bad('invalid_grant', 'Token has been expired or revoked.');

export async function answerToken(oauth: OAuth, exchange: Exchange): Promise<void> {
  if (exchange.method !== 'POST') return answerJson(exchange, 404, { error: 'not_found' });
  const form = readForm(exchange);
  const app = clientOf(oauth, exchange, form);
  const answer = 'error' in app ? app : await tokensFor(oauth, app, form);
  if (!isRefused(answer)) return answerJson(exchange, 200, answer);
  const { status, ...body } = answer;
  answerJson(exchange, status, body);
}

function clientOf({ ground }: OAuth, exchange: Exchange, form: URLSearchParams): RegisteredApp | Refused {
  const basic = basicCredentials(exchange);
  const id = basic?.id ?? form.get('client_id');
  const secret = basic?.secret ?? form.get('client_secret') ?? '';
  if (id === null) return bad('invalid_request', 'Could not determine client ID from request.');
  const app = ground.apps.find(({ clientId }) => clientId === id);
  if (ground.faults.take('google', ['invalid_client'], 'POST /token') !== null || app === undefined)
    return { status: 401, error: 'invalid_client', error_description: 'The OAuth client was not found.' };
  if (!sameText(app.clientSecret, secret))
    return { status: 401, error: 'invalid_client', error_description: 'The provided client secret is invalid.' };
  return app;
}

async function tokensFor(oauth: OAuth, app: RegisteredApp, form: URLSearchParams): Promise<object | Refused> {
  const kind = form.get('grant_type');
  if (kind === 'authorization_code') return await redeem(oauth, app, form);
  if (kind === 'refresh_token') return refresh(oauth, app, form);
  return bad('unsupported_grant_type', `Invalid grant_type: ${kind ?? ''}`);
}

async function redeem(oauth: OAuth, app: RegisteredApp, form: URLSearchParams): Promise<object | Refused> {
  const text = form.get('code');
  if (text === null) return bad('invalid_request', 'Missing required parameter: code');
  const code = oauth.grants.takeCode(text);
  if (code === null || code.clientId !== app.clientId) return bad('invalid_grant', 'Malformed auth code.');
  if (form.get('redirect_uri') !== code.redirectUri) return bad('redirect_uri_mismatch', 'Bad Request');
  const wrong = wrongProof(code, form.get('code_verifier'));
  if (wrong !== null) return wrong;
  const testing = oauth.switches.testing;
  const idToken = code.scopes.includes('openid') ? await makeIdToken(oauth, code) : null;
  return {
    ...access(oauth, code),
    ...(code.refreshes && { refresh_token: oauth.grants.makeRefresh(code, testing) }),
    ...(code.refreshes && testing && { refresh_token_expires_in: TESTING_SECONDS - 1 }),
    ...(idToken !== null && { id_token: idToken }),
  };
}

/** RFC 7636 §4.6, in Google's words. */
function wrongProof({ challenge }: Code, verifier: string | null): Refused | null {
  if (challenge === null) return null;
  if (verifier === null) return bad('invalid_grant', 'Missing code verifier.');
  const proof = challenge.method === 'plain' ? verifier : createHash('sha256').update(verifier).digest('base64url');
  return sameText(proof, challenge.text) ? null : bad('invalid_grant', 'Invalid code verifier.');
}

function refresh(oauth: OAuth, app: RegisteredApp, form: URLSearchParams): object | Refused {
  const token = oauth.grants.refresh(form.get('refresh_token') ?? '');
  if (token === null || token.clientId !== app.clientId) return DEAD;
  if (oauth.ended.has(token.account))
    return { ...bad('invalid_grant', 'reauth related error (invalid_rapt)'), error_subtype: 'invalid_rapt' };
  token.usedAt = oauth.ground.world.now().getTime();
  const left = token.until === null ? null : Math.floor((token.until - token.usedAt) / 1000);
  return { ...access(oauth, token), ...(left !== null && { refresh_token_expires_in: left }) };
}

function access(oauth: OAuth, from: Pair & { readonly scopes: readonly string[]; readonly offline: boolean }) {
  return {
    access_token: oauth.grants.makeAccess(from),
    expires_in: ACCESS_SECONDS,
    scope: from.scopes.join(' '),
    token_type: 'Bearer',
  };
}

async function makeIdToken(oauth: OAuth, code: Code): Promise<string | null> {
  const owner = ownerOf(oauth.ground, code.account);
  if (owner === null) return null;
  const has = (scopes: readonly string[]) => scopes.some((scope) => code.scopes.includes(scope));
  return await signAsGoogle(oauth, {
    azp: code.clientId,
    aud: code.clientId,
    sub: accountId(oauth.ground, owner),
    hd: owner.address.split('@')[1],
    ...(has(EMAIL) && { email: owner.address, email_verified: true }),
    ...(has(PROFILE) && { name: owner.name }),
    ...(code.nonce !== null && { nonce: code.nonce }),
  });
}

function sameText(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}
