// Changes of a workspace's groups, each in the caller's control transaction with its row in the activity log. What a group
// gives its members follows them at once: every member it concerns is announced.
import { recordActivity } from '../../platform/audit/activity.ts';
import type { ControlTx } from '../../platform/db/database.ts';
import type { PersonId, WorkspaceId } from '../../platform/ids.ts';
import { problem } from '../../platform/problem.ts';
import { announce } from '../standing/change.store.ts';
import { type Act, beginChange } from './act.ts';
import {
  deleteGroupMember,
  deleteGroupRow,
  findGroup,
  type GroupFacts,
  type GroupMemberFacts,
  type GroupRef,
  insertGroup,
  insertGroupMember,
  isNameTaken,
  listGroupFacts,
  listGroupMemberFacts,
  updateGroupRow,
} from './group.store.ts';
import { findMemberFacts } from './member.store.ts';

export type { GroupFacts, GroupMemberFacts, GroupRef } from './group.store.ts';

/** @throws ProblemError `already_exists`; those of `beginChange` */
export async function createGroup(
  tx: ControlTx,
  order: { readonly workspaceId: WorkspaceId; readonly name: string; readonly description: string | null },
  act: Act,
): Promise<GroupFacts> {
  await beginChange(tx, order.workspaceId, act, 'admin');
  const group = await insertGroup(tx, { ...order, createdBy: act.actorId, createdAt: act.now });
  if (group === null) throw nameTaken();
  await tell(tx, { workspaceId: order.workspaceId, groupId: group.id }, act, { action: 'group_created' });
  return group;
}

/**
 * Changes name and description; null leaves either as it is.
 *
 * @throws ProblemError `not_found`, `already_exists`; those of `beginChange`
 */
export async function updateGroup(
  tx: ControlTx,
  ref: GroupRef,
  change: { readonly name: string | null; readonly description: string | null },
  act: Act,
): Promise<GroupFacts> {
  await beginChange(tx, ref.workspaceId, act, 'admin');
  const group = await foundGroup(tx, ref);
  const changed = {
    ...group,
    name: change.name ?? group.name,
    description: change.description ?? group.description,
  };
  if (await isNameTaken(tx, ref, changed.name)) throw nameTaken();
  await updateGroupRow(tx, changed);
  await tell(tx, ref, act, { action: 'group_updated' });
  return changed;
}

/** @throws ProblemError `not_found`; those of `beginChange` */
export async function deleteGroup(tx: ControlTx, ref: GroupRef, act: Act): Promise<void> {
  await beginChange(tx, ref.workspaceId, act, 'admin');
  await foundGroup(tx, ref);
  const members = await listGroupMemberFacts(tx, ref);
  await deleteGroupRow(tx, ref);
  await tell(tx, ref, act, { action: 'group_deleted', members: members.map((each) => each.personId) });
}

/** Groups by age. */
export function listGroups(tx: ControlTx, workspaceId: WorkspaceId): Promise<readonly GroupFacts[]> {
  return listGroupFacts(tx, workspaceId);
}

/**
 * Members of a group by the time they were added.
 *
 * @throws ProblemError `not_found`
 */
export async function listGroupMembers(tx: ControlTx, ref: GroupRef): Promise<readonly GroupMemberFacts[]> {
  await foundGroup(tx, ref);
  return listGroupMemberFacts(tx, ref);
}

type GroupMemberRef = GroupRef & { readonly personId: PersonId };

/**
 * Adds a member of the workspace to a group.
 *
 * @throws ProblemError `not_found` for the group; `bad_request` for who is no member of the workspace, or is in the group
 *   already; those of `beginChange`
 */
export async function addGroupMember(tx: ControlTx, ref: GroupMemberRef, act: Act): Promise<void> {
  await beginChange(tx, ref.workspaceId, act, 'admin');
  await foundGroup(tx, ref);
  if ((await findMemberFacts(tx, ref)) === null)
    throw problem('bad_request', 'This person is not a member of the workspace.');
  if (!(await insertGroupMember(tx, ref, act.now)))
    throw problem('bad_request', 'This person is in the group already.');
  await tell(tx, ref, act, { action: 'group_member_added', members: [ref.personId] });
}

/** @throws ProblemError `not_found` for the group, and for who is not in it; those of `beginChange` */
export async function removeGroupMember(tx: ControlTx, ref: GroupMemberRef, act: Act): Promise<void> {
  await beginChange(tx, ref.workspaceId, act, 'admin');
  if (!(await deleteGroupMember(tx, ref))) throw problem('not_found', 'This person is not in such a group.');
  await tell(tx, ref, act, { action: 'group_member_removed', members: [ref.personId] });
}

async function foundGroup(tx: ControlTx, ref: GroupRef): Promise<GroupFacts> {
  const group = await findGroup(tx, ref);
  if (group === null) throw problem('not_found', 'There is no such group in the workspace.');
  return group;
}

function nameTaken() {
  return problem('already_exists', 'The workspace has a group of this name.');
}

async function tell(
  tx: ControlTx,
  { workspaceId, groupId }: GroupRef,
  { actorId, now }: Act,
  { action, members = [] }: { readonly action: string; readonly members?: readonly PersonId[] },
): Promise<void> {
  const isAboutOne = action.startsWith('group_member_');
  const detail = isAboutOne ? { person: members[0] ?? null } : { members: members.length };
  await recordActivity(tx, { action, actorId, targetType: 'group', targetId: groupId, workspaceId, detail }, now);
  await announce(
    tx,
    members.map((personId) => ({ kind: 'member' as const, subject: `${workspaceId} ${personId}` })),
    now,
  );
}
