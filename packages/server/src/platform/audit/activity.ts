// What was done to people, workspaces and applications, across workspaces: the log that platform administrators read.
// A row is added in the transaction of the change itself, and no row is ever changed (see `audit.migrations.ts`).
import { sql } from 'kysely';
import type { ControlTx } from '../db/database.ts';
import { type ActivityId, newId, parseId, type PersonId, type WorkspaceId } from '../ids.ts';
import type { JsonValue } from '../json.ts';
import { canonicalDetail } from './audit-row.ts';

export interface ActivityDraft {
  /** Past or noun form as administrators filter by it, e.g. `user_deactivated`. */
  readonly action: string;
  readonly actorId: PersonId | null;
  readonly targetType:
    | 'user'
    | 'workspace'
    | 'group'
    | 'client_app'
    | 'service_app'
    | 'realm'
    | 'organization'
    | 'system'
    | 'invitation';
  /** Id or token of what was acted on. Never an address. */
  readonly targetId: string;
  readonly workspaceId: WorkspaceId | null;
  /** Numbers, booleans, ids and tokens; a text that could be an address is refused. */
  readonly detail?: Readonly<Record<string, JsonValue>>;
}

export type ActivityTables = {
  activity: {
    id: string;
    action: string;
    actor_id: string | null;
    target_type: string;
    target_id: string;
    workspace_id: string | null;
    detail: unknown;
    created_at: Date;
  };
};

/** Adds a row. @throws a fault when the detail could hold an address */
export async function recordActivity(tx: ControlTx, draft: ActivityDraft, now: Date): Promise<void> {
  await tx
    .withTables<ActivityTables>()
    .insertInto('activity')
    .values({
      id: newId<ActivityId>(now.getTime()),
      action: draft.action,
      actor_id: draft.actorId,
      target_type: draft.targetType,
      target_id: draft.targetId,
      workspace_id: draft.workspaceId,
      detail: canonicalDetail(draft.detail ?? {}),
      created_at: now,
    })
    .execute();
}

/** A row as it was recorded. */
export interface Activity {
  readonly id: string;
  readonly action: string;
  readonly actorId: PersonId | null;
  readonly targetType: string;
  readonly targetId: string;
  readonly workspaceId: string | null;
  readonly detail: Readonly<Record<string, unknown>>;
  readonly at: Date;
}

/** Which rows; null and absent members are not looked at. */
export interface ActivityFilter {
  /** A name, or the beginning of names when it ends in `_`. */
  readonly action?: string | null;
  readonly targetType?: string | null;
  readonly workspaceId?: string | null;
  readonly actorId?: string | null;
  /** From here on, this instant included. */
  readonly since?: Date | null;
  /** Up to here, this instant included. */
  readonly until?: Date | null;
}

/**
 * Reads a part of the log, newest first.
 *
 * @param part how many rows to pass over, and how many to read at most
 * @returns the rows, and how many there are in all
 */
export async function listActivity(
  tx: ControlTx,
  filter: ActivityFilter,
  part: { readonly offset: number; readonly limit: number },
): Promise<{ readonly rows: readonly Activity[]; readonly total: number }> {
  const rows = await matching(tx, filter)
    .selectAll()
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .offset(part.offset)
    .limit(part.limit)
    .execute();
  const { total } = await matching(tx, filter)
    .select((eb) => eb.fn.countAll<number>().as('total'))
    .executeTakeFirstOrThrow();
  return { rows: rows.map(toActivity), total };
}

export interface DayCount {
  /** UTC, `YYYY-MM-DD`. */
  readonly day: string;
  readonly action: string;
  readonly count: number;
}

/** How often each action was done, by day in UTC; newest day first, then the most frequent. */
export async function countActivityByDay(tx: ControlTx, since: Date): Promise<readonly DayCount[]> {
  const day = sql<string>`to_char(created_at at time zone 'UTC', 'YYYY-MM-DD')`;
  return matching(tx, { since })
    .select((eb) => [day.as('day'), 'action', eb.fn.countAll<number>().as('count')])
    .groupBy(['day', 'action'])
    .orderBy('day', 'desc')
    .orderBy('count', 'desc')
    .orderBy('action')
    .execute();
}

/** How often each value of a member of the detail was recorded, most frequent first; null where it is not there. */
export async function countActivityByDetail(
  tx: ControlTx,
  filter: ActivityFilter,
  member: string,
): Promise<readonly { readonly value: string | null; readonly count: number }[]> {
  return matching(tx, filter)
    .select((eb) => [sql<string | null>`detail ->> ${member}::text`.as('value'), eb.fn.countAll<number>().as('count')])
    .groupBy('value')
    .orderBy('count', 'desc')
    .orderBy('value')
    .execute();
}

function matching(tx: ControlTx, { action, targetType, workspaceId, actorId, since, until }: ActivityFilter) {
  let rows = tx.withTables<ActivityTables>().selectFrom('activity');
  if (action?.endsWith('_') === true) rows = rows.where(sql<boolean>`starts_with(action, ${action}::text)`);
  else if (action) rows = rows.where('action', '=', action);
  if (targetType) rows = rows.where('target_type', '=', targetType);
  if (workspaceId) rows = rows.where('workspace_id', '=', workspaceId);
  if (actorId) rows = rows.where('actor_id', '=', actorId);
  if (since) rows = rows.where('created_at', '>=', since);
  return until ? rows.where('created_at', '<=', until) : rows;
}

function toActivity(row: ActivityTables['activity']): Activity {
  const { detail } = row;
  return {
    id: row.id,
    action: row.action,
    actorId: parseId<PersonId>(row.actor_id ?? ''),
    targetType: row.target_type,
    targetId: row.target_id,
    workspaceId: row.workspace_id,
    detail: typeof detail === 'object' && detail !== null ? { ...detail } : {},
    at: row.created_at,
  };
}
