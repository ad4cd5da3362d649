// HTTP of organisations, for platform administrators, and their directory for services.
import {
  AdminUserPage,
  NewOrganisation,
  Organisation,
  OrganisationChange,
  OrganisationDirectory,
  OrganisationDirectoryQuery,
  OrganisationSummaries,
  OrganisationSummary,
  OrganisationUsersQuery,
} from '@sentinel/contract';
import type { ControlTx } from '../../platform/db/database.ts';
import { type Route, route } from '../../platform/http/route.ts';
import type { OrganisationId } from '../../platform/ids.ts';
import { problem } from '../../platform/problem.ts';
import type { AccessDeps } from '../access-deps.ts';
import { actOf, ById, idOf, partOf } from '../admin/admin-change.ts';
import { adminRoute } from '../admin/admin-route.ts';
import { endSignIns } from '../admin/end-sign-ins.store.ts';
import { toAdminUser } from '../admin/people.routes.ts';
import { listPeople } from '../admin/people.store.ts';
import { change, changedMembers, note } from './change-apps.ts';
import {
  deleteOrganisation,
  findOrganisation,
  insertOrganisation,
  isOrganisationNamed,
  listPeopleIdsOf,
  listDomains,
  listOrganisations,
  type Organisation as OrganisationFacts,
  updateOrganisation,
} from './organisation.store.ts';

type Deps = Pick<AccessDeps, 'db' | 'standing' | 'admissions'>;

export function organisationRoutes(deps: Deps): readonly Route[] {
  return [
    listRoute(deps),
    createRoute(deps),
    readRoute(deps),
    changeRoute(deps),
    deleteRoute(deps),
    usersRoute(deps),
    directoryRoute(deps),
  ];
}

function listRoute(deps: Deps): Route {
  return adminRoute(deps, {
    method: 'GET',
    path: '/admin/organizations',
    summary: 'Lists the organisations, the public one first',
    answers: { 200: OrganisationSummaries },
    problems: [],
    handle: async () => (await deps.db.control(listOrganisations)).map(wireSummary),
  });
}

function createRoute(deps: Deps): Route {
  return adminRoute(deps, {
    method: 'POST',
    path: '/admin/organizations',
    summary: 'Makes an organisation; with the first one, people of no organisation are not let in any more',
    body: NewOrganisation,
    answers: { 201: OrganisationSummary },
    problems: ['already_exists'],
    async handle({ who, body, now }) {
      const act = actOf({ who, now });
      const made = await change(deps, 'organisations', now, async (tx) => {
        const id = await insertOrganisation(tx, body, now);
        if (id === null)
          throw problem('already_exists', 'This slug is taken, or there is a public organisation already.');
        await note(tx, act, { action: 'org_create', targetType: 'organization', targetId: id });
        return mustFind(tx, id);
      });
      return wireSummary(made);
    },
  });
}

function readRoute(deps: Deps): Route {
  return adminRoute(deps, {
    method: 'GET',
    path: '/admin/organizations/:id',
    summary: 'Reads an organisation with its domains',
    params: ById,
    answers: { 200: Organisation },
    problems: ['not_found'],
    handle: ({ params }) => deps.db.control((tx) => readWhole(tx, idOf<OrganisationId>(params.id))),
  });
}

function changeRoute(deps: Deps): Route {
  return adminRoute(deps, {
    method: 'PATCH',
    path: '/admin/organizations/:id',
    summary: 'Renames an organisation, or shuts its people out or lets them in',
    params: ById,
    body: OrganisationChange,
    answers: { 200: Organisation },
    problems: ['not_found'],
    async handle({ who, params, body, now }) {
      const id = idOf<OrganisationId>(params.id);
      const act = actOf({ who, now });
      return change(deps, 'organisations', now, async (tx) => {
        const before = await mustFind(tx, id);
        await updateOrganisation(tx, id, body);
        if (body.enabled === false && before.enabled) await signOutPeople(tx, id, now);
        const toggled = typeof body.enabled === 'boolean' && body.enabled !== before.enabled;
        await note(tx, act, {
          action: before.isPublic && toggled ? 'org_public_toggle' : 'org_update',
          targetType: 'organization',
          targetId: id,
          detail: { changed: changedMembers(body), enabled: body.enabled ?? before.enabled },
        });
        return readWhole(tx, id);
      });
    },
  });
}

