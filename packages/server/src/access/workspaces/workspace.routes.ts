// HTTP of workspaces (access contract §1.3).
import { Workspace, WorkspacePatch, WorkspacePath, WorkspaceRequest, Workspaces } from '@sentinel/contract';
import { type Route, route } from '../../platform/http/route.ts';
import { problem } from '../../platform/problem.ts';
import { createWorkspace, deleteWorkspace, type LifeDeps, updateWorkspace } from './workspace-life.ts';
import { actOf, carryOut, enter, type RequestDeps } from './workspace-request.ts';
import { findWorkspace, listWorkspacesOf, type WorkspaceDetails } from './workspace.store.ts';

export type WorkspaceDeps = RequestDeps & LifeDeps;

export function oneWorkspaceRoutes(deps: WorkspaceDeps): readonly Route[] {
  return [create(deps), list(deps), read(deps), change(deps), remove(deps)];
}

function create(deps: WorkspaceDeps): Route {
  return route({
    method: 'POST',
    path: '/workspaces',
    summary: 'Makes a workspace, whose owner one becomes',
    admit: deps.admissions.user,
    unaudited: 'Recorded in the log of the new workspace and in the activity log.',
    body: WorkspaceRequest,
    answers: { 201: Workspace },
    problems: ['already_exists', 'bad_request'],
    rate: 'write',
    cross: true,
    async handle(request) {
      const { body, who, requestId } = request;
      const { name, slug } = body;
      const order = { name, slug, description: body.description ?? null, owner: who.person, requestId };
      return workspaceAnswer(await createWorkspace(deps, order, actOf(request)));
    },
  });
}

function list({ admissions, db }: WorkspaceDeps): Route {
  return route({
    method: 'GET',
    path: '/workspaces',
    summary: 'Lists the workspaces one is a member of, the oldest first',
    admit: admissions.user,
    unaudited: 'One reads about oneself.',
    answers: { 200: Workspaces },
    problems: [],
    rate: 'read',
    cross: true,
    handle: async ({ who }) =>
      (await db.control((tx) => listWorkspacesOf(tx, who.person.id))).map((each) => workspaceAnswer(each)),
  });
}

function read({ admissions, db }: WorkspaceDeps): Route {
  return route({
    method: 'GET',
    path: '/workspaces/:workspaceId',
    summary: 'Reads a workspace',
    admit: admissions.user,
    unaudited: 'Every member sees the name of the workspace.',
    params: WorkspacePath,
    answers: { 200: Workspace },
    problems: ['wrong_workspace', 'not_found'],
    rate: 'read',
    cross: true,
    async handle({ who, params }) {
      const id = enter(who, params);
      const workspace = await db.control((tx) => findWorkspace(tx, id));
      if (workspace === null) throw problem('not_found', 'There is no such workspace.');
      return workspaceAnswer(workspace);
    },
  });
}

function change(deps: WorkspaceDeps): Route {
  return route({
    method: 'PATCH',
    path: '/workspaces/:workspaceId',
    summary: 'Changes name or description of a workspace (admin)',
    admit: deps.admissions.user,
    audit: 'workspace.updated',
    params: WorkspacePath,
    body: WorkspacePatch,
    answers: { 200: Workspace },
    problems: ['wrong_workspace', 'action_denied', 'not_a_member', 'not_found'],
    rate: 'write',
    cross: true,
    async handle(request) {
      const { who, params, body } = request;
      const id = enter(who, params);
      const wanted = { name: body.name ?? null, description: body.description ?? null };
      const changed = await carryOut(
        deps,
        request,
        (tx) => updateWorkspace(tx, id, wanted, actOf(request)),
        () => ({ target: id, detail: { name: wanted.name !== null, description: wanted.description !== null } }),
      );
      return workspaceAnswer(changed);
    },
  });
}

function remove(deps: WorkspaceDeps): Route {
  return route({
    method: 'DELETE',
    path: '/workspaces/:workspaceId',
    summary: 'Removes a workspace with everything in it (owner)',
    admit: deps.admissions.user,
    unaudited: 'The log goes with the workspace; the activity log keeps that it was removed.',
    params: WorkspacePath,
    answers: { 204: 'empty' },
    problems: ['wrong_workspace', 'owner_required', 'not_a_member', 'not_found', 'bad_request'],
    rate: 'write',
    cross: true,
    async handle(request) {
      await deleteWorkspace(deps, enter(request.who, request.params), actOf(request));
    },
  });
}

function workspaceAnswer(workspace: WorkspaceDetails): Workspace {
  return {
    id: workspace.id,
    slug: workspace.slug,
    name: workspace.name,
    description: workspace.description,
    created_by: workspace.createdBy,
    created_at: workspace.createdAt.toISOString(),
  };
}
