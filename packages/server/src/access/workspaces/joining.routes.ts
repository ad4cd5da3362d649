// HTTP of how people join who are not known yet: by invitation, or by the domain of their address. The workspace is the one
// of the token or session.
import {
  Invitation,
  InvitationPath,
  Invitations,
  MemberRequest,
  WorkspaceDomains,
  WorkspaceDomainsRequest,
} from '@sentinel/contract';
import { type Route, route } from '../../platform/http/route.ts';
import type { InvitationId } from '../../platform/ids.ts';
import { problem } from '../../platform/problem.ts';
import type { InvitationFacts } from './invitation.store.ts';
import { createInvitation, listInvitations, revokeInvitation } from './invitations.ts';
import { atLeast } from './power.ts';
import { type DomainRole, listDomains } from './workspace-domain.store.ts';
import { changeWorkspaceDomains } from './workspace-domains.ts';
import { actOf, carryOut, idOf, type RequestDeps } from './workspace-request.ts';

export function joiningRoutes(deps: RequestDeps): readonly Route[] {
  return [invite(deps), listInvited(deps), revoke(deps), readDomains(deps), changeDomains(deps)];
}

function invite(deps: RequestDeps): Route {
  return route({
    method: 'POST',
    path: '/v1/invitations',
    summary: 'Invites an address: whoever signs in with it becomes a member (admin)',
    admit: deps.admissions.own,
    audit: 'invitation.created',
    body: MemberRequest,
    answers: { 201: Invitation },
    problems: ['action_denied', 'not_a_member', 'not_found', 'owner_required', 'already_exists'],
    rate: 'write',
    async handle(request) {
      const { who, body } = request;
      const order = { workspaceId: who.workspaceId, email: body.email, role: body.role };
      const invitation = await carryOut(
        deps,
        request,
        (tx) => createInvitation(tx, order, actOf(request)),
        ({ id, role }) => ({ target: id, detail: { role } }),
      );
      return invitationAnswer(invitation);
    },
  });
}

function listInvited({ admissions, db }: RequestDeps): Route {
  return route({
    method: 'GET',
    path: '/v1/invitations',
    summary: 'Lists the invitations that can still be used, the newest first (admin)',
    admit: admissions.own,
    unaudited: 'Who invites sees who is invited.',
    answers: { 200: Invitations },
    problems: ['action_denied'],
    rate: 'read',
    async handle(request) {
      const { workspaceId } = request.who;
      const invitations = await db.control((tx) => listInvitations(tx, workspaceId, actOf(request)));
      return { items: invitations.map((each) => invitationAnswer(each)) };
    },
  });
}

function revoke(deps: RequestDeps): Route {
  return route({
    method: 'DELETE',
    path: '/v1/invitations/:invitationId',
    summary: 'Withdraws an invitation (admin)',
    admit: deps.admissions.own,
    audit: 'invitation.revoked',
    params: InvitationPath,
    answers: { 204: 'empty' },
    problems: ['action_denied', 'not_a_member', 'not_found'],
    rate: 'write',
    async handle(request) {
      const { who, params } = request;
      const ref = { workspaceId: who.workspaceId, id: idOf<InvitationId>(params.invitationId) };
      await carryOut(
        deps,
        request,
        (tx) => revokeInvitation(tx, ref, actOf(request)),
        () => ({ target: ref.id }),
      );
    },
  });
}

function readDomains({ admissions, db }: RequestDeps): Route {
  return route({
    method: 'GET',
    path: '/v1/workspace-domains',
    summary: 'Lists the domains whose people become members by themselves (admin)',
    admit: admissions.own,
    unaudited: 'What an admin set is shown to admins.',
    answers: { 200: WorkspaceDomains },
    problems: ['action_denied'],
    rate: 'read',
    async handle({ who }) {
      if (!atLeast(who.role, 'admin')) throw problem('action_denied', 'This needs at least the role admin.');
      return domainsAnswer(await db.control((tx) => listDomains(tx, who.workspaceId)));
    },
  });
}

function changeDomains(deps: RequestDeps): Route {
  return route({
    method: 'PUT',
    path: '/v1/workspace-domains',
    summary: 'Says whose people become members by themselves (admin)',
    admit: deps.admissions.own,
    audit: 'workspace_domains.changed',
    body: WorkspaceDomainsRequest,
    answers: { 200: WorkspaceDomains },
    problems: ['action_denied', 'not_a_member', 'not_found', 'bad_request'],
    rate: 'write',
    async handle(request) {
      const { who, body } = request;
      const order = { workspaceId: who.workspaceId, domains: body.domains };
      const domains = await carryOut(
        deps,
        request,
        (tx) => changeWorkspaceDomains(tx, order, who.person, actOf(request)),
        (changed) => ({ target: who.workspaceId, detail: { domains: changed.length } }),
      );
      return domainsAnswer(domains);
    },
  });
}

function domainsAnswer(domains: readonly DomainRole[]): WorkspaceDomains {
  return { domains: [...domains] };
}

function invitationAnswer(invitation: InvitationFacts): Invitation {
  return {
    id: invitation.id,
    email: invitation.email,
    role: invitation.role,
    invited_by: invitation.invitedBy,
    created_at: invitation.createdAt.toISOString(),
    expires_at: invitation.expiresAt.toISOString(),
  };
}
