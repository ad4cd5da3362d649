// A workspace's own domains: whoever signs in with a proven address there becomes a member. Nobody can name a domain they
// have no address at, or any workspace could draw other companies' people in and learn who they are.
import { recordActivity } from '../../platform/audit/activity.ts';
import type { ControlTx } from '../../platform/db/database.ts';
import type { WorkspaceId } from '../../platform/ids.ts';
import { problem } from '../../platform/problem.ts';
import type { PersonFacts } from '../standing/standing.ts';
import { type Act, beginChange } from './act.ts';
import { companyDomainOf, isPublicMailDomain, parseMailDomain } from './mail-domain.ts';
import { type DomainRole, listDomains, replaceDomains } from './workspace-domain.store.ts';

/**
 * Replaces the domains of a workspace.
 *
 * @param by who asks: the domain of their own address can be added, by an administrator of the installation any
 * @throws ProblemError `bad_request` for what is no domain, is there twice, is open to everybody or is somebody else's;
 *   those of `beginChange`
 */
export async function changeWorkspaceDomains(
  tx: ControlTx,
  order: { readonly workspaceId: WorkspaceId; readonly domains: readonly DomainRole[] },
  by: Pick<PersonFacts, 'email' | 'isAdmin'>,
  act: Act,
): Promise<readonly DomainRole[]> {
  const { workspaceId } = order;
  await beginChange(tx, workspaceId, act, 'admin');
  const known = new Set((await listDomains(tx, workspaceId)).map((each) => each.domain));
  const domains = order.domains.map(({ domain, role }) => ({ domain: admit(domain, known, by), role }));
  if (new Set(domains.map((each) => each.domain)).size < domains.length)
    throw problem('bad_request', 'A domain is there more than once.');
  await replaceDomains(tx, workspaceId, domains);
  await recordActivity(
    tx,
    {
      action: 'workspace_domains_changed',
      actorId: act.actorId,
      targetType: 'workspace',
      targetId: workspaceId,
      workspaceId,
      detail: { domains: domains.length },
    },
    act.now,
  );
  return listDomains(tx, workspaceId);
}

function admit(text: string, known: ReadonlySet<string>, by: Pick<PersonFacts, 'email' | 'isAdmin'>): string {
  const domain = parseMailDomain(text);
  if (domain === null) throw problem('bad_request', 'One of them is not a domain that mail goes to.');
  if (isPublicMailDomain(domain))
    throw problem('bad_request', 'One of them is a mail provider’s: anybody could become a member. Send invitations.');
  if (!known.has(domain) && !by.isAdmin && companyDomainOf(by.email) !== domain)
    throw problem(
      'bad_request',
      'You can add the domain of your own address. Let a platform administrator add another one.',
    );
  return domain;
}
