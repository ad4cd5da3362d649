// Events say that something happened. One is written in the same transaction as the change it tells of,
// so neither exists without the other; a job hands it to its subscribers later, at least once.
import type { WorkspaceTx } from '../db/database.ts';
import { type EventId, newId } from '../ids.ts';
import type { JsonValue } from '../json.ts';

export interface NewEvent {
  /** Past tense, `area_noun.verb`-like: `message.admitted`. */
  readonly type: string;
  /** Ids and counts only: an event outlives what it tells of. */
  readonly payload: JsonValue;
}

/**
 * Writes an event in the caller's transaction.
 *
 * @param nowMs milliseconds since 1970; an argument so that tests own time
 */
export async function emit(tx: WorkspaceTx, event: NewEvent, nowMs: number = Date.now()): Promise<void> {
  await emitAll(tx, [event], nowMs);
}

/** Writes several events in one statement; their order is kept. */
export async function emitAll(tx: WorkspaceTx, events: readonly NewEvent[], nowMs: number = Date.now()): Promise<void> {
  if (events.length === 0) return;
  const rows = events.map((event) => ({
    id: newId<EventId>(nowMs),
    type: event.type,
    payload: JSON.stringify(event.payload),
    occurred_at: new Date(nowMs),
  }));
  await tx.insertInto('event_outbox').values(rows).execute();
}
