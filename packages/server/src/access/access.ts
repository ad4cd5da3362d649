// The door of the access area: the only file other areas and `main.ts` may import.
import type { Route } from '../platform/http/route.ts';
import type { AccessDeps } from './access-deps.ts';
import { sessionRoutes } from './identity/session.routes.ts';
import { setUpRoutes } from './workspaces/set-up.routes.ts';

export type { AccessDeps } from './access-deps.ts';
export { accessMigrations } from './access.migrations.ts';
export { authenticate } from './identity/authenticate.ts';
export { createSetupLink, createSignInLink } from './identity/one-time-links.ts';
export { openOperatorKey, readOperatorKey, type OperatorKey } from './identity/operator-key.ts';
export type { OneTimeLink } from './identity/sign-in-link.ts';
export { listMemberAddresses } from './workspaces/member.store.ts';
export {
  setUpWorkspace,
  type SetUpDeps,
  type SetUpOrder,
  type SetUpResult,
  type WorkspaceFacts,
} from './workspaces/set-up.ts';
export { listActiveWorkspaces, type Workspace } from './workspaces/workspace.store.ts';

export function accessRoutes(deps: AccessDeps): readonly Route[] {
  return [...setUpRoutes(deps), ...sessionRoutes(deps)];
}
