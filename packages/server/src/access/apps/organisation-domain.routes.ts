// HTTP of the mail domains of organisations, and of which organisations a workspace is open to.
import {
  AllowedOrganisations,
  AllowedOrganisationsChange,
  NewOrganisationDomain,
  OrganisationDomain,
  UuidInput,
} from '@sentinel/contract';
import { z } from 'zod';
import type { Route } from '../../platform/http/route.ts';
import type { OrganisationId, WorkspaceId } from '../../platform/ids.ts';
import { problem } from '../../platform/problem.ts';
import type { AccessDeps } from '../access-deps.ts';
import { actOf, ById, idOf } from '../admin/admin-change.ts';
import { adminRoute } from '../admin/admin-route.ts';
import { change, note, shortName } from './change-apps.ts';
import { parseMailDomain } from './organisation.ts';
import { mustFind } from './organisation.routes.ts';
import { deleteDomain, holdWorkspace, insertDomain, listAllowed, setAllowed } from './organisation.store.ts';

type Deps = Pick<AccessDeps, 'db' | 'standing' | 'admissions'>;

const ByDomain = z.object({ id: UuidInput, domain: UuidInput });

export function organisationDomainRoutes(deps: Deps): readonly Route[] {
  return [addDomainRoute(deps), removeDomainRoute(deps), readAllowedRoute(deps), setAllowedRoute(deps)];
}

function addDomainRoute(deps: Deps): Route {
  return adminRoute(deps, {
    method: 'POST',
    path: '/admin/organizations/:id/domains',
    summary: 'Claims a mail domain for an organisation',
    params: ById,
    body: NewOrganisationDomain,
    answers: { 201: OrganisationDomain },
    problems: ['not_found', 'bad_request', 'already_exists'],
    async handle({ who, params, body, now }) {
      const id = idOf<OrganisationId>(params.id);
      const act = actOf({ who, now });
      return change(deps, 'organisations', now, async (tx) => {
        if ((await mustFind(tx, id)).isPublic)
          throw problem('bad_request', 'The public organisation takes whoever no domain claims; it has none itself.');
        const domain = parseMailDomain(body.domain);
        if (domain === null) throw problem('bad_request', 'This is not a mail domain, such as acme.example.');
        const { include_subdomains } = body;
        const added = await insertDomain(tx, id, { domain, include_subdomains }, now);
        if (added === null) throw problem('already_exists', 'An organisation claims this domain already.');
        await note(tx, act, {
          action: 'org_domain_add',
          targetType: 'organization',
          targetId: id,
          detail: { domain: shortName(domain), include_subdomains },
        });
        return added;
      });
    },
  });
}

function removeDomainRoute(deps: Deps): Route {
  return adminRoute(deps, {
    method: 'DELETE',
    path: '/admin/organizations/:id/domains/:domain',
    summary: 'Gives a mail domain up',
    params: ByDomain,
    answers: { 204: 'empty' },
    problems: ['not_found'],
    async handle({ who, params, now }) {
      const id = idOf<OrganisationId>(params.id);
      const act = actOf({ who, now });
      await change(deps, 'organisations', now, async (tx) => {
        if (!(await deleteDomain(tx, id, params.domain)))
          throw problem('not_found', 'The organisation has no such domain.');
        await note(tx, act, {
          action: 'org_domain_remove',
          targetType: 'organization',
          targetId: id,
          detail: { domain_id: params.domain },
        });
      });
    },
  });
}

function readAllowedRoute(deps: Deps): Route {
  return adminRoute(deps, {
    method: 'GET',
    path: '/admin/workspaces/:id/allowed-organizations',
    summary: 'Lists the organisations a workspace is open to; none means all',
    params: ById,
    answers: { 200: AllowedOrganisations },
    problems: ['not_found'],
    async handle({ params }) {
      const id = idOf<WorkspaceId>(params.id);
      const organisations = await deps.db.control(async (tx) => {
        if (!(await holdWorkspace(tx, id))) throw noWorkspace();
        return listAllowed(tx, id);
      });
      return { organization_ids: organisations };
    },
  });
}

function setAllowedRoute(deps: Deps): Route {
  return adminRoute(deps, {
    method: 'PUT',
    path: '/admin/workspaces/:id/allowed-organizations',
    summary: 'Sets the organisations a workspace is open to; none opens it to all',
    params: ById,
    body: AllowedOrganisationsChange,
    answers: { 200: AllowedOrganisations },
    problems: ['not_found', 'bad_request'],
    async handle({ who, params, body, now }) {
      const id = idOf<WorkspaceId>(params.id);
      const act = actOf({ who, now });
      const organisations = await change(deps, 'organisations', now, async (tx) => {
        if (!(await holdWorkspace(tx, id))) throw noWorkspace();
        if (!(await setAllowed(tx, id, body.organization_ids)))
          throw problem('bad_request', 'One of these organisations is unknown, public or switched off.');
        const set = await listAllowed(tx, id);
        await note(tx, act, {
          action: 'workspace_allowed_orgs_set',
          targetType: 'workspace',
          targetId: id,
          workspaceId: id,
          detail: { count: set.length },
        });
        return set;
      });
      return { organization_ids: organisations };
    },
  });
}

const noWorkspace = () => problem('not_found', 'There is no such workspace.');
