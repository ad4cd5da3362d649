// HTTP of client apps, for platform administrators.
import { ClientApp, ClientAppChange, ClientApps, NewClientApp } from '@sentinel/contract';
import type { Route } from '../../platform/http/route.ts';
import type { ClientAppId } from '../../platform/ids.ts';
import { problem } from '../../platform/problem.ts';
import type { AccessDeps } from '../access-deps.ts';
import { actOf, ById, idOf } from '../admin/admin-change.ts';
import { adminRoute } from '../admin/admin-route.ts';
import { revokeFamilies } from '../tokens/family.store.ts';
import type { ClientApp as ClientAppFacts } from './apps.ts';
import { change, changedMembers, note } from './change-apps.ts';
import {
  deleteClientApp,
  findClientApp,
  insertClientApp,
  listClientApps,
  lockFamilies,
  updateClientApp,
} from './client-app.store.ts';

type Deps = Pick<AccessDeps, 'db' | 'standing' | 'admissions'>;

export function clientAppRoutes(deps: Deps): readonly Route[] {
  return [listRoute(deps), createRoute(deps), readRoute(deps), changeRoute(deps), deleteRoute(deps)];
}

function listRoute(deps: Deps): Route {
  return adminRoute(deps, {
    method: 'GET',
    path: '/admin/client-apps',
    summary: 'Lists the client apps, newest first',
    answers: { 200: ClientApps },
    problems: [],
    handle: async () => (await deps.db.control(listClientApps)).map(wire),
  });
}

function createRoute(deps: Deps): Route {
  return adminRoute(deps, {
    method: 'POST',
    path: '/admin/client-apps',
    summary: 'Registers a client app and where people are sent back to',
    body: NewClientApp,
    answers: { 201: ClientApp },
    problems: [],
    async handle({ who, body, now }) {
      const act = actOf({ who, now });
      const made = await change(deps, 'apps', now, async (tx) => {
        const app = await insertClientApp(tx, body, act);
        await note(tx, act, { action: 'client_app_created', targetType: 'client_app', targetId: app.id });
        return app;
      });
      return wire(made);
    },
  });
}

function readRoute(deps: Deps): Route {
  return adminRoute(deps, {
    method: 'GET',
    path: '/admin/client-apps/:id',
    summary: 'Reads a client app',
    params: ById,
    answers: { 200: ClientApp },
    problems: ['not_found'],
    handle: async ({ params }) => wire(await deps.db.control((tx) => findClientApp(tx, idOf<ClientAppId>(params.id)))),
  });
}

function changeRoute(deps: Deps): Route {
  return adminRoute(deps, {
    method: 'PATCH',
    path: '/admin/client-apps/:id',
    summary: 'Changes a client app; switching it off can sign out whoever came through it',
    params: ById,
    body: ClientAppChange,
    answers: { 200: ClientApp },
    problems: ['not_found'],
    async handle({ who, params, body: { revoke_sessions, ...changes }, now }) {
      const id = idOf<ClientAppId>(params.id);
      const act = actOf({ who, now });
      const changed = await change(deps, 'apps', now, async (tx) => {
        const app = await updateClientApp(tx, id, changes, now);
        if (app === null) throw missing();
        const revoked =
          revoke_sessions && changes.is_active === false
            ? await revokeFamilies(tx, { clientAppId: id }, 'client_app_disabled', now)
            : [];
        await note(tx, act, {
          action: 'client_app_updated',
          targetType: 'client_app',
          targetId: id,
          detail: { changed: changedMembers(changes), revoked: revoked.length },
        });
        return app;
      });
      return wire(changed);
    },
  });
}

function deleteRoute(deps: Deps): Route {
  return adminRoute(deps, {
    method: 'DELETE',
    path: '/admin/client-apps/:id',
    summary: 'Deletes a client app and signs out whoever came through it',
    params: ById,
    answers: { 204: 'empty' },
    problems: ['not_found'],
    async handle({ who, params, now }) {
      const id = idOf<ClientAppId>(params.id);
      const act = actOf({ who, now });
      await change(deps, 'apps', now, async (tx) => {
        await lockFamilies(tx, id);
        const revoked = await revokeFamilies(tx, { clientAppId: id }, 'client_app_deleted', now);
        if (!(await deleteClientApp(tx, id))) throw missing();
        await note(tx, act, {
          action: 'client_app_deleted',
          targetType: 'client_app',
          targetId: id,
          detail: { revoked: revoked.length },
        });
      });
    },
  });
}

const missing = () => problem('not_found', 'There is no such client app.');

/** @throws ProblemError `not_found` for nothing */
function wire(app: ClientAppFacts | null): ClientApp {
  if (app === null) throw missing();
  return {
    id: app.id,
    name: app.name,
    redirect_uris: [...app.redirectUris],
    is_active: app.active,
    created_by: app.createdBy,
    created_at: app.createdAt.toISOString(),
    updated_at: app.updatedAt.toISOString(),
  };
}
