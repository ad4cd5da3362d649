// HTTP of where one is signed in: one's own places, and for admins those of a member in their workspace.
import { SessionsEnded, SignedInPlaces, UuidInput, WORKSPACE_ROLES } from '@sentinel/contract';
import { z } from 'zod';
import { type Caller, type Presented, type Route, route } from '../../platform/http/route.ts';
import { parseId, type PersonId } from '../../platform/ids.ts';
import { problem } from '../../platform/problem.ts';
import type { AccessDeps } from '../access-deps.ts';
import type { Membership } from '../standing/standing.ts';
import { endPlace, endPlaces, type Here, listPlaces, type Place } from './session-places.store.ts';

type Deps = Pick<AccessDeps, 'db' | 'standing' | 'tokens'>;

export function sessionPlacesRoutes(deps: Deps): readonly Route[] {
  return [listOwn(deps), endOwn(deps), endOthers(deps), listOfMember(deps), endOfMember(deps)];
}

function listOwn({ db, tokens }: Deps): Route {
  return route({
    method: 'GET',
    path: '/v1/sessions',
    summary: 'Lists where one is signed in: browsers, applications and programs',
    action: 'session:read',
    unaudited: 'One reads about oneself.',
    answers: { 200: SignedInPlaces },
    problems: ['not_found'],
    rate: 'read',
    async handle({ caller, presented, now }) {
      const personId = personOf(caller);
      const places = await db.control((tx) => listPlaces(tx, { personId, workspaceId: null }, now));
      return answerOf(places, await hereOf(tokens, caller, presented));
    },
  });
}

function endOwn({ db, standing }: Deps): Route {
  return route({
    method: 'DELETE',
    path: '/v1/sessions/:id',
    summary: 'Signs out in one place',
    action: 'session:end',
    audit: 'session.ended',
    params: z.object({ id: UuidInput }),
    answers: { 204: 'empty' },
    problems: ['not_found'],
    rate: 'write',
    async handle({ caller, params, now, session }) {
      const personId = personOf(caller);
      const ended = await db.control((tx) => endPlace(tx, { personId, id: params.id }, now));
      if (ended === null) throw problem('not_found', 'You are not signed in at a place of this id.');
      if (ended === 'family') await standing.catchUp();
      if (params.id === caller.sessionId) session.end();
    },
  });
}

function endOthers({ db, standing, tokens }: Deps): Route {
  return route({
    method: 'DELETE',
    path: '/v1/sessions',
    summary: 'Signs out everywhere but here',
    action: 'session:end',
    audit: 'sessions.ended',
    answers: { 200: SessionsEnded },
    problems: ['not_found'],
    rate: 'write',
    async handle({ caller, presented, now }) {
      const personId = personOf(caller);
      const order = { personId, workspaceId: null, except: await hereOf(tokens, caller, presented) };
      const ended = await db.control((tx) => endPlaces(tx, order, now));
      await standing.catchUp();
      return { ended };
    },
  });
}

const MemberParams = z.object({ personId: UuidInput });

function listOfMember(deps: Deps): Route {
  return route({
    method: 'GET',
    path: '/v1/members/:personId/sessions',
    summary: 'Lists where a member is signed in to this workspace',
    action: 'session:manage',
    unaudited: 'Says when and with what a colleague is signed in, and changes nothing.',
    params: MemberParams,
    answers: { 200: SignedInPlaces },
    problems: ['not_found'],
    rate: 'read',
    async handle({ caller, params, presented, now }) {
      const { personId } = await memberOf(deps, caller, params.personId);
      const of = { personId, workspaceId: caller.workspaceId };
      const places = await deps.db.control((tx) => listPlaces(tx, of, now));
      return answerOf(places, await hereOf(deps.tokens, caller, presented));
    },
  });
}

function endOfMember(deps: Deps): Route {
  return route({
    method: 'DELETE',
    path: '/v1/members/:personId/sessions',
    summary: 'Signs a member out of this workspace everywhere',
    action: 'session:manage',
    audit: 'sessions.ended',
    params: MemberParams,
    answers: { 200: SessionsEnded },
    problems: ['not_found', 'owner_required'],
    rate: 'write',
    async handle({ caller, params, presented, entry, now }) {
      const { personId, role } = await memberOf(deps, caller, params.personId);
      if (WORKSPACE_ROLES.indexOf(role) > WORKSPACE_ROLES.indexOf(caller.role))
        throw problem('owner_required', 'Only an owner may sign an owner out.');
      const here = await hereOf(deps.tokens, caller, presented);
      const order = { personId, workspaceId: caller.workspaceId, except: here };
      const ended = await deps.db.control((tx) => endPlaces(tx, order, now));
      await deps.standing.catchUp();
      await deps.db.workspace(caller.workspaceId, (tx) => entry.record(tx, { target: personId, detail: { ended } }));
      return { ended };
    },
  });
}

/** @throws ProblemError `not_found` when there is no such member in the caller's workspace */
async function memberOf(
  { standing }: Deps,
  { workspaceId }: Caller,
  id: string,
): Promise<{ personId: PersonId; role: Membership['role'] }> {
  const personId = parseId<PersonId>(id);
  const membership = personId === null ? null : await standing.membership(workspaceId, personId);
  if (personId === null || membership === null) throw problem('not_found', 'There is no such member here.');
  return { personId, role: membership.role };
}

/** The session or the sign-in of a program that the request itself comes from. */
async function hereOf(tokens: Deps['tokens'], { sessionId }: Caller, { bearer }: Presented): Promise<Here> {
  const token = bearer === null ? null : await tokens.verify(['access'], bearer);
  return { sessionId, familyId: token?.fid ?? null };
}

function personOf({ personId }: Caller): PersonId {
  if (personId === null) throw problem('not_found', 'A key is signed in nowhere.');
  return personId;
}

function answerOf(places: readonly Place[], { sessionId, familyId }: Here): SignedInPlaces {
  return {
    items: places.map((place) => ({
      ...place,
      createdAt: place.createdAt.toISOString(),
      usedAt: place.usedAt.toISOString(),
      endsAt: place.endsAt.toISOString(),
      current: place.id === sessionId || place.id === familyId,
    })),
  };
}
