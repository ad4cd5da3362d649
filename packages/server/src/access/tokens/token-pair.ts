// The pair of tokens that an application gets when somebody signs in and with every refresh. Neither outlives the family.
import type { TokenPair } from '@sentinel/contract';
import type { ClientAppId, FamilyId, TokenId } from '../../platform/ids.ts';
import type { PersonClaims } from './entitlement.store.ts';
import { TOKEN_LIFETIMES, type Tokens } from './token.ts';

export interface PairFacts {
  readonly claims: PersonClaims;
  /** Null for our own console and command line. */
  readonly clientAppId: ClientAppId | null;
  readonly familyId: FamilyId;
  readonly familyEndsAt: Date;
  /** Of the refresh token: the same facts make the same token again, byte by byte. */
  readonly refresh: { readonly jti: TokenId; readonly issuedAt: Date };
}

/** Mints a pair. Not to be called inside a transaction. */
export async function mintPair(tokens: Tokens, facts: PairFacts, now: Date): Promise<TokenPair> {
  const { claims, clientAppId, familyId, familyEndsAt, refresh } = facts;
  const client = clientAppId === null ? {} : { client_id: clientAppId };
  const seconds = Math.min(TOKEN_LIFETIMES.access, secondsUntil(familyEndsAt, now));
  const [access, again] = await Promise.all([
    tokens.mint('access', { ...claims, ...client, fid: familyId }, { seconds, issuedAt: now }),
    tokens.mint(
      'refresh',
      { sub: claims.sub, fid: familyId, ...client },
      { ...refresh, seconds: secondsUntil(familyEndsAt, refresh.issuedAt) },
    ),
  ]);
  return { access_token: access.token, refresh_token: again.token, token_type: 'bearer', expires_in: seconds };
}

/** Whole seconds as tokens count them, and at least one. */
function secondsUntil(end: Date, from: Date): number {
  return Math.max(1, Math.floor(end.getTime() / 1000) - Math.floor(from.getTime() / 1000));
}
