// The Web API: which methods there are, how often each may be called, and who may call it. Whatever is wrong is an answer with
// status 200, except the limit.
import { answerJson, bearerToken, readForm } from '../frame/answers.ts';
import type { Exchange } from '../frame/stand-in.ts';
import {
  describeChannel,
  listChannels,
  listMembers,
  readHistory,
  readReplies,
  requireScope,
  viewerOf,
} from './slack-conversations.ts';
import { flawOf, revokeOwner, scopesOf, type Token } from './slack-installs.ts';
import { takeCall, type Tier } from './slack-limits.ts';
import { accessMethod, exchangeMethod, uninstallMethod } from './slack-oauth.ts';
import { pageOf } from './slack-pages.ts';
import { sharesChannel, userShape } from './slack-shapes.ts';
import { appTokenOf } from './slack-app-token.ts';
import { type Call, type SlackAnswer, SlackRefusal, type SlackState } from './slack-state.ts';

interface Method {
  /** Null is not limited here. */
  readonly tier: Tier | null;
  /** For `X-Accepted-OAuth-Scopes`. */
  readonly accepts: readonly string[];
  run(call: Call): SlackAnswer;
}

const READ = ['channels:read', 'groups:read', 'im:read', 'mpim:read'] as const;
const HISTORY = ['channels:history', 'groups:history', 'im:history', 'mpim:history'] as const;

const METHODS: Readonly<Record<string, Method>> = {
  'auth.test': { tier: null, accepts: [], run: testAuth },
  'auth.revoke': { tier: 3, accepts: [], run: revokeAuth },
  'apps.uninstall': {
    tier: 1,
    accepts: [],
    run: (call) => uninstallMethod(call.state, call.exchange, call.token.install.teamId, call.args),
  },
  'conversations.list': { tier: 2, accepts: READ, run: listChannels },
  'conversations.info': { tier: 3, accepts: READ, run: describeChannel },
  'conversations.members': { tier: 4, accepts: READ, run: listMembers },
  'conversations.history': { tier: 3, accepts: HISTORY, run: readHistory },
  'conversations.replies': { tier: 3, accepts: HISTORY, run: readReplies },
  'users.info': { tier: 4, accepts: ['users:read'], run: describeUser },
  'users.list': { tier: 2, accepts: ['users:read'], run: listUsers },
  'users.lookupByEmail': { tier: 3, accepts: ['users:read.email'], run: lookUpByAddress },
  'team.info': { tier: 3, accepts: ['team:read'], run: describeTeam },
};

/** Answers `/api/<method>`. */
export function answerMethod(state: SlackState, exchange: Exchange, method: string): void {
  const args = argumentsOf(exchange);
  const open = openMethod(state, exchange, { method, args });
  if (open !== null) return answerJson(exchange, 200, open);
  const known = Object.hasOwn(METHODS, method) ? METHODS[method] : undefined;
  if (known === undefined) return answerJson(exchange, 200, { ok: false, error: 'unknown_method', req_method: method });
  const token = tokenOf(state, exchange, args);
  if (typeof token === 'string') return answerJson(exchange, 200, { ok: false, error: token });
  const { teamId, app } = token.install;
  const counted = { method, teamId, clientId: app.clientId, tier: known.tier };
  const wait = takeCall(state.limits, counted, state.clock());
  if (wait > 0) return answerLimited(exchange, wait);
  const headers = {
    'x-oauth-scopes': [...scopesOf(token)].join(','),
    'x-accepted-oauth-scopes': known.accepts.join(','),
  };
  answerJson(exchange, 200, attempt(known, { state, exchange, method, args, token }), headers);
}

/** @param seconds until the next call; null says nothing of it */
export function answerLimited(exchange: Exchange, seconds: number | null): void {
  const headers = seconds === null ? {} : { 'retry-after': String(seconds) };
  answerJson(exchange, 429, { ok: false, error: 'ratelimited' }, headers);
}

/** What is called without one of the tokens of an install. */
function openMethod(
  state: SlackState,
  exchange: Exchange,
  { method, args }: { method: string; args: URLSearchParams },
): SlackAnswer | null {
  switch (method) {
    case 'api.test':
      return { ok: true, args: Object.fromEntries(args) };
    case 'oauth.v2.access':
      return accessMethod(state, exchange, args);
    case 'oauth.v2.exchange':
      return exchangeMethod(state, exchange, args);
    case 'apps.event.authorizations.list':
      return listAuthorizations(state, exchange, args);
    default:
      return null;
  }
}

function attempt(method: Method, call: Call): SlackAnswer {
  try {
    return method.run(call);
  } catch (error) {
    if (error instanceof SlackRefusal) return error.answer;
    throw error;
  }
}

/** A form's members, and for a GET the query's. */
function argumentsOf(exchange: Exchange): URLSearchParams {
  return exchange.method === 'GET' ? exchange.url.searchParams : readForm(exchange);
}

