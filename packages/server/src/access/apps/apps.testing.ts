// Test support: a few applications without a database.
import { newId, type ServiceAppId } from '../../platform/ids.ts';
import type { Apps, ClientApp, ServiceApp } from './apps.ts';

export function serviceApp(serviceName: string, changes: Partial<ServiceApp> = {}): ServiceApp {
  return {
    id: newId<ServiceAppId>(),
    name: serviceName,
    serviceName,
    active: true,
    allowedOrigins: [],
    allowedIdpAudiences: [],
    browserMinting: false,
    realm: null,
    scope: serviceName,
    ...changes,
  };
}

/** Applications by their keys. */
export function someApps(byKey: Readonly<Record<string, ServiceApp>>, clients: readonly ClientApp[] = []): Apps {
  const services = Object.values(byKey);
  return {
    byKey: async (key) => (Object.hasOwn(byKey, key) ? (byKey[key] ?? null) : null),
    byOrigin: async (origin) => services.find((each) => each.allowedOrigins.includes(origin)) ?? null,
    byRedirect: async (uri, id) =>
      clients.find((each) => each.redirectUris.includes(uri) && (id === null || each.id === id)) ?? null,
    clientApp: async (id) => clients.find((each) => each.id === id) ?? null,
    isAllowedOrigin: async (origin) => services.some((each) => each.allowedOrigins.includes(origin)),
  };
}
