// All HTTP of people and their workspaces: access contract §1.3, and how people join.
import type { Route } from '../../platform/http/route.ts';
import { groupMemberRoutes } from './group-member.routes.ts';
import { groupRoutes } from './group.routes.ts';
import { joiningRoutes } from './joining.routes.ts';
import { meRoutes } from './me.routes.ts';
import { memberRoutes } from './member.routes.ts';
import { oneWorkspaceRoutes, type WorkspaceDeps } from './workspace.routes.ts';

export function workspaceRoutes(deps: WorkspaceDeps): readonly Route[] {
  return [
    ...meRoutes(deps),
    ...oneWorkspaceRoutes(deps),
    ...memberRoutes(deps),
    ...groupRoutes(deps),
    ...groupMemberRoutes(deps),
    ...joiningRoutes(deps),
  ];
}
