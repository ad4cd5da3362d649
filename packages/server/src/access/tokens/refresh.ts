// Refreshing (RFC 9700 §4.14): every refresh token is good once. One that comes back is a sign of theft and ends its family,
// unless it is the parent of a child that nobody used yet and was spent a moment ago: then two tabs asked at once, and the
// second is answered with the same child. Only what is surely dead is refused; a doubt is a fault.
import type { TokenPair } from '@sentinel/contract';
import { recordActivity } from '../../platform/audit/activity.ts';
import type { ControlTx } from '../../platform/db/database.ts';
import { newRandomId, type TokenId } from '../../platform/ids.ts';
import { problem } from '../../platform/problem.ts';
import type { AccessDeps } from '../access-deps.ts';
import type { PersonClaims } from './entitlement.store.ts';
import { revokeFamilies } from './family.store.ts';
import { findPast, type Past, type Presented, type Rotated, spendAndReplace } from './rotation.store.ts';
import { mintPair } from './token-pair.ts';

/** How long after a refresh its parent is answered with the same child, where nothing else is set. */
export const REFRESH_GRACE_MS = 10_000;

export type RefreshDeps = Pick<AccessDeps, 'db' | 'tokens' | 'standing'> & {
  readonly settings: Pick<AccessDeps['settings'], 'refreshGraceMs'>;
};

/**
 * Exchanges a refresh token for the next pair. One SQL statement, two when the child was made already.
 *
 * @throws ProblemError `refresh_refused` when the token is dead; a fault is thrown as such, because applications forget
 *   their tokens when they are refused
 */
export async function refreshPair(deps: RefreshDeps, text: string, now: Date): Promise<TokenPair> {
  const token = await deps.tokens.verify(['refresh'], text);
  if (token === null) throw refused();
  const presented: Presented = { jti: token.jti, familyId: token.fid, personId: token.sub };
  const result = await deps.db.control((tx) => rotate(tx, presented, { graceMs: deps.settings.refreshGraceMs, now }));
  if (result === 'dead') throw refused();
  if (result === 'ended') {
    await deps.standing.catchUp();
    throw refused();
  }
  const { claims, familyEndsAt, child } = result;
  return await mintPair(
    deps.tokens,
    { claims, clientAppId: token.client_id ?? null, familyId: token.fid, familyEndsAt, refresh: child },
    now,
  );
}

/** `dead`: it was over before; `ended`: it is over now, and so is the family. */
async function rotate(
  tx: ControlTx,
  presented: Presented,
  { graceMs, now }: { readonly graceMs: number; readonly now: Date },
): Promise<Rotated | 'dead' | 'ended'> {
  const rotated = await spendAndReplace(tx, presented, newRandomId<TokenId>(), now);
  if (rotated !== null) return rotated;
  const past = await findPast(tx, presented, now);
  const verdict = judge(past, { graceMs, now });
  if (verdict.kind === 'repeat') return verdict.rotated;
  if (verdict.kind === 'dead') return 'dead';
  await endFamily(tx, presented, verdict, now);
  return 'ended';
}

export type RefreshVerdict =
  | { readonly kind: 'repeat'; readonly rotated: Rotated }
  | { readonly kind: 'dead' }
  | { readonly kind: 'reused' }
  | { readonly kind: 'lapsed' };

/**
 * Decides about a token that could not be spent.
 *
 * @throws ProblemError `cannot_decide` when nothing speaks against it any more: somebody changed something meanwhile
 */
export function judge(past: Past | null, { graceMs, now }: { graceMs: number; now: Date }): RefreshVerdict {
  if (past === null || !past.familyLives) return { kind: 'dead' };
  if (typeof past.claims === 'string') return { kind: 'lapsed' };
  if (past.spentAt === null) throw problem('cannot_decide', 'The sign-in was changed just now. Try again.');
  const inGrace = graceMs > 0 && now.getTime() - past.spentAt.getTime() < graceMs;
  return inGrace && past.child !== null && !past.child.spent
    ? { kind: 'repeat', rotated: repeated(past.claims, past.familyEndsAt, past.child) }
    : { kind: 'reused' };
}

function repeated(claims: PersonClaims, familyEndsAt: Date, { jti, issuedAt }: Rotated['child']): Rotated {
  return { claims, familyEndsAt, child: { jti, issuedAt } };
}

async function endFamily(
  tx: ControlTx,
  { familyId, personId }: Presented,
  { kind }: { readonly kind: 'reused' | 'lapsed' },
  now: Date,
): Promise<void> {
  const reason = kind === 'reused' ? 'refresh_reused' : 'membership_lost';
  await recordActivity(
    tx,
    {
      action: kind === 'reused' ? 'refresh_reuse_detected' : 'token_family_revoked',
      actorId: null,
      targetType: 'user',
      targetId: personId,
      workspaceId: null,
      detail: { family: familyId, reason },
    },
    now,
  );
  await revokeFamilies(tx, { familyId }, reason, now);
}

function refused() {
  return problem('refresh_refused', 'The refresh token is used, expired, revoked or unknown. Sign in again.');
}
