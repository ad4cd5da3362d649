// HTTP of the AuthZ mode: an application signs people in at a provider by itself, and resolves the provider's token here.
import { Resolved, ResolveRequest } from '@sentinel/contract';
import { type Route, route } from '../../platform/http/route.ts';
import { ProblemError } from '../../platform/problem.ts';
import type { AccessDeps } from '../access-deps.ts';
import { relayRoutes } from './github-relay.routes.ts';
import { resolve, type ResolveDeps } from './resolve.ts';
import { createSignInSignals, deviceOf, type SignInSignals } from './sign-in-signals.ts';

export type ResolveRouteDeps = Pick<
  AccessDeps,
  'db' | 'log' | 'randomBytes' | 'providers' | 'settings' | 'standing' | 'apps' | 'tokens' | 'admissions'
>;

/** @param signals shared with `loginRoutes`, so that failures of one address are counted together */
export function resolveRoutes(
  deps: ResolveRouteDeps,
  signals: SignInSignals = createSignInSignals(deps),
): readonly Route[] {
  const withSignals = { ...deps, signals };
  return [resolveRoute(withSignals), ...relayRoutes(withSignals)];
}

function resolveRoute(deps: ResolveDeps & Pick<AccessDeps, 'admissions'>): Route {
  return route({
    method: 'POST',
    path: '/authz/resolve',
    summary: 'Resolves an identity provider’s token to a person, and for one workspace to an authz token',
    admit: deps.admissions.keyOrOrigin,
    unaudited: 'A sign-in is recorded in the activity log; a token that is minted again is not news.',
    cross: true,
    body: ResolveRequest,
    answers: { 200: Resolved },
    problems: [
      'idp_token_refused',
      'idp_unreachable',
      'provider_unknown',
      'action_denied',
      'not_a_member',
      'person_inactive',
      'organisation_refused',
      'email_conflict',
    ],
    rate: 'resolve',
    async handle({ who: { service, byKey }, body, presented, now }) {
      try {
        return await resolve(deps, {
          idpToken: body.idp_token,
          provider: body.provider,
          workspaceId: body.workspace_id ?? null,
          nonce: body.nonce ?? null,
          service,
          byKey,
          device: deviceOf(presented.header('user-agent')),
          now,
        });
      } catch (error) {
        if (error instanceof ProblemError && error.code === 'idp_token_refused')
          await deps.signals.failed(presented.address, now, body.provider);
        throw error;
      }
    },
  });
}
