// The page on which a user of the org lets an app in. A broken app or address is said on the page; everything else goes
// back to the app with its state.
import { answerHtml, answerRedirect, readForm } from '../frame/answers.ts';
import { consentPage, refusalPage } from '../frame/consent-page.ts';
import { roadOf } from '../frame/play-fault.ts';
import type { Exchange, RegisteredApp } from '../frame/stand-in.ts';
import { idOf } from './objects/sobject.ts';
import type { Org } from './org.ts';

/** What apps may ask for, and the sentence on the page. There is no scope for reading only. */
const SCOPES: Readonly<Record<string, string>> = {
  api: 'Use everything you may use yourself, through the data API',
  refresh_token: 'Come back later without asking you again',
  offline_access: 'Come back later without asking you again',
  full: 'Use everything you may use yourself',
  id: 'Know who you are',
  openid: 'Know who you are',
  profile: 'Know your name',
  email: 'Know your e-mail address',
  web: 'Open pages in your name',
};
const DEFAULT_SCOPES = ['api', 'refresh_token'];

interface Asked {
  readonly app: RegisteredApp;
  readonly redirectUri: string;
  readonly state: string | null;
  readonly scopes: readonly string[];
  readonly challenge: string | null;
}

/** `GET` shows the page, `POST` is its answer; both carry the request in the address. */
export function authorize(org: Org, exchange: Exchange): void {
  const query = exchange.url.searchParams;
  const app = org.ground.apps.find(({ clientId }) => clientId === query.get('client_id'));
  if (app === undefined) return refusePage(exchange, 'invalid_client_id', 'client identifier invalid');
  const redirectUri = query.get('redirect_uri') ?? '';
  if (!app.redirectUris.includes(redirectUri))
    return refusePage(exchange, 'redirect_uri_mismatch', 'redirect_uri must match configuration');
  const asked: Asked = {
    app,
    redirectUri,
    state: query.get('state'),
    challenge: query.get('code_challenge'),
    scopes: scopesOf(query.get('scope')),
  };
  const refused = refusalOf(org, asked, query);
  if (refused !== null) return sendBack(exchange, asked, { error: refused[0], error_description: refused[1] });
  if (exchange.method === 'POST') return decide(org, exchange, asked);
  answerHtml(exchange, 200, pageFor(org, asked));
}

function refusalOf(org: Org, { scopes, challenge }: Asked, query: URLSearchParams): readonly [string, string] | null {
  if (query.get('response_type') !== 'code') return ['unsupported_response_type', 'response type not supported'];
  const unknown = scopes.find((scope) => !Object.hasOwn(SCOPES, scope));
  if (unknown !== undefined) return ['invalid_scope', 'the requested scope is not allowed'];
  // A challenge without a method counts as S256; there is no other (RFC 7636 §4.3 would have it plain).
  if (!['S256', null].includes(query.get('code_challenge_method')))
    return ['invalid_request', 'code challenge method must be S256'];
  if (challenge !== null && !/^[\w-]{43}$/.test(challenge)) return ['invalid_request', 'invalid code challenge'];
  if (challenge === null && org.settings().requirePkce) return ['invalid_request', 'missing required code challenge'];
  return null;
}

function scopesOf(text: string | null): readonly string[] {
  const named = (text ?? '').split(' ').filter((scope) => scope !== '');
  return [...new Set(named.length === 0 ? DEFAULT_SCOPES : named)];
}

function pageFor({ ground }: Org, { app, scopes }: Asked): string {
  return consentPage({
    title: 'Salesforce',
    appName: app.clientId,
    scopes: scopes.map((scope) => ({ scope, sentence: SCOPES[scope] ?? scope, optional: false })),
    accounts: ground.world.owners.map(({ n, name }) => ({ id: idOf('User', n), name })),
    hidden: {},
  });
}

function decide(org: Org, exchange: Exchange, asked: Asked): void {
  const form = readForm(exchange);
  const chosen = form.get('account');
  const user = org.ground.world.owners.find(({ n }) => idOf('User', n) === chosen);
  if (form.has('cancel') || user === undefined)
    return sendBack(exchange, asked, { error: 'access_denied', error_description: 'end-user denied authorization' });
  const scopes = asked.scopes.map((scope) => (scope === 'offline_access' ? 'refresh_token' : scope));
  const isPartial = org.ground.faults.take('salesforce', ['partial_grant'], roadOf(exchange)) !== null;
  const code = org.grants.issueCode({
    clientId: asked.app.clientId,
    user: user.n,
    scopes: isPartial ? scopes.filter((scope) => scope !== 'refresh_token') : scopes,
    redirectUri: asked.redirectUri,
    challenge: asked.challenge,
  });
  sendBack(exchange, asked, { code });
}

function sendBack(exchange: Exchange, { redirectUri, state }: Asked, answer: Readonly<Record<string, string>>): void {
  const to = new URL(redirectUri);
  for (const [name, value] of Object.entries(answer)) to.searchParams.set(name, value);
  if (state !== null) to.searchParams.set('state', state);
  answerRedirect(exchange, to);
}

function refusePage(exchange: Exchange, error: string, description: string): void {
  answerHtml(exchange, 400, refusalPage('Salesforce: not possible', `error=${error}&error_description=${description}`));
}
