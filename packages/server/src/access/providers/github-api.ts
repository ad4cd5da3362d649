// GitHub's REST API as far as telling who holds a token needs it. Every answer is parsed; what a status means is decided
// in one place. GitHub's tokens are opaque and good for whoever holds them, so the first question is always whether
// this one was made for our own application.
import { z } from 'zod';
import type { Logger } from '../../platform/log.ts';
import type { Secret } from '../../platform/secrets/secret.ts';
import { refused } from './id-token.ts';
import { unreachable } from './issuer-cache.ts';
import { type IssuerFetch, logFailure } from './issuer-fetch.ts';

export interface GitHubApi {
  readonly base: string;
  readonly clientId: string;
  readonly clientSecret: Secret;
  readonly fetch: IssuerFetch;
  readonly log: Logger;
}

const GitHubId = z.number().int().positive().max(Number.MAX_SAFE_INTEGER);
const Check = z.object({
  app: z.object({ client_id: z.string() }),
  user: z.object({ id: GitHubId }).nullable(),
  expires_at: z.string().nullish(),
});
const User = z.object({
  id: GitHubId,
  login: z.string().min(1),
  name: z.string().nullish(),
  avatar_url: z.string().nullish(),
});
const Emails = z.array(z.object({ email: z.string(), primary: z.boolean(), verified: z.boolean() })).max(1000);

export interface GitHubAccount {
  readonly id: number;
  readonly login: string;
  readonly name: string | null;
  readonly avatarUrl: string | null;
  readonly primaryEmail: string;
}

/**
 * Who holds a token that was made for our application.
 *
 * @throws ProblemError `idp_token_refused` or `idp_unreachable`
 */
export async function askAccount(api: GitHubApi, token: string, now: Date): Promise<GitHubAccount> {
  const holder = await checkOurs(api, token, now);
  const headers = { authorization: `Bearer ${token}`, ...ACCEPT };
  const [user, emails] = await Promise.all([
    ask(api, { path: '/user', headers }).then((answer) => parse(User, answer)),
    ask(api, { path: '/user/emails', headers }).then((answer) => parse(Emails, answer)),
  ]);
  if (user.id !== holder) throw refused('The token and the account do not belong together.');
  const primary = emails.find((each) => each.primary && each.verified);
  // An account always has some address, so where none is listed we were not allowed to see it.
  const flaw = emails.length === 0 ? '/email' : '/email_verified';
  if (primary === undefined) throw refused('The account has no verified primary address.', { flaw });
  const { id, login, name = null, avatar_url: avatarUrl = null } = user;
  return { id, login, name, avatarUrl, primaryEmail: primary.email };
}

/** Who the token belongs to, once GitHub has said that it is valid and ours. */
async function checkOurs(api: GitHubApi, token: string, now: Date): Promise<number> {
  const credentials = Buffer.from(`${api.clientId}:${api.clientSecret.reveal()}`).toString('base64');
  const answer = await ask(api, {
    path: `/applications/${encodeURIComponent(api.clientId)}/token`,
    headers: { authorization: `Basic ${credentials}`, 'content-type': 'application/json', ...ACCEPT },
    body: JSON.stringify({ access_token: token }),
  });
  if (answer.status === 401) {
    logFailure({ log: api.log, source: 'github' }, { event: 'identity.client_refused', error: null, age: null });
    throw unreachable();
  }
  const check = parse(Check, answer);
  if (check.app.client_id !== api.clientId || check.user === null) throw refused(NOT_OURS);
  const end = check.expires_at;
  // An end that cannot be read is no end we could rely on.
  if (typeof end === 'string' && !(Date.parse(end) > now.getTime())) throw refused('The token has expired.');
  return check.user.id;
}

const NOT_OURS = 'The token is not one that GitHub made for this application.';
const ACCEPT = { accept: 'application/vnd.github+json', 'x-github-api-version': '2022-11-28' };

interface Question {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

async function ask(api: GitHubApi, { path, headers, body }: Question): Promise<Answer> {
  const url = new URL(`${api.base}${path}`);
  const how = body === undefined ? {} : ({ method: 'POST', body } as const);
  const response = await api.fetch.ask({ url, headers, ...how }).catch((error: unknown) => {
    throw unreachable(error);
  });
  const exhausted = response.status === 403 && response.headers.get('x-ratelimit-remaining') === '0';
  if (response.status >= 500 || response.status === 429 || exhausted || response.headers.has('retry-after'))
    throw unreachable();
  const document: unknown = await response.json().catch(() => null);
  return { status: response.status, body: document };
}

/** An answer of 200 in another form than GitHub's is no word of GitHub; other statuses refuse the token. */
function parse<Schema extends z.ZodType>(schema: Schema, { status, body }: Answer): z.output<Schema> {
  if (status !== 200) throw refused(NOT_OURS);
  const parsed = schema.safeParse(body);
  if (!parsed.success) throw unreachable(parsed.error);
  return parsed.data;
}
