import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mintToken, tokenHash } from './secret-token.ts';

const bytes = fc.uint8Array({ minLength: 32, maxLength: 32 });

describe('a secret that is handed out', () => {
  // Proves: ASVS 28.
  it('is 256 random bits, none of which is lost, and its hash is found again', () => {
    fc.assert(
      fc.property(bytes, bytes, (one, other) => {
        const { token, hash } = mintToken((size) => one.subarray(0, size));
        expect(new Uint8Array(Buffer.from(token, 'base64url'))).toEqual(one);
        expect(tokenHash(token)).toEqual(hash);
        expect(mintToken(() => other).token === token).toBe(Buffer.compare(one, other) === 0);
      }),
    );
    expect(new Set(Array.from({ length: 1000 }, () => mintToken(randomBytes).token)).size).toBe(1000);
  });

  it('is nothing else, so that nothing else is looked up', () => {
    const { token } = mintToken(randomBytes);
    for (const text of ['', token.slice(1), `${token}A`, `${token}\n`, token.replace(/^./, '='), '__proto__'])
      expect(tokenHash(text)).toBeNull();
  });
});
