// Lists of ids that were updated or deleted between two times: 30 and 15 days back, to the minute.
import { ApiRefusal, notFound } from './api-refusal.ts';
import type { Ask } from './ask.ts';
import { isUnseen } from './late-commits.ts';
import { type Row, type SObject, wireTime } from './objects/sobject.ts';

const MINUTE_MS = 60 * 1000;
const DAY_MS = 24 * 3600 * 1000;
const UPDATED_MS = 30 * DAY_MS;
const DELETED_MS = 15 * DAY_MS;
const MAX_IDS = 600_000;

interface Period {
  readonly start: number;
  readonly end: number;
}

/** @throws ApiRefusal INVALID_REPLICATION_DATE, EXCEEDED_ID_LIMIT, MISSING_ARGUMENT, NOT_FOUND */
export function answerUpdated(ask: Ask, object: SObject) {
  const period = periodOf(ask, object, UPDATED_MS);
  const ids = rowsIn(ask, object, period, false).map((row) => String(row.read('Id')));
  return { ids, latestDateCovered: wireTime(coveredUntil(ask, period)) };
}

/** @throws ApiRefusal as for updated */
export function answerDeleted(ask: Ask, object: SObject) {
  const period = periodOf(ask, object, DELETED_MS);
  const rows = rowsIn(ask, object, period, true).filter(({ deleted }) => deleted);
  return {
    deletedRecords: rows.map((row) => ({ id: String(row.read('Id')), deletedDate: wireTime(row.touchedAt) })),
    earliestDateAvailable: wireTime(nowOf(ask) - DELETED_MS),
    latestDateCovered: wireTime(coveredUntil(ask, period)),
  };
}

function rowsIn(ask: Ask, object: SObject, { start, end }: Period, deleted: boolean): readonly Row[] {
  const unseen = isUnseen(ask.org.ground, ask.road);
  const span = { order: 'touchedAt', since: start, until: end, deleted } as const;
  const rows = Iterator.from(object.rows(span))
    .filter((row) => unseen === null || !unseen(row))
    .take(MAX_IDS + 1)
    .toArray();
  if (rows.length > MAX_IDS) throw new ApiRefusal(400, 'EXCEEDED_ID_LIMIT', 'too many ids in the time span');
  return rows;
}

function periodOf({ org, exchange }: Ask, object: SObject, reachMs: number): Period {
  if (!object.replicated) throw notFound();
  const [start, end] = ['start', 'end'].map((name) => timeOf(exchange.url.searchParams, name));
  if (start === undefined || end === undefined) throw notFound();
  const now = org.ground.world.now().getTime();
  if (end <= start) throw badDate('end date must be at least one minute greater than the start date');
  if (start > now) throw badDate('start date cannot be in the future');
  if (start < minute(now - reachMs)) throw badDate(`start date cannot be more than ${reachMs / DAY_MS} days ago`);
  return { start, end };
}

/** Seconds do not count. */
function timeOf(query: URLSearchParams, name: string): number {
  const text = query.get(name);
  if (text === null) throw new ApiRefusal(400, 'MISSING_ARGUMENT', `Missing required argument: ${name}`);
  // An unescaped plus arrives as a space.
  const ms = Date.parse(text.replace(' ', '+').replace(/([+-]\d{2})(\d{2})$/, '$1:$2'));
  if (Number.isNaN(ms)) throw badDate(`invalid ${name} date`);
  return minute(ms);
}

function minute(ms: number): number {
  return Math.floor(ms / MINUTE_MS) * MINUTE_MS;
}

/** Until when nothing can be missing: the next period starts here, not at `end`. */
function coveredUntil(ask: Ask, { end }: Period): number {
  return Math.min(end, minute(nowOf(ask)));
}

function nowOf({ org }: Ask): number {
  return org.ground.world.now().getTime();
}

function badDate(message: string): ApiRefusal {
  return new ApiRefusal(400, 'INVALID_REPLICATION_DATE', message);
}
