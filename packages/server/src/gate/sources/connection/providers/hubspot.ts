// HubSpot: OAuth by the date-versioned token endpoint, with credentials in the body; portals are its accounts.
// Facts: developers.hubspot.com/docs, "OAuth tokens" 2026-03.
import { z } from 'zod';
import { type Dialect, plainDialect } from '../../../../platform/outbound/dialect.ts';
import {
  addressOf,
  authorizationQuery,
  clientFields,
  exchangeFields,
  type Grant,
  type ProviderClient,
  type ProviderFacts,
  refreshFields,
  type SourceProvider,
} from './source-provider.ts';
import { oauthCode, tokenDialect } from './token-dialect.ts';

export const HUBSPOT_FACTS: ProviderFacts = {
  name: 'hubspot',
  title: 'HubSpot',
  scopes: [
    { scope: 'oauth', purpose: 'To know which account this is.' },
    { scope: 'crm.objects.contacts.read', purpose: 'Contacts: who opens the gate.' },
    { scope: 'crm.objects.companies.read', purpose: 'The companies that contacts belong to.' },
    { scope: 'crm.objects.deals.read', purpose: 'Deals, and who takes part in them.' },
    { scope: 'crm.objects.owners.read', purpose: 'Who of you looks after a contact or a deal.' },
    { scope: 'crm.schemas.contacts.read', purpose: 'Which fields contacts have.' },
    { scope: 'crm.schemas.deals.read', purpose: 'Pipelines and stages of deals.' },
  ],
  caution: null,
};

const VERSION = '2026-03';

const Token = z.object({
  access_token: z.string().min(1),
  refresh_token: z.string().min(1).optional(),
  expires_in: z.number().positive().optional(),
  hub_id: z.number().int().optional(),
  scopes: z.array(z.string()).optional(),
});

const grant: z.ZodType<Grant> = Token.transform((token) => ({
  access: token.access_token,
  refresh: token.refresh_token ?? null,
  livesMs: token.expires_in === undefined ? null : token.expires_in * 1000,
  scopes: token.scopes ?? null,
  baseUrl: null,
  account: token.hub_id === undefined ? null : { id: String(token.hub_id), name: `Portal ${token.hub_id}` },
}));

/** 423 and 477 say that the portal is busy, or being moved. */
const dialect: Dialect = {
  judge: (answer) =>
    answer.status === 423 || answer.status === 477
      ? { kind: 'unavailable', retryAfterMs: null }
      : plainDialect.judge(answer),
};

const Status = z.object({ status: z.string() });
/** HubSpot's own code where there is one: it parts a wrong secret from a dead token. */
const codeOf = (json: unknown): string | null => {
  const status = Status.safeParse(json).data?.status;
  return status?.startsWith('BAD_') === true ? status : oauthCode(json);
};

const REVOKED: ReadonlySet<string> = new Set(['invalid_grant', 'BAD_REFRESH_TOKEN', 'BAD_HUB', 'access_denied']);
const CLIENT: ReadonlySet<string> = new Set([
  'invalid_client',
  'unauthorized_client',
  'BAD_CLIENT_ID',
  'BAD_CLIENT_SECRET',
]);

export function hubspot(client: ProviderClient): SourceProvider {
  const app = client.sandbox ?? 'https://app.hubspot.com';
  const api = client.sandbox ?? 'https://api.hubapi.com';
  const token = new URL(`${api}/oauth/${VERSION}/token`);
  const revocation = (value: string, hint: string) => ({
    url: new URL(`${token.href}/revoke`),
    form: { ...clientFields(client), token: value, token_type_hint: hint },
  });
  return {
    ...HUBSPOT_FACTS,
    reach: client.sandbox === null ? 'public' : 'loopback',
    lane: LANE,
    dialect,
    tokenDialect: tokenDialect({ codeOf }),
    grant,
    needsRefresh: true,
    // Not today, but it says that it may.
    rotates: true,
    sharesGrantWith: ['hubspot'],
    assumedLifeMs: 30 * 60_000,
    dataOrigin: api,
    isOwnBase: null,
    authorizationUrl: (order) =>
      addressOf(
        `${app}/oauth/authorize`,
        authorizationQuery(client, order, HUBSPOT_FACTS.scopes.map(({ scope }) => scope).join(' ')),
      ),
    exchange: (order) => ({ url: token, form: exchangeFields(client, order) }),
    refresh: (value) => ({ url: token, form: refreshFields(client, value) }),
    // Deleting the refresh token leaves the access token alive, so both are named.
    revoke: ({ access, refresh }) => [
      ...(refresh === null ? [] : [revocation(refresh, 'refresh_token')]),
      revocation(access, 'access_token'),
    ],
    judge: (code) => (REVOKED.has(code) ? 'revoked' : CLIENT.has(code) ? 'client_refused' : 'transient'),
    isDead: (code) => REVOKED.has(code) || code === 'invalid_token' || code === 'BAD_TOKEN',
    probe: { path: '/account-info/2026-09/details', method: 'GET' },
    identify: null,
  };
}

/** An app may ask 100 to 110 times in 10 seconds of one account; searches have 5 a second, for all apps of the account. */
const LANE: SourceProvider['lane'] = {
  name: 'hubspot',
  concurrency: 4,
  queue: 200,
  patienceMs: 60_000,
  budgets: { requests: { capacity: 50, perMs: 10_000 }, search: { capacity: 2, perMs: 1_000 } },
  breaker: { failures: 5, openMs: 30_000 },
};
