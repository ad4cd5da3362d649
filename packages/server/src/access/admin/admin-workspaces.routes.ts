// Platform administrators' workspaces and their members over HTTP. They act with an owner's power and need be no member.
import {
  AdminOk,
  AdminSearch,
  type AdminWs,
  AdminWsDetail,
  AdminWsNames,
  AdminWsPage,
  MemberRequest,
  Members,
  RolePatch,
  UuidInput,
  WorkspacePatch,
  WorkspaceRequest,
} from '@sentinel/contract';
import type { ControlTx } from '../../platform/db/database.ts';
import type { Route } from '../../platform/http/route.ts';
import type { PersonId, WorkspaceId } from '../../platform/ids.ts';
import { problem } from '../../platform/problem.ts';
import type { AccessDeps } from '../access-deps.ts';
import { memberAnswer } from '../workspaces/member.routes.ts';
import { addMember, changeRole, listMembers, removeMember } from '../workspaces/members.ts';
import { createWorkspace, deleteWorkspace, type LifeDeps, updateWorkspace } from '../workspaces/workspace-life.ts';
import { ById, changing, idOf, partOf } from './admin-change.ts';
import { adminRoute } from './admin-route.ts';
import { asBadRequest, platformAct } from './platform-power.ts';
import {
  findWholeWorkspace,
  type ListedWorkspace,
  listWorkspaceNames,
  listWorkspaces,
  type WholeWorkspace,
} from './workspaces.store.ts';

export type AdminWorkspaceDeps = LifeDeps & Pick<AccessDeps, 'admissions'>;

export function adminWorkspaceRoutes(deps: AdminWorkspaceDeps): readonly Route[] {
  return [
    list(deps),
    listNames(deps),
    create(deps),
    read(deps),
    patch(deps),
    remove(deps),
    members(deps),
    invite(deps),
    patchMember(deps),
    deleteMember(deps),
  ];
}

function list(deps: AdminWorkspaceDeps): Route {
  return adminRoute(deps, {
    method: 'GET',
    path: '/admin/workspaces',
    summary: 'List workspaces, newest first, or search them by name or slug',
    query: AdminSearch,
    answers: { 200: AdminWsPage },
    problems: [],
    handle: async ({ query }) => {
      const search = query.search ?? null;
      const { workspaces, total } = await deps.db.control((tx) => listWorkspaces(tx, search, partOf(query)));
      return { items: workspaces.map(toWire), total, page: query.page, page_size: query.page_size };
    },
  });
}

function listNames(deps: AdminWorkspaceDeps): Route {
  return adminRoute(deps, {
    method: 'GET',
    path: '/admin/workspaces/all',
    summary: 'Name every workspace, to choose from',
    answers: { 200: AdminWsNames },
    problems: [],
    handle: async () => (await deps.db.control(listWorkspaceNames)).map((each) => ({ ...each })),
  });
}

function create(deps: AdminWorkspaceDeps): Route {
  return adminRoute(deps, {
    method: 'POST',
    path: '/admin/workspaces',
    summary: 'Make a workspace and become its owner',
    body: WorkspaceRequest,
    answers: { 201: AdminWsDetail },
    problems: ['bad_request'],
    handle: async (request) => {
      const { name, slug, description = null } = request.body;
      const order = { name, slug, description, owner: request.who.person, requestId: request.requestId };
      const { id } = await asBadRequest(['already_exists'], () => createWorkspace(deps, order, platformAct(request)));
      return toDetail(await deps.db.control((tx) => getWorkspace(tx, id)));
    },
  });
}

function read(deps: AdminWorkspaceDeps): Route {
  return adminRoute(deps, {
    method: 'GET',
    path: '/admin/workspaces/:id',
    summary: 'Read a workspace',
    params: ById,
    answers: { 200: AdminWsDetail },
    problems: ['not_found'],
    handle: async ({ params }) => toDetail(await deps.db.control((tx) => getWorkspace(tx, idOf(params.id)))),
  });
}

