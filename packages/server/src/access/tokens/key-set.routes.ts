// HTTP of what verifiers read before they ask for anything: our public keys, and where our endpoints are.
import { AuthorizationServer, PublicKeySet } from '@sentinel/contract';
import { type Route, route } from '../../platform/http/route.ts';
import type { AccessDeps } from '../access-deps.ts';
import { KEY_SET_MAX_AGE_S } from './key-rotation.ts';

type KeySetDeps = Pick<AccessDeps, 'tokens' | 'settings'>;

/** May be kept by caches; short enough that a new key is known long before it signs. */
const CACHED = { 'cache-control': `public, max-age=${KEY_SET_MAX_AGE_S}` };

export function keySetRoutes(deps: KeySetDeps): readonly Route[] {
  return [keySet(deps), metadata(deps)];
}

function keySet({ tokens }: KeySetDeps): Route {
  return route({
    method: 'GET',
    path: '/.well-known/jwks.json',
    summary: 'The public keys that verify our tokens',
    open: 'Public keys are for everybody.',
    unaudited: 'Public keys are read all the time.',
    answers: { 200: PublicKeySet },
    problems: [],
    rate: 'unlimited',
    cross: true,
    headers: CACHED,
    async handle() {
      const { keys } = await tokens.keySet();
      return { keys: keys.map((key): PublicKeySet['keys'][number] => ({ ...key, key_ops: ['verify'] })) };
    },
  });
}

function metadata({ settings }: KeySetDeps): Route {
  return route({
    method: 'GET',
    path: '/.well-known/oauth-authorization-server',
    summary: 'Metadata of the authorization server (RFC 8414)',
    open: 'Metadata is for everybody.',
    unaudited: 'Fixed facts are read all the time.',
    answers: { 200: AuthorizationServer },
    problems: [],
    rate: 'unlimited',
    cross: true,
    headers: CACHED,
    handle: async () => metadataOf(settings.issuer),
  });
}

/**
 * What is served and nothing else (RFC 8414 §2). The device grant is not named: its tokens have an endpoint of their own,
 * which a program that reads this page would not find.
 *
 * @param issuer our origin, without a trailing slash
 */
export function metadataOf(issuer: string): AuthorizationServer {
  return {
    issuer,
    jwks_uri: `${issuer}/.well-known/jwks.json`,
    token_endpoint: `${issuer}/auth/token`,
    response_types_supported: ['code'],
    response_modes_supported: ['query'],
    grant_types_supported: ['authorization_code'],
    token_endpoint_auth_methods_supported: ['none'],
    code_challenge_methods_supported: ['S256'],
  };
}
