// How the installation is and how it is set, as platform administrators are shown it: no secret, of keys the beginning only.
import type { AdminHealth, AdminSettings } from '@sentinel/contract';
import type { Database } from '../../platform/db/database.ts';
import { DEFAULT_RATE_LIMITS, type RateLimits } from '../../platform/http/rate-limit.ts';
import type { AccessDeps } from '../access-deps.ts';
import { TOKEN_LIFETIMES } from '../tokens/token.ts';
import { ping, readRegistered } from './overview.store.ts';

export type SystemDeps = Pick<AccessDeps, 'admissions' | 'db' | 'clock' | 'settings' | 'providers' | 'tokens'> & {
  readonly installation: Installation;
};

/** What only `main.ts` knows. */
export interface Installation {
  readonly version: string;
  readonly startedAt: Date;
  /** Requests per minute, where they differ from the usual ones. */
  readonly limits?: Partial<RateLimits>;
}

/** A database that does not answer makes the answer `degraded`, not a fault. */
export async function readHealth({
  db,
  clock,
  installation,
}: Pick<SystemDeps, 'clock' | 'installation'> & { readonly db: Pick<Database, 'control'> }): Promise<AdminHealth> {
  const startedAtMs = performance.now();
  const error = await db.control(ping).then(
    () => null,
    () => 'The database does not answer.',
  );
  const latency_ms = Math.round((performance.now() - startedAtMs) * 10) / 10;
  return {
    status: error === null ? 'healthy' : 'degraded',
    checks: {
      database: { status: error === null ? 'healthy' : 'unhealthy', latency_ms, error },
      // Everything is kept in the one database.
      redis: { status: 'not_used', latency_ms: 0, error: null },
    },
    uptime_seconds: Math.max(0, Math.floor((clock.now().getTime() - installation.startedAt.getTime()) / 1000)),
    version: installation.version,
  };
}

const WELL_KNOWN = ['google', 'github', 'entra_id'];

export async function readSettings(deps: SystemDeps, now: Date): Promise<AdminSettings> {
  const { settings, providers, installation } = deps;
  const registered = await deps.db.control((tx) => readRegistered(tx, now));
  const issuer = new URL(settings.issuer);
  const names = [...new Set([...WELL_KNOWN, ...providers.names])];
  return {
    oauth_providers: names.map((name) => ({ name, configured: providers.names.includes(name) })),
    jwt: {
      algorithm: 'RS256',
      access_token_expire_minutes: TOKEN_LIFETIMES.access / 60,
      refresh_token_expire_days: TOKEN_LIFETIMES.refresh / (24 * 3600),
      public_key_preview: await previewKey(deps),
      denylist_count: registered.denied,
    },
    security: {
      cookie_secure: issuer.protocol === 'https:',
      allowed_hosts: [issuer.host],
      cors_origins: originsOf(registered.addresses),
      // Sessions are random and stored as hashes; there is no secret that could be left unset.
      session_secret_configured: true,
      admin_emails: [...settings.adminEmails],
    },
    rate_limits: Object.entries({ ...DEFAULT_RATE_LIMITS, ...installation.limits }).map(([endpoint, limit]) => ({
      endpoint,
      limit: `${limit}/minute`,
    })),
    service_keys: registered.keys.map((each) => ({ ...each })),
    service: { base_url: settings.issuer, frontend_url: settings.issuer, admin_url: settings.adminUrl },
  };
}

const PREVIEW = 24;

/** The beginning of the public key that signs now. */
async function previewKey({ tokens }: SystemDeps): Promise<string | null> {
  const [current] = (await tokens.keySet()).keys;
  return current === undefined ? null : `${current.n.slice(0, PREVIEW)}…`;
}

/** Origins of addresses, each once; what cannot be read as one is left out. */
function originsOf(addresses: readonly string[]): string[] {
  const origins = addresses.flatMap((address) => (URL.canParse(address) ? [new URL(address).origin] : []));
  return [...new Set(origins)].filter((origin) => origin !== 'null').toSorted();
}
