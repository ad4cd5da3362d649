// HTTP of the administrators' sign-in. It ends with a cookie of its own, which only their pages are sent (SameSite=Strict).
import { AdminIdentity, Done, LoginCallbackQuery, ProviderParams } from '@sentinel/contract';
import { recordActivity } from '../../platform/audit/activity.ts';
import { type Route, route } from '../../platform/http/route.ts';
import type { PersonId } from '../../platform/ids.ts';
import type { AccessDeps } from '../access-deps.ts';
import { adminRoute } from '../admin/admin-route.ts';
import { revokeToken } from '../tokens/family.store.ts';
import { TOKEN_LIFETIMES } from '../tokens/token.ts';
import { ADMIN_COOKIE } from './admissions.ts';
import { adminErrorOf, signInAdmin } from './admin-sign-in.ts';
import { beginLogin, type LoginDeps, noteRefusals, takeBack } from './login.ts';
import { deviceOf } from './sign-in-signals.ts';

export type AdminSignInDeps = LoginDeps & Pick<AccessDeps, 'tokens' | 'admissions'>;

export function adminSignInRoutes(deps: AdminSignInDeps): readonly Route[] {
  return [login(deps), callback(deps), me(deps), logout(deps)];
}

function login(deps: AdminSignInDeps): Route {
  return route({
    method: 'GET',
    path: '/auth/admin/login/:provider',
    summary: 'Sends an administrator to an identity provider',
    open: 'It is how a sign-in starts; who is an administrator is decided when they come back.',
    unaudited: 'How the sign-in ends is recorded in the activity log.',
    params: ProviderParams,
    answers: { 302: 'redirect' },
    problems: ['provider_unknown', 'idp_unreachable', 'idp_refused'],
    rate: 'sign-in',
    async handle({ params, ...request }) {
      const provider = deps.providers.get(params.provider);
      const attempt = {
        purpose: 'admin',
        provider: provider.name,
        clientAppId: null,
        redirectUri: `${deps.settings.adminUrl}/`,
        challenge: null,
        appState: null,
      } as const;
      return await beginLogin(deps, request, attempt, (secrets, uri) => provider.authorizationUrl(secrets, uri));
    },
  });
}

function callback(deps: AdminSignInDeps): Route {
  return route({
    method: 'GET',
    path: '/auth/admin/callback/:provider',
    summary: 'Takes an administrator back from an identity provider',
    open: 'The state and the cookie of the browser are the proof; they are checked by the handler.',
    unaudited: 'Recorded in the activity log.',
    errors: 'page',
    params: ProviderParams,
    query: LoginCallbackQuery,
    answers: { 303: 'redirect' },
    problems: ['state_invalid', 'idp_refused', 'idp_token_refused', 'idp_unreachable', 'provider_unknown'],
    rate: 'sign-in',
    async handle({ params, query, ...request }) {
      const { presented, cookies, now } = request;
      const came = { purpose: 'admin', provider: params.provider, query } as const;
      const { attempt, callback, secrets, redirectUri } = await takeBack(deps, request, came);
      const about = { action: 'admin_login_failed', provider: attempt.provider } as const;
      try {
        const token = await noteRefusals(deps, request, about, async () => {
          const identity = await deps.providers.get(attempt.provider).finish(callback, secrets, redirectUri);
          const person = await signInAdmin(deps.db, identity, deps.settings.adminEmails, now);
          if (person.changed) await deps.standing.catchUp();
          const device = deviceOf(presented.header('user-agent'));
          const detail = { provider: attempt.provider, ...device };
          await deps.db.control((tx) =>
            recordActivity(tx, { ...draftOf('admin_login', person.personId), detail }, now),
          );
          await deps.signals.signedIn(person.personId, device, now);
          const claims = { sub: person.personId, email: person.email, name: person.name, admin: true } as const;
          return (await deps.tokens.mint('admin', claims, { seconds: TOKEN_LIFETIMES.admin })).token;
        });
        cookies.set(ADMIN_COOKIE, token, { maxAgeSeconds: TOKEN_LIFETIMES.admin, sameSite: 'strict' });
        return { location: `${deps.settings.adminUrl}/` };
      } catch (error) {
        const told = adminErrorOf(error);
        if (told === null) throw error;
        return { location: `${deps.settings.adminUrl}/login?error=${told}` };
      }
    },
  });
}

function me(deps: AdminSignInDeps): Route {
  return adminRoute(deps, {
    method: 'GET',
    path: '/auth/admin/me',
    summary: 'Tells which administrator is signed in',
    answers: { 200: AdminIdentity },
    problems: [],
    handle: async ({ who: { person } }) => ({ id: person.id, email: person.email, name: person.name }),
  });
}

function logout(deps: AdminSignInDeps): Route {
  return adminRoute(deps, {
    method: 'POST',
    path: '/auth/admin/logout',
    summary: 'Signs an administrator out',
    answers: { 200: Done },
    problems: [],
    async handle({ who: { person, jti }, cookies, now }) {
      const until = new Date(now.getTime() + TOKEN_LIFETIMES.admin * 1000);
      await deps.db.control(async (tx) => {
        await recordActivity(tx, { ...draftOf('admin_logout', person.id), detail: {} }, now);
        // A session of the console that is an administrator's as well stays: it is ended there.
        if (jti !== null) await revokeToken(tx, jti, until, now);
      });
      await deps.standing.catchUp();
      cookies.clear(ADMIN_COOKIE);
      return { ok: true } as const;
    },
  });
}

function draftOf(action: 'admin_login' | 'admin_logout', personId: PersonId) {
  return { action, actorId: personId, targetType: 'user', targetId: personId, workspaceId: null } as const;
}
