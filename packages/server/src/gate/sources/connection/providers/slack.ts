// Slack: bot tokens, of the kind that does not end and of the rotating kind. Errors come with status 200 and `ok: false`.
// Facts: docs.slack.dev, "Installing with OAuth", "Using token rotation", "Using PKCE".
import { z } from 'zod';
import { type Dialect, plainDialect, type Verdict } from '../../../../platform/outbound/dialect.ts';
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

export const SLACK_FACTS: ProviderFacts = {
  name: 'slack',
  title: 'Slack',
  scopes: [
    { scope: 'channels:history', purpose: 'Posts of public channels the app is a member of, through the gate.' },
    { scope: 'groups:history', purpose: 'Posts of private channels the app is a member of, through the gate.' },
    { scope: 'im:history', purpose: 'Posts of direct messages with the app, through the gate.' },
    { scope: 'mpim:history', purpose: 'Posts of group messages the app is a member of, through the gate.' },
    { scope: 'channels:read', purpose: 'Who is in public channels, and with whom they are shared.' },
    { scope: 'groups:read', purpose: 'The same for private channels.' },
    { scope: 'im:read', purpose: 'The same for direct messages.' },
    { scope: 'mpim:read', purpose: 'The same for group messages.' },
    { scope: 'users:read', purpose: 'Who wrote a post.' },
    { scope: 'users:read.email', purpose: 'Their addresses: without them nobody is known, and nothing passes.' },
    { scope: 'team:read', purpose: 'Which workspace this is.' },
  ],
  caution: null,
};

export interface SlackClient extends ProviderClient {
  /** Slack takes PKCE only for apps that have it switched on, which makes them public clients for good. */
  readonly pkce: boolean;
}

const Token = z.object({
  ok: z.literal(true),
  access_token: z.string().min(1),
  token_type: z.literal('bot'),
  refresh_token: z.string().min(1).optional(),
  expires_in: z.number().positive().optional(),
  scope: z.string().optional(),
  team: z.object({ id: z.string().min(1), name: z.string().optional() }).nullish(),
});

const grant: z.ZodType<Grant> = Token.transform((token) => ({
  access: token.access_token,
  refresh: token.refresh_token ?? null,
  livesMs: token.expires_in === undefined ? null : token.expires_in * 1000,
  scopes: token.scope === undefined ? null : token.scope.split(/[ ,]/),
  baseUrl: null,
  // An installation for a whole organisation has no team; it is refused, since its channels belong to many.
  account: token.team ? { id: token.team.id, name: token.team.name ?? null } : null,
}));

const Answer = z.object({ ok: z.boolean(), error: z.string().optional() });
const codeOf = (json: unknown): string | null => {
  const answer = Answer.safeParse(json).data;
  return answer?.ok === false ? (answer.error ?? 'unknown_error') : null;
};

const LIMITED: ReadonlySet<string> = new Set(['ratelimited', 'rate_limited']);
const UNABLE: ReadonlySet<string> = new Set([
  'internal_error',
  'fatal_error',
  'service_unavailable',
  'request_timeout',
  'team_added_to_org',
]);
const UNAUTHORISED: ReadonlySet<string> = new Set([
  'not_authed',
  'invalid_auth',
  'account_inactive',
  'token_revoked',
  'token_expired',
]);

const dialect: Dialect = {
  judge(answer): Verdict {
    const code = codeOf(answer.json);
    if (code === null) return plainDialect.judge(answer);
    if (LIMITED.has(code)) return { kind: 'limited', retryAfterMs: null };
    if (UNABLE.has(code)) return { kind: 'unavailable', retryAfterMs: null };
    if (UNAUTHORISED.has(code)) return { kind: 'unauthorised' };
    return { kind: 'refused', code: /^\w{1,60}$/.test(code) ? code : 'unknown_error' };
  },
};

const REVOKED: ReadonlySet<string> = new Set([
  'invalid_refresh_token',
  'token_revoked',
  'token_expired',
  'account_inactive',
  'invalid_auth',
  'invalid_grant',
]);
const CLIENT: ReadonlySet<string> = new Set(['bad_client_secret', 'invalid_client_id', 'invalid_client']);

export function slack(client: SlackClient): SourceProvider {
  const base = client.sandbox ?? 'https://slack.com';
  const token = new URL(`${base}/api/oauth.v2.access`);
  return {
    ...SLACK_FACTS,
    reach: client.sandbox === null ? 'public' : 'loopback',
    lane: LANE,
    dialect,
    tokenDialect: tokenDialect({ codeOf, limited: LIMITED, unavailable: UNABLE }),
    grant,
    needsRefresh: false,
    rotates: true,
    sharesGrantWith: ['slack'],
    assumedLifeMs: null,
    dataOrigin: base,
    isOwnBase: null,
    authorizationUrl: (order) => {
      const query = authorizationQuery(client, order, SLACK_FACTS.scopes.map(({ scope }) => scope).join(','));
      const { code_challenge: _challenge, code_challenge_method: _method, ...plain } = query;
      return addressOf(`${base}/oauth/v2/authorize`, client.pkce ? query : plain);
    },
    exchange: (order) => {
      const { code_verifier: verifier, ...plain } = exchangeFields(client, order);
      return { url: token, form: client.pkce ? { ...plain, code_verifier: verifier } : plain };
    },
    refresh: (value) => ({ url: token, form: refreshFields(client, value) }),
    revoke: ({ access }) => [
      { url: new URL(`${base}/api/auth.revoke`), form: {}, headers: { authorization: `Bearer ${access}` } },
    ],
    judge: (code) => (REVOKED.has(code) ? 'revoked' : CLIENT.has(code) ? 'client_refused' : 'transient'),
    isDead: (code) => REVOKED.has(code),
    probe: { path: '/api/auth.test', method: 'POST' },
    identify: null,
  };
}

/** Tier 3 is 50 a minute for each method; the lane's requests name the budget of their tier. */
const LANE: SourceProvider['lane'] = {
  name: 'slack',
  concurrency: 3,
  queue: 200,
  patienceMs: 60_000,
  budgets: {
    requests: { capacity: 25, perMs: 60_000 },
    history: { capacity: 25, perMs: 60_000 },
    users: { capacity: 50, perMs: 60_000 },
    lists: { capacity: 10, perMs: 60_000 },
  },
  breaker: { failures: 5, openMs: 30_000 },
};
