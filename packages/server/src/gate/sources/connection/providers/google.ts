// Google, for Gmail and Calendar apart: each asks for its own scope only, and `include_granted_scopes` is left out, so that
// whoever lets us read meetings has not let us read mail. Refresh tokens do not rotate.
// Facts: developers.google.com/identity/protocols/oauth2/web-server.
import { ONE_GRANT } from '@sentinel/contract';
import { z } from 'zod';
import { type Dialect, plainDialect } from '../../../../platform/outbound/dialect.ts';
import {
  addressOf,
  authorizationQuery,
  exchangeFields,
  type Grant,
  type ProviderClient,
  type ProviderFacts,
  refreshFields,
  type SourceProvider,
} from './source-provider.ts';
import { tokenDialect } from './token-dialect.ts';

const WHO = [
  { scope: 'openid', purpose: 'To know which account this is, even when its address changes.' },
  { scope: 'https://www.googleapis.com/auth/userinfo.email', purpose: 'To show which account this is.' },
] as const;

export const GMAIL_FACTS: ProviderFacts = {
  name: 'gmail',
  title: 'Gmail',
  scopes: [
    { scope: 'https://www.googleapis.com/auth/gmail.readonly', purpose: 'Mail of this mailbox, through the gate.' },
    ...WHO,
  ],
  caution: null,
};

export const CALENDAR_FACTS: ProviderFacts = {
  name: 'calendar',
  title: 'Google Calendar',
  scopes: [
    {
      scope: 'https://www.googleapis.com/auth/calendar.events.readonly',
      purpose: 'Meetings of this calendar, through the gate.',
    },
    ...WHO,
  ],
  caution: null,
};

const Token = z.object({
  access_token: z.string().min(1),
  refresh_token: z.string().min(1).optional(),
  expires_in: z.number().positive().optional(),
  scope: z.string().optional(),
});

const grant: z.ZodType<Grant> = Token.transform((token) => ({
  access: token.access_token,
  refresh: token.refresh_token ?? null,
  livesMs: token.expires_in === undefined ? null : token.expires_in * 1000,
  scopes: token.scope === undefined ? null : token.scope.split(' ').map(wholeScope),
  baseUrl: null,
  account: null,
}));

/** `email` is a short name that some answers give back. */
const wholeScope = (scope: string): string =>
  scope === 'email' ? 'https://www.googleapis.com/auth/userinfo.email' : scope;

const UserInfo = z
  .object({ sub: z.string().min(1), email: z.string().optional() })
  .transform(({ sub, email }) => ({ id: sub, name: email ?? null }));

const Failure = z.object({
  error: z.object({ errors: z.array(z.object({ reason: z.string() })).optional(), status: z.string().optional() }),
});
const LIMITED: ReadonlySet<string> = new Set([
  'rateLimitExceeded',
  'userRateLimitExceeded',
  'quotaExceeded',
  'dailyLimitExceeded',
  'RESOURCE_EXHAUSTED',
]);

/** Limits are said with 403 as well as with 429; the reason parts them from what is forbidden. */
const dialect: Dialect = {
  judge(answer) {
    const error = Failure.safeParse(answer.json).data?.error;
    const reason = error?.errors?.[0]?.reason ?? error?.status ?? null;
    if (reason !== null && LIMITED.has(reason)) return { kind: 'limited', retryAfterMs: null };
    const plain = plainDialect.judge(answer);
    if (plain.kind !== 'refused' || reason === null || !/^\w{1,60}$/.test(reason)) return plain;
    return { kind: 'refused', code: reason };
  },
};

const REVOKED: ReadonlySet<string> = new Set(['invalid_grant', 'admin_policy_enforced', 'account_disabled']);
const CLIENT: ReadonlySet<string> = new Set(['invalid_client', 'unauthorized_client', 'deleted_client']);

/** Gmail or Calendar, by its facts. */
export function google(client: ProviderClient, facts: ProviderFacts): SourceProvider {
  const { sandbox } = client;
  const token = new URL(`${sandbox ?? 'https://oauth2.googleapis.com'}/token`);
  const isMail = facts.name === 'gmail';
  return {
    ...facts,
    reach: sandbox === null ? 'public' : 'loopback',
    lane: isMail ? GMAIL_LANE : CALENDAR_LANE,
    dialect,
    tokenDialect: tokenDialect({ limited: LIMITED, unavailable: new Set(['internal_failure', 'backendError']) }),
    grant,
    needsRefresh: true,
    rotates: false,
    sharesGrantWith: ONE_GRANT,
    assumedLifeMs: 60 * 60_000,
    dataOrigin: sandbox ?? (isMail ? 'https://gmail.googleapis.com' : 'https://www.googleapis.com'),
    isOwnBase: null,
    authorizationUrl: (order) =>
      addressOf(`${sandbox ?? 'https://accounts.google.com'}/o/oauth2/v2/auth`, {
        ...authorizationQuery(client, order, facts.scopes.map(({ scope }) => scope).join(' ')),
        access_type: 'offline',
        // Without it a second consent brings no refresh token.
        prompt: 'consent',
      }),
    exchange: (order) => ({ url: token, form: exchangeFields(client, order) }),
    refresh: (value) => ({ url: token, form: refreshFields(client, value) }),
    revoke: ({ access, refresh }) => [
      { url: new URL(`${sandbox ?? 'https://oauth2.googleapis.com'}/revoke`), form: { token: refresh ?? access } },
    ],
    judge: (code) => (REVOKED.has(code) ? 'revoked' : CLIENT.has(code) ? 'client_refused' : 'transient'),
    isDead: (code) => code === 'invalid_token' || code === 'invalid_grant',
    probe: { path: isMail ? '/gmail/v1/users/me/profile' : ONE_EVENT, method: 'GET' },
    identify: {
      url: new URL(`${sandbox ?? 'https://openidconnect.googleapis.com'}/v1/userinfo`),
      answer: UserInfo,
    },
  };
}

/** The scope for events opens nothing else; of the event itself nothing is asked. */
const ONE_EVENT = '/calendar/v3/calendars/primary/events?maxResults=1&fields=timeZone';

/** 6,000 units per mailbox and minute, of which one message costs 20. */
const GMAIL_LANE: SourceProvider['lane'] = {
  name: 'gmail',
  concurrency: 4,
  queue: 200,
  patienceMs: 60_000,
  budgets: { requests: { capacity: 3_000, perMs: 60_000 } },
  breaker: { failures: 5, openMs: 30_000 },
};

/** 600 requests per user and minute. */
const CALENDAR_LANE: SourceProvider['lane'] = {
  name: 'calendar',
  concurrency: 3,
  queue: 200,
  patienceMs: 60_000,
  budgets: { requests: { capacity: 300, perMs: 60_000 } },
  breaker: { failures: 5, openMs: 30_000 },
};
