// Signing in with a one-time link: the link is used up and the session made in one transaction. The audit row follows
// before anybody learns the session's secret; if it cannot be written, the session is ended again.
import type { AuditEntry, Actor } from '../../platform/audit/audit.ts';
import type { Database } from '../../platform/db/database.ts';
import { problem } from '../../platform/problem.ts';
import { mintToken, type RandomBytes, tokenHash } from './secret-token.ts';
import { findLiveSession, insertSession, type LiveSession, markSessionRevoked } from './session.store.ts';
import { markSignInLinkUsed } from './sign-in-link.store.ts';

export interface SignInDeps {
  readonly db: Pick<Database, 'control' | 'workspace'>;
  readonly randomBytes: RandomBytes;
}

export interface SignInOrder {
  readonly linkToken: string;
  /** The session the browser still holds; it ends here, so that a session never survives a sign-in (ASVS 7.2.4). */
  readonly previousToken: string | null;
  /** What the browser calls itself; see `session-label.ts`. */
  readonly label: string | null;
  readonly now: Date;
  openEntry(actor: Actor): AuditEntry;
}

/**
 * Signs a member in.
 *
 * @throws ProblemError `link_invalid` when the link is used, expired or unknown, or its member is not active any more
 */
export async function signIn(
  { db, randomBytes }: SignInDeps,
  order: SignInOrder,
): Promise<{ token: string; session: LiveSession }> {
  const hash = tokenHash(order.linkToken);
  const previous = order.previousToken === null ? null : tokenHash(order.previousToken);
  const secret = mintToken(randomBytes);
  const session =
    hash === null
      ? null
      : await db.control(async (tx) => {
          const owner = await markSignInLinkUsed(tx, hash, order.now);
          if (owner === null) return null;
          if (previous !== null) await markSessionRevoked(tx, { hash: previous }, order.now);
          const via = owner.byOperator ? 'operator' : 'link';
          await insertSession(tx, secret, { ...owner, via, label: order.label }, order.now);
          return findLiveSession(tx, { hash: secret.hash }, order.now);
        });
  if (session === null) throw problem('link_invalid', 'This link was used, has expired, or is not known here.');
  const entry = order.openEntry({ kind: 'person', id: session.person.id, name: session.person.name });
  try {
    await db.workspace(session.workspace.id, (tx) => entry.record(tx, { target: session.id }));
  } catch (error) {
    await db.control((tx) => markSessionRevoked(tx, { id: session.id }, order.now));
    throw error;
  }
  return { token: secret.token, session };
}
