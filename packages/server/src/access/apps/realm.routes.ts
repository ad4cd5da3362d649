// HTTP of realms, for platform administrators.
import { NewRealm, Realm, RealmChange, RealmMember, RealmMembers, Realms, UuidInput } from '@sentinel/contract';
import { z } from 'zod';
import type { Route } from '../../platform/http/route.ts';
import type { RealmId, ServiceAppId } from '../../platform/ids.ts';
import { problem } from '../../platform/problem.ts';
import type { AccessDeps } from '../access-deps.ts';
import { actOf, ById, idOf } from '../admin/admin-change.ts';
import { adminRoute } from '../admin/admin-route.ts';
import type { Realm as RealmFacts } from './apps.ts';
import { change, changedMembers, note, shortName } from './change-apps.ts';
import {
  deleteRealm,
  findRealm,
  insertRealm,
  listRealmMembers,
  listRealms,
  type RealmMember as MemberFacts,
  setRealm,
  updateRealm,
} from './realm.store.ts';
import { findServiceApp, isScopeTaken } from './service-app.store.ts';

type Deps = Pick<AccessDeps, 'db' | 'standing' | 'admissions'>;

const ByMember = z.object({ id: UuidInput, app: UuidInput });

export function realmRoutes(deps: Deps): readonly Route[] {
  return [
    listRoute(deps),
    createRoute(deps),
    readRoute(deps),
    changeRoute(deps),
    deleteRoute(deps),
    membersRoute(deps),
    addMemberRoute(deps),
    removeMemberRoute(deps),
  ];
}

function listRoute(deps: Deps): Route {
  return adminRoute(deps, {
    method: 'GET',
    path: '/admin/realms',
    summary: 'Lists the realms, newest first',
    answers: { 200: Realms },
    problems: [],
    handle: async () => (await deps.db.control(listRealms)).map(wire),
  });
}

function createRoute(deps: Deps): Route {
  return adminRoute(deps, {
    method: 'POST',
    path: '/admin/realms',
    summary: 'Makes a realm',
    body: NewRealm,
    answers: { 201: Realm },
    problems: ['bad_request'],
    async handle({ who, body, now }) {
      const act = actOf({ who, now });
      const made = await change(deps, 'apps', now, async (tx) => {
        if (await isScopeTaken(tx, body.slug))
          throw problem('bad_request', 'A service or a realm of this name exists already.');
        const realm = await insertRealm(tx, body, now);
        await note(tx, act, {
          action: 'realm_created',
          targetType: 'realm',
          targetId: realm.id,
          detail: { slug: shortName(realm.slug) },
        });
        return realm;
      });
      return wire(made);
    },
  });
}

function readRoute(deps: Deps): Route {
  return adminRoute(deps, {
    method: 'GET',
    path: '/admin/realms/:id',
    summary: 'Reads a realm',
    params: ById,
    answers: { 200: Realm },
    problems: ['not_found'],
    handle: async ({ params }) => wire(await deps.db.control((tx) => findRealm(tx, idOf<RealmId>(params.id)))),
  });
}

function changeRoute(deps: Deps): Route {
  return adminRoute(deps, {
    method: 'PATCH',
    path: '/admin/realms/:id',
    summary: 'Changes a realm; switched off, its services go on under their own names',
    params: ById,
    body: RealmChange,
    answers: { 200: Realm },
    problems: ['not_found'],
    async handle({ who, params, body, now }) {
      const id = idOf<RealmId>(params.id);
      const act = actOf({ who, now });
      const changed = await change(deps, 'apps', now, async (tx) => {
        const realm = await updateRealm(tx, id, body);
        if (realm === null) throw missing();
        await note(tx, act, {
          action: 'realm_updated',
          targetType: 'realm',
          targetId: id,
          detail: { changed: changedMembers(body) },
        });
        return realm;
      });
      return wire(changed);
    },
  });
}

