// What an authorization code is exchanged for: a choice of workspaces, and then a pair of tokens for one of them. Code,
// family and the bond between them are one transaction, so a second presentation always finds what the first one made.
import type { TokenPair, WorkspaceOption } from '@sentinel/contract';
import type { ControlTx } from '../../platform/db/database.ts';
import type { WorkspaceId } from '../../platform/ids.ts';
import { problem } from '../../platform/problem.ts';
import type { AccessDeps } from '../access-deps.ts';
import { bindCode, codeInvalid, peekCode, takeCode } from './authorization-code.ts';
import { findEntitlement, isAppActive, type Lacking, listWorkspacesOf } from './entitlement.store.ts';
import { familyEnd, insertFamily, insertFirstToken } from './family.store.ts';
import { mintPair, type PairFacts } from './token-pair.ts';

export type ExchangeDeps = Pick<AccessDeps, 'db' | 'tokens' | 'standing'>;

export interface Redemption {
  readonly code: string;
  readonly verifier: string;
  readonly workspaceId: WorkspaceId;
  readonly userAgent: string | null;
}

/**
 * Exchanges a code for the first pair of a new family. The code is used up whatever comes of it.
 *
 * @throws ProblemError `code_invalid`, `not_found` for a deactivated person or no such workspace, `not_a_member`
 */
export async function exchangeCode(deps: ExchangeDeps, order: Redemption, now: Date): Promise<TokenPair> {
  const made = await deps.db.control((tx) => redeem(tx, order, now));
  if (made === 'code') {
    // Another presentation may have ended a family just now.
    await deps.standing.catchUp();
    throw codeInvalid();
  }
  if (typeof made === 'string') throw lacking(made);
  return await mintPair(deps.tokens, made, now);
}

/** Refusals are answers here, so that the transaction commits and the code stays used up. */
async function redeem(tx: ControlTx, order: Redemption, now: Date): Promise<PairFacts | Lacking | 'code'> {
  const claimed = await takeCode(tx, order, now);
  if (claimed === null || !(await isAppActive(tx, claimed.clientAppId))) return 'code';
  const { workspaceId, userAgent } = order;
  const claims = await findEntitlement(tx, { personId: claimed.personId, workspaceId });
  if (typeof claims === 'string') return claims;
  const { personId, clientAppId } = claimed;
  const familyId = await insertFamily(tx, { personId, workspaceId, clientAppId, userAgent }, now);
  const jti = await insertFirstToken(tx, familyId, now);
  await bindCode(tx, order.code, { familyId });
  return { claims, clientAppId, familyId, familyEndsAt: familyEnd(now), refresh: { jti, issuedAt: now } };
}

/**
 * The workspaces that the person of a code may choose from. Does not use the code up.
 *
 * @param verifier null where the code alone is enough
 * @throws ProblemError `code_invalid`, or `not_found` for a deactivated person
 */
export async function workspacesOfCode(
  { db }: Pick<ExchangeDeps, 'db'>,
  presented: { readonly code: string; readonly verifier: string | null },
  now: Date,
): Promise<WorkspaceOption[]> {
  const workspaces = await db.control(async (tx) => listWorkspacesOf(tx, await peekCode(tx, presented, now)));
  if (workspaces === null) throw lacking('person');
  return [...workspaces];
}

function lacking(what: Lacking) {
  switch (what) {
    case 'person':
      return problem('not_found', 'This person is deactivated.');
    case 'workspace':
      return problem('not_found', 'There is no such workspace.');
    case 'membership':
      return problem('not_a_member', 'This person is not a member of the workspace.');
  }
}
