// What the routes of a workspace have in common: the token must be of the workspace in the path, and a change is one
// transaction, then known to this process, then a row in the workspace's log.
import type { AuditDetails, AuditEntry } from '../../platform/audit/audit.ts';
import type { ControlTx } from '../../platform/db/database.ts';
import { parseId, type WorkspaceId } from '../../platform/ids.ts';
import { problem } from '../../platform/problem.ts';
import type { AccessDeps } from '../access-deps.ts';
import type { UserWho } from '../identity/admissions.ts';
import type { Act } from './act.ts';

export type RequestDeps = Pick<AccessDeps, 'admissions' | 'db' | 'standing'>;

/** The workspace of the path. @throws ProblemError `wrong_workspace` when the token is of another one */
export function enter(who: UserWho, { workspaceId }: { readonly workspaceId: string }): WorkspaceId {
  if (workspaceId !== who.workspaceId)
    throw problem('wrong_workspace', 'The token is of another workspace than the one in the path.');
  return who.workspaceId;
}

/** The person of the request as the one who changes something; the role is the one of this moment. */
export function actOf({ who, now }: { readonly who: UserWho; readonly now: Date }): Act {
  return { actorId: who.person.id, power: who.role, now };
}

/** An id out of a parsed request. @throws ProblemError `not_found` when no row could have it */
export function idOf<Id extends string>(text: string): Id {
  const id = parseId<Id>(text);
  if (id === null) throw problem('not_found', 'There is nothing with this id.');
  return id;
}

/**
 * Carries a change out.
 *
 * @param tell what the row in the workspace's log says of the result
 */
export async function carryOut<T>(
  { db, standing }: Pick<RequestDeps, 'db' | 'standing'>,
  { who, entry }: { readonly who: UserWho; readonly entry: AuditEntry | null },
  work: (tx: ControlTx) => Promise<T>,
  tell: (result: T) => AuditDetails,
): Promise<T> {
  const result = await db.control(work);
  await standing.catchUp();
  if (entry !== null) await db.workspace(who.workspaceId, (tx) => entry.record(tx, tell(result)));
  return result;
}
