// GitHub, which is no OpenID issuer: its tokens are opaque, so it is asked about each. One person has one subject, the
// numeric id, whichever way they come in; logins and addresses change hands.
import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Clock } from '../../platform/clock.ts';
import { reachOf } from '../../platform/outbound/reach.ts';
import { problem, ProblemError } from '../../platform/problem.ts';
import type { Secret } from '../../platform/secrets/secret.ts';
import { askAccount, type GitHubAccount, type GitHubApi } from './github-api.ts';
import { createRecent } from './github-recent.ts';
import { asSignIn, isSame, refused } from './id-token.ts';
import { cleanName, cleanPicture, readAddress } from './id-token-person.ts';
import type { IdentityProvider, IdpIdentity, LoginSecrets, ProviderRelay } from './identity-provider.ts';
import { unreachable } from './issuer-cache.ts';
import { createIssuerFetch, logFailure } from './issuer-fetch.ts';
import { challengeOf, type CodeExchange, declined, notBelieved } from './oidc-issuer-flow.ts';
import type { OidcProviderDeps } from './oidc-issuer.ts';

export interface GitHubSettings {
  readonly clientId: string;
  readonly clientSecret: Secret;
  /** Where people sign in, without a trailing slash; also the issuer. */
  readonly url: string;
  /** Where programs ask, without a trailing slash. */
  readonly apiUrl: string;
}

/** GitHub, which can also hand an application the token itself. */
export type GitHub = IdentityProvider & { readonly relay: ProviderRelay };

export function createGitHub(settings: GitHubSettings, deps: OidcProviderDeps): GitHub {
  const api: GitHubApi = {
    ...settings,
    base: settings.apiUrl,
    fetch: createIssuerFetch(deps.fetch, reachOf(new URL(settings.apiUrl))),
    log: deps.log,
  };
  const web = { ...api, fetch: createIssuerFetch(deps.fetch, reachOf(new URL(settings.url))), base: settings.url };
  const account = createAccountLookup(api, deps.clock);
  const identify = async (token: string): Promise<IdpIdentity> => identityOf(settings, await account.ofOwn(token));

  return {
    name: 'github',
    title: 'GitHub',
    authorizationUrl: async (secrets, redirectUri) =>
      authorizationUrl(settings, { scope: 'user:email', secrets, redirectUri }),
    finish: async (callback, secrets, redirectUri) => {
      const token = await exchangeCode(web, { callback, secrets, redirectUri });
      return asSignIn(() => identify(token));
    },
    relay: {
      authorizationUrl: async (secrets, redirectUri) =>
        authorizationUrl(settings, { scope: 'read:user user:email', secrets, redirectUri }),
      exchange: (callback, secrets, redirectUri) => exchangeCode(web, { callback, secrets, redirectUri }),
    },
    verifyToken: async (token, { audiences }) => {
      // An opaque token has no audience to hold against a list, so a service that lists some cannot take it.
      if (audiences.length > 0) throw refused('The service lists audiences, and tokens of GitHub have none.');
      if (!OAUTH_APP_TOKEN.test(token)) throw refused('This is no access token that GitHub gives an OAuth app.');
      return identityOf(settings, await account.ofPresented(token));
    },
  };
}

/** What GitHub itself handed us only has to fit a header line. */
const TOKEN = /^[\w.-]{1,512}$/;

/** What GitHub gives OAuth apps: marked and long, or forty hexadecimal digits as until 2021. Nothing else is asked about. */
const OAUTH_APP_TOKEN = /^(?:gho_[A-Za-z0-9]{36,251}|[0-9a-f]{40})$/;

/** Presented tokens that are asked about at the same time. Whoever sends rubbish must not use up what GitHub answers us. */
const LOOKUPS_AT_ONCE = 8;

interface AccountLookup {
  /** Of a token that we got from GitHub ourselves. */
  ofOwn(token: string): Promise<GitHubAccount>;
  /** Of a token that somebody brought. @throws ProblemError `idp_unreachable` also when too many are asked about */
  ofPresented(token: string): Promise<GitHubAccount>;
}

/**
 * A token is asked about once in 60 seconds at most, whatever the answer was: revoking one at GitHub shows within that time,
 * and so does what its holder mends there.
 */
