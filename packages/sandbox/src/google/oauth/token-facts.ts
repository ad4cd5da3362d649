// What Google says about its tokens and keys, and how a token is given back.
import { createPublicKey } from 'node:crypto';
import { answerJson, bearerToken, readForm } from '../../frame/answers.ts';
import type { Exchange } from '../../frame/stand-in.ts';
import { answerRefusal } from '../google-answers.ts';
import { accountId, type OAuth, ownerOf } from './oauth.ts';
import { EMAIL, PROFILE } from './scopes.ts';

/** The token comes in the query or in a form, and may be of either kind; all that the app has of the account ends. */
export function answerRevoke({ grants }: OAuth, exchange: Exchange): void {
  const token = exchange.url.searchParams.get('token') ?? readForm(exchange).get('token');
  if (token === null) return answerJson(exchange, 400, { error: 'invalid_request', error_description: 'Bad Request' });
  if (grants.revoke(token)) return answerJson(exchange, 200, {});
  answerJson(exchange, 400, { error: 'invalid_token', error_description: 'Token expired or revoked' });
}

export function answerTokenInfo({ ground, grants }: OAuth, exchange: Exchange): void {
  const given = exchange.url.searchParams.get('access_token') ?? readForm(exchange).get('access_token');
  const token = grants.access(given ?? bearerToken(exchange) ?? '');
  const owner = token === null ? null : ownerOf(ground, token.account);
  if (token === null || owner === null || token.until === null)
    return answerJson(exchange, 400, { error: 'invalid_token', error_description: 'Invalid Value' });
  const seesEmail = EMAIL.some((scope) => token.scopes.includes(scope));
  answerJson(exchange, 200, {
    azp: token.clientId,
    aud: token.clientId,
    sub: accountId(ground, owner),
    scope: token.scopes.join(' '),
    exp: String(Math.floor(token.until / 1000)),
    expires_in: String(Math.floor((token.until - ground.world.now().getTime()) / 1000)),
    ...(seesEmail && { email: owner.address, email_verified: 'true' }),
    access_type: token.offline ? 'offline' : 'online',
  });
}

export function answerUserInfo({ ground, grants }: OAuth, exchange: Exchange): void {
  const token = grants.access(bearerToken(exchange) ?? '');
  const owner = token === null ? null : ownerOf(ground, token.account);
  if (token === null || owner === null)
    return answerRefusal(exchange, {
      code: 401,
      reason: 'authError',
      status: 'UNAUTHENTICATED',
      message: 'Request is missing required authentication credential.',
    });
  const [seesEmail, seesName] = [EMAIL, PROFILE].map((any) => any.some((scope) => token.scopes.includes(scope)));
  const id = accountId(ground, owner);
  const old = exchange.url.pathname === '/oauth2/v2/userinfo';
  const [given = '', ...family] = owner.name.split(' ');
  answerJson(exchange, 200, {
    ...(old ? { id } : { sub: id }),
    ...(seesEmail === true && { email: owner.address, [old ? 'verified_email' : 'email_verified']: true }),
    ...(seesName === true && { name: owner.name, given_name: given, family_name: family.join(' ') }),
    hd: owner.address.split('@')[1],
  });
}

/** v3 is a JWK set (RFC 7517), v1 the same keys as PEM by key id. */
export async function answerCerts({ key }: OAuth, exchange: Exchange): Promise<void> {
  const { kid, jwk } = await key();
  const headers = { 'cache-control': 'public, max-age=3600, must-revalidate' };
  const open = { kid, kty: 'RSA', alg: 'RS256', use: 'sig', n: jwk.n, e: jwk.e };
  if (exchange.url.pathname === '/oauth2/v3/certs') return answerJson(exchange, 200, { keys: [open] }, headers);
  const pem = createPublicKey({ key: jwk, format: 'jwk' }).export({ type: 'spki', format: 'pem' });
  answerJson(exchange, 200, { [kid]: pem }, headers);
}
