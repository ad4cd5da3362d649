// Invitations of people whom we do not know yet: whoever signs in with the address, proven, becomes a member. An invitation
// is good for two weeks, and for one person once.
import type { WorkspaceRole } from '@sentinel/contract';
import { recordActivity } from '../../platform/audit/activity.ts';
import type { ControlTx } from '../../platform/db/database.ts';
import type { InvitationId, PersonId, WorkspaceId } from '../../platform/ids.ts';
import { problem } from '../../platform/problem.ts';
import { type Act, beginChange } from './act.ts';
import {
  deleteInvitation,
  deleteOutgrantedInvitations,
  insertInvitation,
  type InvitationFacts,
  listInvitationFacts,
} from './invitation.store.ts';
import { findMemberFacts, findPersonByEmail } from './member.store.ts';
import { addressOf } from './member-address.ts';
import { atLeast } from './power.ts';

export const INVITATION_LIFETIME_MS = 14 * 24 * 60 * 60 * 1000;

/**
 * Invites an address.
 *
 * @throws ProblemError `already_exists` for who is a member or invited already, `owner_required`, `invalid_request` for what
 *   is no address; those of `beginChange`
 */
export async function createInvitation(
  tx: ControlTx,
  order: { readonly workspaceId: WorkspaceId; readonly email: string; readonly role: WorkspaceRole },
  act: Act,
): Promise<InvitationFacts> {
  const { workspaceId, role } = order;
  const email = addressOf(order.email);
  const power = await beginChange(tx, workspaceId, act, 'admin');
  if (role === 'owner' && !atLeast(power, 'owner'))
    throw problem('owner_required', 'Only an owner can make somebody else owner.');
  const personId = await findPersonByEmail(tx, email);
  if (personId !== null && (await findMemberFacts(tx, { workspaceId, personId })) !== null)
    throw problem('already_exists', 'This person is a member already.');
  const expiresAt = new Date(act.now.getTime() + INVITATION_LIFETIME_MS);
  const invitation = await insertInvitation(tx, workspaceId, {
    email,
    role,
    invitedBy: act.actorId,
    createdAt: act.now,
    expiresAt,
  });
  if (invitation === null) throw problem('already_exists', 'This address is invited already.');
  await tell(tx, { workspaceId, id: invitation.id }, act, { action: 'invitation_created', role });
  return invitation;
}

/** @throws ProblemError `not_found`; those of `beginChange` */
export async function revokeInvitation(
  tx: ControlTx,
  ref: { readonly workspaceId: WorkspaceId; readonly id: InvitationId },
  act: Act,
): Promise<void> {
  await beginChange(tx, ref.workspaceId, act, 'admin');
  const role = await deleteInvitation(tx, ref);
  if (role === null) throw problem('not_found', 'There is no such invitation in the workspace.');
  await tell(tx, ref, act, { action: 'invitation_revoked', role });
}

/**
 * Takes back what these people could not give any more. Called after a change of what they may do, in its transaction: an
 * invitation does not outlive the power it was made with.
 *
 * @param which `workspaceId` null is everywhere
 */
export async function revokeOutgranted(
  tx: ControlTx,
  which: { readonly people: readonly PersonId[]; readonly workspaceId: WorkspaceId | null },
  act: Pick<Act, 'actorId' | 'now'>,
): Promise<void> {
  for (const { role, ...ref } of await deleteOutgrantedInvitations(tx, which))
    await tell(tx, ref, act, { action: 'invitation_revoked', role });
}

/** Invitations that can still be used, for those who may invite; the newest first. */
export async function listInvitations(
  tx: ControlTx,
  workspaceId: WorkspaceId,
  act: Act,
): Promise<readonly InvitationFacts[]> {
  if (!atLeast(act.power, 'admin')) throw problem('action_denied', 'This needs at least the role admin.');
  return listInvitationFacts(tx, workspaceId, act.now);
}

async function tell(
  tx: ControlTx,
  { workspaceId, id }: { readonly workspaceId: WorkspaceId; readonly id: InvitationId },
  { actorId, now }: Pick<Act, 'actorId' | 'now'>,
  { action, role }: { readonly action: string; readonly role: WorkspaceRole },
): Promise<void> {
  await recordActivity(
    tx,
    { action, actorId, targetType: 'invitation', targetId: id, workspaceId, detail: { role } },
    now,
  );
}
