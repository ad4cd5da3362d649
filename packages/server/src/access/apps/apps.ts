// The applications that use us, as every request needs them: remembered whole by each process, read again when one changed.
// There are few; what is asked for every request must not cost a query.
import type { ClientAppId, PersonId, RealmId, ServiceAppId } from '../../platform/ids.ts';

export interface ClientApp {
  readonly id: ClientAppId;
  readonly name: string;
  readonly redirectUris: readonly string[];
  readonly active: boolean;
  readonly createdBy: PersonId | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export interface Realm {
  readonly id: RealmId;
  readonly name: string;
  readonly slug: string;
  readonly m2mSeconds: number;
  readonly active: boolean;
  readonly createdAt: Date;
}

export interface ServiceApp {
  readonly id: ServiceAppId;
  readonly name: string;
  readonly serviceName: string;
  readonly active: boolean;
  readonly allowedOrigins: readonly string[];
  readonly allowedIdpAudiences: readonly string[];
  /** Whether a page of an allowed origin may have authz tokens minted without the key. */
  readonly browserMinting: boolean;
  readonly realm: Realm | null;
  /** The realm's slug for a member of an active realm, else the service's name: what `service_name` and `svc` must equal. */
  readonly scope: string;
}

export interface Apps {
  /** The active service app of a key; null for any other text. Compares hashes, in constant time. */
  byKey(key: string): Promise<ServiceApp | null>;
  /** The active service app that registered a browser origin. */
  byOrigin(origin: string): Promise<ServiceApp | null>;
  /** The active client app that registered exactly this redirect URI; the oldest when `clientId` is null. */
  byRedirect(redirectUri: string, clientId: string | null): Promise<ClientApp | null>;
  /** An active client app. */
  clientApp(id: ClientAppId): Promise<ClientApp | null>;
  /** Whether an active app registered the origin, as origin of a page or of a redirect URI. */
  isAllowedOrigin(origin: string): Promise<boolean>;
}
