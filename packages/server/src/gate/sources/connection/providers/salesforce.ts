// Salesforce: the web server flow with PKCE. There is no `expires_in`, so an access token is used for 110 minutes at most and
// renewed once when it is refused before; refresh tokens rotate, and using an old one ends the whole family.
// Facts: help.salesforce.com, "OAuth 2.0 Web Server Flow", "Refresh Token Rotation".
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
import { instanceOrigin } from './salesforce-hosts.ts';
import { tokenDialect } from './token-dialect.ts';

export const SALESFORCE_FACTS: ProviderFacts = {
  name: 'salesforce',
  title: 'Salesforce',
  scopes: [
    { scope: 'api', purpose: 'Contacts, accounts and opportunities: who opens the gate.' },
    { scope: 'refresh_token', purpose: 'To go on reading when you are not here.' },
  ],
  caution:
    'Salesforce has no read-only scope: "api" allows whatever the connecting user may do. Sentinel only reads; connect with a user whose permission set is read-only.',
};

/** REST version of Winter '26 on; every org serves it. */
export const SALESFORCE_API = '/services/data/v67.0';

export interface SalesforceClient extends ProviderClient {
  /** See `isLoginHost`. */
  readonly loginHost: string;
}

const Token = z.object({
  access_token: z.string().min(1),
  refresh_token: z.string().min(1).optional(),
  scope: z.string().optional(),
  instance_url: z.string(),
  id: z.string(),
});
/** `https://<login>/id/<org>/<user>`: the org is the account. Ids of 15 characters are the beginnings of those of 18. */
const IDENTITY = /\/id\/([A-Za-z0-9]{15})(?:[A-Za-z0-9]{3})?\/[A-Za-z0-9]{15,18}$/;

function grantOf(sandboxOrigin: string | null, sandbox: string | null): z.ZodType<Grant> {
  return Token.transform((token, context): Grant => {
    const origin = instanceOrigin(token.instance_url, sandboxOrigin);
    const [, org] = IDENTITY.exec(token.id) ?? [];
    if (origin === null || org === undefined) {
      context.addIssue({ code: 'custom', message: 'not an answer of Salesforce' });
      return z.NEVER;
    }
    return {
      access: token.access_token,
      refresh: token.refresh_token ?? null,
      livesMs: null,
      scopes: token.scope === undefined ? null : token.scope.split(' ').map(plainScope),
      // A stand-in is one for all accounts, and may stand elsewhere tomorrow.
      baseUrl: sandbox === null ? origin : null,
      account: { id: org, name: new URL(token.instance_url).hostname },
    };
  });
}

/** Two names for one scope. */
const plainScope = (scope: string): string => (scope === 'offline_access' ? 'refresh_token' : scope);

const Failure = z.array(z.object({ errorCode: z.string(), message: z.string().optional() })).min(1);

/** Limits are said with 403; a 401 can mean that no token of this user will do, which no refresh mends. */
const dialect: Dialect = {
  judge(answer): Verdict {
    const [failure] = Failure.safeParse(answer.json).data ?? [];
    if (failure?.errorCode === 'REQUEST_LIMIT_EXCEEDED') return { kind: 'limited', retryAfterMs: null };
    if (failure?.errorCode === 'SERVER_UNAVAILABLE') return { kind: 'unavailable', retryAfterMs: null };
    const plain = plainDialect.judge(answer);
    if (plain.kind === 'unauthorised' && LASTING.test(failure?.message ?? ''))
      return { kind: 'refused', code: 'session_not_usable' };
    if (plain.kind !== 'refused' || failure === undefined) return plain;
    return { kind: 'refused', code: /^[A-Z_]{1,60}$/.test(failure.errorCode) ? failure.errorCode : plain.code };
  },
};
const LASTING = /^(This session is not valid for use with the REST API|Connected app is not attached to Agent)/;

const REVOKED: ReadonlySet<string> = new Set(['invalid_grant', 'inactive_user', 'inactive_org', 'invalid_app_access']);
const CLIENT: ReadonlySet<string> = new Set([
  'invalid_client',
  'invalid_client_id',
  'invalid_client_credentials',
  'unauthorized_client',
]);

export function salesforce(client: SalesforceClient): SourceProvider {
  const { sandbox } = client;
  const login = sandbox ?? `https://${client.loginHost}`;
  const token = new URL(`${login}/services/oauth2/token`);
  return {
    ...SALESFORCE_FACTS,
    reach: sandbox === null ? 'public' : 'loopback',
    lane: LANE,
    dialect,
    tokenDialect: tokenDialect({ limited: new Set(['rate_limit_exceeded']) }),
    grant: grantOf(sandbox === null ? null : new URL(sandbox).origin, sandbox),
    needsRefresh: true,
    rotates: true,
    sharesGrantWith: [],
    assumedLifeMs: 110 * 60_000,
    dataOrigin: login,
    isOwnBase: (baseUrl) => baseUrl === (sandbox ?? instanceOrigin(baseUrl, null)),
    authorizationUrl: (order) =>
      addressOf(`${login}/services/oauth2/authorize`, {
        ...authorizationQuery(client, order, SALESFORCE_FACTS.scopes.map(({ scope }) => scope).join(' ')),
        prompt: 'login consent',
      }),
    exchange: (order) => ({ url: token, form: exchangeFields(client, order) }),
    refresh: (value) => ({ url: token, form: refreshFields(client, value) }),
    // The refresh token takes its access tokens with it.
    revoke: ({ access, refresh }) => [
      { url: new URL(`${login}/services/oauth2/revoke`), form: { token: refresh ?? access } },
    ],
    judge: (code) => (REVOKED.has(code) ? 'revoked' : CLIENT.has(code) ? 'client_refused' : 'transient'),
    isDead: (code) => REVOKED.has(code) || code === 'invalid_token' || code === 'unsupported_token_type',
    probe: { path: `${SALESFORCE_API}/limits`, method: 'GET' },
    identify: null,
  };
}

/** An org has 25 long requests at a time, for all its tools; the daily number is watched by whoever reads. */
const LANE: SourceProvider['lane'] = {
  name: 'salesforce',
  concurrency: 3,
  queue: 200,
  patienceMs: 60_000,
  budgets: { requests: { capacity: 20, perMs: 10_000 } },
  breaker: { failures: 5, openMs: 30_000 },
};
