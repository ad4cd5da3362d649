// HTTP of signing in to an application through an identity provider: we are the authorization server of the application and
// a client of the provider (RFC 6749, RFC 7636, RFC 9700). A person stands before every answer, so problems are pages.
import { LoginCallbackQuery, LoginQuery, ProviderParams, Providers } from '@sentinel/contract';
import { recordActivity } from '../../platform/audit/activity.ts';
import { errorCode } from '../../platform/db/errors.ts';
import { type Route, route } from '../../platform/http/route.ts';
import type { ClientAppId } from '../../platform/ids.ts';
import { ProblemError, problem } from '../../platform/problem.ts';
import type { AccessDeps } from '../access-deps.ts';
import type { Apps } from '../apps/apps.ts';
import { issueCode } from '../tokens/authorization-code.ts';
import { isChallenge } from '../tokens/pkce.ts';
import { adminSignInRoutes } from './admin-sign-in.routes.ts';
import type { TakenAttempt } from './login-attempt.store.ts';
import { consoleRedirectUri, isPlainRedirect, withCode } from './login-redirect.ts';
import { beginLogin, type LoginDeps, noteRefusals, takeBack } from './login.ts';
import { provision, type SignedIn } from './provision.ts';
import { createSignInSignals, type Device, deviceOf, type SignInSignals } from './sign-in-signals.ts';

export type LoginRouteDeps = Pick<
  AccessDeps,
  'db' | 'log' | 'randomBytes' | 'providers' | 'settings' | 'standing' | 'apps' | 'tokens' | 'admissions'
>;
type AppLoginDeps = LoginDeps & { readonly apps: Apps };

/** @param signals shared with `resolveRoutes`, so that failures of one address are counted together */
export function loginRoutes(
  deps: LoginRouteDeps,
  signals: SignInSignals = createSignInSignals(deps),
): readonly Route[] {
  const withSignals = { ...deps, signals };
  return [providers(deps), login(withSignals), callback(withSignals), ...adminSignInRoutes(withSignals)];
}

function providers({ providers: { names } }: LoginRouteDeps): Route {
  return route({
    method: 'GET',
    path: '/auth/providers',
    summary: 'Names the identity providers one can sign in with',
    open: 'A sign-in page needs it before anybody is signed in; it holds names only.',
    unaudited: 'Nothing happens to anybody.',
    cross: true,
    answers: { 200: Providers },
    problems: [],
    rate: 'read',
    handle: async (): Promise<Providers> => ({ providers: [...names] }),
  });
}

function login(deps: AppLoginDeps): Route {
  return route({
    method: 'GET',
    path: '/auth/login/:provider',
    summary: 'Sends a browser to an identity provider, to come back to a registered address with a code',
    open: 'It is how a sign-in starts; the address it may end at is registered.',
    unaudited: 'How the sign-in ends is recorded in the activity log.',
    errors: 'page',
    params: ProviderParams,
    query: LoginQuery,
    answers: { 302: 'redirect' },
    problems: ['provider_unknown', 'redirect_refused', 'bad_request', 'idp_unreachable', 'idp_refused'],
    rate: 'sign-in',
    async handle({ params, query, ...request }) {
      const provider = deps.providers.get(params.provider);
      const clientAppId = await clientOf(deps, query.redirect_uri, query.client_id ?? null);
      if (query.code_challenge_method !== 'S256' || !isChallenge(query.code_challenge))
        throw problem('bad_request', 'A sign-in needs a PKCE challenge by the method S256.');
      const attempt = {
        purpose: 'app',
        provider: provider.name,
        clientAppId,
        redirectUri: query.redirect_uri,
        challenge: query.code_challenge,
        appState: query.state ?? null,
      } as const;
      return await beginLogin(deps, request, attempt, (secrets, uri) => provider.authorizationUrl(secrets, uri));
    },
  });
}

