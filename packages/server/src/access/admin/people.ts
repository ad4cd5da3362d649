// What platform administrators do to people: rename, let in and shut out, make administrator and not, sign out everywhere.
// Whoever is shut out, or is no administrator any more, is signed out at once; one active administrator always remains.
import type { AdminUserPatch } from '@sentinel/contract';
import { type ActivityDraft, recordActivity } from '../../platform/audit/activity.ts';
import type { ControlTx } from '../../platform/db/database.ts';
import type { PersonId } from '../../platform/ids.ts';
import { problem } from '../../platform/problem.ts';
import { announce } from '../standing/change.store.ts';
import { revokeOutgranted } from '../workspaces/invitations.ts';
import type { AdminAct } from './admin-change.ts';
import { endSignIns } from './end-sign-ins.store.ts';
import {
  findPerson,
  type LockedPerson,
  lockActiveAdmins,
  lockPeople,
  type PersonChange,
  updatePeople,
  type WholePerson,
} from './people.store.ts';

/** @throws ProblemError `not_found` */
export async function getPerson(tx: ControlTx, id: PersonId): Promise<WholePerson> {
  const person = await findPerson(tx, id);
  if (person === null) throw noPerson();
  return person;
}

/**
 * Changes a person and answers them as they are then.
 *
 * @throws ProblemError `not_found` or `last_admin`
 */
export async function changePerson(
  tx: ControlTx,
  id: PersonId,
  patch: AdminUserPatch,
  act: AdminAct,
): Promise<WholePerson> {
  if (patch.is_active === false || patch.is_admin === false) await keepAnAdmin(tx, [id]);
  const [before] = await lockPeople(tx, [id]);
  if (before === undefined) throw noPerson();
  const { change, actions } = changeOf(before, patch);
  if (actions.length > 0) {
    await updatePeople(tx, [id], change, act.now);
    for (const action of actions) await record(tx, { action, targetId: id }, act);
    const reason = reasonToEnd(change);
    if (reason !== null) await takePower(tx, [id], reason, act);
    await announce(tx, [{ kind: 'person', subject: id }], act.now);
  }
  return getPerson(tx, id);
}

/** What a patch really changes, and what the activity log calls it. */
function changeOf(before: LockedPerson, patch: AdminUserPatch): { change: PersonChange; actions: readonly string[] } {
  const name = patch.name ?? before.name;
  const active = patch.is_active ?? before.active;
  const isAdmin = patch.is_admin ?? before.isAdmin;
  const change: PersonChange = {
    ...(name === before.name ? {} : { name }),
    ...(active === before.active ? {} : { active }),
    ...(isAdmin === before.isAdmin ? {} : { isAdmin }),
  };
  const actions: string[] = [];
  if (change.name !== undefined) actions.push('user_updated');
  if (change.active !== undefined) actions.push(change.active ? 'user_activated' : 'user_deactivated');
  if (change.isAdmin !== undefined) actions.push(change.isAdmin ? 'user_promoted_admin' : 'user_demoted_admin');
  return { change, actions };
}

function reasonToEnd({ active, isAdmin }: PersonChange): string | null {
  if (active === false) return 'person_deactivated';
  return isAdmin === false ? 'admin_demoted' : null;
}

/**
 * Lets many people in, or shuts them out. Ids of nobody are passed over.
 *
 * @returns how many were changed
 * @throws ProblemError `last_admin`
 */
export async function changeStatus(
  tx: ControlTx,
  ids: readonly PersonId[],
  active: boolean,
  act: AdminAct,
): Promise<number> {
  if (!active) await keepAnAdmin(tx, ids);
  const changed = (await lockPeople(tx, ids)).filter((each) => each.active !== active).map((each) => each.id);
  await updatePeople(tx, changed, { active }, act.now);
  for (const targetId of changed)
    await record(tx, { action: active ? 'user_activated' : 'user_deactivated', targetId, detail: { bulk: true } }, act);
  const detail = { is_active: active, affected: changed.length };
  await record(tx, { action: 'bulk_status_change', targetType: 'system', targetId: 'users', detail }, act);
  if (!active) await takePower(tx, changed, 'person_deactivated', act);
  await announce(
    tx,
    changed.map((subject) => ({ kind: 'person', subject })),
    act.now,
  );
  return changed.length;
}

/** What they were signed in with, and what they invited others to, ends with their power. */
async function takePower(tx: ControlTx, people: readonly PersonId[], reason: string, act: AdminAct): Promise<void> {
  await revokeOutgranted(tx, { people, workspaceId: null }, act);
  await endSignIns(tx, people, reason, act.now);
}

/** Signs a person out everywhere. @returns of how many sign-ins. @throws ProblemError `not_found` */
export async function revokeEverything(tx: ControlTx, id: PersonId, act: AdminAct): Promise<number> {
  const [person] = await lockPeople(tx, [id]);
  if (person === undefined) throw noPerson();
  const ended = await endSignIns(tx, [id], 'revoked_by_admin', act.now);
  await record(tx, { action: 'tokens_revoked', targetId: id, detail: { count: ended } }, act);
  await announce(tx, [{ kind: 'person', subject: id }], act.now);
  return ended;
}

/** Refuses what would leave nobody to administrate. @throws ProblemError `last_admin` */
async function keepAnAdmin(tx: ControlTx, leaving: readonly PersonId[]): Promise<void> {
  const admins = await lockActiveAdmins(tx);
  const gone = new Set(leaving);
  if (admins.some((each) => gone.has(each.id)) && admins.every((each) => gone.has(each.id)))
    throw problem('last_admin', 'This would leave no active platform administrator.');
}

type Draft = Pick<ActivityDraft, 'action' | 'targetId' | 'detail'> & Partial<Pick<ActivityDraft, 'targetType'>>;

function record(tx: ControlTx, draft: Draft, { actorId, now }: AdminAct): Promise<void> {
  return recordActivity(tx, { targetType: 'user', ...draft, actorId, workspaceId: null }, now);
}

const noPerson = () => problem('not_found', 'There is no such person.');
