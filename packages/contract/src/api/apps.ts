// Applications that sign people in through us (client apps) and services that ask us (service apps), on the wire.
// Where browsers may be sent and which pages may call is parsed strictly: exactly one spelling, no wildcard.
import { z } from 'zod';
import { plainText } from './plain-text.ts';
import { Id, Instant } from './shapes.ts';

const MOST_ADDRESSES = 100;
const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/** Why a text is no address we send browsers to or take calls from; null when it is one. */
function flawOf(text: string, url: URL | null): string | null {
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:')) return 'This is not an http(s) address.';
  if (url.protocol === 'http:' && !LOOPBACK.test(url.hostname))
    return 'Use https; http is for addresses of this machine only.';
  if (url.username !== '' || url.password !== '') return 'An address with a user name is not accepted.';
  if (text.includes('*')) return 'Wildcards are not accepted; register every address.';
  if (url.hostname.endsWith('.')) return 'The host name must not end with a dot.';
  return null;
}

function redirectFlaw(text: string): string | null {
  const url = URL.canParse(text) ? new URL(text) : null;
  const flaw = flawOf(text, url);
  if (flaw !== null) return flaw;
  if (/[?#]/.test(text)) return 'A query or a fragment is not accepted here.';
  // `https://app.example` is the one text that the URL standard writes differently and browsers treat alike.
  return url?.href === text || url?.href === `${text}/` ? null : 'Write the address as a browser shows it.';
}

function originFlaw(text: string): string | null {
  const url = URL.canParse(text) ? new URL(text) : null;
  return (
    flawOf(text, url) ??
    (url?.origin === text ? null : 'An origin is scheme, host and port only, as browsers write it.')
  );
}

function strict(format: string, findFlaw: (text: string) => string | null) {
  return z
    .string()
    .max(2048)
    .superRefine((text, context) => {
      const message = findFlaw(text);
      if (message !== null) context.addIssue({ code: 'invalid_format', format, message, input: text });
    });
}

const unique = (texts: readonly string[]): string[] => [...new Set(texts)];

/** Where a browser is sent back to (RFC 9700 §2.1): compared letter by letter, so there is exactly one spelling. */
export const RedirectUri = strict('redirect_uri', redirectFlaw).meta({
  description: 'https, or http on loopback; without user name, query, fragment or wildcard',
});
/** The origin of a page (RFC 6454 §6.2); never `null`. */
export const WebOrigin = strict('origin', originFlaw).meta({
  description: 'https origin, or http on loopback; no path, no wildcard',
});

const RedirectUris = z.array(RedirectUri).min(1).max(MOST_ADDRESSES).transform(unique);
const Origins = z.array(WebOrigin).max(MOST_ADDRESSES).transform(unique);
const Audiences = z.array(z.string().trim().min(1).max(255)).max(MOST_ADDRESSES).transform(unique);
const AppName = plainText(1, 255);

/** Of a service or a realm: both stand in one namespace, because both may stand in `svc`. */
export const ServiceName = z
  .string()
  .min(2)
  .max(255)
  .regex(/^[a-z][a-z0-9-]*[a-z0-9]$/);

export const ClientApp = z
  .object({
    id: Id,
    name: z.string(),
    redirect_uris: z.array(z.string()),
    is_active: z.boolean(),
    created_by: Id.nullable(),
    created_at: Instant,
    updated_at: Instant,
  })
  .meta({ id: 'ClientApp' });
export type ClientApp = z.infer<typeof ClientApp>;
export const ClientApps = z.array(ClientApp);

export const NewClientApp = z.object({ name: AppName, redirect_uris: RedirectUris });

/** What is absent or null stays. */
export const ClientAppChange = z.object({
  name: AppName.nullish(),
  redirect_uris: RedirectUris.nullish(),
  is_active: z.boolean().nullish(),
  /** Signs out whoever signed in through it; counts only together with `is_active: false`. */
  revoke_sessions: z.boolean().default(false),
});

const serviceAppFields = {
  id: Id,
  name: z.string(),
  service_name: z.string(),
  /** The first letters of the current key, to tell keys apart. */
  key_prefix: z.string(),
  is_active: z.boolean(),
  allowed_origins: z.array(z.string()),
  last_used_at: Instant.nullable(),
  created_by: Id.nullable(),
  created_at: Instant,
  updated_at: Instant,
  realm_id: Id.nullable(),
  /** Audiences that identity providers' tokens of this service may have; empty: those of the installation. */
  allowed_idp_audiences: z.array(z.string()),
  /** Whether a page of an allowed origin may have authz tokens minted without the key. */
  browser_minting: z.boolean(),
  /** Until when the key before the current one is good; null when it is not. */
  previous_key_expires_at: Instant.nullable(),
};
export const ServiceApp = z.object(serviceAppFields).meta({ id: 'ServiceApp' });
export type ServiceApp = z.infer<typeof ServiceApp>;
export const ServiceApps = z.array(ServiceApp);

/** With the key, which is shown this once. */
export const ServiceAppSecret = z.object({ ...serviceAppFields, api_key: z.string() }).meta({ id: 'ServiceAppSecret' });
export type ServiceAppSecret = z.infer<typeof ServiceAppSecret>;

export const NewServiceApp = z.object({
  name: AppName,
  service_name: ServiceName,
  allowed_origins: Origins.default([]),
  allowed_idp_audiences: Audiences.default([]),
  browser_minting: z.boolean().default(false),
});

/** What is absent or null stays; the service's name always does. */
export const ServiceAppChange = z.object({
  name: AppName.nullish(),
  is_active: z.boolean().nullish(),
  allowed_origins: Origins.nullish(),
  allowed_idp_audiences: Audiences.nullish(),
  browser_minting: z.boolean().nullish(),
});

/** How many seconds the old key lives on; none when nothing is said. */
export const KeyRotation = z.object({ grace_seconds: z.int().min(0).max(86_400).default(0) }).nullish();
