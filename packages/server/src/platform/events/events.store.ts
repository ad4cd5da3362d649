// The SQL of the outbox: claim a batch, settle it, forget what is done.
import { sql } from 'kysely';
import type { WorkspaceTx } from '../db/database.ts';
import type { EventId } from '../ids.ts';
import type { JsonValue } from '../json.ts';

export interface WaitingEvent {
  readonly id: EventId;
  readonly type: string;
  readonly payload: JsonValue;
  readonly occurredAt: Date;
  /** This try included. */
  readonly attempts: number;
}

/** After so many failures an event stays where it is and is no longer tried. */
export const MOST_ATTEMPTS = 10;

/** Takes the oldest waiting events for a while. Others who ask meanwhile get the ones behind them. */
export async function claimEvents(
  tx: WorkspaceTx,
  how: { now: Date; limit: number; until: Date },
): Promise<readonly WaitingEvent[]> {
  const { rows } = await sql<WaitingEvent>`
    with taken as (
      update event_outbox set claimed_until = ${how.until}, attempts = attempts + 1
       where id in (
         select id from event_outbox
          where dispatched_at is null and attempts < ${MOST_ATTEMPTS} and (claimed_until is null or claimed_until <= ${how.now})
          order by id limit ${how.limit} for update skip locked)
      returning id, type, payload, occurred_at as "occurredAt", attempts
    )
    select * from taken order by id
  `.execute(tx);
  return rows;
}

export async function markDispatched(tx: WorkspaceTx, ids: readonly EventId[], now: Date): Promise<void> {
  if (ids.length === 0) return;
  await tx
    .updateTable('event_outbox')
    .set({ dispatched_at: now, claimed_until: null })
    .where('id', 'in', ids)
    .execute();
}

/** A failed event rests before the next try. */
export async function restEvent(tx: WorkspaceTx, id: EventId, until: Date): Promise<void> {
  await tx.updateTable('event_outbox').set({ claimed_until: until }).where('id', '=', id).execute();
}

/** Answers how many were deleted. */
export async function deleteDispatched(tx: WorkspaceTx, before: Date): Promise<number> {
  const { numDeletedRows } = await tx
    .deleteFrom('event_outbox')
    .where('dispatched_at', '<', before)
    .executeTakeFirstOrThrow();
  return Number(numDeletedRows);
}
