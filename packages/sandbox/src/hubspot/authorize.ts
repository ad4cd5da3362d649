// The page on which a person installs an application in an account. What is wrong with the request itself is said here and
// never sent to the redirect address, because that address may be what is wrong.
import { answerHtml, answerRedirect, readForm } from '../frame/answers.ts';
import { consentPage, refusalPage } from '../frame/consent-page.ts';
import type { Exchange, RegisteredApp } from '../frame/stand-in.ts';
import type { Account } from './accounts.ts';
import type { Grant } from './grants.ts';
import { type Hub, takeFault } from './hub.ts';
import { userIdOf } from './owner-ids.ts';
import { SCOPE_SENTENCES } from './scopes.ts';

interface Request {
  readonly app: RegisteredApp;
  readonly redirectUri: string;
  readonly state: string | null;
  readonly required: readonly string[];
  readonly optional: readonly string[];
  readonly challenge: string | null;
}

/**
 * `GET` shows the page, `POST` is its form. Scopes in `optional_scope` can be unticked.
 *
 * @see https://developers.hubspot.com/docs/apps/developer-platform/build-apps/authentication/oauth/working-with-oauth
 */
export function authorize(hub: Hub, exchange: Exchange): void {
  const asked = readRequest(hub, exchange.url.searchParams);
  if (typeof asked === 'string') return answerHtml(exchange, 400, refusalPage('Authorization failed', asked));
  if (exchange.method !== 'POST') return answerHtml(exchange, 200, pageOf(hub, asked));
  answerRedirect(exchange, decide(hub, asked, readForm(exchange)));
}

function readRequest({ apps }: Hub, query: URLSearchParams): Request | string {
  const app = apps.find(({ clientId }) => clientId === query.get('client_id'));
  if (app === undefined) return 'There is no application with this client id.';
  const redirectUri = query.get('redirect_uri') ?? '';
  if (!app.redirectUris.includes(redirectUri)) return 'The redirect address is not one of the application’s.';
  const required = words(query.get('scope'));
  const optional = words(query.get('optional_scope')).filter((scope) => !required.includes(scope));
  if (required.length === 0) return 'The application asks for no scopes.';
  if (![...required, ...optional].every((scope) => SCOPE_SENTENCES.has(scope))) return 'One of the scopes is unknown.';
  const challenge = query.get('code_challenge');
  if (challenge !== null && query.get('code_challenge_method') !== 'S256')
    return 'The code challenge has to be made with S256.';
  return { app, redirectUri, state: query.get('state'), required, optional, challenge };
}

function words(text: string | null): readonly string[] {
  return [...new Set((text ?? '').split(' ').filter((word) => word !== ''))];
}

function pageOf({ accounts }: Hub, { app, required, optional }: Request): string {
  const item = (isOptional: boolean) => (scope: string) => ({
    scope,
    sentence: SCOPE_SENTENCES.get(scope) ?? scope,
    optional: isOptional,
  });
  const open = accounts.all.filter(({ hubId }) => accounts.find(hubId) !== null);
  return consentPage({
    title: 'HubSpot',
    appName: app.clientId,
    scopes: [...required.map(item(false)), ...optional.map(item(true))],
    accounts: open.map(({ hubId, name }) => ({ id: String(hubId), name: `${name}, ${hubId}` })),
    hidden: {},
  });
}

function decide(hub: Hub, asked: Request, form: URLSearchParams): URL {
  const back = new URL(asked.redirectUri);
  const account = form.has('cancel') ? null : hub.accounts.find(Number(form.get('account')));
  if (account === null) {
    back.searchParams.set('error', 'access_denied');
    back.searchParams.set('error_description', 'The installation was cancelled.');
  } else {
    const scopes = grantedScopes(hub, asked, form);
    const grant = grantFor(hub, asked.app.clientId, account, scopes);
    const { redirectUri, challenge } = asked;
    back.searchParams.set('code', hub.grants.issueCode({ grant, redirectUri, challenge }));
  }
  if (asked.state !== null) back.searchParams.set('state', asked.state);
  return back;
}

function grantedScopes(hub: Hub, { required, optional }: Request, form: URLSearchParams): readonly string[] {
  const ticked = optional.filter((scope) => form.getAll('scope').includes(scope));
  const all = [...required, ...ticked];
  if (takeFault(hub, 'partial_grant', 'POST /oauth/authorize') === null) return all;
  const left = all.findLast((scope) => scope !== 'oauth');
  return all.filter((scope) => scope !== left);
}

/** What it means when somebody of this account allows an application these scopes. */
export function grantFor({ world }: Hub, clientId: string, account: Account, scopes: readonly string[]): Grant {
  const user = world.owners[0];
  return {
    clientId,
    hubId: account.hubId,
    userId: userIdOf(user?.n ?? 0),
    user: user?.address ?? `admin@${account.domain}`,
    scopes,
    isRevoked: false,
  };
}