function createAccountLookup(api: GitHubApi, clock: Clock): AccountLookup {
  const memory = { clock, lastsMs: 60_000, most: 1_000 };
  const recent = createRecent<GitHubAccount>({ ...memory, isFinal: isRefusal });
  const limited = atMost<GitHubAccount>(LOOKUPS_AT_ONCE);
  // Held by hash: whoever reads our memory finds no token there.
  const keyOf = (token: string) => createHash('sha256').update(token).digest('base64');
  const ask = (token: string) => askAccount(api, token, clock.now());
  return {
    ofOwn: (token) => recent(keyOf(token), () => ask(token)),
    ofPresented: (token) => recent(keyOf(token), () => limited(() => ask(token))),
  };
}

function isRefusal(error: unknown): boolean {
  return error instanceof ProblemError && error.code === 'idp_token_refused';
}

function atMost<Value>(most: number): (work: () => Promise<Value>) => Promise<Value> {
  let running = 0;
  return async (work) => {
    if (running >= most)
      throw problem('idp_unreachable', 'Too many tokens of GitHub are being looked at. Try again shortly.', {
        retryAfterSeconds: 1,
      });
    running += 1;
    try {
      return await work();
    } finally {
      running -= 1;
    }
  };
}

function identityOf({ url }: GitHubSettings, account: Awaited<ReturnType<typeof askAccount>>): IdpIdentity {
  return {
    provider: 'github',
    issuer: url,
    subject: String(account.id),
    wireSubject: `github|${account.id}`,
    email: readAddress(account.primaryEmail),
    name: cleanName(account.name) ?? cleanName(account.login),
    avatarUrl: cleanPicture(account.avatarUrl),
  };
}

interface Journey {
  readonly scope: string;
  readonly secrets: LoginSecrets;
  readonly redirectUri: string;
}

function authorizationUrl({ url: base, clientId }: GitHubSettings, { scope, secrets, redirectUri }: Journey): URL {
  const url = new URL(`${base}/login/oauth/authorize`);
  const parameters = {
    client_id: clientId,
    redirect_uri: redirectUri,
    scope,
    state: secrets.state,
    code_challenge: challengeOf(secrets.verifier),
    code_challenge_method: 'S256',
  };
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  return url;
}

const TokenAnswer = z.object({ access_token: z.string().regex(TOKEN), token_type: z.string().regex(/^bearer$/i) });
const ErrorAnswer = z.object({ error: z.string() });

async function exchangeCode(web: GitHubApi, { callback, secrets, redirectUri }: CodeExchange): Promise<string> {
  const code = readCallback(callback, secrets.state);
  const response = await web.fetch
    .ask({
      url: new URL(`${web.base}/login/oauth/access_token`),
      method: 'POST',
      headers: { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({
        client_id: web.clientId,
        client_secret: web.clientSecret.reveal(),
        code,
        redirect_uri: redirectUri,
        code_verifier: secrets.verifier,
      }).toString(),
    })
    .catch((error: unknown) => {
      throw unreachable(error);
    });
  if (response.status >= 500 || response.status === 429) throw unreachable();
  const document: unknown = await response.json().catch(() => null);
  const answer = TokenAnswer.safeParse(document);
  if (response.status === 200 && answer.success) return answer.data.access_token;
  if (ErrorAnswer.safeParse(document).data?.error === 'incorrect_client_credentials')
    logFailure({ log: web.log, source: 'github' }, { event: 'identity.client_refused', error: null, age: null });
  throw problem('idp_refused', 'GitHub did not accept the sign-in. Start it again.');
}

/** The code somebody came back with, when it is the answer to the question we asked. */
function readCallback(callback: URL, state: string): string {
  const only = (name: string): string | null => {
    const values = callback.searchParams.getAll(name);
    if (values.length > 1) throw notBelieved();
    return values[0] ?? null;
  };
  if (!isSame(only('state') ?? '', state)) throw notBelieved();
  const error = only('error');
  if (error !== null) throw declined(error);
  const code = only('code');
  if (code === null || code === '') throw notBelieved();
  return code;
}