function callback(deps: AppLoginDeps): Route {
  return route({
    method: 'GET',
    path: '/auth/callback/:provider',
    summary: 'Takes a browser back from an identity provider and sends it on with a code',
    open: 'The state and the cookie of the browser are the proof; they are checked by the handler.',
    unaudited: 'Recorded in the activity log.',
    errors: 'page',
    params: ProviderParams,
    query: LoginCallbackQuery,
    answers: { 303: 'redirect' },
    problems: [
      'state_invalid',
      'redirect_refused',
      'email_unverified',
      'idp_refused',
      'idp_token_refused',
      'idp_unreachable',
      'provider_unknown',
      'person_inactive',
      'organisation_refused',
      'email_conflict',
    ],
    rate: 'sign-in',
    async handle({ params, query, ...request }) {
      const came = { purpose: 'app', provider: params.provider, query } as const;
      const { attempt, callback, secrets, redirectUri } = await takeBack(deps, request, came);
      const about = { action: 'login_failed', provider: attempt.provider } as const;
      return await noteRefusals(deps, request, about, async () => {
        await refuseWithdrawn(deps, attempt);
        const provider = deps.providers.get(attempt.provider);
        const identity = await provider.finish(callback, secrets, redirectUri).catch(sayUnverified);
        const person = await provision(deps.db, identity, deps.settings, request.now);
        if (person.changed) await deps.standing.catchUp();
        const device = deviceOf(request.presented.header('user-agent'));
        const location = await answerWithCode(deps, attempt, { person, device }, request.now);
        await deps.signals.signedIn(person.personId, device, request.now);
        return { location };
      });
    },
  });
}

/** An address that the provider does not vouch for is a person's to mend, so it has a refusal of its own. */
function sayUnverified(error: unknown): never {
  if (error instanceof ProblemError && error.places.some(({ pointer }) => pointer === '/email_verified'))
    throw problem('email_unverified', 'The identity provider does not say that the address is verified.');
  throw error;
}

/**
 * The application a sign-in is for; null for our own console.
 *
 * @throws ProblemError `redirect_refused` when no active application registered exactly this address
 */
async function clientOf(
  { apps, settings }: Pick<AppLoginDeps, 'apps' | 'settings'>,
  redirectUri: string,
  clientId: string | null,
): Promise<ClientAppId | null> {
  if (clientId === null && redirectUri === consoleRedirectUri(settings.issuer)) return null;
  const app = isPlainRedirect(redirectUri) ? await apps.byRedirect(redirectUri, clientId) : null;
  if (app === null || !app.active)
    throw problem('redirect_refused', 'No active application registered this address to come back to.');
  return app.id;
}

/** An application may have been switched off, or the address taken back, while the person was at the provider. */
async function refuseWithdrawn(deps: AppLoginDeps, { redirectUri, clientAppId }: TakenAttempt): Promise<void> {
  const now = await clientOf(deps, redirectUri, clientAppId);
  if (now !== clientAppId) throw problem('redirect_refused', 'The application of this sign-in is gone.');
}

async function answerWithCode(
  { db, randomBytes, settings }: AppLoginDeps,
  attempt: TakenAttempt,
  { person, device }: { readonly person: SignedIn; readonly device: Device },
  now: Date,
): Promise<string> {
  const { challenge, clientAppId, provider, redirectUri } = attempt;
  if (challenge === null) throw new Error('a sign-in of an application has a challenge');
  const { personId } = person;
  const detail = { provider, client: clientAppId, browser: device.browser, os: device.os };
  const about = { actorId: personId, targetType: 'user', targetId: personId, workspaceId: null } as const;
  try {
    const code = await db.control(async (tx) => {
      await recordActivity(tx, { ...about, action: 'user_login', detail }, now);
      return issueCode(tx, randomBytes, { personId, clientAppId, redirectUri, challenge, provider }, now);
    });
    return withCode(attempt, code, settings.issuer);
  } catch (error) {
    if (errorCode(error) !== GONE) throw error;
    throw problem('redirect_refused', 'The application of this sign-in is gone.', { cause: error });
  }
}

/** Foreign key violation: the application was deleted this very moment. */
const GONE = '23503';
