// How applications, realms and organisations are changed: one after the other, in one transaction with the row of the
// activity log and the announcement to other processes; this process answers with the change at once.
import type { ControlTx } from '../../platform/db/database.ts';
import { type ActivityDraft, recordActivity } from '../../platform/audit/activity.ts';
import type { AccessDeps } from '../access-deps.ts';
import { type AdminAct, changing } from '../admin/admin-change.ts';
import { announce } from '../standing/change.store.ts';
import { lockChanges } from './change-lock.store.ts';

type Subject = 'apps' | 'organisations';

/**
 * Runs one change. Changes of a subject wait for each other in the whole installation, so what is looked up in the
 * transaction (whether a name is free) still holds when it ends.
 */
export function change<Result>(
  deps: Pick<AccessDeps, 'db' | 'standing'>,
  subject: Subject,
  now: Date,
  work: (tx: ControlTx) => Promise<Result>,
): Promise<Result> {
  return changing(deps, async (tx) => {
    await lockChanges(tx, subject);
    const made = await work(tx);
    await announce(tx, [{ kind: subject, subject: '' }], now);
    return made;
  });
}

/** Notes what an administrator did. */
export function note(
  tx: ControlTx,
  { actorId, now }: AdminAct,
  draft: Pick<ActivityDraft, 'action' | 'targetType' | 'targetId' | 'detail'> &
    Partial<Pick<ActivityDraft, 'workspaceId'>>,
): Promise<void> {
  return recordActivity(tx, { workspaceId: null, ...draft, actorId }, now);
}

/** The names of the members that a change really carries. */
export function changedMembers(changes: Readonly<Record<string, unknown>>): string[] {
  return Object.keys(changes).filter((name) => changes[name] !== null && changes[name] !== undefined);
}

/** A name as the activity log takes it: it keeps no long texts. */
export function shortName(name: string): string {
  return name.slice(0, 200);
}
