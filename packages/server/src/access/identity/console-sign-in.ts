// Signing in to the console with the code that a sign-in at an identity provider ended with. The code is used up and the
// session made in one transaction, and the session ends when the code is presented again.
import type { Actor, AuditEntry } from '../../platform/audit/audit.ts';
import { type PersonId, parseId, type WorkspaceId } from '../../platform/ids.ts';
import { problem } from '../../platform/problem.ts';
import type { AccessDeps } from '../access-deps.ts';
import { bindCode, codeInvalid, peekCode, takeCode } from '../tokens/authorization-code.ts';
import { listWorkspacesOf } from '../tokens/entitlement.store.ts';
import { mintToken, tokenHash } from './secret-token.ts';
import { findLiveSession, insertSession, type LiveSession, markSessionRevoked } from './session.store.ts';

export type CodeSignInDeps = Pick<AccessDeps, 'db' | 'randomBytes' | 'standing'>;

export interface CodeSignIn {
  readonly code: string;
  readonly verifier: string;
  /** Null for whoever is a member of one workspace only. */
  readonly workspaceId: string | null;
  /** The session the browser still holds; it ends here, so that a session never survives a sign-in (ASVS 7.2.4). */
  readonly previousToken: string | null;
  readonly label: string | null;
  readonly now: Date;
  openEntry(actor: Actor): AuditEntry;
}

/**
 * Signs in. What is wrong with the choice of a workspace is said before the code is used up.
 *
 * @throws ProblemError `code_invalid`, `person_inactive`, `not_a_member`, or `bad_request` when a workspace must be chosen
 */
export async function signInByCode(
  deps: CodeSignInDeps,
  order: CodeSignIn,
): Promise<{ token: string; session: LiveSession }> {
  const { db, standing } = deps;
  const personId = await ownerOf(deps, order);
  const person = await standing.person(personId);
  if (person === null || !person.active) throw problem('person_inactive', 'This person is deactivated.');
  const workspaceId = await chosen(deps, personId, order.workspaceId);
  const secret = mintToken(deps.randomBytes);
  const previous = order.previousToken === null ? null : tokenHash(order.previousToken);
  const session = await db.control(async (tx) => {
    const claimed = await takeCode(tx, order, order.now);
    // A code made for an application is not one for the console; it is used up all the same.
    if (claimed === null || claimed.clientAppId !== null || claimed.personId !== personId) return null;
    if (previous !== null) await markSessionRevoked(tx, { hash: previous }, order.now);
    const made = { personId, workspaceId, via: 'provider', label: order.label } as const;
    const sessionId = await insertSession(tx, secret, made, order.now);
    await bindCode(tx, order.code, { sessionId });
    return findLiveSession(tx, { id: sessionId }, order.now);
  });
  if (session === null) throw codeInvalid();
  await recordStart(deps, order, session);
  return { token: secret.token, session };
}

/** Whose code it is. One that cannot be looked at is presented all the same, so that what an earlier use made ends. */
async function ownerOf({ db, standing }: CodeSignInDeps, order: CodeSignIn): Promise<PersonId> {
  try {
    return await db.control((tx) => peekCode(tx, order, order.now));
  } catch (error) {
    await db.control((tx) => takeCode(tx, order, order.now));
    await standing.catchUp();
    throw error;
  }
}

/** The row is there before anybody learns the session's secret; if it cannot be written, the session ends again. */
async function recordStart({ db }: CodeSignInDeps, order: CodeSignIn, session: LiveSession): Promise<void> {
  const entry = order.openEntry({ kind: 'person', id: session.person.id, name: session.person.name });
  try {
    await db.workspace(session.workspace.id, (tx) => entry.record(tx, { target: session.id }));
  } catch (error) {
    await db.control((tx) => markSessionRevoked(tx, { id: session.id }, order.now));
    throw error;
  }
}

async function chosen(
  { db, standing }: CodeSignInDeps,
  personId: PersonId,
  wanted: string | null,
): Promise<WorkspaceId> {
  if (wanted !== null) {
    const id = parseId<WorkspaceId>(wanted);
    if (id === null || (await standing.membership(id, personId)) === null) throw notMember();
    return id;
  }
  const [first, ...more] = (await db.control((tx) => listWorkspacesOf(tx, personId))) ?? [];
  if (first === undefined) throw notMember();
  if (more.length > 0)
    throw problem('bad_request', 'There are several workspaces; POST /auth/workspaces lists them, then name one.');
  return first.id;
}

function notMember() {
  return problem('not_a_member', 'You are not a member of this workspace.');
}
