// Turns what a request presents into a caller: a session cookie or an access token into a member, the operator key into the
// operator. Whatever cannot be proven is nobody.
import { actionsOf, type WorkspaceRole } from '@sentinel/contract';
import type { Database } from '../../platform/db/database.ts';
import type { Caller, Presented } from '../../platform/http/route.ts';
import type { PersonId, SessionId, WorkspaceId } from '../../platform/ids.ts';
import { problem } from '../../platform/problem.ts';
import type { Standing } from '../standing/standing.ts';
import type { Tokens } from '../tokens/token.ts';
import { listActiveWorkspaces } from '../workspaces/workspace.store.ts';
import { isSignedOut } from './admissions.ts';
import type { OperatorKey } from './operator-key.ts';
import { tokenHash } from './secret-token.ts';
import { findLiveSession, type LiveSession } from './session.store.ts';
import { mayAdministrate } from './session.ts';

export interface AuthenticateDeps {
  readonly db: Pick<Database, 'control'>;
  readonly operatorKey: OperatorKey;
  readonly tokens: Pick<Tokens, 'verify'>;
  readonly standing: Standing;
}

/**
 * Answers the caller, or null when the credentials prove nobody.
 *
 * @throws ProblemError when they are right but the workspace meant is another, or cannot be told
 */
export async function authenticate(deps: AuthenticateDeps, presented: Presented, now: Date): Promise<Caller | null> {
  if (presented.bearer === null) return await sessionCaller(deps, presented, now);
  if (isOperator(deps.operatorKey, presented)) return await operatorCaller(deps, presented);
  return await tokenCaller(deps, presented.bearer, presented.workspaceSlug);
}

/** Whether the request carries the operator key and comes from this machine. */
export function isOperator(key: OperatorKey, { bearer, fromLoopback }: Presented): boolean {
  return bearer !== null && key.matches(bearer) && fromLoopback;
}

/** The member of the console's session cookie, or null. */
export async function sessionCaller(
  { db }: Pick<AuthenticateDeps, 'db'>,
  presented: Presented,
  now: Date,
): Promise<Caller | null> {
  return memberOf(await presentedSession(db, presented, now));
}

/**
 * The member of a session that still counts, or null: for somebody who comes back from another site, where the console's
 * cookie does not come along, and whose session is known by other proof.
 */
export async function callerOfSession(
  db: Pick<Database, 'control'>,
  sessionId: SessionId,
  now: Date,
): Promise<Caller | null> {
  return memberOf(await db.control((tx) => findLiveSession(tx, { id: sessionId }, now)));
}

function memberOf(session: LiveSession | null): Caller | null {
  if (session === null) return null;
  const { person, workspace, role } = session;
  return memberCaller({ person, workspaceId: workspace.id, role, sessionId: session.id });
}

/** Who acts as platform administrator by the console's session cookie: a person who is one, signed in by themselves. */
export async function sessionAdministrator(
  { db }: Pick<AuthenticateDeps, 'db'>,
  presented: Presented,
  now: Date,
): Promise<PersonId | null> {
  const session = await presentedSession(db, presented, now);
  return session !== null && mayAdministrate(session, now) ? session.person.id : null;
}

async function presentedSession(
  db: AuthenticateDeps['db'],
  { cookie }: Presented,
  now: Date,
): Promise<LiveSession | null> {
  const hash = cookie === null ? null : tokenHash(cookie);
  return hash === null ? null : await db.control((tx) => findLiveSession(tx, { hash }, now));
}

/** @throws ProblemError `wrong_workspace` when another workspace is named than the token's */
async function tokenCaller(
  { tokens, standing }: AuthenticateDeps,
  bearer: string,
  slug: string | null,
): Promise<Caller | null> {
  const token = await tokens.verify(['access'], bearer);
  // An application's token speaks for the person to that application's back end, not to our own product.
  if (token === null || token.client_id !== undefined) return null;
  if (await standing.isRevoked({ jti: token.jti, familyId: token.fid })) return null;
  const person = await standing.person(token.sub);
  const membership = await standing.membership(token.wid, token.sub);
  if (person === null || !person.active || isSignedOut(person, token.issuedAt, token.fid)) return null;
  if (membership === null) return null;
  if (slug !== null && slug !== membership.slug)
    throw problem('wrong_workspace', 'The token is for another workspace than the Sentinel-Workspace header names.');
  return memberCaller({ person, workspaceId: token.wid, role: membership.role, sessionId: null });
}

interface MemberFacts {
  readonly person: { readonly id: PersonId; readonly name: string };
  readonly workspaceId: WorkspaceId;
  readonly role: WorkspaceRole;
  /** Null for a token. */
  readonly sessionId: SessionId | null;
}

function memberCaller({ person, workspaceId, role, sessionId }: MemberFacts): Caller {
  return {
    actor: { kind: 'person', id: person.id, name: person.name },
    personId: person.id,
    workspaceId,
    role,
    actions: new Set(actionsOf(role)),
    sessionId,
    via: sessionId === null ? 'key' : 'cookie',
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
