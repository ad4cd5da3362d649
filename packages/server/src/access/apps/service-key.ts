// The keys of services: `sk_` and 256 random bits as base64url. Only the SHA-256 is kept; the first letters are shown so
// that people can tell keys apart.
import { createHash } from 'node:crypto';
import type { RandomBytes } from '../identity/secret-token.ts';

export interface MintedServiceKey {
  /** Shown once, never stored. */
  readonly key: string;
  readonly hash: Uint8Array;
  readonly prefix: string;
}

const SHAPE = /^sk_[A-Za-z0-9_-]{43}$/;
const SHOWN = 'sk_'.length + 4;

export function mintServiceKey(randomBytes: RandomBytes): MintedServiceKey {
  const key = `sk_${Buffer.from(randomBytes(32)).toString('base64url')}`;
  return { key, hash: sha256(key), prefix: `${key.slice(0, SHOWN)}****` };
}

/** The hash to look a presented key up by, or null when it cannot be one of ours. */
export function serviceKeyHash(key: string): Uint8Array | null {
  return SHAPE.test(key) ? sha256(key) : null;
}

function sha256(text: string): Uint8Array {
  return createHash('sha256').update(text).digest();
}
