// HTTP of a workspace's members (access contract §1.3).
import {
  Member,
  MemberPath,
  MemberRequest,
  MemberRole,
  Members,
  MembersQuery,
  RolePatch,
  WorkspacePath,
} from '@sentinel/contract';
import { type Route, route } from '../../platform/http/route.ts';
import type { PersonId } from '../../platform/ids.ts';
import { type MemberFacts, memberIdOf } from './member.ts';
import { addMember, changeRole, listMembers, removeMember } from './members.ts';
import { actOf, carryOut, enter, idOf, type RequestDeps } from './workspace-request.ts';

export function memberRoutes(deps: RequestDeps): readonly Route[] {
  return [list(deps), invite(deps), change(deps), remove(deps)];
}

function list({ admissions, db }: RequestDeps): Route {
  return route({
    method: 'GET',
    path: '/workspaces/:workspaceId/members',
    summary: 'Lists the members, or those whose name or address holds a text',
    admit: admissions.flex,
    unaudited: 'Members see each other.',
    params: WorkspacePath,
    query: MembersQuery,
    answers: { 200: Members },
    problems: ['wrong_workspace'],
    rate: 'read',
    cross: true,
    async handle({ who, params, query }) {
      const workspaceId = enter(who, params);
      const members = await db.control((tx) => listMembers(tx, workspaceId, query));
      return members.map((each) => memberAnswer(each));
    },
  });
}

function invite(deps: RequestDeps): Route {
  return route({
    method: 'POST',
    path: '/workspaces/:workspaceId/members/invite',
    summary: 'Makes a person who has signed in before a member (admin)',
    admit: deps.admissions.user,
    audit: 'member.invited',
    params: WorkspacePath,
    body: MemberRequest,
    answers: { 201: Member },
    problems: ['wrong_workspace', 'action_denied', 'not_a_member', 'not_found', 'bad_request', 'already_exists'],
    // The answer tells whether an address is known here, so nobody may ask in bulk.
    rate: 'sign-in',
    cross: true,
    async handle(request) {
      const { who, params, body } = request;
      const order = { workspaceId: enter(who, params), person: { email: body.email }, role: body.role };
      const member = await carryOut(
        deps,
        request,
        (tx) => addMember(tx, order, actOf(request)),
        ({ personId, role }) => ({ target: personId, detail: { role } }),
      );
      return memberAnswer(member);
    },
  });
}

function change(deps: RequestDeps): Route {
  return route({
    method: 'PATCH',
    path: '/workspaces/:workspaceId/members/:personId',
    summary: 'Gives a member another role (admin; owners only by an owner)',
    admit: deps.admissions.user,
    audit: 'member.role_changed',
    params: MemberPath,
    body: RolePatch,
    answers: { 200: MemberRole },
    problems: ['wrong_workspace', 'action_denied', 'not_a_member', 'not_found', 'owner_required', 'last_owner'],
    rate: 'write',
    cross: true,
    async handle(request) {
      const { who, params, body } = request;
      const workspaceId = enter(who, params);
      const order = { workspaceId, personId: idOf<PersonId>(params.personId), role: body.role };
      const { personId, role, joinedAt } = await carryOut(
        deps,
        request,
        (tx) => changeRole(tx, order, actOf(request)),
        (member) => ({ target: member.personId, detail: { role: member.role } }),
      );
      return {
        id: memberIdOf(workspaceId, personId),
        workspace_id: workspaceId,
        user_id: personId,
        role,
        joined_at: joinedAt.toISOString(),
      };
    },
  });
}

function remove(deps: RequestDeps): Route {
  return route({
    method: 'DELETE',
    path: '/workspaces/:workspaceId/members/:personId',
    summary: 'Removes a member, and ends their tokens and sessions in the workspace (admin; owners only by an owner)',
    admit: deps.admissions.user,
    audit: 'member.removed',
    params: MemberPath,
    answers: { 204: 'empty' },
    problems: ['wrong_workspace', 'action_denied', 'not_a_member', 'not_found', 'owner_required', 'last_owner'],
    rate: 'write',
    cross: true,
    async handle(request) {
      const { who, params } = request;
      const ref = { workspaceId: enter(who, params), personId: idOf<PersonId>(params.personId) };
      await carryOut(
        deps,
        request,
        (tx) => removeMember(tx, ref, actOf(request)),
        () => ({ target: ref.personId }),
      );
    },
  });
}

/** A member on the wire. */
export function memberAnswer(member: MemberFacts): Member {
  return {
    user_id: member.personId,
    email: member.email,
    name: member.name,
    avatar_url: member.avatarUrl,
    role: member.role,
    joined_at: member.joinedAt.toISOString(),
  };
}
