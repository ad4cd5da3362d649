// Platform administrators' groups over HTTP. A group is named by its id alone here; its workspace is looked up first.
import { AdminOk, Group, GroupMembers, GroupPatch, GroupRequest, Groups, UuidInput } from '@sentinel/contract';
import { z } from 'zod';
import type { ControlTx } from '../../platform/db/database.ts';
import type { Route } from '../../platform/http/route.ts';
import type { GroupId, PersonId, WorkspaceId } from '../../platform/ids.ts';
import { problem } from '../../platform/problem.ts';
import type { AccessDeps } from '../access-deps.ts';
import { groupAnswer } from '../workspaces/group.routes.ts';
import { groupMemberAnswer } from '../workspaces/group-member.routes.ts';
import { findWorkspaceOfGroup, type GroupRef } from '../workspaces/group.store.ts';
import {
  addGroupMember,
  createGroup,
  deleteGroup,
  listGroupMembers,
  listGroups,
  removeGroupMember,
  updateGroup,
} from '../workspaces/groups.ts';
import { findWorkspace } from '../workspaces/workspace.store.ts';
import { ById, changing, idOf } from './admin-change.ts';
import { adminRoute } from './admin-route.ts';
import { platformAct } from './platform-power.ts';

type Deps = Pick<AccessDeps, 'admissions' | 'db' | 'standing'>;

export function adminGroupRoutes(deps: Deps): readonly Route[] {
  return [list(deps), create(deps), patch(deps), remove(deps), members(deps), addMember(deps), removeMember(deps)];
}

const GroupPath = z.object({ gid: UuidInput });
const GroupMemberPath = GroupPath.extend({ uid: UuidInput });

function list(deps: Deps): Route {
  return adminRoute(deps, {
    method: 'GET',
    path: '/admin/workspaces/:id/groups',
    summary: 'List the groups of a workspace',
    params: ById,
    answers: { 200: Groups },
    problems: ['not_found'],
    handle: async ({ params }) => {
      const id = idOf<WorkspaceId>(params.id);
      const rows = await deps.db.control(async (tx) => {
        if ((await findWorkspace(tx, id)) === null) throw problem('not_found', 'There is no such workspace.');
        return listGroups(tx, id);
      });
      return rows.map(groupAnswer);
    },
  });
}

function create(deps: Deps): Route {
  return adminRoute(deps, {
    method: 'POST',
    path: '/admin/workspaces/:id/groups',
    summary: 'Make a group in a workspace',
    params: ById,
    body: GroupRequest,
    answers: { 201: Group },
    problems: ['not_found', 'already_exists'],
    handle: async (request) => {
      const { name, description = null } = request.body;
      const order = { workspaceId: idOf<WorkspaceId>(request.params.id), name, description };
      return groupAnswer(await changing(deps, (tx) => createGroup(tx, order, platformAct(request))));
    },
  });
}

function patch(deps: Deps): Route {
  return adminRoute(deps, {
    method: 'PATCH',
    path: '/admin/groups/:gid',
    summary: 'Change name and description of a group',
    params: GroupPath,
    body: GroupPatch,
    answers: { 200: Group },
    problems: ['not_found', 'already_exists'],
    handle: async (request) => {
      const change = { name: request.body.name ?? null, description: request.body.description ?? null };
      const group = await changing(deps, async (tx) =>
        updateGroup(tx, await groupOf(tx, request.params.gid), change, platformAct(request)),
      );
      return groupAnswer(group);
    },
  });
}

function remove(deps: Deps): Route {
  return adminRoute(deps, {
    method: 'DELETE',
    path: '/admin/groups/:gid',
    summary: 'Delete a group',
    params: GroupPath,
    answers: { 204: 'empty' },
    problems: ['not_found'],
    handle: (request) =>
      changing(deps, async (tx) => deleteGroup(tx, await groupOf(tx, request.params.gid), platformAct(request))),
  });
}

function members(deps: Deps): Route {
  return adminRoute(deps, {
    method: 'GET',
    path: '/admin/groups/:gid/members',
    summary: 'List the members of a group',
    params: GroupPath,
    answers: { 200: GroupMembers },
    problems: ['not_found'],
    handle: async ({ params }) => {
      const rows = await deps.db.control(async (tx) => listGroupMembers(tx, await groupOf(tx, params.gid)));
      return rows.map(groupMemberAnswer);
    },
  });
}

function addMember(deps: Deps): Route {
  return adminRoute(deps, {
    method: 'POST',
    path: '/admin/groups/:gid/members/:uid',
    summary: 'Add a member of the workspace to a group',
    params: GroupMemberPath,
    answers: { 201: AdminOk },
    problems: ['not_found', 'bad_request'],
    handle: async (request) => {
      const personId = idOf<PersonId>(request.params.uid);
      await changing(deps, async (tx) => {
        const group = await groupOf(tx, request.params.gid);
        return addGroupMember(tx, { ...group, personId }, platformAct(request));
      });
      return { status: 'ok' };
    },
  });
}

function removeMember(deps: Deps): Route {
  return adminRoute(deps, {
    method: 'DELETE',
    path: '/admin/groups/:gid/members/:uid',
    summary: 'Take somebody out of a group',
    params: GroupMemberPath,
    answers: { 204: 'empty' },
    problems: ['not_found'],
    handle: (request) =>
      changing(deps, async (tx) => {
        const group = await groupOf(tx, request.params.gid);
        return removeGroupMember(tx, { ...group, personId: idOf<PersonId>(request.params.uid) }, platformAct(request));
      }),
  });
}

/** @throws ProblemError `not_found` */
async function groupOf(tx: ControlTx, gid: string): Promise<GroupRef> {
  const groupId = idOf<GroupId>(gid);
  const workspaceId = await findWorkspaceOfGroup(tx, groupId);
  if (workspaceId === null) throw problem('not_found', 'There is no such group.');
  return { workspaceId, groupId };
}