function deleteRoute(deps: Deps): Route {
  return adminRoute(deps, {
    method: 'DELETE',
    path: '/admin/organizations/:id',
    summary: 'Deletes an organisation that no workspace names',
    params: ById,
    answers: { 204: 'empty' },
    problems: ['not_found', 'bad_request'],
    async handle({ who, params, now }) {
      const id = idOf<OrganisationId>(params.id);
      const act = actOf({ who, now });
      await change(deps, 'organisations', now, async (tx) => {
        if ((await mustFind(tx, id)).isPublic)
          throw problem('bad_request', 'The public organisation cannot be deleted; switch it off instead.');
        if (await isOrganisationNamed(tx, id))
          throw problem('bad_request', 'A workspace names this organisation among those it is open to.');
        // Whoever belonged to it is judged anew when they sign in again.
        await signOutPeople(tx, id, now);
        await deleteOrganisation(tx, id);
        await note(tx, act, { action: 'org_delete', targetType: 'organization', targetId: id });
      });
    },
  });
}

function usersRoute(deps: Deps): Route {
  return adminRoute(deps, {
    method: 'GET',
    path: '/admin/organizations/:id/users',
    summary: 'Lists the people of an organisation, newest first',
    params: ById,
    query: OrganisationUsersQuery,
    answers: { 200: AdminUserPage },
    problems: ['not_found'],
    async handle({ params, query }) {
      const organisationId = idOf<OrganisationId>(params.id);
      const { people, total } = await deps.db.control(async (tx) => {
        await mustFind(tx, organisationId);
        return listPeople(tx, { organisationId }, partOf(query));
      });
      return { items: people.map(toAdminUser), total, page: query.page, page_size: query.page_size };
    },
  });
}

function directoryRoute({ db, admissions }: Deps): Route {
  return route({
    method: 'GET',
    path: '/organizations',
    summary: 'Lists the organisations for a service, to label people with',
    admit: admissions.key,
    unaudited: 'A service reads the names of organisations; nothing is changed.',
    query: OrganisationDirectoryQuery,
    answers: { 200: OrganisationDirectory },
    problems: [],
    rate: 'service',
    async handle({ query }) {
      const all = await db.control(listOrganisations);
      return all.filter((each) => each.enabled || query.include_disabled).map(wireName);
    },
  });
}

/** @throws ProblemError `not_found` */
export async function mustFind(tx: ControlTx, id: OrganisationId): Promise<OrganisationFacts> {
  const organisation = await findOrganisation(tx, id);
  if (organisation === null) throw problem('not_found', 'There is no such organisation.');
  return organisation;
}

async function readWhole(tx: ControlTx, id: OrganisationId): Promise<Organisation> {
  const organisation = await mustFind(tx, id);
  return { ...wireName(organisation), user_count: organisation.userCount, domains: await listDomains(tx, id) };
}

function wireName({ id, name, slug, isPublic, enabled }: OrganisationFacts) {
  return { id, name, slug, is_public: isPublic, enabled };
}

function wireSummary(organisation: OrganisationFacts): OrganisationSummary {
  return {
    ...wireName(organisation),
    domain_count: organisation.domainCount,
    user_count: organisation.userCount,
  };
}

async function signOutPeople(tx: ControlTx, id: OrganisationId, now: Date): Promise<void> {
  await endSignIns(tx, await listPeopleIdsOf(tx, id), 'organisation_switched_off', now);
}
