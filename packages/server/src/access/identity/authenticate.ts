// Turns what a request presents into a caller: a session cookie into a member, the operator key into the operator.
// Whatever cannot be proven is nobody.
import { actionsOf } from '@sentinel/contract';
import type { Database } from '../../platform/db/database.ts';
import type { Caller, Presented } from '../../platform/http/route.ts';
import { problem } from '../../platform/problem.ts';
import { listActiveWorkspaces } from '../workspaces/workspace.store.ts';
import type { OperatorKey } from './operator-key.ts';
import { tokenHash } from './secret-token.ts';
import { findLiveSession } from './session.store.ts';

export interface AuthenticateDeps {
  readonly db: Pick<Database, 'control'>;
  readonly operatorKey: OperatorKey;
}

/**
 * Answers the caller, or null when the credentials prove nobody.
 *
 * @throws ProblemError when the operator key is right but the workspace it is meant for cannot be told
 */
export async function authenticate(deps: AuthenticateDeps, presented: Presented, now: Date): Promise<Caller | null> {
  if (presented.bearer !== null)
    return isOperator(deps.operatorKey, presented) ? operatorCaller(deps, presented) : null;
  return presented.cookie === null ? null : memberCaller(deps, presented.cookie, now);
}

/** Whether the request carries the operator key and comes from this machine. */
export function isOperator(key: OperatorKey, { bearer, fromLoopback }: Presented): boolean {
  return bearer !== null && key.matches(bearer) && fromLoopback;
}

async function memberCaller({ db }: AuthenticateDeps, cookie: string, now: Date): Promise<Caller | null> {
  const hash = tokenHash(cookie);
  if (hash === null) return null;
  const session = await db.control((tx) => findLiveSession(tx, { hash }, now));
  if (session === null) return null;
  return {
    actor: { kind: 'person', id: session.person.id, name: session.person.name },
    personId: session.person.id,
    workspaceId: session.workspace.id,
    role: session.role,
    actions: new Set(actionsOf(session.role)),
    sessionId: session.id,
    via: 'cookie',
  };
}

async function operatorCaller({ db }: AuthenticateDeps, { workspaceSlug }: Presented): Promise<Caller> {
  const workspaces = await db.control(listActiveWorkspaces);
  const fitting = workspaceSlug === null ? workspaces : workspaces.filter((each) => each.slug === workspaceSlug);
  const [workspace] = fitting;
  if (workspaces.length === 0) throw problem('not_set_up', 'There is no workspace yet.');
  if (workspace === undefined) throw problem('not_found', 'There is no workspace of this name.');
  if (fitting.length > 1)
    throw problem('wrong_workspace', 'There are several workspaces; name one with the Sentinel-Workspace header.');
  return {
    actor: { kind: 'operator', id: null, name: 'operator' },
    personId: null,
    workspaceId: workspace.id,
    role: 'owner',
    actions: new Set(actionsOf('owner')),
    sessionId: null,
    via: 'key',
  };
}
