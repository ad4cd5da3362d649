// Secrets we hand out (session, sign-in link): 256 random bits as base64url. Only their SHA-256 is ever stored, so a
// copy of the database signs nobody in; a plain hash suffices because the secret cannot be guessed.
import { createHash } from 'node:crypto';

export type RandomBytes = (size: number) => Uint8Array;

export interface SecretToken {
  /** Given to the person once, never stored. */
  readonly token: string;
  readonly hash: Uint8Array;
}

const SHAPE = /^[A-Za-z0-9_-]{43}$/;

export function mintToken(randomBytes: RandomBytes): SecretToken {
  const token = Buffer.from(randomBytes(32)).toString('base64url');
  return { token, hash: sha256(token) };
}

/** The hash to look a presented token up by, or null when it cannot be one of ours. */
export function tokenHash(token: string): Uint8Array | null {
  return SHAPE.test(token) ? sha256(token) : null;
}

function sha256(text: string): Uint8Array {
  return createHash('sha256').update(text).digest();
}
