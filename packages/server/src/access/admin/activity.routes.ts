// The activity log over HTTP: rows, counts by day, and from where people sign in.
import {
  ActivityDays,
  ActivityInsights,
  ActivityPage,
  ActivityQuery,
  type ActivityRow,
  ActivitySummary,
  InsightsQuery,
} from '@sentinel/contract';
import {
  type Activity,
  countActivityByDay,
  countActivityByDetail,
  listActivity,
} from '../../platform/audit/activity.ts';
import type { Route } from '../../platform/http/route.ts';
import type { AccessDeps } from '../access-deps.ts';
import { partOf } from './admin-change.ts';
import { adminRoute } from './admin-route.ts';
import { findNames } from './overview.store.ts';

export type ActivityDeps = Pick<AccessDeps, 'admissions' | 'db'>;

export function activityRoutes(deps: ActivityDeps): readonly Route[] {
  return [list(deps), summary(deps), insights(deps)];
}

function list(deps: ActivityDeps): Route {
  return adminRoute(deps, {
    method: 'GET',
    path: '/admin/activity',
    summary: 'Read the activity log, newest first',
    query: ActivityQuery,
    answers: { 200: ActivityPage },
    problems: [],
    handle: ({ query }) =>
      deps.db.control(async (tx) => {
        const filter = {
          action: query.action ?? null,
          targetType: query.target_type ?? null,
          workspaceId: query.workspace_id ?? null,
          actorId: query.actor_id ?? null,
          since: query.from_date ?? null,
          until: query.to_date ?? null,
        };
        const { rows, total } = await listActivity(tx, filter, partOf(query));
        const actors = new Set(rows.map((row) => row.actorId).filter((id) => id !== null));
        const names = await findNames(tx, [...actors]);
        const items = rows.map((row) => toWire(row, names.get(row.actorId ?? '') ?? null));
        return { items, total, page: query.page, page_size: query.page_size };
      }),
  });
}

function toWire(row: Activity, actor: { name: string; email: string } | null): ActivityRow {
  return {
    id: row.id,
    action: row.action,
    actor_id: row.actorId,
    actor_name: actor?.name ?? null,
    actor_email: actor?.email ?? null,
    target_type: row.targetType,
    target_id: row.targetId,
    workspace_id: row.workspaceId,
    detail: Object.keys(row.detail).length === 0 ? null : row.detail,
    created_at: row.at.toISOString(),
  };
}

const DAY_MS = 24 * 60 * 60 * 1000;

/** The first instant of the last so many days in UTC, today included. */
function firstDay(now: Date, days: number): Date {
  return new Date((Math.floor(now.getTime() / DAY_MS) - (days - 1)) * DAY_MS);
}

function summary(deps: ActivityDeps): Route {
  return adminRoute(deps, {
    method: 'GET',
    path: '/admin/activity/summary',
    summary: 'Count what was done, by day in UTC',
    query: ActivityDays,
    answers: { 200: ActivitySummary },
    problems: [],
    handle: async ({ query: { days }, now }): Promise<ActivitySummary> => {
      const items = await deps.db.control((tx) => countActivityByDay(tx, firstDay(now, days)));
      return { days, items: [...items] };
    },
  });
}

function insights(deps: ActivityDeps): Route {
  return adminRoute(deps, {
    method: 'GET',
    path: '/admin/activity/insights',
    summary: 'Count the browsers and systems that people sign in with',
    query: InsightsQuery,
    answers: { 200: ActivityInsights },
    problems: [],
    handle: async ({ query: { days, user_id }, now }): Promise<ActivityInsights> => {
      const filter = { action: 'user_login', actorId: user_id ?? null, since: firstDay(now, days) };
      const [browsers, os] = await deps.db.control(async (tx) => [
        await countActivityByDetail(tx, filter, 'browser'),
        await countActivityByDetail(tx, filter, 'os'),
      ]);
      const total = (browsers ?? []).reduce((sum, each) => sum + each.count, 0);
      // Where an address stands in the world is not looked up, so no sign-in has a country.
      return { days, total, browsers: named(browsers), os: named(os), countries: [], unresolved: total };
    },
  });
}

function named(
  counts: readonly { value: string | null; count: number }[] | undefined,
): { name: string; count: number }[] {
  return (counts ?? []).map(({ value, count }) => ({ name: value ?? 'unknown', count }));
}
