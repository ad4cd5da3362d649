// Making one-time links: for the first owner, and for a member who wants to sign in.
import type { AuditEntry } from '../../platform/audit/audit.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Database } from '../../platform/db/database.ts';
import type { WorkspaceId } from '../../platform/ids.ts';
import { problem } from '../../platform/problem.ts';
import { findMember, hasAnyMember } from '../workspaces/member.store.ts';
import { dropStaleClaim } from '../workspaces/set-up.store.ts';
import { mintToken, type RandomBytes } from './secret-token.ts';
import { insertLink } from './sign-in-link.store.ts';
import { type LinkPolicy, linkUrl, type OneTimeLink } from './sign-in-link.ts';

export interface LinkDeps {
  readonly db: Pick<Database, 'control' | 'workspace'>;
  readonly clock: Clock;
  readonly randomBytes: RandomBytes;
  readonly links: LinkPolicy;
}

/**
 * Makes the link for the first owner, or answers null when there is one already. Older setup links stop working.
 * Nothing is recorded: before the setup there is no workspace whose log could hold it.
 */
export async function createSetupLink({ db, clock, randomBytes, links }: LinkDeps): Promise<OneTimeLink | null> {
  const secret = mintToken(randomBytes);
  const expiresAt = await db.control(async (tx) => {
    if (await hasAnyMember(tx)) return null;
    await dropStaleClaim(tx, clock.now());
    return insertLink(tx, secret, { kind: 'setup' }, clock.now());
  });
  return expiresAt === null ? null : { kind: 'setup', url: linkUrl('setup', secret.token, links.base), expiresAt };
}

/**
 * Makes a sign-in link for a member. That member's older links stop working. The row in the audit log is there before
 * anybody learns the link; if it cannot be written, nobody ever does.
 *
 * @param email whose link; null means the owner who is longest here
 * @param entry of the event `sign_in_link.created`; its target becomes the person
 * @throws ProblemError `not_found` when there is no such active member
 */
export async function createSignInLink(
  { db, clock, randomBytes, links }: LinkDeps,
  workspaceId: WorkspaceId,
  email: string | null,
  entry: AuditEntry,
): Promise<OneTimeLink> {
  const secret = mintToken(randomBytes);
  const { personId, expiresAt } = await db.control(async (tx) => {
    const found = await findMember(tx, workspaceId, email);
    if (found === null) throw problem('not_found', 'There is no active member with this address.');
    const byOperator = entry.actor.kind !== 'person';
    const owner = { kind: 'sign_in', personId: found, workspaceId, byOperator } as const;
    return { personId: found, expiresAt: await insertLink(tx, secret, owner, clock.now()) };
  });
  await db.workspace(workspaceId, (tx) => entry.record(tx, { target: personId }));
  return { kind: 'sign_in', url: linkUrl('sign_in', secret.token, links.base), expiresAt };
}
