// HTTP of the setup: whether it is needed, and doing it with the one-time link that the start printed.
import { Session, SetupRequest, SetupState } from '@sentinel/contract';
import { openAuditEntry } from '../../platform/audit/audit.ts';
import { type Route, route } from '../../platform/http/route.ts';
import type { AccessDeps } from '../access-deps.ts';
import { mintToken } from '../identity/secret-token.ts';
import { assertLinkPlace, sessionAnswer } from '../identity/session.routes.ts';
import { labelOf } from '../identity/session-label.ts';
import { findLiveSession, markSessionRevoked } from '../identity/session.store.ts';
import { hasAnyMember } from './member.store.ts';
import { setUpWorkspace } from './set-up.ts';

export function setUpRoutes(deps: AccessDeps): readonly Route[] {
  return [readSetup(deps), doSetup(deps)];
}

function readSetup({ db }: AccessDeps): Route {
  return route({
    method: 'GET',
    path: '/v1/setup',
    summary: 'Tells whether the installation waits for its first owner',
    open: 'The console asks before anybody can be signed in; only yes or no is told.',
    unaudited: 'Nothing of anybody is read.',
    answers: { 200: SetupState },
    problems: [],
    rate: 'read',
    handle: async () => ({ needed: !(await db.control(hasAnyMember)) }),
  });
}

function doSetup(deps: AccessDeps): Route {
  return route({
    method: 'POST',
    path: '/v1/setup',
    summary: 'Makes the first workspace and its owner',
    open: 'The one-time setup link is the proof; it is checked by the handler.',
    audit: 'workspace.created',
    body: SetupRequest,
    answers: { 201: Session },
    problems: ['link_invalid', 'already_set_up', 'starting'],
    rate: 'sign-in',
    async handle({ body, presented, requestId, openEntry, session: cookie }) {
      assertLinkPlace(deps.links, presented);
      const secret = mintToken(deps.randomBytes);
      await setUpWorkspace(deps, {
        workspaceName: body.workspaceName,
        ownerName: body.ownerName,
        ownerEmail: body.ownerEmail,
        ownDomains: body.ownDomains,
        demo: false,
        linkToken: body.token,
        session: secret,
        sessionLabel: labelOf(presented.header('user-agent')),
        openEntry: (event, owner) =>
          event === 'workspace.created' ? openEntry(owner) : openAuditEntry(event, owner, requestId, deps.clock),
      });
      const session = await deps.db.control((tx) => findLiveSession(tx, { hash: secret.hash }, deps.clock.now()));
      if (session === null) throw new Error('the session of the first owner is not there');
      // A program that sets an installation up keeps no cookie, so its session would only stand in a list.
      if (presented.bearer === null) cookie.start(secret.token, session.expiresAt);
      else await deps.db.control((tx) => markSessionRevoked(tx, { id: session.id }, deps.clock.now()));
      return sessionAnswer(session, deps.clock.now());
    },
  });
}
