// Proof that whoever redeems a code is whoever asked for it (RFC 7636), and that a callback belongs to a sign-in that was
// begun here. Only S256 counts; nothing is trimmed or forgiven, and every comparison takes the same time.
import { createHash, timingSafeEqual } from 'node:crypto';

/** 43 to 128 of the unreserved characters (RFC 7636 §4.1). */
const VERIFIER = /^[A-Za-z0-9._~-]{43,128}$/;
/** 32 bytes as base64url without padding: the last of 43 characters carries four bits, so two are zero. */
const CHALLENGE = /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/;

export type PkceVerdict =
  | { readonly accept: true }
  | { readonly accept: false; readonly reason: 'method' | 'challenge' | 'verifier' | 'mismatch' };

export interface PkceProof {
  readonly verifier: string | null;
  readonly challenge: string | null;
  /** Null means `plain` (RFC 7636 §4.3), which is refused. */
  readonly method: string | null;
}

/** The S256 challenge of a verifier (RFC 7636 §4.2). */
export function challengeOf(verifier: string): string {
  return createHash('sha256').update(verifier, 'ascii').digest('base64url');
}

/** Whether text is a challenge that some verifier could answer. */
export function isChallenge(text: string): boolean {
  return CHALLENGE.test(text);
}

/** Checks a verifier against the challenge that was sent when the sign-in began (RFC 7636 §4.6). */
export function checkPkce({ verifier, challenge, method }: PkceProof): PkceVerdict {
  if (method !== 'S256') return { accept: false, reason: 'method' };
  if (challenge === null || !isChallenge(challenge)) return { accept: false, reason: 'challenge' };
  if (verifier === null || !VERIFIER.test(verifier)) return { accept: false, reason: 'verifier' };
  return isSameText(challengeOf(verifier), challenge) ? { accept: true } : { accept: false, reason: 'mismatch' };
}

/** What a sign-in was bound to when it began. */
export interface StateBinding {
  readonly state: string;
  readonly person: string | null;
  readonly workspace: string | null;
  readonly provider: string;
}

export interface StateCallback extends Omit<StateBinding, 'state'> {
  /** As the query brought it; null when it brought none. */
  readonly state: string | null;
}

export type StateVerdict =
  | { readonly accept: true }
  | { readonly accept: false; readonly reason: 'state' | 'used' | 'expired' | 'binding' };

/**
 * Checks the `state` of a callback (RFC 6749 §10.12, RFC 9700 §4.7): one value, compared exactly, used once, in time, and
 * bound to person, workspace and provider.
 *
 * @param since seconds since it was issued, and how many are allowed
 */
export function checkState(
  issued: StateBinding,
  callback: StateCallback,
  since: { readonly ageSeconds: number; readonly maxAgeSeconds: number; readonly usedBefore: boolean },
): StateVerdict {
  if (issued.state === '' || callback.state === null || !isSameText(issued.state, callback.state))
    return { accept: false, reason: 'state' };
  if (since.usedBefore) return { accept: false, reason: 'used' };
  if (!(since.ageSeconds >= 0 && since.ageSeconds <= since.maxAgeSeconds)) return { accept: false, reason: 'expired' };
  const isBound =
    issued.person === callback.person &&
    issued.workspace === callback.workspace &&
    issued.provider === callback.provider;
  return isBound ? { accept: true } : { accept: false, reason: 'binding' };
}

function isSameText(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.byteLength === b.byteLength && timingSafeEqual(a, b);
}
