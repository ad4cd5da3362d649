// Installing an app: the consent page, the exchange of a code, refreshing, and taking it all back. Refusals of programs are
// answers with status 200 that say `ok: false`.
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { answerHtml, answerRedirect, basicCredentials, readForm } from '../frame/answers.ts';
import { consentPage, refusalPage } from '../frame/consent-page.ts';
import type { Exchange, RegisteredApp } from '../frame/stand-in.ts';
import type { ChatUser } from './chat.ts';
import {
  exchangeToken,
  findInstall,
  flawOf,
  type Install,
  install,
  issueToken,
  scopesOf,
  uninstall,
  takeRefreshToken,
} from './slack-installs.ts';
import { sentenceOf } from './slack-scopes.ts';
import type { SlackState } from './slack-state.ts';

const CODE_MS = 600_000;
/** How many people of each workspace the page offers. */
const OFFERED = 3;

export interface Code {
  readonly install: Install;
  readonly user: ChatUser;
  readonly botScopes: readonly string[];
  readonly userScopes: readonly string[];
  readonly redirectUri: string | null;
  readonly challenge: string | null;
  readonly endsAt: number;
  used: boolean;
}

/** `/oauth/v2/authorize`: the page, and what comes of its buttons. */
export function authorize(state: SlackState, exchange: Exchange): void {
  const { searchParams: query } = exchange.url;
  const app = state.ground.apps.find(({ clientId }) => clientId === query.get('client_id'));
  if (app === undefined) return refuse(exchange, 'Invalid client_id parameter');
  const redirectUri = query.get('redirect_uri') ?? app.redirectUris[0];
  if (redirectUri === undefined || !app.redirectUris.some((each) => fits(each, redirectUri)))
    return refuse(exchange, 'redirect_uri did not match any configured URIs');
  const asked = { bot: listOf(query.get('scope')), user: listOf(query.get('user_scope')) };
  const all = [...asked.bot, ...asked.user];
  if (all.length === 0 || all.some((scope) => sentenceOf(scope) === null))
    return refuse(exchange, 'Invalid permissions requested');
  const accounts = accountsOf(state, query.get('team'));
  if (exchange.method !== 'POST') return answerHtml(exchange, 200, pageOf(state, { app, all, accounts }));
  const user = accounts.find(({ id }) => id === readForm(exchange).get('account'));
  const back = new URL(redirectUri);
  if (query.get('state') !== null) back.searchParams.set('state', query.get('state') ?? '');
  if (user === undefined) back.searchParams.set('error', 'access_denied');
  else back.searchParams.set('code', grant(state, { app, user, asked, query }));
  answerRedirect(exchange, back);
}

interface Granting {
  readonly app: RegisteredApp;
  readonly user: ChatUser;
  readonly asked: { readonly bot: readonly string[]; readonly user: readonly string[] };
  readonly query: URLSearchParams;
}

function grant(state: SlackState, { app, user, asked, query }: Granting): string {
  const partial = state.ground.faults.take('slack', ['partial_grant'], 'POST /oauth/v2/authorize') !== null;
  const botScopes = partial ? withoutOne(asked.bot) : asked.bot;
  const owner = install(state.installs, { app, user, botScopes, userScopes: asked.user });
  const code = `${Date.now()}.${randomBytes(6).readUIntBE(0, 6)}.${randomBytes(32).toString('hex')}`;
  state.codes.set(code, {
    install: owner,
    user,
    botScopes,
    userScopes: asked.user,
    redirectUri: query.get('redirect_uri'),
    challenge: query.get('code_challenge'),
    endsAt: state.ground.world.now().getTime() + CODE_MS,
    used: false,
  });
  return code;
}

/** Addresses are what an administrator is most likely to keep back. */
function withoutOne(scopes: readonly string[]): readonly string[] {
  const kept = scopes.includes('users:read.email') ? 'users:read.email' : scopes.at(-1);
  return scopes.filter((scope) => scope !== kept);
}

function accountsOf({ chat }: SlackState, team: string | null): readonly ChatUser[] {
  return [...chat.teams.values()]
    .filter(({ id }) => team === null || team === '' || team === id)
    .flatMap(({ id }) =>
      [...chat.users.values()]
        .filter(({ teamId, kind, deleted }) => teamId === id && kind === 'member' && !deleted)
        .slice(0, id === chat.home.id ? OFFERED : 1),
    );
}

function pageOf(
  { chat }: SlackState,
  { app, all, accounts }: { app: RegisteredApp; all: readonly string[]; accounts: readonly ChatUser[] },
): string {
  return consentPage({
    title: 'Slack',
    appName: app.clientId,
    scopes: [...new Set(all)].map((scope) => ({ scope, sentence: sentenceOf(scope) ?? scope, optional: false })),
    accounts: accounts.map(({ id, realName, teamId }) => ({
      id,
      name: `${realName}, ${chat.teams.get(teamId)?.name ?? teamId}`,
    })),
    hidden: {},
  });
}

function refuse(exchange: Exchange, why: string): void {
  answerHtml(exchange, 400, refusalPage('Slack: something went wrong', why));
}

/** A redirect address may go on below a registered one; on a loopback address the port is free. */
function fits(registered: string, given: string): boolean {
  if (!URL.canParse(given)) return false;
  const portless = (uri: string) => uri.replace(/^(http:\/\/(?:127\.0\.0\.1|localhost|\[::1\])):\d+/, '$1');
  const [wanted, actual] = [portless(registered), portless(given)];
  return actual === wanted || actual.startsWith(wanted.endsWith('/') ? wanted : `${wanted}/`);
}

