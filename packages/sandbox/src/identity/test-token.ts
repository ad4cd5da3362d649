// An ID token signed by hand with an issuer's key: right where nothing is said otherwise, wrong in whatever way is asked.
import type { Issuer } from './issuer.ts';
import { claimsOf, type SandboxUser } from './sandbox-user.ts';
import { signToken, type SignsWith } from './signed-token.ts';

const LIFETIME_SECONDS = 3600;

export interface TokenOrder<Name extends string> {
  readonly issuer: Name;
  readonly user: SandboxUser;
  /** Claims to set anew; undefined leaves one out. `aud` is the issuer's first client unless said otherwise. */
  readonly changes?: Readonly<Record<string, unknown>> | undefined;
  /** Members of the header to set anew; undefined leaves one out. */
  readonly header?: Readonly<Record<string, unknown>> | undefined;
  /** What signs instead of the issuer's newest key; null signs nothing. */
  readonly key?: SignsWith | undefined;
}

export function testToken(
  { issuer, clients, keys }: Pick<Issuer, 'issuer' | 'clients' | 'keys'>,
  { user, changes, header, key }: TokenOrder<string>,
  now: Date,
): string {
  const [newest] = keys;
  if (newest === undefined) throw new Error('the issuer has no key');
  const iat = Math.floor(now.getTime() / 1000);
  const claims = {
    iss: issuer,
    aud: clients[0]?.clientId,
    iat,
    exp: iat + LIFETIME_SECONDS,
    ...claimsOf(user),
    ...changes,
  };
  return signToken(
    { alg: 'RS256', typ: 'JWT', kid: newest.kid, ...header },
    claims,
    key === undefined ? newest.privateKey : key,
  );
}
