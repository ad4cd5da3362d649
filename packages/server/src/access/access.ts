// The door of the access area: the only file other areas and `main.ts` may import.
import type { Route } from '../platform/http/route.ts';
import type { AccessDeps } from './access-deps.ts';
import { adminRoutes } from './admin/admin.routes.ts';
import type { Installation } from './admin/system.ts';
import { appRoutes } from './apps/app.routes.ts';
import { consoleSignInRoutes } from './identity/console-sign-in.routes.ts';
import { deviceGrantRoutes } from './identity/device-grant.routes.ts';
import { loginRoutes } from './identity/login.routes.ts';
import { resolveRoutes } from './identity/resolve.routes.ts';
import { sessionPlacesRoutes } from './identity/session-places.routes.ts';
import { sessionRoutes } from './identity/session.routes.ts';
import { createSignInSignals } from './identity/sign-in-signals.ts';
import { signingKeyRoutes } from './tokens/signing-key.routes.ts';
import { tokenRoutes } from './tokens/token.routes.ts';
import { setUpRoutes } from './workspaces/set-up.routes.ts';
import { workspaceRoutes } from './workspaces/workspaces.routes.ts';

export type { AccessDeps, AccessSettings } from './access-deps.ts';
export type { Installation } from './admin/system.ts';
export { accessMigrations } from './access.migrations.ts';
export { defineAccessCare } from './access.jobs.ts';
export { authenticate, callerOfSession } from './identity/authenticate.ts';
export { createSetupLink, createSignInLink } from './identity/one-time-links.ts';
export { openOperatorKey, readOperatorKey, type OperatorKey } from './identity/operator-key.ts';
export { openProviders } from './providers/providers.ts';
export type { OneTimeLink } from './identity/sign-in-link.ts';
export { openAccess } from './open-access.ts';
export { signingKeyPlace } from './tokens/sealed-keys.store.ts';
export { keeper } from './tokens/signing-key.routes.ts';
export { listMemberAddresses } from './workspaces/member.store.ts';
export {
  setUpWorkspace,
  type SetUpDeps,
  type SetUpOrder,
  type SetUpResult,
  type WorkspaceFacts,
} from './workspaces/set-up.ts';
export { listActiveWorkspaces, type Workspace } from './workspaces/workspace.store.ts';

/** @param installation what only `main.ts` knows, for the page of administrators */
export function accessRoutes(deps: AccessDeps, installation: Installation): readonly Route[] {
  const signals = createSignInSignals(deps);
  return [
    ...setUpRoutes(deps),
    ...sessionRoutes(deps),
    ...consoleSignInRoutes(deps),
    ...sessionPlacesRoutes(deps),
    ...deviceGrantRoutes(deps),
    ...loginRoutes(deps, signals),
    ...resolveRoutes(deps, signals),
    ...tokenRoutes(deps),
    ...signingKeyRoutes(deps),
    ...workspaceRoutes(deps),
    ...appRoutes(deps),
    ...adminRoutes({ ...deps, installation }),
  ];
}