function listOf(scopes: string | null): readonly string[] {
  return (scopes ?? '').split(/[\s,]+/).filter((scope) => scope !== '');
}

type Answer = Readonly<Record<string, unknown>>;
const no = (error: string): Answer => ({ ok: false, error });

/** `oauth.v2.access`: a code or a refresh token for tokens. */
export function accessMethod(state: SlackState, exchange: Exchange, args: URLSearchParams): Answer {
  const app = clientOf(state, exchange, args);
  if (typeof app === 'string') return no(app);
  switch (args.get('grant_type') ?? 'authorization_code') {
    case 'authorization_code':
      return redeemCode(state, app, args);
    case 'refresh_token':
      return refresh(state, app, args);
    default:
      return no('invalid_grant_type');
  }
}

/** The app, or the error. The fault `invalid_client` is a secret that was changed. */
function clientOf(state: SlackState, exchange: Exchange, args: URLSearchParams): RegisteredApp | string {
  const basic = basicCredentials(exchange);
  const id = basic?.id ?? args.get('client_id');
  const app = state.ground.apps.find(({ clientId }) => clientId === id);
  if (app === undefined) return 'invalid_client_id';
  const road = `${exchange.method} ${exchange.url.pathname}`;
  if (state.ground.faults.take('slack', ['invalid_client'], road) !== null) return 'bad_client_secret';
  return isSame(basic?.secret ?? args.get('client_secret') ?? '', app.clientSecret) ? app : 'bad_client_secret';
}

function isSame(one: string, other: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(one), digest(other));
}

function redeemCode(state: SlackState, app: RegisteredApp, args: URLSearchParams): Answer {
  const code = state.codes.get(args.get('code') ?? '');
  if (code === undefined || code.install.app.clientId !== app.clientId) return no('invalid_code');
  if (code.used) return no('code_already_used');
  if (code.endsAt <= state.ground.world.now().getTime()) return no('invalid_code');
  if ((args.get('redirect_uri') ?? null) !== code.redirectUri) return no('bad_redirect_uri');
  code.used = true;
  if (code.challenge !== null && challengeOf(args.get('code_verifier')) !== code.challenge)
    return no('invalid_code_verifier');
  const { install: owner, user, botScopes, userScopes } = code;
  const bot = botScopes.length > 0 ? issueToken(state.installs, owner, 'bot', owner.bot.id) : null;
  const own = userScopes.length > 0 ? issueToken(state.installs, owner, 'user', user.id) : null;
  return {
    ...describe(state, owner),
    authed_user: {
      id: user.id,
      ...(own === null
        ? {}
        : { scope: [...(owner.userScopes.get(user.id) ?? [])].join(','), token_type: 'user', ...own }),
    },
    ...(bot === null
      ? {}
      : { scope: [...owner.botScopes].join(','), token_type: 'bot', bot_user_id: owner.bot.id, ...bot }),
  };
}

function challengeOf(verifier: string | null): string | null {
  return verifier === null ? null : createHash('sha256').update(verifier).digest('base64url');
}

function refresh(state: SlackState, app: RegisteredApp, args: URLSearchParams): Answer {
  const next = takeRefreshToken(state.installs, app, args.get('refresh_token') ?? '');
  if (next === null) return no('invalid_refresh_token');
  const { kind, install: owner, user, ...issued } = next;
  const scopes = kind === 'bot' ? owner.botScopes : (owner.userScopes.get(user) ?? new Set<string>());
  return {
    ...describe(state, owner),
    scope: [...scopes].join(','),
    token_type: kind,
    ...issued,
    ...(kind === 'bot' ? { bot_user_id: owner.bot.id } : { authed_user: { id: user } }),
  };
}

function describe({ chat }: SlackState, { appId, teamId }: Install): Answer {
  const name = chat.teams.get(teamId)?.name ?? '';
  return { ok: true, app_id: appId, team: { id: teamId, name }, enterprise: null, is_enterprise_install: false };
}

/** `oauth.v2.exchange`: a token without end for a pair that rotates, once the app has switched rotation on. */
export function exchangeMethod(state: SlackState, exchange: Exchange, args: URLSearchParams): Answer {
  const app = clientOf(state, exchange, args);
  if (typeof app === 'string') return no(app);
  const token = state.installs.tokens.get(args.get('token') ?? '');
  if (token === undefined || token.install.app.clientId !== app.clientId) return no('invalid_token');
  const flaw = flawOf(state.installs, token);
  if (flaw !== null) return no(flaw);
  if (token.endsAt !== null || !state.installs.rotating.has(app.clientId)) return no('token_rotation_not_enabled');
  const { kind, install: owner, user } = token;
  return {
    ...describe(state, owner),
    scope: [...scopesOf(token)].join(','),
    token_type: kind,
    ...exchangeToken(state.installs, token),
    ...(kind === 'bot' ? { bot_user_id: owner.bot.id } : { authed_user: { id: user } }),
  };
}

/** `apps.uninstall`: the app leaves the workspace of its token. */
export function uninstallMethod(state: SlackState, exchange: Exchange, teamId: string, args: URLSearchParams): Answer {
  const app = clientOf(state, exchange, args);
  if (typeof app === 'string') return no(app);
  const owner = findInstall(state.installs, app.clientId, teamId);
  if (owner === null) return no('client_id_token_mismatch');
  uninstall(state.installs, owner);
  return { ok: true };
}
