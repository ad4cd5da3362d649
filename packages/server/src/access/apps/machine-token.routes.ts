// HTTP that services of a realm use: which scope is theirs, and tokens with which they ask each other.
import { MachineToken, MachineTokenRequest, RealmWhoami } from '@sentinel/contract';
import { type Route, route } from '../../platform/http/route.ts';
import { problem } from '../../platform/problem.ts';
import type { AccessDeps } from '../access-deps.ts';

type Deps = Pick<AccessDeps, 'admissions' | 'tokens'>;

export function machineTokenRoutes(deps: Deps): readonly Route[] {
  return [whoamiRoute(deps), mintRoute(deps)];
}

function whoamiRoute({ admissions }: Deps): Route {
  return route({
    method: 'GET',
    path: '/realm/whoami',
    summary: 'Tells a service its name, its scope and its realm',
    admit: admissions.key,
    unaudited: 'A service reads what it is itself.',
    answers: { 200: RealmWhoami },
    problems: [],
    rate: 'service',
    async handle({ who: { service } }) {
      const { realm } = service;
      return {
        service_name: service.serviceName,
        effective_scope: service.scope,
        realm: realm?.active === true ? { slug: realm.slug, name: realm.name } : null,
      };
    },
  });
}

function mintRoute({ admissions, tokens }: Deps): Route {
  return route({
    method: 'POST',
    path: '/realm/m2m-token',
    summary: 'Gives a service of a realm a token for the others in it',
    admit: admissions.key,
    unaudited: 'Nothing is changed: the token only says what the key said, for a shorter time.',
    body: MachineTokenRequest,
    answers: { 200: MachineToken },
    problems: [],
    rate: 'service',
    async handle({ who: { service } }) {
      const { realm } = service;
      if (realm === null) throw problem('action_denied', 'This service is in no realm.');
      if (!realm.active) throw problem('action_denied', 'The realm of this service is switched off.');
      const { token } = await tokens.mint(
        'm2m',
        { svc: realm.slug, actions: ['*'], caller: service.serviceName, aud_target: null },
        { seconds: realm.m2mSeconds },
      );
      return { token, expires_in: realm.m2mSeconds };
    },
  });
}
