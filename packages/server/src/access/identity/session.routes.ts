// HTTP of signing in and out.
import { actionsOf, Session, SignInLink, SignInLinkRequest, SignInRequest } from '@sentinel/contract';
import { type Presented, type Route, route } from '../../platform/http/route.ts';
import { problem } from '../../platform/problem.ts';
import type { AccessDeps } from '../access-deps.ts';
import { revokeFamilies } from '../tokens/family.store.ts';
import { isOperator } from './authenticate.ts';
import { createSetupLink, createSignInLink } from './one-time-links.ts';
import { labelOf } from './session-label.ts';
import {
  type ActiveMember,
  findActiveMember,
  findLiveSession,
  type LiveSession,
  markSessionRevoked,
} from './session.store.ts';
import { mayAdministrate } from './session.ts';
import type { LinkPolicy, OneTimeLink } from './sign-in-link.ts';
import { signIn } from './sign-in.ts';

export function sessionRoutes(deps: AccessDeps): readonly Route[] {
  return [startSession(deps), readSession(deps), endSession(deps), signInLink(deps), setupLink(deps)];
}

/** @throws ProblemError `link_invalid` when a link comes from another machine although it may not */
export function assertLinkPlace(links: LinkPolicy, presented: Presented): void {
  if (!links.remote && !presented.fromLoopback)
    throw problem(
      'link_invalid',
      'One-time links work on the machine that Sentinel runs on, under its localhost address.',
    );
}

/** What the console shows about the person who is signed in. */
export function sessionAnswer(session: LiveSession, now: Date): Session {
  return memberAnswer(session, { isAdmin: mayAdministrate(session, now), endsAt: session.endsAt });
}

function memberAnswer(
  { person, workspace, role }: ActiveMember,
  { isAdmin, endsAt }: { readonly isAdmin: boolean; readonly endsAt: Date },
): Session {
  return {
    person: { ...person, isAdmin },
    workspace: { id: workspace.id, slug: workspace.slug, name: workspace.name },
    role,
    actions: actionsOf(role),
    demo: workspace.demo,
    expiresAt: endsAt.toISOString(),
  };
}

function startSession(deps: AccessDeps): Route {
  return route({
    method: 'POST',
    path: '/v1/session',
    summary: 'Signs in with a one-time link',
    open: 'The one-time link is the proof; it is checked by the handler.',
    audit: 'session.started',
    body: SignInRequest,
    answers: { 201: Session },
    problems: ['link_invalid'],
    rate: 'sign-in',
    async handle({ body, presented, now, openEntry, session: cookie }) {
      assertLinkPlace(deps.links, presented);
      const { token, session } = await signIn(deps, {
        linkToken: body.token,
        previousToken: presented.cookie,
        label: labelOf(presented.header('user-agent')),
        now,
        openEntry,
      });
      cookie.start(token, session.expiresAt);
      return sessionAnswer(session, now);
    },
  });
}

function readSession({ db, tokens }: AccessDeps): Route {
  return route({
    method: 'GET',
    path: '/v1/session',
    summary: 'Tells who is signed in',
    action: 'session:read',
    unaudited: 'One reads about oneself.',
    answers: { 200: Session },
    problems: ['not_found'],
    rate: 'read',
    async handle({ caller, presented, now }) {
      const { sessionId: id, personId, workspaceId } = caller;
      if (personId === null) throw problem('not_found', 'A key has no session.');
      if (id === null) {
        const token = presented.bearer === null ? null : await tokens.verify(['access'], presented.bearer);
        const member = await db.control((tx) => findActiveMember(tx, { personId, workspaceId }));
        if (token === null || member === null) throw problem('not_found', 'This token has no session.');
        return memberAnswer(member, { isAdmin: false, endsAt: token.expiresAt });
      }
      const session = await db.control((tx) => findLiveSession(tx, { id }, now));
      if (session === null) throw problem('not_found', 'The session has just ended.');
      return sessionAnswer(session, now);
    },
  });
}

function endSession({ db, tokens, standing }: AccessDeps): Route {
  return route({
    method: 'DELETE',
    path: '/v1/session',
    summary: 'Signs out',
    action: 'session:end',
    audit: 'session.ended',
    answers: { 204: 'empty' },
    problems: [],
    rate: 'write',
    async handle({ caller, presented, now, session: cookie }) {
      const { sessionId: id } = caller;
      const token = presented.bearer === null ? null : await tokens.verify(['access'], presented.bearer);
      if (id !== null) await db.control((tx) => markSessionRevoked(tx, { id }, now));
      if (token !== null) {
        await db.control((tx) => revokeFamilies(tx, { familyId: token.fid }, 'signed_out', now));
        await standing.catchUp();
      }
      cookie.end();
    },
  });
}

function signInLink(deps: AccessDeps): Route {
  return route({
    method: 'POST',
    path: '/v1/sign-in-links',
    summary: 'Creates a one-time sign-in link for a member',
    action: 'operator:sign-in-link',
    audit: 'sign_in_link.created',
    body: SignInLinkRequest,
    answers: { 201: SignInLink },
    problems: ['not_found', 'action_denied'],
    rate: 'sign-in',
    async handle({ body, caller, entry }) {
      // A token lasts minutes and may be an application's; a session lasts days and is nobody's but the person's.
      if (caller.actor.kind !== 'operator' && caller.sessionId === null)
        throw problem('action_denied', 'A token cannot begin a longer sign-in; use the console or the operator key.');
      return linkAnswer(await createSignInLink(deps, caller.workspaceId, body.email ?? null, entry));
    },
  });
}

function setupLink(deps: AccessDeps): Route {
  return route({
    method: 'POST',
    path: '/v1/setup-links',
    summary: 'Creates the one-time link for the first owner',
    open: 'Nobody is a member before the setup, so the handler itself demands the operator key.',
    unaudited: 'Before the setup there is no workspace whose log could hold it.',
    answers: { 201: SignInLink },
    problems: ['token_missing', 'token_invalid', 'already_set_up'],
    rate: 'sign-in',
    async handle({ presented }) {
      if (presented.bearer === null) throw problem('token_missing', 'This needs the operator key.');
      if (!isOperator(deps.operatorKey, presented))
        throw problem('token_invalid', 'This is not the operator key, or not this machine.');
      const link = await createSetupLink(deps);
      if (link === null) throw problem('already_set_up', 'This installation has its owner already.');
      return linkAnswer(link);
    },
  });
}

function linkAnswer({ url, kind, expiresAt }: OneTimeLink): SignInLink {
  return { url, kind, expiresAt: expiresAt.toISOString() };
}
