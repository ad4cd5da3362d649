// The ledger over HTTP: pages of outcomes, one with its explanation, and counts over time.
import { Id, LedgerEntry, LedgerPage, LedgerQuery, OutcomeSeries, OutcomeSeriesQuery } from '@sentinel/contract';
import { z } from 'zod';
import type { Database } from '../../platform/db/database.ts';
import { type OutcomeId, parseId } from '../../platform/ids.ts';
import { problem } from '../../platform/problem.ts';
import { type Route, route } from '../../platform/http/route.ts';
import { explain } from './explain.ts';
import { getOutcome, listOutcomes, parseOutcomes, readSeries } from './outcome.store.ts';

const HOUR_MS = 3_600_000;
const MAX_BUCKETS = 2000;

export function ledgerRoutes({ db }: { db: Database }): readonly Route[] {
  return [listRoute(db), explainRoute(db), seriesRoute(db)];
}

const UNAUDITED = 'Reading the ledger shows counts, and people only where their messages were kept';

function listRoute(db: Database): Route {
  return route({
    method: 'GET',
    path: '/v1/gate/ledger',
    summary: 'List outcomes, newest first',
    action: 'ledger:read',
    unaudited: UNAUDITED,
    query: LedgerQuery,
    answers: { 200: LedgerPage },
    problems: ['invalid_request'],
    rate: 'read',
    handle: ({ caller, query }) => {
      const outcomes = parseOutcomes(query.outcome);
      const filter = {
        outcomes,
        source: query.source ?? null,
        since: instantOf(query.since),
        until: instantOf(query.until),
      };
      const page = { cursor: query.cursor ?? null, limit: query.limit };
      return db.workspace(caller.workspaceId, (tx) => listOutcomes(tx, filter, page));
    },
  });
}

function explainRoute(db: Database): Route {
  return route({
    method: 'GET',
    path: '/v1/gate/ledger/:id',
    summary: 'Explain one outcome',
    action: 'ledger:read',
    unaudited: UNAUDITED,
    params: z.object({ id: Id }),
    answers: { 200: LedgerEntry },
    problems: ['not_found'],
    rate: 'read',
    handle: async ({ caller, params }) => {
      const id = parseId<OutcomeId>(params.id);
      if (id === null) throw problem('not_found', 'There is no such outcome in this workspace.');
      const { row, facts } = await db.workspace(caller.workspaceId, (tx) => getOutcome(tx, id));
      return { row, explanation: explain(facts, row.matched) };
    },
  });
}

function seriesRoute(db: Database): Route {
  return route({
    method: 'GET',
    path: '/v1/gate/outcomes',
    summary: 'Count outcomes per hour or day',
    action: 'ledger:read',
    unaudited: 'Counts only',
    query: OutcomeSeriesQuery,
    answers: { 200: OutcomeSeries },
    problems: ['invalid_request'],
    rate: 'read',
    handle: async ({ caller, query, now }) => {
      const until = instantOf(query.until) ?? now;
      const since = instantOf(query.since) ?? new Date(until.getTime() - 24 * HOUR_MS);
      assertRange(since, until, query.bucket);
      return await db.workspace(caller.workspaceId, (tx) => readSeries(tx, { since, until, bucket: query.bucket }));
    },
  });
}

function instantOf(text: string | undefined): Date | null {
  return text === undefined ? null : new Date(text);
}

function assertRange(since: Date, until: Date, bucket: 'hour' | 'day'): void {
  const length = bucket === 'hour' ? HOUR_MS : 24 * HOUR_MS;
  const buckets = (until.getTime() - since.getTime()) / length;
  if (buckets >= 0 && buckets <= MAX_BUCKETS) return;
  throw problem(
    'invalid_request',
    `The range must be from 0 to ${MAX_BUCKETS} ${bucket}s; use bucket=day for a longer one.`,
    {
      places: [{ pointer: '/query/since', detail: 'too far from until, or after it' }],
    },
  );
}
