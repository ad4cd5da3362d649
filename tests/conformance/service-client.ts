// What a back end does (§5.5): it verifies tokens with the published keys, and calls the server with its key and, for a
// person, that person's token.
import { createRemoteJWKSet, jwtVerify, type JWTPayload } from 'jose';

export interface VerifyOptions {
  readonly audience?: string;
  readonly issuer?: string;
  /** When it is, for tokens that are looked at later. */
  readonly currentDate?: Date;
}

/** `verifyToken` of the server client: keys from the server, audience of access tokens unless told otherwise. */
export function tokenVerifier(base: string) {
  const keys = createRemoteJWKSet(new URL(`${base}/.well-known/jwks.json`), { cooldownDuration: 0 });
  return async (token: string, options: VerifyOptions = {}): Promise<JWTPayload> => {
    const { payload } = await jwtVerify(token, keys, {
      audience: 'sentinel:access',
      algorithms: ['RS256'],
      ...options,
    });
    return payload;
  };
}

/** Calls with a service key and, where one is given, a person's token. */
export function createServiceClient(base: string, key: string) {
  return async (path: string, token: string | null = null, init: RequestInit = {}): Promise<Response> => {
    const headers = new Headers(init.headers);
    headers.set('x-service-key', key);
    if (token !== null) headers.set('authorization', `Bearer ${token}`);
    return await fetch(`${base}${path}`, { ...init, headers });
  };
}
export type ServiceClient = ReturnType<typeof createServiceClient>;

/** What the middleware of AuthZ mode checks with each request: both tokens, and that they belong together. */
export function authzMiddleware(
  base: string,
  idp: { readonly keys: string; readonly issuer: string; readonly audience: string },
) {
  const idpKeys = createRemoteJWKSet(new URL(idp.keys));
  const verify = tokenVerifier(base);
  return async (idpToken: string, authzToken: string, currentDate = new Date()): Promise<JWTPayload> => {
    const of = { issuer: idp.issuer, audience: idp.audience, currentDate };
    const { payload: person } = await jwtVerify(idpToken, idpKeys, of);
    const here = await verify(authzToken, { audience: 'sentinel:authz', issuer: base, currentDate });
    if (here['idp_sub'] !== person.sub) throw new Error('the tokens are not of the same person');
    return here;
  };
}
