// Signing and verifying our tokens (JWT, RFC 7519, by the rules of RFC 8725): RS256 and nothing else, the key by its name and
// only from our own set, and every claim that counts is there. Whatever is not such a token is null; what throws is a fault.
import { errors, type JWTVerifyResult, jwtVerify, SignJWT } from 'jose';
import { newRandomId, type TokenId } from '../../platform/ids.ts';
import { type KeyRing, type KeyRingDeps, openKeyRing } from './key-ring.ts';
import { ALGORITHM } from './signing-key.ts';
import { readClaims, TOKEN_HEADER_TYPES } from './token-claims.ts';
import { TOKEN_AUDIENCES, TOKEN_TYPES, type TokenKind, type Tokens, type Verified } from './token.ts';
import { verifiedMemory } from './verified-memory.ts';

/** The longest token that is looked at, in characters; no longer one is made. */
export const LONGEST_TOKEN = 8192;
/** How far the clocks of two processes may differ: a token from further in the future is refused. Expiry forgives nothing. */
export const CLOCK_SKEW_MS = 60_000;
/** Some ten megabytes. */
const REMEMBERED = 10_000;
const SHAPE = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/;

export interface TokensDeps extends KeyRingDeps {
  /** `iss` of every token: our origin, without a trailing slash. */
  readonly issuer: string;
}

/**
 * Opens the tokens of an installation; the signing key is made when it is first needed. Neither `mint` nor `verify` may be
 * called inside a transaction.
 */
export async function createTokens(deps: TokensDeps): Promise<Tokens> {
  const ring = openKeyRing(deps);
  const memory = verifiedMemory<Verified<TokenKind>>(REMEMBERED);
  let keyChanges = 0;
  deps.standing.onChange('keys', () => {
    keyChanges += 1;
    memory.forgetAll();
  });
  return {
    async mint(kind, claims, { seconds, jti = newRandomId<TokenId>(), issuedAt = deps.clock.now() }) {
      if (!Number.isSafeInteger(seconds) || seconds <= 0) throw new Error('a token lasts a whole number of seconds');
      const { kid, key } = await ring.signing();
      const issuedSecond = Math.floor(issuedAt.getTime() / 1000);
      const token = await new SignJWT({ ...claims, type: TOKEN_TYPES[kind] })
        .setProtectedHeader({ alg: ALGORITHM, typ: TOKEN_HEADER_TYPES[kind], kid })
        .setIssuer(deps.issuer)
        .setAudience(TOKEN_AUDIENCES[kind])
        .setJti(jti)
        .setIssuedAt(issuedSecond)
        .setExpirationTime(issuedSecond + seconds)
        .sign(key);
      if (token.length > LONGEST_TOKEN) throw new Error(`a token has more than ${LONGEST_TOKEN} characters`);
      return { token, jti, expiresAt: new Date((issuedSecond + seconds) * 1000) };
    },
    async verify<Kind extends TokenKind>(kinds: readonly Kind[], token: string): Promise<Verified<Kind> | null> {
      if (token.length > LONGEST_TOKEN || !SHAPE.test(token)) return null;
      // Before the memory is asked: a key that was withdrawn elsewhere takes what it signed with it.
      await deps.standing.refresh();
      const [known, changesBefore] = [memory.get(token), keyChanges];
      const read = known ?? (await verifyNew(token, ring, deps));
      if (read === null) return null;
      // What a key verified that was withdrawn meanwhile is not remembered.
      if (known === null && keyChanges === changesBefore) memory.put(token, read);
      return isNow(read, deps.clock.now()) && isOneOf(read, kinds) ? read : null;
    },
    keySet: async () => ({ keys: await ring.published() }),
  };
}

async function verifyNew(
  token: string,
  ring: KeyRing,
  { issuer, clock }: Pick<TokensDeps, 'issuer' | 'clock'>,
): Promise<Verified<TokenKind> | null> {
  const verified = await verifySignature(token, ring, { issuer, now: clock.now() });
  return verified === null ? null : readClaims(verified.payload, verified.protectedHeader.typ);
}

/** Members of the header that name keys (`jwk`, `jku`, `x5u`, `x5c`) are never looked at (RFC 8725 §3.10). */
async function verifySignature(
  token: string,
  ring: KeyRing,
  { issuer, now }: { readonly issuer: string; readonly now: Date },
): Promise<JWTVerifyResult | null> {
  try {
    return await jwtVerify(
      token,
      async ({ kid }) => {
        const key = typeof kid === 'string' ? await ring.verifying(kid) : null;
        if (key === null) throw new errors.JWKSNoMatchingKey();
        return key;
      },
      { algorithms: [ALGORITHM], issuer, currentDate: now, clockTolerance: 0 },
    );
  } catch (error) {
    // A fault, such as a key set that could not be read, says nothing about the token.
    if (error instanceof errors.JOSEError) return null;
    throw error;
  }
}

function isNow({ issuedAt, expiresAt }: Verified<TokenKind>, now: Date): boolean {
  return now < expiresAt && issuedAt.getTime() - now.getTime() <= CLOCK_SKEW_MS;
}

function isOneOf<Kind extends TokenKind>(
  token: Verified<TokenKind>,
  kinds: readonly Kind[],
): token is Verified<Kind> & Verified<TokenKind> {
  return kinds.some((kind) => kind === token.kind);
}