function deleteRoute(deps: Deps): Route {
  return adminRoute(deps, {
    method: 'DELETE',
    path: '/admin/realms/:id',
    summary: 'Deletes a realm; its services go on under their own names',
    params: ById,
    answers: { 204: 'empty' },
    problems: ['not_found'],
    async handle({ who, params, now }) {
      const id = idOf<RealmId>(params.id);
      const act = actOf({ who, now });
      await change(deps, 'apps', now, async (tx) => {
        if (!(await deleteRealm(tx, id))) throw missing();
        await note(tx, act, { action: 'realm_deleted', targetType: 'realm', targetId: id });
      });
    },
  });
}

function membersRoute(deps: Deps): Route {
  return adminRoute(deps, {
    method: 'GET',
    path: '/admin/realms/:id/members',
    summary: 'Lists the services of a realm, by name',
    params: ById,
    answers: { 200: RealmMembers },
    problems: ['not_found'],
    async handle({ params }) {
      const id = idOf<RealmId>(params.id);
      const members = await deps.db.control(async (tx) => {
        if ((await findRealm(tx, id)) === null) throw missing();
        return listRealmMembers(tx, id);
      });
      return members.map(wireMember);
    },
  });
}

function addMemberRoute(deps: Deps): Route {
  return adminRoute(deps, {
    method: 'POST',
    path: '/admin/realms/:id/members/:app',
    summary: 'Puts a service into a realm',
    params: ByMember,
    answers: { 201: RealmMember },
    problems: ['not_found', 'already_exists'],
    async handle({ who, params, now }) {
      const id = idOf<RealmId>(params.id);
      const appId = idOf<ServiceAppId>(params.app);
      const act = actOf({ who, now });
      const added = await change(deps, 'apps', now, async (tx) => {
        const app = await findServiceApp(tx, appId, now);
        if ((await findRealm(tx, id)) === null) throw missing();
        if (app === null) throw missingApp();
        if (app.realm?.id === id) return app;
        if (app.realm !== null) throw problem('already_exists', 'This service is in another realm.');
        await setRealm(tx, { appId, realmId: id }, now);
        await note(tx, act, {
          action: 'realm_member_added',
          targetType: 'realm',
          targetId: id,
          detail: { service_app_id: appId },
        });
        return app;
      });
      return wireMember(added);
    },
  });
}

function removeMemberRoute(deps: Deps): Route {
  return adminRoute(deps, {
    method: 'DELETE',
    path: '/admin/realms/:id/members/:app',
    summary: 'Takes a service out of a realm',
    params: ByMember,
    answers: { 204: 'empty' },
    problems: ['not_found'],
    async handle({ who, params, now }) {
      const id = idOf<RealmId>(params.id);
      const appId = idOf<ServiceAppId>(params.app);
      const act = actOf({ who, now });
      await change(deps, 'apps', now, async (tx) => {
        const app = await findServiceApp(tx, appId, now);
        if (app === null || app.realm?.id !== id) throw missingApp();
        await setRealm(tx, { appId, realmId: null }, now);
        await note(tx, act, {
          action: 'realm_member_removed',
          targetType: 'realm',
          targetId: id,
          detail: { service_app_id: appId },
        });
      });
    },
  });
}

const missing = () => problem('not_found', 'There is no such realm.');
const missingApp = () => problem('not_found', 'There is no such service app in this place.');

/** @throws ProblemError `not_found` for nothing */
function wire(realm: RealmFacts | null): Realm {
  if (realm === null) throw missing();
  return {
    id: realm.id,
    slug: realm.slug,
    name: realm.name,
    m2m_ttl_s: realm.m2mSeconds,
    is_active: realm.active,
    created_at: realm.createdAt.toISOString(),
  };
}

/** Grants of services are not kept yet, so none stand under a service's own name. */
function wireMember({ id, name, serviceName }: MemberFacts): RealmMember {
  return { id, name, service_name: serviceName, has_grants: false };
}
