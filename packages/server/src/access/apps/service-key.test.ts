import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mintServiceKey, serviceKeyHash } from './service-key.ts';

describe('a service key', () => {
  // Proves: ASVS 28.
  it('is sk_ and 43 letters of base64url, and its hash is found again', () => {
    const { key, hash, prefix } = mintServiceKey(randomBytes);
    expect(key).toMatch(/^sk_[A-Za-z0-9_-]{43}$/);
    expect(hash).toHaveLength(32);
    expect(serviceKeyHash(key)).toEqual(hash);
    expect(prefix).toBe(`${key.slice(0, 7)}****`);
  });

  it('shows no more than four letters of its secret', () => {
    const { key, prefix } = mintServiceKey(randomBytes);
    expect(prefix).not.toContain(key.slice(3, 8));
  });

  it('is another one each time', () => {
    const keys = new Set(Array.from({ length: 100 }, () => mintServiceKey(randomBytes).key));
    expect(keys.size).toBe(100);
  });

  it('is nothing else', () => {
    const { key } = mintServiceKey(randomBytes);
    for (const text of ['', key.slice(1), `${key}a`, ` ${key}`, `${key}\n`, key.replace('sk_', 'pk_'), '__proto__'])
      expect(serviceKeyHash(text), JSON.stringify(text)).toBeNull();
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => serviceKeyHash(text) === null));
  });
});
