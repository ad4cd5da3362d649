// HTTP of service apps and their keys, for platform administrators. A key is shown once, in the answer that makes it.
import {
  KeyRotation,
  NewServiceApp,
  ServiceApp,
  ServiceAppChange,
  ServiceApps,
  ServiceAppSecret,
} from '@sentinel/contract';
import type { ControlTx } from '../../platform/db/database.ts';
import type { Route } from '../../platform/http/route.ts';
import type { ServiceAppId } from '../../platform/ids.ts';
import { problem } from '../../platform/problem.ts';
import type { AccessDeps } from '../access-deps.ts';
import { actOf, ById, idOf } from '../admin/admin-change.ts';
import { adminRoute } from '../admin/admin-route.ts';
import { change, changedMembers, note, shortName } from './change-apps.ts';
import {
  deleteServiceApp,
  findServiceApp,
  hasOriginOfAnother,
  insertServiceApp,
  isScopeTaken,
  listServiceApps,
  type ServiceAppRecord,
  updateServiceApp,
} from './service-app.store.ts';
import { mintServiceKey } from './service-key.ts';
import { insertServiceKey, retireServiceKeys } from './service-key.store.ts';

type Deps = Pick<AccessDeps, 'db' | 'standing' | 'admissions' | 'randomBytes'>;

export function serviceAppRoutes(deps: Deps): readonly Route[] {
  return [listRoute(deps), createRoute(deps), readRoute(deps), changeRoute(deps), rotateRoute(deps), deleteRoute(deps)];
}

function listRoute(deps: Deps): Route {
  return adminRoute(deps, {
    method: 'GET',
    path: '/admin/service-apps',
    summary: 'Lists the service apps, newest first',
    answers: { 200: ServiceApps },
    problems: [],
    handle: async ({ now }) => (await deps.db.control((tx) => listServiceApps(tx, now))).map(wire),
  });
}

function createRoute(deps: Deps): Route {
  return adminRoute(deps, {
    method: 'POST',
    path: '/admin/service-apps',
    summary: 'Registers a service and makes its key, which is shown this once',
    body: NewServiceApp,
    answers: { 201: ServiceAppSecret },
    problems: ['bad_request', 'already_exists'],
    async handle({ who, body, now }) {
      const act = actOf({ who, now });
      const minted = mintServiceKey(deps.randomBytes);
      const made = await change(deps, 'apps', now, async (tx) => {
        if (await isScopeTaken(tx, body.service_name))
          throw problem('bad_request', 'A service or a realm of this name exists already.');
        const id = await insertServiceApp(tx, body, act);
        await insertServiceKey(tx, id, minted, now);
        await refuseSharedOrigin(tx, id);
        await note(tx, act, {
          action: 'service_app_created',
          targetType: 'service_app',
          targetId: id,
          detail: { service_name: shortName(body.service_name) },
        });
        return findServiceApp(tx, id, now);
      });
      return { ...wire(made), api_key: minted.key };
    },
  });
}

function readRoute(deps: Deps): Route {
  return adminRoute(deps, {
    method: 'GET',
    path: '/admin/service-apps/:id',
    summary: 'Reads a service app',
    params: ById,
    answers: { 200: ServiceApp },
    problems: ['not_found'],
    handle: async ({ params, now }) =>
      wire(await deps.db.control((tx) => findServiceApp(tx, idOf<ServiceAppId>(params.id), now))),
  });
}

function changeRoute(deps: Deps): Route {
  return adminRoute(deps, {
    method: 'PATCH',
    path: '/admin/service-apps/:id',
    summary: 'Changes a service app; switched off, its key is refused at once',
    params: ById,
    body: ServiceAppChange,
    answers: { 200: ServiceApp },
    problems: ['not_found', 'already_exists'],
    async handle({ who, params, body, now }) {
      const id = idOf<ServiceAppId>(params.id);
      const act = actOf({ who, now });
      const changed = await change(deps, 'apps', now, async (tx) => {
        if (!(await updateServiceApp(tx, id, body, now))) throw missing();
        await refuseSharedOrigin(tx, id);
        await note(tx, act, {
          action: 'service_app_updated',
          targetType: 'service_app',
          targetId: id,
          detail: { changed: changedMembers(body) },
        });
        return findServiceApp(tx, id, now);
      });
      return wire(changed);
    },
  });
}

function rotateRoute(deps: Deps): Route {
  return adminRoute(deps, {
    method: 'POST',
    path: '/admin/service-apps/:id/rotate-key',
    summary: 'Makes a new key; the old one ends at once, or after the seconds named',
    params: ById,
    body: KeyRotation,
    answers: { 200: ServiceAppSecret },
    problems: ['not_found'],
    async handle({ who, params, body, now }) {
      const id = idOf<ServiceAppId>(params.id);
      const act = actOf({ who, now });
      const graceSeconds = body?.grace_seconds ?? 0;
      const minted = mintServiceKey(deps.randomBytes);
      const changed = await change(deps, 'apps', now, async (tx) => {
        if (!(await updateServiceApp(tx, id, {}, now))) throw missing();
        await retireServiceKeys(tx, { appId: id, graceSeconds }, now);
        await insertServiceKey(tx, id, minted, now);
        await note(tx, act, {
          action: 'service_app_key_rotated',
          targetType: 'service_app',
          targetId: id,
          detail: { grace_seconds: graceSeconds },
        });
        return findServiceApp(tx, id, now);
      });
      return { ...wire(changed), api_key: minted.key };
    },
  });
}

function deleteRoute(deps: Deps): Route {
  return adminRoute(deps, {
    method: 'DELETE',
    path: '/admin/service-apps/:id',
    summary: 'Deletes a service app and its keys',
    params: ById,
    answers: { 204: 'empty' },
    problems: ['not_found'],
    async handle({ who, params, now }) {
      const id = idOf<ServiceAppId>(params.id);
      const act = actOf({ who, now });
      await change(deps, 'apps', now, async (tx) => {
        const name = await deleteServiceApp(tx, id);
        if (name === null) throw missing();
        await note(tx, act, {
          action: 'service_app_deleted',
          targetType: 'service_app',
          targetId: id,
          detail: { service_name: shortName(name) },
        });
      });
    },
  });
}

/** @throws ProblemError `already_exists` */
async function refuseSharedOrigin(tx: ControlTx, id: ServiceAppId): Promise<void> {
  if (await hasOriginOfAnother(tx, id))
    throw problem('already_exists', 'Another active service app has registered one of these origins.');
}

const missing = () => problem('not_found', 'There is no such service app.');

/** @throws ProblemError `not_found` for nothing */
function wire(app: ServiceAppRecord | null): ServiceApp {
  if (app === null) throw missing();
  return {
    id: app.id,
    name: app.name,
    service_name: app.serviceName,
    key_prefix: app.keyPrefix,
    is_active: app.active,
    allowed_origins: [...app.allowedOrigins],
    last_used_at: app.lastUsedAt?.toISOString() ?? null,
    created_by: app.createdBy,
    created_at: app.createdAt.toISOString(),
    updated_at: app.updatedAt.toISOString(),
    realm_id: app.realm?.id ?? null,
    allowed_idp_audiences: [...app.allowedIdpAudiences],
    browser_minting: app.browserMinting,
    previous_key_expires_at: app.previousKeyExpiresAt?.toISOString() ?? null,
  };
}
