// The settings of identity providers, in the form the table of all settings has them, and what is unsafe about them.
import { z } from 'zod';
import { mayAsk, reachOf } from '../../platform/outbound/reach.ts';
import type { Secret } from '../../platform/secrets/secret.ts';
import { parsePersonEmail } from '../identity/person-email.ts';

const text = z.string().trim().min(1).nullable();
const url = z.url({ protocol: /^https?$/ });
/** What a provider of the operator's own is called must not be taken for one of the three. */
const OWN_NAMES: ReadonlySet<string> = new Set(['google', 'github', 'entra_id']);

const OidcProvider = z.strictObject({
  id: z
    .string()
    .regex(/^[a-z][a-z0-9_-]{0,31}$/)
    .refine((id) => !OWN_NAMES.has(id)),
  title: z.string().trim().min(1).max(60).optional(),
  issuer: url,
  clientId: z.string().min(1),
  /** Absent for a public client. */
  clientSecret: z.string().min(1).optional(),
  /** Client ids of applications whose tokens are accepted beside those made for us. */
  audiences: z.array(z.string().min(1)).default([]),
  /** Whose word is taken for an address: the claim `email_verified`, or the issuer's as such. */
  emailVerified: z.enum(['claim', 'always']).default('claim'),
  /** Whether the issuer may stand in a private network. */
  privateNetwork: z.boolean().default(false),
});
export type OidcProviderSettings = z.output<typeof OidcProvider>;

const OidcProviders = z.array(OidcProvider).refine((all) => new Set(all.map(({ id }) => id)).size === all.length);

/** The list of SENTINEL_OIDC_PROVIDERS, or null when it is not valid; why stays unsaid, since it holds secrets. */
export function parseOidcProviders(json: string): readonly OidcProviderSettings[] | null {
  try {
    return OidcProviders.safeParse(JSON.parse(json)).data ?? null;
  } catch {
    return null;
  }
}

const emails = z
  .string()
  .nullable()
  .transform((list) => (list ?? '').split(',').flatMap((each) => (each.trim() === '' ? [] : [each.trim()])))
  .refine((all) => all.every((each) => parsePersonEmail(each) !== null), {
    error: 'give mail addresses, separated by commas',
  })
  .transform((all): readonly string[] => all.map((each) => (parsePersonEmail(each) ?? each).toLowerCase()));

export const PROVIDER_SETTINGS = {
  googleClientId: {
    env: ['GOOGLE_CLIENT_ID'],
    flag: null,
    meaning: 'Client id at Google; with the secret, people may sign in there.',
    schema: text,
    fallback: null,
    secret: false,
  },
  googleClientSecret: {
    env: ['GOOGLE_CLIENT_SECRET'],
    flag: null,
    meaning: 'Client secret at Google.',
    schema: text,
    fallback: null,
    secret: true,
  },
  googleIssuer: {
    env: ['SENTINEL_GOOGLE_ISSUER'],
    flag: null,
    meaning: 'Issuer that stands in for Google, for tests. Must be https unless loopback.',
    schema: url,
    fallback: 'https://accounts.google.com',
    secret: false,
  },
  githubClientId: {
    env: ['GITHUB_CLIENT_ID'],
    flag: null,
    meaning: 'Client id of an OAuth app at GitHub; with the secret, people may sign in there.',
    schema: text,
    fallback: null,
    secret: false,
  },
  githubClientSecret: {
    env: ['GITHUB_CLIENT_SECRET'],
    flag: null,
    meaning: 'Client secret at GitHub.',
    schema: text,
    fallback: null,
    secret: true,
  },
  githubUrl: {
    env: ['SENTINEL_GITHUB_URL'],
    flag: null,
    meaning: 'Where people sign in to GitHub, for GitHub Enterprise Server and tests; set together with githubApiUrl.',
    schema: url,
    fallback: 'https://github.com',
    secret: false,
  },
  githubApiUrl: {
    env: ['SENTINEL_GITHUB_API_URL'],
    flag: null,
    meaning: 'Base of the REST API of that GitHub.',
    schema: url,
    fallback: 'https://api.github.com',
    secret: false,
  },
  entraClientId: {
    env: ['ENTRA_CLIENT_ID'],
    flag: null,
    meaning: 'Client id at Microsoft Entra ID; with secret and tenant, people of the tenant may sign in.',
    schema: text,
    fallback: null,
    secret: false,
  },
  entraClientSecret: {
    env: ['ENTRA_CLIENT_SECRET'],
    flag: null,
    meaning: 'Client secret at Microsoft Entra ID.',
    schema: text,
    fallback: null,
    secret: true,
  },
  entraTenantId: {
    env: ['ENTRA_TENANT_ID'],
    flag: null,
    meaning: 'Id of the one tenant whose people may sign in.',
    schema: z.guid({ error: 'give the id of one tenant, not its name and not "common"' }).nullable(),
    fallback: null,
    secret: false,
  },
  entraIssuer: {
    env: ['SENTINEL_ENTRA_ISSUER'],
    flag: null,
    meaning: 'Issuer that stands in for Entra, for tests. Must be https unless loopback.',
    schema: url.nullable(),
    fallback: null,
    secret: false,
  },
  oidcProviders: {
    env: ['SENTINEL_OIDC_PROVIDERS'],
    flag: null,
    meaning:
      'Further OpenID Connect issuers: a JSON list of {id, title?, issuer, clientId, clientSecret?, audiences?, emailVerified?: "claim" or "always", privateNetwork?}.',
    schema: text,
    fallback: null,
    secret: true,
  },
  adminEmails: {
    env: ['ADMIN_EMAILS'],
    flag: null,
    meaning:
      'Verified addresses, separated by commas, whose people become platform administrators at their first sign-in.',
    schema: emails,
    fallback: null,
    secret: false,
  },
  refreshGrace: {
    env: ['SENTINEL_REFRESH_GRACE'],
    flag: null,
    meaning:
      'Seconds for which a refresh token that was just used is answered with the same successor, as two tabs at once need; 0 is never.',
    schema: z.coerce.number().int().min(0).max(60),
    fallback: '10',
    secret: false,
  },
} as const;

