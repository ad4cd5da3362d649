// Opens the connections part: the providers that the settings make usable, and what uses them.
import type { ConnectionDeps } from './connection-deps.ts';
import type { ConnectionSettings } from './connection-settings.ts';
import type { ConnectionRouteDeps } from './connection.routes.ts';
import { createConnections } from './connections.ts';
import { openSourceProviders } from './providers/source-providers.ts';
import { createRenewals } from './renewals.ts';

/** @param settings checked before, by `refuseUnsafeConnections` */
export function openConnections(
  deps: Omit<ConnectionDeps, 'providers' | 'renewals'>,
  settings: ConnectionSettings,
): ConnectionRouteDeps {
  const whole: ConnectionDeps = { ...deps, providers: openSourceProviders(settings), renewals: createRenewals() };
  return { ...whole, connections: createConnections(whole) };
}
