// One Salesforce org as its administrator set it up: sessions, limits, who sees which field, and who may not come in.
import type { Ground } from '../frame/stand-in.ts';
import type { Grants } from './grants.ts';
import type { Cursors } from './cursors.ts';
import type { Schema } from './objects/schema.ts';
import type { Usage } from './usage.ts';

/** Why the token endpoint refuses everybody, in its own words. */
export const TOKEN_REFUSALS = {
  inactive_user: 'user is inactive',
  inactive_org: 'organization is inactive',
  'ip restricted': 'ip restricted',
  invalid_app_access: 'user is not admin approved to access this app',
} as const;
export type TokenRefusal = keyof typeof TOKEN_REFUSALS;

export interface SalesforceSettings {
  /** How long an access token lives unused: 15 minutes to 24 hours at Salesforce. Clients are never told. */
  readonly sessionTimeoutMs: number;
  /** How long a refresh token lives unused. */
  readonly refreshIdleMs: number;
  /** Requests in any 24 hours, for the whole org. */
  readonly dailyApiRequests: number;
  /** Token requests of one user in any hour. */
  readonly loginsPerHour: number;
  /** Whether authorizing without a code challenge is refused. */
  readonly requirePkce: boolean;
  /** Whether the org's edition has an API. */
  readonly apiEnabled: boolean;
  /** Whether CurrencyIsoCode exists. */
  readonly multiCurrency: boolean;
  /** What field-level security hides, such as `Contact.Phone`. */
  readonly hiddenFields: readonly string[];
  readonly tokenRefusal: TokenRefusal | null;
}

const HOUR_MS = 3600 * 1000;

export const DEFAULT_SETTINGS: SalesforceSettings = {
  sessionTimeoutMs: 2 * HOUR_MS,
  refreshIdleMs: 30 * 24 * HOUR_MS,
  dailyApiRequests: 100_000,
  loginsPerHour: 3600,
  requirePkce: true,
  apiEnabled: true,
  multiCurrency: true,
  hiddenFields: [],
  tokenRefusal: null,
};

export interface Org {
  readonly ground: Ground;
  /** With 18 characters. */
  readonly id: string;
  readonly settings: () => SalesforceSettings;
  readonly grants: Grants;
  readonly usage: Usage;
  readonly cursors: Cursors;
  readonly schema: Schema;
}