export interface ProviderSettings {
  readonly googleClientId: string | null;
  readonly googleClientSecret: Secret | null;
  readonly googleIssuer: string;
  readonly githubClientId: string | null;
  readonly githubClientSecret: Secret | null;
  readonly githubUrl: string;
  readonly githubApiUrl: string;
  readonly entraClientId: string | null;
  readonly entraClientSecret: Secret | null;
  readonly entraTenantId: string | null;
  readonly entraIssuer: string | null;
  readonly oidcProviders: Secret | null;
}

/** Sentences about what cannot work or would be unsafe; empty when everything is well. */
export function refuseUnsafeProviders(settings: ProviderSettings): string[] {
  const sentences: string[] = [];
  for (const [name, id, secret] of [
    ['GOOGLE', settings.googleClientId, settings.googleClientSecret],
    ['GITHUB', settings.githubClientId, settings.githubClientSecret],
    ['ENTRA', settings.entraClientId, settings.entraClientSecret],
  ] as const)
    if ((id === null) !== (secret === null))
      sentences.push(`${name}_CLIENT_ID and ${name}_CLIENT_SECRET need each other.`);
  if ((settings.entraClientId === null) !== (settings.entraTenantId === null))
    sentences.push(
      'ENTRA_CLIENT_ID and ENTRA_TENANT_ID need each other: without a tenant anybody at Microsoft could sign in.',
    );
  const { githubUrl, githubApiUrl } = PROVIDER_SETTINGS;
  if ((settings.githubUrl === githubUrl.fallback) !== (settings.githubApiUrl === githubApiUrl.fallback))
    sentences.push('SENTINEL_GITHUB_URL and SENTINEL_GITHUB_API_URL need each other.');
  sentences.push(...refuseAddresses(settings));
  return sentences;
}

function refuseAddresses(settings: ProviderSettings): string[] {
  const generic = parseOidcProviders(settings.oidcProviders?.reveal() ?? '[]');
  const addresses: (readonly [string, string | null])[] = [
    ['SENTINEL_GOOGLE_ISSUER', settings.googleIssuer],
    ['SENTINEL_GITHUB_URL', settings.githubUrl],
    ['SENTINEL_GITHUB_API_URL', settings.githubApiUrl],
    ['SENTINEL_ENTRA_ISSUER', settings.entraIssuer],
    ...(generic ?? []).map(({ id, issuer }) => [`The issuer of ${id} in SENTINEL_OIDC_PROVIDERS`, issuer] as const),
  ];
  const sentences = addresses.flatMap(([name, address]) =>
    address === null || isGoodBase(new URL(address))
      ? []
      : [`${name} must be https unless loopback, without a user, a query or a fragment.`],
  );
  if (generic === null)
    sentences.push(
      'oidcProviders (SENTINEL_OIDC_PROVIDERS) must be a JSON list of issuers in the form the settings tell.',
    );
  const issuers = [settings.googleIssuer, settings.entraIssuer, ...(generic ?? []).map(({ issuer }) => issuer)].filter(
    (issuer) => issuer !== null,
  );
  if (new Set(issuers).size !== issuers.length)
    sentences.push('Two identity providers have the same issuer; whoever signs in could not be told apart.');
  return sentences;
}

function isGoodBase(address: URL): boolean {
  return address.search === '' && address.hash === '' && mayAsk(address, reachOf(address));
}
