// Resolving an identity provider's token: who of ours that is, the workspaces they may enter, and for one of them an authz
// token that the service they came through may be shown. Somebody we know, with nothing new, costs one statement.
import type { Resolved } from '@sentinel/contract';
import { recordActivity } from '../../platform/audit/activity.ts';
import { problem } from '../../platform/problem.ts';
import type { AccessDeps } from '../access-deps.ts';
import type { ServiceApp } from '../apps/apps.ts';
import { TOKEN_LIFETIMES } from '../tokens/token.ts';
import type { IdpIdentity } from '../providers/identity-provider.ts';
import { type OwnWorkspace, provision, type SignedIn } from './provision.ts';
import type { Device, SignInSignals } from './sign-in-signals.ts';

export type ResolveDeps = Pick<AccessDeps, 'db' | 'providers' | 'settings' | 'standing' | 'tokens'> & {
  readonly signals: SignInSignals;
};

export interface ResolveOrder {
  readonly idpToken: string;
  readonly provider: string;
  /** Null asks for the list of workspaces. */
  readonly workspaceId: string | null;
  readonly nonce: string | null;
  readonly service: ServiceApp;
  /** Whether the service's key proved it, and not merely a page of its origin. */
  readonly byKey: boolean;
  readonly device: Device;
  readonly now: Date;
}

/**
 * Resolves a token.
 *
 * @throws ProblemError `action_denied` when a page asks for a token that only the service itself may have minted;
 *   `idp_token_refused`, `provider_unknown`, `idp_unreachable`; `not_a_member`; and as `provision` does
 */
export async function resolve(deps: ResolveDeps, order: ResolveOrder): Promise<Resolved> {
  const { service, now } = order;
  if (order.workspaceId !== null && !order.byKey && !service.browserMinting)
    throw problem('action_denied', 'This service has tokens minted by its own server only, with its key.');
  const expected = { audiences: service.allowedIdpAudiences, nonce: order.nonce };
  const identity = await deps.providers.get(order.provider).verifyToken(order.idpToken, expected);
  const person = await provision(deps.db, identity, deps.settings, now);
  if (person.changed) await deps.standing.catchUp();
  const user = { id: person.personId, email: person.email, name: person.name };
  if (order.workspaceId === null) {
    await noteSignIn(deps, order, person);
    return { user, workspace: null, authz_token: null, expires_in: null, workspaces: [...person.workspaces] };
  }
  const workspace = person.workspaces.find(({ id }) => id === order.workspaceId);
  if (workspace === undefined) throw problem('not_a_member', 'This person is not a member of the workspace.');
  return {
    user,
    workspace: { id: workspace.id, slug: workspace.slug, role: workspace.role },
    authz_token: await mintAuthz(deps, { person, workspace, service, identity }, now),
    expires_in: TOKEN_LIFETIMES.authz,
    workspaces: null,
  };
}

interface Grant {
  readonly person: SignedIn;
  readonly workspace: OwnWorkspace;
  readonly service: ServiceApp;
  readonly identity: IdpIdentity;
}

async function mintAuthz(
  deps: ResolveDeps,
  { person, workspace, service, identity }: Grant,
  now: Date,
): Promise<string> {
  const { organisation } = person;
  const { token } = await deps.tokens.mint(
    'authz',
    {
      sub: person.personId,
      wid: workspace.id,
      wslug: workspace.slug,
      wrole: workspace.role,
      actions: NO_ACTIONS,
      idp_sub: identity.wireSubject,
      idp_iss: identity.issuer,
      svc: service.scope,
      ...(organisation === null ? {} : { oid: organisation.id, oslug: organisation.slug, opub: organisation.isPublic }),
    },
    { seconds: TOKEN_LIFETIMES.authz, issuedAt: now },
  );
  return token;
}

/** Without roles nobody has an action in a service, so nothing is asked. */
const NO_ACTIONS: readonly string[] = [];

/** A page asks without a workspace when somebody signs in there, and with one whenever a token has run out. */
async function noteSignIn(deps: ResolveDeps, order: ResolveOrder, { personId }: SignedIn): Promise<void> {
  const { provider, service, device, now } = order;
  await deps.db.control((tx) =>
    recordActivity(
      tx,
      {
        action: 'user_login',
        actorId: personId,
        targetType: 'user',
        targetId: personId,
        workspaceId: null,
        detail: { provider, service: service.id, browser: device.browser, os: device.os },
      },
      now,
    ),
  );
}
