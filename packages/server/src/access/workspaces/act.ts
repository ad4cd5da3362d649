// Who changes something in a workspace, and with how much power. Every change begins here: it holds the workspace's row, so
// that changes of one workspace come one after another, and looks at the actor's role once more when it is its turn.
import type { WorkspaceRole } from '@sentinel/contract';
import type { ControlTx } from '../../platform/db/database.ts';
import type { PersonId, WorkspaceId } from '../../platform/ids.ts';
import { problem } from '../../platform/problem.ts';
import { findRole } from './member.store.ts';
import { atLeast, type Power } from './power.ts';
import { lockWorkspace } from './workspace.store.ts';

export interface Act {
  /** Null where nobody in particular acts, such as a job. */
  readonly actorId: PersonId | null;
  readonly power: Power;
  readonly now: Date;
}

/**
 * Begins a change of a workspace and holds it until the transaction ends.
 *
 * @param least the weakest role that may do it
 * @returns the power the actor has at this moment
 * @throws ProblemError `action_denied`, `owner_required` or `not_a_member`; `not_found` when there is no such workspace
 */
export async function beginChange(
  tx: ControlTx,
  workspaceId: WorkspaceId,
  act: Act,
  least: WorkspaceRole,
): Promise<Power> {
  // First what costs nothing: whoever may not do it does not make others wait.
  demand(act.power, least);
  const state = await lockWorkspace(tx, workspaceId);
  if (state === null || state === 'creating' || state === 'deleting')
    throw problem('not_found', 'There is no such workspace.');
  if (act.power === 'platform') return act.power;
  const role = act.actorId === null ? null : await findRole(tx, workspaceId, act.actorId);
  if (role === null || state !== 'active')
    throw problem('not_a_member', 'You are not a member of this workspace any more.');
  const power = atLeast(role, act.power) ? act.power : role;
  demand(power, least);
  return power;
}

function demand(power: Power, least: WorkspaceRole): void {
  if (atLeast(power, least)) return;
  if (least === 'owner') throw problem('owner_required', 'Only an owner of the workspace may do this.');
  throw problem('action_denied', `This needs at least the role ${least} in the workspace.`);
}
