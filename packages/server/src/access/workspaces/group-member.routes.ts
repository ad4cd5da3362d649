// HTTP of who is in a group (access contract §1.3).
import { type GroupMember, GroupMemberAdded, GroupMemberPath, GroupMembers, GroupPath } from '@sentinel/contract';
import { type Route, route } from '../../platform/http/route.ts';
import type { GroupId, PersonId, WorkspaceId } from '../../platform/ids.ts';
import type { UserWho } from '../identity/admissions.ts';
import { addGroupMember, type GroupMemberFacts, listGroupMembers, removeGroupMember } from './groups.ts';
import { actOf, carryOut, enter, idOf, type RequestDeps } from './workspace-request.ts';

export function groupMemberRoutes(deps: RequestDeps): readonly Route[] {
  return [list(deps), add(deps), remove(deps)];
}

function list({ admissions, db }: RequestDeps): Route {
  return route({
    method: 'GET',
    path: '/workspaces/:workspaceId/groups/:groupId/members',
    summary: 'Lists who is in a group',
    admit: admissions.flex,
    unaudited: 'Every member sees the groups.',
    params: GroupPath,
    answers: { 200: GroupMembers },
    problems: ['wrong_workspace', 'not_found'],
    rate: 'read',
    cross: true,
    async handle({ who, params }) {
      const ref = { workspaceId: enter(who, params), groupId: idOf<GroupId>(params.groupId) };
      return (await db.control((tx) => listGroupMembers(tx, ref))).map((each) => groupMemberAnswer(each));
    },
  });
}

function add(deps: RequestDeps): Route {
  return route({
    method: 'POST',
    path: '/workspaces/:workspaceId/groups/:groupId/members/:personId',
    summary: 'Adds a member of the workspace to a group (admin)',
    admit: deps.admissions.user,
    audit: 'group.member_added',
    params: GroupMemberPath,
    answers: { 201: GroupMemberAdded },
    problems: ['wrong_workspace', 'action_denied', 'not_a_member', 'not_found', 'bad_request'],
    rate: 'write',
    cross: true,
    async handle(request) {
      const ref = refOf(request.who, request.params);
      await carryOut(
        deps,
        request,
        (tx) => addGroupMember(tx, ref, actOf(request)),
        () => ({ target: ref.groupId, detail: { person: ref.personId } }),
      );
      return { status: 201, body: { status: 'ok' } };
    },
  });
}

function remove(deps: RequestDeps): Route {
  return route({
    method: 'DELETE',
    path: '/workspaces/:workspaceId/groups/:groupId/members/:personId',
    summary: 'Takes somebody out of a group (admin)',
    admit: deps.admissions.user,
    audit: 'group.member_removed',
    params: GroupMemberPath,
    answers: { 204: 'empty' },
    problems: ['wrong_workspace', 'action_denied', 'not_a_member', 'not_found'],
    rate: 'write',
    cross: true,
    async handle(request) {
      const ref = refOf(request.who, request.params);
      await carryOut(
        deps,
        request,
        (tx) => removeGroupMember(tx, ref, actOf(request)),
        () => ({ target: ref.groupId, detail: { person: ref.personId } }),
      );
    },
  });
}

function refOf(
  who: UserWho,
  params: { readonly workspaceId: string; readonly groupId: string; readonly personId: string },
): { readonly workspaceId: WorkspaceId; readonly groupId: GroupId; readonly personId: PersonId } {
  return {
    workspaceId: enter(who, params),
    groupId: idOf<GroupId>(params.groupId),
    personId: idOf<PersonId>(params.personId),
  };
}

/** A member of a group on the wire. */
export function groupMemberAnswer(member: GroupMemberFacts): GroupMember {
  return {
    user_id: member.personId,
    email: member.email,
    name: member.name,
    added_at: member.addedAt.toISOString(),
  };
}
