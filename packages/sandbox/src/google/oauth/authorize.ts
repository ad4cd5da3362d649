// The page on which a person lets an app in, scope by scope, and what goes back to the app.
import { answerHtml, answerRedirect, readForm } from '../../frame/answers.ts';
import { consentPage, refusalPage } from '../../frame/consent-page.ts';
import type { Exchange, RegisteredApp } from '../../frame/stand-in.ts';
import type { Owner } from '../../world/world.ts';
import type { Code } from './grants.ts';
import { accountId, type OAuth } from './oauth.ts';
import { isSignIn, sentenceOf, splitScopes } from './scopes.ts';

interface Asked {
  readonly app: RegisteredApp;
  readonly redirectUri: string;
  readonly scopes: readonly string[];
  readonly query: URLSearchParams;
  readonly challenge: Code['challenge'];
}

export function answerAuthorize(oauth: OAuth, exchange: Exchange): void {
  const asked = read(oauth, exchange.url.searchParams);
  if (typeof asked === 'string') return answerHtml(exchange, 400, refusalPage('Access blocked', asked));
  if (exchange.method !== 'POST') return answerPage(oauth, exchange, asked);
  const form = readForm(exchange);
  const id = form.get('account');
  const owner = oauth.ground.world.owners.find((each) => accountId(oauth.ground, each) === id);
  if (owner === undefined) return answerBack(exchange, asked, { error: 'access_denied' });
  return answerBack(exchange, asked, allow(oauth, asked, owner, form.getAll('scope')));
}

/** What is asked, or why Google would show an error of its own and send nobody back. */
function read({ ground }: OAuth, query: URLSearchParams): Asked | string {
  const app = ground.apps.find(({ clientId }) => clientId === query.get('client_id'));
  if (app === undefined) return 'Error 401: invalid_client. The OAuth client was not found.';
  const redirectUri = query.get('redirect_uri') ?? '';
  if (!app.redirectUris.includes(redirectUri)) return 'Error 400: redirect_uri_mismatch';
  if (query.get('response_type') !== 'code')
    return 'Error 400: invalid_request. Required parameter: response_type=code';
  const scopes = splitScopes(query.get('scope'));
  if (scopes.length === 0) return 'Error 400: invalid_request. Missing required parameter: scope';
  if (scopes.some((scope) => sentenceOf(scope) === null)) return 'Error 400: invalid_scope';
  if (!['online', 'offline', null].includes(query.get('access_type'))) return 'Error 400: invalid_request. access_type';
  const text = query.get('code_challenge');
  const method = query.get('code_challenge_method') ?? 'plain';
  if (method !== 'S256' && method !== 'plain') return 'Error 400: invalid_request. code_challenge_method';
  if (text !== null && !/^[\w.~-]{43,128}$/.test(text)) return 'Error 400: invalid_request. code_challenge';
  return { app, redirectUri, scopes, query, challenge: text === null ? null : { text, method } };
}

function answerPage({ ground }: OAuth, exchange: Exchange, asked: Asked): void {
  const { query, scopes, app } = asked;
  if (query.get('prompt') === 'none') return answerBack(exchange, asked, { error: 'interaction_required' });
  const hint = query.get('login_hint');
  const owners = ground.world.owners.filter((owner) => hint === null || !hint.includes('@') || owner.address === hint);
  const page = consentPage({
    title: 'Google',
    appName: app.clientId,
    scopes: scopes.map((scope) => ({
      scope,
      sentence: sentenceOf(scope) ?? scope,
      optional: !isSignIn(scope) && scopes.filter((each) => !isSignIn(each)).length > 1,
    })),
    accounts: (owners.length > 0 ? owners : ground.world.owners).map((owner) => ({
      id: accountId(ground, owner),
      name: `${owner.name} (${owner.address})`,
    })),
    hidden: {},
  });
  answerHtml(exchange, 200, page);
}

/** What goes back: the code, or the error. */
function allow(oauth: OAuth, asked: Asked, owner: Owner, ticked: readonly string[]): Record<string, string> {
  const { query, scopes, app, redirectUri, challenge } = asked;
  const pair = { clientId: app.clientId, account: owner.address };
  const before = oauth.grants.consent(pair);
  const offline = query.get('access_type') === 'offline';
  const forced = (query.get('prompt') ?? '').split(' ').includes('consent');
  const asksAgain = forced || !scopes.every((scope) => before?.scopes.has(scope) === true);
  const choice = asksAgain ? chosen(oauth, scopes, ticked) : scopes;
  if (choice.length === 0) return { error: 'access_denied' };
  const wider = query.get('include_granted_scopes') === 'true' ? (before?.scopes ?? []) : [];
  const granted = [...new Set([...choice, ...wider])];
  const refreshes = offline && (forced || before?.offline !== true);
  oauth.grants.allow(pair, granted, offline);
  oauth.ended.delete(owner.address);
  const nonce = query.get('nonce');
  const code = oauth.grants.makeCode({ ...pair, scopes: granted, redirectUri, challenge, offline, refreshes, nonce });
  const domain = owner.address.split('@')[1] ?? '';
  return { code, scope: granted.join(' '), authuser: '0', hd: domain, prompt: asksAgain ? 'consent' : 'none' };
}

function chosen({ ground }: OAuth, scopes: readonly string[], ticked: readonly string[]): readonly string[] {
  const rest = scopes.filter((scope) => !isSignIn(scope));
  const left = rest.length > 1 ? rest.filter((scope) => ticked.includes(scope)) : rest;
  const unticked =
    ground.faults.take('google', ['partial_grant'], 'POST /o/oauth2/v2/auth') === null ? left : left.slice(1);
  return rest.length > 0 && unticked.length === 0
    ? []
    : scopes.filter((each) => isSignIn(each) || unticked.includes(each));
}

function answerBack(exchange: Exchange, { redirectUri, query }: Asked, members: Record<string, string>): void {
  const back = new URL(redirectUri);
  const state = query.get('state');
  if (state !== null) back.searchParams.set('state', state);
  for (const [name, value] of Object.entries(members)) back.searchParams.set(name, value);
  answerRedirect(exchange, back, exchange.method === 'POST' ? 303 : 302);
}
