// Everything platform administrators can ask for (access contract §1.6).
import type { Route } from '../../platform/http/route.ts';
import { activityRoutes } from './activity.routes.ts';
import { adminWorkspaceRoutes, type AdminWorkspaceDeps } from './admin-workspaces.routes.ts';
import { adminGroupRoutes } from './admin-groups.routes.ts';
import { exportRoutes } from './export.routes.ts';
import { type ImportDeps, importRoutes } from './import.routes.ts';
import { type PeopleDeps, peopleRoutes } from './people.routes.ts';
import type { SystemDeps } from './system.ts';
import { systemRoutes } from './system.routes.ts';

export type AdminDeps = PeopleDeps & SystemDeps & ImportDeps & AdminWorkspaceDeps;

export function adminRoutes(deps: AdminDeps): readonly Route[] {
  return [
    ...systemRoutes(deps),
    ...activityRoutes(deps),
    ...peopleRoutes(deps),
    ...adminWorkspaceRoutes(deps),
    ...adminGroupRoutes(deps),
    ...importRoutes(deps),
    ...exportRoutes(deps),
  ];
}