/** The token of the call, or what is wrong with it. A token in a query is not read: queries end up in logs. */
function tokenOf(state: SlackState, exchange: Exchange, args: URLSearchParams): Token | string {
  const text = bearerToken(exchange) ?? (exchange.method === 'GET' ? null : args.get('token'));
  if (text === null) return 'not_authed';
  const token = state.installs.tokens.get(text);
  if (token === undefined) return 'invalid_auth';
  const road = `${exchange.method} ${exchange.url.pathname}`;
  if (state.ground.faults.take('slack', ['expired_token'], road) !== null) return 'token_expired';
  return flawOf(state.installs, token) ?? token;
}

function testAuth(call: Call): SlackAnswer {
  const { state, token } = call;
  const team = state.chat.teams.get(token.install.teamId);
  const user = state.chat.users.get(token.user);
  return {
    ok: true,
    url: `https://${team?.domain ?? ''}.slack.example/`,
    team: team?.name,
    user: user?.name ?? token.install.bot.name,
    team_id: token.install.teamId,
    user_id: token.user,
    ...(token.kind === 'bot' ? { bot_id: token.install.bot.bot?.id } : {}),
    is_enterprise_install: false,
  };
}

function revokeAuth({ state, token, args }: Call): SlackAnswer {
  if (['true', '1'].includes(args.get('test') ?? '')) return { ok: true, revoked: false };
  revokeOwner(state.installs, token);
  return { ok: true, revoked: true };
}

function describeUser(call: Call): SlackAnswer {
  requireScope(call, 'users:read');
  const { chat } = call.state;
  const { teamId } = viewerOf(call);
  const user = chat.users.get(call.args.get('user') ?? '');
  if (user === undefined || !isKnownTo(call, user.id, user.teamId)) throw new SlackRefusal('user_not_found');
  return { ok: true, user: userShape(chat, user, { teamId, withAddress: showsAddresses(call) }) };
}

/** Of other workspaces only those with which there is a channel, or was: their people are still mentioned. */
function isKnownTo(call: Call, userId: string, userTeam: string): boolean {
  const { chat } = call.state;
  const { teamId } = viewerOf(call);
  if (userTeam === teamId || sharesChannel(chat, userId, teamId)) return true;
  return [...chat.channels.values()].some(({ teams }) => teams.includes(teamId) && teams.includes(userTeam));
}

function showsAddresses({ token }: Call): boolean {
  return scopesOf(token).has('users:read.email');
}

/** The own workspace only: people of shared channels are not here. */
function listUsers(call: Call): SlackAnswer {
  requireScope(call, 'users:read');
  const { chat } = call.state;
  const { teamId } = viewerOf(call);
  const own = [...chat.users.values()].filter((user) => user.teamId === teamId);
  const page = pageOf(call, own, { list: 'users', usual: 1000, keyOf: ({ id }) => id });
  const members = page.items.map((user) => userShape(chat, user, { teamId, withAddress: showsAddresses(call) }));
  return { ok: true, members, cache_ts: 0, response_metadata: { next_cursor: page.cursor } };
}

/** Finds people of the own workspace only. */
function lookUpByAddress(call: Call): SlackAnswer {
  requireScope(call, 'users:read.email');
  const { chat } = call.state;
  const { teamId } = viewerOf(call);
  const address = (call.args.get('email') ?? '').toLowerCase();
  const user = [...chat.users.values()].find(
    (each) => each.teamId === teamId && !each.deleted && each.address?.toLowerCase() === address,
  );
  if (user === undefined) throw new SlackRefusal('users_not_found');
  return { ok: true, user: userShape(chat, user, { teamId, withAddress: true }) };
}

function describeTeam(call: Call): SlackAnswer {
  requireScope(call, 'team:read');
  const { teams } = call.state.chat;
  const known = teams.get(call.args.get('team') ?? call.token.install.teamId);
  if (known === undefined) throw new SlackRefusal('team_not_found');
  const { id, name, domain } = known;
  return { ok: true, team: { id, name, domain, email_domain: '', icon: { image_default: true } } };
}

/** With the app's own token: all installs that an event concerned, where the event itself names but one. */
function listAuthorizations(state: SlackState, exchange: Exchange, args: URLSearchParams): SlackAnswer {
  const token = bearerToken(exchange);
  const app = state.ground.apps.find((each) => appTokenOf(each) === token);
  if (app === undefined) return { ok: false, error: token === null ? 'not_authed' : 'not_allowed_token_type' };
  const context = state.contexts.get(args.get('event_context') ?? '');
  if (context === undefined || context.clientId !== app.clientId) return { ok: false, error: 'invalid_event_context' };
  return { ok: true, authorizations: context.authorizations, response_metadata: { next_cursor: '' } };
}
