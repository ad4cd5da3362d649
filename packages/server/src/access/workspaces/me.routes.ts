// HTTP of what people see and change about themselves (access contract §1.3).
import { User, UserPatch } from '@sentinel/contract';
import { type Route, route } from '../../platform/http/route.ts';
import { problem } from '../../platform/problem.ts';
import type { PersonFacts } from '../standing/standing.ts';
import { changeProfile } from './profile.store.ts';
import type { RequestDeps } from './workspace-request.ts';

export function meRoutes(deps: RequestDeps): readonly Route[] {
  return [readMe(deps), changeMe(deps)];
}

function readMe({ admissions }: RequestDeps): Route {
  return route({
    method: 'GET',
    path: '/users/me',
    summary: 'Tells who one is',
    admit: admissions.flex,
    unaudited: 'One reads about oneself.',
    answers: { 200: User },
    problems: [],
    rate: 'read',
    cross: true,
    handle: async ({ who }) => userAnswer(who.person),
  });
}

function changeMe({ admissions, db, standing }: RequestDeps): Route {
  return route({
    method: 'PATCH',
    path: '/users/me',
    summary: 'Changes one’s own name or picture',
    admit: admissions.user,
    unaudited: 'Recorded in the activity log.',
    body: UserPatch,
    answers: { 200: User },
    problems: ['not_found'],
    rate: 'write',
    cross: true,
    async handle({ who, body, now }) {
      const { id } = who.person;
      const change = { name: body.name ?? null, avatarUrl: body.avatar_url };
      if (change.name !== null || change.avatarUrl !== null) {
        await db.control((tx) => changeProfile(tx, id, change, now));
        await standing.catchUp();
      }
      const person = await standing.person(id);
      if (person === null) throw problem('not_found', 'This person is gone.');
      return userAnswer(person);
    },
  });
}

function userAnswer(person: PersonFacts): User {
  return {
    id: person.id,
    email: person.email,
    name: person.name,
    avatar_url: person.avatarUrl,
    is_active: person.active,
    created_at: person.createdAt.toISOString(),
  };
}
