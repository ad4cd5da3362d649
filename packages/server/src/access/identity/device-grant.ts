// Signing in a program without a browser (RFC 8628): its codes, and what it is told when it asks whether it was approved.
import { type DeviceTokenError, USER_CODE_LENGTH, USER_CODE_LETTERS } from '@sentinel/contract';
import type { PersonId, WorkspaceId } from '../../platform/ids.ts';
import type { RandomBytes } from './secret-token.ts';

export const DEVICE_GRANT_SECONDS = 600;
/** Seconds between two questions, to begin with (RFC 8628 §3.2). */
export const POLL_SECONDS = 5;
/** Wrong codes a session may type before it must sign in anew. */
export const MOST_WRONG_CODES = 10;

/** What is known about a grant when its program asks. */
export interface GrantState {
  readonly expiresAt: Date;
  readonly polledAt: Date | null;
  readonly pollSeconds: number;
  readonly decidedAt: Date | null;
  /** Who approved it, into which workspace; null when undecided or denied. */
  readonly approval: { readonly personId: PersonId; readonly workspaceId: WorkspaceId } | null;
  readonly spentAt: Date | null;
}

export type PollAnswer =
  | { readonly kind: 'approved'; readonly approval: NonNullable<GrantState['approval']> }
  | { readonly kind: 'refused'; readonly error: DeviceTokenError };

const refused = (error: DeviceTokenError): PollAnswer => ({ kind: 'refused', error });

/** What a program that asks now is told (RFC 8628 §3.5). */
export function answerPoll(state: GrantState | null, now: Date): PollAnswer {
  if (state === null || state.spentAt !== null) return refused('invalid_grant');
  if (state.decidedAt !== null && state.approval === null) return refused('access_denied');
  if (now >= state.expiresAt) return refused('expired_token');
  if (state.approval !== null) return { kind: 'approved', approval: state.approval };
  const sinceMs = state.polledAt === null ? Number.POSITIVE_INFINITY : now.getTime() - state.polledAt.getTime();
  return refused(sinceMs < state.pollSeconds * 1000 ? 'slow_down' : 'authorization_pending');
}

/** Eight letters, each as likely as any other: bytes beyond a multiple of the alphabet are drawn again. */
export function drawUserCode(randomBytes: RandomBytes): string {
  const fair = 256 - (256 % USER_CODE_LETTERS.length);
  let code = '';
  while (code.length < USER_CODE_LENGTH) {
    for (const byte of randomBytes(16)) {
      if (byte < fair && code.length < USER_CODE_LENGTH) code += USER_CODE_LETTERS[byte % USER_CODE_LETTERS.length];
    }
  }
  return code;
}
