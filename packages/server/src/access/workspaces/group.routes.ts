// HTTP of a workspace's groups (access contract §1.3).
import { Group, GroupPatch, GroupPath, GroupRequest, Groups, WorkspacePath } from '@sentinel/contract';
import { type Route, route } from '../../platform/http/route.ts';
import type { GroupId } from '../../platform/ids.ts';
import { createGroup, deleteGroup, type GroupFacts, listGroups, updateGroup } from './groups.ts';
import { actOf, carryOut, enter, idOf, type RequestDeps } from './workspace-request.ts';

export function groupRoutes(deps: RequestDeps): readonly Route[] {
  return [create(deps), list(deps), change(deps), remove(deps)];
}

function create(deps: RequestDeps): Route {
  return route({
    method: 'POST',
    path: '/workspaces/:workspaceId/groups',
    summary: 'Makes a group (admin)',
    admit: deps.admissions.user,
    audit: 'group.created',
    params: WorkspacePath,
    body: GroupRequest,
    answers: { 201: Group },
    problems: ['wrong_workspace', 'action_denied', 'not_a_member', 'not_found', 'already_exists'],
    rate: 'write',
    cross: true,
    async handle(request) {
      const { who, params, body } = request;
      const order = { workspaceId: enter(who, params), name: body.name, description: body.description ?? null };
      const group = await carryOut(
        deps,
        request,
        (tx) => createGroup(tx, order, actOf(request)),
        ({ id }) => ({ target: id }),
      );
      return groupAnswer(group);
    },
  });
}

function list({ admissions, db }: RequestDeps): Route {
  return route({
    method: 'GET',
    path: '/workspaces/:workspaceId/groups',
    summary: 'Lists the groups, the oldest first',
    admit: admissions.flex,
    unaudited: 'Every member sees the groups.',
    params: WorkspacePath,
    answers: { 200: Groups },
    problems: ['wrong_workspace'],
    rate: 'read',
    cross: true,
    async handle({ who, params }) {
      const workspaceId = enter(who, params);
      return (await db.control((tx) => listGroups(tx, workspaceId))).map((each) => groupAnswer(each));
    },
  });
}

function change(deps: RequestDeps): Route {
  return route({
    method: 'PATCH',
    path: '/workspaces/:workspaceId/groups/:groupId',
    summary: 'Changes name or description of a group (admin)',
    admit: deps.admissions.user,
    audit: 'group.updated',
    params: GroupPath,
    body: GroupPatch,
    answers: { 200: Group },
    problems: ['wrong_workspace', 'action_denied', 'not_a_member', 'not_found', 'already_exists'],
    rate: 'write',
    cross: true,
    async handle(request) {
      const { who, params, body } = request;
      const ref = { workspaceId: enter(who, params), groupId: idOf<GroupId>(params.groupId) };
      const wanted = { name: body.name ?? null, description: body.description ?? null };
      const group = await carryOut(
        deps,
        request,
        (tx) => updateGroup(tx, ref, wanted, actOf(request)),
        ({ id }) => ({ target: id }),
      );
      return groupAnswer(group);
    },
  });
}

function remove(deps: RequestDeps): Route {
  return route({
    method: 'DELETE',
    path: '/workspaces/:workspaceId/groups/:groupId',
    summary: 'Removes a group (admin)',
    admit: deps.admissions.user,
    audit: 'group.deleted',
    params: GroupPath,
    answers: { 204: 'empty' },
    problems: ['wrong_workspace', 'action_denied', 'not_a_member', 'not_found'],
    rate: 'write',
    cross: true,
    async handle(request) {
      const { who, params } = request;
      const ref = { workspaceId: enter(who, params), groupId: idOf<GroupId>(params.groupId) };
      await carryOut(
        deps,
        request,
        (tx) => deleteGroup(tx, ref, actOf(request)),
        () => ({ target: ref.groupId }),
      );
    },
  });
}

/** A group on the wire. */
export function groupAnswer(group: GroupFacts): Group {
  return {
    id: group.id,
    workspace_id: group.workspaceId,
    name: group.name,
    description: group.description,
    created_by: group.createdBy,
    created_at: group.createdAt.toISOString(),
  };
}
