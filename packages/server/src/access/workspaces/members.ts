// Changes of who belongs to a workspace. Each is done in the caller's control transaction, with its row in the activity log
// and its announcement; a membership that ends takes its groups, sessions and tokens of that workspace with it, and less power the invitations
// that needed more.
import type { WorkspaceRole } from '@sentinel/contract';
import { recordActivity } from '../../platform/audit/activity.ts';
import type { ControlTx } from '../../platform/db/database.ts';
import type { PersonId, WorkspaceId } from '../../platform/ids.ts';
import { problem } from '../../platform/problem.ts';
import { announce } from '../standing/change.store.ts';
import { revokeFamilies } from '../tokens/family.store.ts';
import { type Act, beginChange } from './act.ts';
import { deleteInvitationOf } from './invitation.store.ts';
import { revokeOutgranted } from './invitations.ts';
import { addressOf } from './member-address.ts';
import { type MemberFacts, refusalOfChange } from './member.ts';
import {
  addMembership,
  countOtherOwners,
  deleteMembership,
  endSessions,
  findMemberFacts,
  findPersonByEmail,
  listMemberFacts,
  updateRole,
} from './member.store.ts';
import { atLeast, type Power } from './power.ts';

/** Somebody in a workspace. */
export interface MemberRef {
  readonly workspaceId: WorkspaceId;
  readonly personId: PersonId;
}

/**
 * Makes a person whom we know a member.
 *
 * @throws ProblemError `bad_request` for nobody we know, and for an owner made by somebody who is none; `already_exists`;
 *   `invalid_request` for what is no address; those of `beginChange`
 */
export async function addMember(
  tx: ControlTx,
  order: {
    readonly workspaceId: WorkspaceId;
    readonly person: { readonly email: string } | { readonly id: PersonId };
    readonly role: WorkspaceRole;
  },
  act: Act,
): Promise<MemberFacts> {
  const { workspaceId, person, role } = order;
  const power = await beginChange(tx, workspaceId, act, 'admin');
  if (role === 'owner' && !atLeast(power, 'owner'))
    throw problem('bad_request', 'Only an owner can make somebody else owner.');
  const personId = 'id' in person ? person.id : await findPersonByEmail(tx, addressOf(person.email));
  const added =
    personId === null ? 'unknown' : await addMembership(tx, { workspaceId, personId, role, joinedAt: act.now });
  if (personId === null || added === 'unknown')
    throw problem('bad_request', 'Nobody with this address has signed in here yet. Send an invitation instead.');
  if (added === 'exists') throw problem('already_exists', 'This person is a member already.');
  const member = await findMemberFacts(tx, { workspaceId, personId });
  if (member === null) throw new Error('a membership that was just added is not there');
  await deleteInvitationOf(tx, { workspaceId, email: member.email });
  await tell(tx, { workspaceId, personId }, act, { action: 'member_invited', role });
  return member;
}

/**
 * Gives a member another role. It counts at once; nobody is signed out.
 *
 * @throws ProblemError `not_found`, `owner_required`, `last_owner`; those of `beginChange`
 */
export async function changeRole(
  tx: ControlTx,
  { role, ...ref }: MemberRef & { readonly role: WorkspaceRole },
  act: Act,
): Promise<MemberFacts> {
  const power = await beginChange(tx, ref.workspaceId, act, 'admin');
  const member = await changeable(tx, ref, { power, to: role });
  if (member.role === role) return member;
  await updateRole(tx, ref, role);
  await revokeOutgranted(tx, { people: [ref.personId], workspaceId: ref.workspaceId }, act);
  await tell(tx, ref, act, { action: 'member_role_changed', from: member.role, role });
  return { ...member, role };
}

/**
 * Ends a membership, and with it the person's groups, sessions and tokens in this workspace.
 *
 * @throws ProblemError `not_found`, `owner_required`, `last_owner`; those of `beginChange`
 */
export async function removeMember(tx: ControlTx, ref: MemberRef, act: Act): Promise<void> {
  const power = await beginChange(tx, ref.workspaceId, act, 'admin');
  await changeable(tx, ref, { power, to: null });
  await deleteMembership(tx, ref);
  await revokeOutgranted(tx, { people: [ref.personId], workspaceId: ref.workspaceId }, act);
  await endSessions(tx, ref, act.now);
  await revokeFamilies(tx, ref, 'member_removed', act.now);
  await tell(tx, ref, act, { action: 'member_removed' });
}

/** Members by the time they joined. `q` is part of a name or an address, in any case; every character stands for itself. */
export function listMembers(
  tx: ControlTx,
  workspaceId: WorkspaceId,
  which: { readonly q?: string | undefined; readonly limit?: number | undefined } = {},
): Promise<readonly MemberFacts[]> {
  return listMemberFacts(tx, workspaceId, which);
}

async function changeable(
  tx: ControlTx,
  ref: MemberRef,
  { power, to }: { readonly power: Power; readonly to: WorkspaceRole | null },
): Promise<MemberFacts> {
  const member = await findMemberFacts(tx, ref);
  if (member === null) throw problem('not_found', 'This person is not a member of the workspace.');
  const otherOwners = await countOtherOwners(tx, ref);
  const refusal = refusalOfChange({ power, from: member.role, to, otherOwners });
  if (refusal === 'owner_required') throw problem(refusal, 'Only an owner can make, change or remove an owner.');
  if (refusal === 'last_owner') throw problem(refusal, 'Make somebody else owner first.');
  return member;
}

async function tell(
  tx: ControlTx,
  { workspaceId, personId }: MemberRef,
  { actorId, now }: Act,
  { action, ...detail }: { readonly action: string; readonly from?: WorkspaceRole; readonly role?: WorkspaceRole },
): Promise<void> {
  await recordActivity(tx, { action, actorId, targetType: 'user', targetId: personId, workspaceId, detail }, now);
  await announce(tx, [{ kind: 'member', subject: `${workspaceId} ${personId}` }], now);
}
