// All HTTP of applications, realms and organisations.
import type { Route } from '../../platform/http/route.ts';
import type { AccessDeps } from '../access-deps.ts';
import { clientAppRoutes } from './client-app.routes.ts';
import { machineTokenRoutes } from './machine-token.routes.ts';
import { organisationDomainRoutes } from './organisation-domain.routes.ts';
import { organisationRoutes } from './organisation.routes.ts';
import { realmRoutes } from './realm.routes.ts';
import { serviceAppRoutes } from './service-app.routes.ts';

export function appRoutes(
  deps: Pick<AccessDeps, 'db' | 'standing' | 'admissions' | 'tokens' | 'randomBytes'>,
): readonly Route[] {
  return [
    ...clientAppRoutes(deps),
    ...serviceAppRoutes(deps),
    ...realmRoutes(deps),
    ...machineTokenRoutes(deps),
    ...organisationRoutes(deps),
    ...organisationDomainRoutes(deps),
  ];
}
