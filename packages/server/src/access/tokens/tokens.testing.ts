// Test support: tokens that anybody can read and make, for tests of what happens behind a verified token.
import { newRandomId, type TokenId } from '../../platform/ids.ts';
import type { TokenKind, Tokens, Verified } from './token.ts';

export function readableTokens(clock: { now(): Date }): Tokens {
  return {
    async mint(kind, claims, { seconds, jti = newRandomId<TokenId>(), issuedAt = clock.now() }) {
      const expiresAt = new Date(issuedAt.getTime() + seconds * 1000);
      const text = JSON.stringify({ ...claims, kind, jti, issuedAt, expiresAt });
      return { token: Buffer.from(text).toString('base64url'), jti, expiresAt };
    },
    async verify<Kind extends TokenKind>(kinds: readonly Kind[], token: string): Promise<Verified<Kind> | null> {
      try {
        const read = JSON.parse(Buffer.from(token, 'base64url').toString('utf8'));
        const verified = { ...read, issuedAt: new Date(read.issuedAt), expiresAt: new Date(read.expiresAt) };
        return kinds.includes(verified.kind) && clock.now() < verified.expiresAt ? verified : null;
      } catch {
        return null;
      }
    },
    keySet: async () => ({ keys: [] }),
  };
}
