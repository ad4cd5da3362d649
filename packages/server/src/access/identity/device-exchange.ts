// What a program gets for its device code: once approved, the tokens of the person who approved it, once.
import type { DeviceTokenError, TokenPair } from '@sentinel/contract';
import type { ControlTx } from '../../platform/db/database.ts';
import type { AccessDeps } from '../access-deps.ts';
import { findEntitlement } from '../tokens/entitlement.store.ts';
import { familyEnd, insertFamily, insertFirstToken } from '../tokens/family.store.ts';
import { mintPair, type PairFacts } from '../tokens/token-pair.ts';
import { answerPoll, POLL_SECONDS } from './device-grant.ts';
import { type Grant, lockGrant, markPolled, markSpent } from './device-grant.store.ts';
import { tokenHash } from './secret-token.ts';

export type DeviceExchangeDeps = Pick<AccessDeps, 'db' | 'tokens'>;

export type DeviceAnswer =
  | { readonly kind: 'pair'; readonly pair: TokenPair }
  | { readonly kind: 'refused'; readonly error: DeviceTokenError };

/** Answers a program that asks with its device code. Simultaneous questions with one code come one after the other. */
export async function exchangeGrant(
  { db, tokens }: DeviceExchangeDeps,
  deviceCode: string,
  now: Date,
): Promise<DeviceAnswer> {
  const hash = tokenHash(deviceCode);
  const made = hash === null ? 'invalid_grant' : await db.control((tx) => answer(tx, hash, now));
  if (typeof made === 'string') return { kind: 'refused', error: made };
  return { kind: 'pair', pair: await mintPair(tokens, made, now) };
}

async function answer(tx: ControlTx, hash: Uint8Array, now: Date): Promise<PairFacts | DeviceTokenError> {
  const grant = await lockGrant(tx, hash);
  const poll = answerPoll(grant, now);
  if (grant === null || poll.kind === 'refused') {
    const error = poll.kind === 'refused' ? poll.error : 'invalid_grant';
    if (grant !== null) await notePoll(tx, { hash, grant, error }, now);
    return error;
  }
  if (!(await markSpent(tx, hash, now))) return 'invalid_grant';
  const claims = await findEntitlement(tx, poll.approval);
  // Whoever approved may have been deactivated, or left the workspace, since.
  if (typeof claims === 'string') return 'access_denied';
  const family = { ...poll.approval, clientAppId: null, userAgent: grant.clientName };
  const familyId = await insertFamily(tx, family, now);
  const jti = await insertFirstToken(tx, familyId, now);
  return { claims, clientAppId: null, familyId, familyEndsAt: familyEnd(now), refresh: { jti, issuedAt: now } };
}

interface Poll {
  readonly hash: Uint8Array;
  readonly grant: Grant;
  readonly error: DeviceTokenError;
}

async function notePoll(tx: ControlTx, { hash, grant, error }: Poll, now: Date): Promise<void> {
  if (error !== 'authorization_pending' && error !== 'slow_down') return;
  const pollSeconds = grant.pollSeconds + (error === 'slow_down' ? POLL_SECONDS : 0);
  await markPolled(tx, hash, { pollSeconds, now });
}
