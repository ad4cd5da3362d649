// Platform administrators' people over HTTP (access contract §1.6).
import {
  AdminMembershipRequest,
  AdminOk,
  AdminSearch,
  type AdminUser,
  AdminUserDetail,
  AdminUserPage,
  AdminUserPatch,
  BulkStatusAnswer,
  BulkStatusRequest,
  RevokedTokens,
} from '@sentinel/contract';
import type { Route } from '../../platform/http/route.ts';
import type { PersonId, WorkspaceId } from '../../platform/ids.ts';
import type { AccessDeps } from '../access-deps.ts';
import { addMember } from '../workspaces/members.ts';
import { actOf, ById, changing, idOf, partOf } from './admin-change.ts';
import { adminRoute } from './admin-route.ts';
import { changePerson, changeStatus, getPerson, revokeEverything } from './people.ts';
import { type ListedPerson, listPeople, type WholePerson } from './people.store.ts';
import { asBadRequest, platformAct } from './platform-power.ts';

export type PeopleDeps = Pick<AccessDeps, 'admissions' | 'db' | 'standing'>;

export function peopleRoutes(deps: PeopleDeps): readonly Route[] {
  return [list(deps), read(deps), patch(deps), bulkStatus(deps), addToWorkspace(deps), revokeTokens(deps)];
}

function list(deps: PeopleDeps): Route {
  return adminRoute(deps, {
    method: 'GET',
    path: '/admin/users',
    summary: 'List people, newest first, or search them by name or address',
    query: AdminSearch,
    answers: { 200: AdminUserPage },
    problems: [],
    handle: async ({ query }) => {
      const filter = { search: query.search ?? null };
      const { people, total } = await deps.db.control((tx) => listPeople(tx, filter, partOf(query)));
      return { items: people.map(toAdminUser), total, page: query.page, page_size: query.page_size };
    },
  });
}

function read(deps: PeopleDeps): Route {
  return adminRoute(deps, {
    method: 'GET',
    path: '/admin/users/:id',
    summary: 'Read a person: where they sign in from, and where they are a member',
    params: ById,
    answers: { 200: AdminUserDetail },
    problems: ['not_found'],
    handle: async ({ params }) => toDetail(await deps.db.control((tx) => getPerson(tx, idOf(params.id)))),
  });
}

function patch(deps: PeopleDeps): Route {
  return adminRoute(deps, {
    method: 'PATCH',
    path: '/admin/users/:id',
    summary: 'Rename a person, let them in or shut them out, make them administrator or not',
    params: ById,
    body: AdminUserPatch,
    answers: { 200: AdminUserDetail },
    problems: ['not_found', 'last_admin'],
    handle: async (request) => {
      const id = idOf<PersonId>(request.params.id);
      return toDetail(await changing(deps, (tx) => changePerson(tx, id, request.body, actOf(request))));
    },
  });
}

function bulkStatus(deps: PeopleDeps): Route {
  return adminRoute(deps, {
    method: 'POST',
    path: '/admin/users/bulk-status',
    summary: 'Let many people in, or shut them out',
    body: BulkStatusRequest,
    answers: { 200: BulkStatusAnswer },
    problems: ['last_admin'],
    rate: 'sign-in',
    handle: async (request) => {
      const ids = request.body.user_ids.map((id) => idOf<PersonId>(id));
      const { is_active } = request.body;
      const affected = await changing(deps, (tx) => changeStatus(tx, ids, is_active, actOf(request)));
      return { status: 'ok', affected };
    },
  });
}

function addToWorkspace(deps: PeopleDeps): Route {
  return adminRoute(deps, {
    method: 'POST',
    path: '/admin/users/:id/workspaces',
    summary: 'Make a person a member of a workspace',
    params: ById,
    body: AdminMembershipRequest,
    answers: { 201: AdminOk },
    problems: ['bad_request'],
    handle: async (request) => {
      const order = {
        workspaceId: idOf<WorkspaceId>(request.body.workspace_id),
        person: { id: idOf<PersonId>(request.params.id) },
        role: request.body.role,
      };
      await asBadRequest(['not_found', 'already_exists'], () =>
        changing(deps, (tx) => addMember(tx, order, platformAct(request))),
      );
      return { status: 'ok' };
    },
  });
}

function revokeTokens(deps: PeopleDeps): Route {
  return adminRoute(deps, {
    method: 'POST',
    path: '/admin/users/:id/revoke-tokens',
    summary: 'Sign a person out everywhere',
    params: ById,
    answers: { 200: RevokedTokens },
    problems: ['not_found'],
    rate: 'sign-in',
    handle: async (request) => {
      const id = idOf<PersonId>(request.params.id);
      const tokens_revoked = await changing(deps, (tx) => revokeEverything(tx, id, actOf(request)));
      return { status: 'ok', tokens_revoked };
    },
  });
}

/** A listed person on the wire. */
export function toAdminUser(person: ListedPerson): AdminUser {
  return { ...toFacts(person), workspace_count: person.workspaces };
}

function toFacts(person: Omit<ListedPerson, 'workspaces'>): Omit<AdminUser, 'workspace_count'> {
  return {
    id: person.id,
    email: person.email,
    name: person.name,
    avatar_url: person.avatarUrl,
    is_active: person.active,
    is_admin: person.isAdmin,
    created_at: person.createdAt.toISOString(),
  };
}

function toDetail(person: WholePerson): AdminUserDetail {
  return {
    ...toFacts(person),
    updated_at: person.updatedAt.toISOString(),
    social_accounts: person.identities.map(({ id, provider, subject }) => ({
      id,
      provider,
      provider_user_id: subject,
    })),
    memberships: person.memberships.map((each) => ({
      workspace_id: each.workspaceId,
      workspace_name: each.name,
      workspace_slug: each.slug,
      role: each.role,
      joined_at: each.joinedAt.toISOString(),
    })),
  };
}