function patch(deps: AdminWorkspaceDeps): Route {
  return adminRoute(deps, {
    method: 'PATCH',
    path: '/admin/workspaces/:id',
    summary: 'Change name and description of a workspace',
    params: ById,
    body: WorkspacePatch,
    answers: { 200: AdminWsDetail },
    problems: ['not_found'],
    handle: async (request) => {
      const id = idOf<WorkspaceId>(request.params.id);
      const change = { name: request.body.name ?? null, description: request.body.description ?? null };
      return changing(deps, async (tx) => {
        await updateWorkspace(tx, id, change, platformAct(request));
        return toDetail(await getWorkspace(tx, id));
      });
    },
  });
}

function remove(deps: AdminWorkspaceDeps): Route {
  return adminRoute(deps, {
    method: 'DELETE',
    path: '/admin/workspaces/:id',
    summary: 'Remove a workspace with everything in it',
    params: ById,
    answers: { 204: 'empty' },
    problems: ['not_found', 'bad_request'],
    handle: (request) => deleteWorkspace(deps, idOf<WorkspaceId>(request.params.id), platformAct(request)),
  });
}

function members(deps: AdminWorkspaceDeps): Route {
  return adminRoute(deps, {
    method: 'GET',
    path: '/admin/workspaces/:id/members',
    summary: 'List the members of a workspace',
    params: ById,
    answers: { 200: Members },
    problems: ['not_found'],
    handle: async ({ params }) => {
      const id = idOf<WorkspaceId>(params.id);
      const rows = await deps.db.control(async (tx) => {
        await getWorkspace(tx, id);
        return listMembers(tx, id);
      });
      return rows.map(memberAnswer);
    },
  });
}

function invite(deps: AdminWorkspaceDeps): Route {
  return adminRoute(deps, {
    method: 'POST',
    path: '/admin/workspaces/:id/members/invite',
    summary: 'Make a person whom we know a member',
    params: ById,
    body: MemberRequest,
    answers: { 201: AdminOk },
    problems: ['not_found', 'bad_request', 'already_exists'],
    handle: async (request) => {
      const workspaceId = idOf<WorkspaceId>(request.params.id);
      const { email, role } = request.body;
      await changing(deps, (tx) => addMember(tx, { workspaceId, person: { email }, role }, platformAct(request)));
      return { status: 'ok' };
    },
  });
}

const MemberPath = ById.extend({ uid: UuidInput });

function patchMember(deps: AdminWorkspaceDeps): Route {
  return adminRoute(deps, {
    method: 'PATCH',
    path: '/admin/workspaces/:id/members/:uid',
    summary: 'Give a member another role',
    params: MemberPath,
    body: RolePatch,
    answers: { 200: AdminOk },
    problems: ['not_found', 'last_owner'],
    handle: async (request) => {
      const ref = { ...refOf(request.params), role: request.body.role };
      await changing(deps, (tx) => changeRole(tx, ref, platformAct(request)));
      return { status: 'ok' };
    },
  });
}

function deleteMember(deps: AdminWorkspaceDeps): Route {
  return adminRoute(deps, {
    method: 'DELETE',
    path: '/admin/workspaces/:id/members/:uid',
    summary: 'End a membership',
    params: MemberPath,
    answers: { 204: 'empty' },
    problems: ['not_found', 'last_owner'],
    handle: (request) => changing(deps, (tx) => removeMember(tx, refOf(request.params), platformAct(request))),
  });
}

function refOf({ id, uid }: { id: string; uid: string }) {
  return { workspaceId: idOf<WorkspaceId>(id), personId: idOf<PersonId>(uid) };
}

/** @throws ProblemError `not_found` */
async function getWorkspace(tx: ControlTx, id: WorkspaceId): Promise<WholeWorkspace> {
  const workspace = await findWholeWorkspace(tx, id);
  if (workspace === null) throw problem('not_found', 'There is no such workspace.');
  return workspace;
}

function toWire(workspace: ListedWorkspace): AdminWs {
  const { id, slug, name, description, createdBy, createdAt, members: member_count } = workspace;
  return { id, slug, name, description, created_by: createdBy, created_at: createdAt.toISOString(), member_count };
}

function toDetail(workspace: WholeWorkspace): AdminWsDetail {
  return { ...toWire(workspace), group_count: workspace.groups };
}
