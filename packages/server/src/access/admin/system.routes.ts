// Platform administrators' overview over HTTP: counts, health, settings.
import { AdminHealth, AdminSettings, AdminStats } from '@sentinel/contract';
import { recordActivity } from '../../platform/audit/activity.ts';
import type { Route } from '../../platform/http/route.ts';
import { adminRoute } from './admin-route.ts';
import { countEverything, listLargest } from './overview.store.ts';
import { toAdminUser } from './people.routes.ts';
import { listPeople } from './people.store.ts';
import { readHealth, readSettings, type SystemDeps } from './system.ts';

export function systemRoutes(deps: SystemDeps): readonly Route[] {
  return [stats(deps), health(deps), settings(deps)];
}

const SHOWN = 5;

function stats(deps: SystemDeps): Route {
  return adminRoute(deps, {
    method: 'GET',
    path: '/admin/stats',
    summary: 'Count people, workspaces and groups',
    answers: { 200: AdminStats },
    problems: [],
    handle: () =>
      deps.db.control(async (tx) => {
        const totals = await countEverything(tx);
        const { people } = await listPeople(tx, {}, { offset: 0, limit: SHOWN });
        const largest = await listLargest(tx, SHOWN);
        return {
          total_users: totals.users,
          total_workspaces: totals.workspaces,
          total_groups: totals.groups,
          total_resources: 0,
          active_users: totals.active,
          inactive_users: totals.users - totals.active,
          recent_users: people.map(toAdminUser),
          top_workspaces: largest.map(({ id, name, slug, members }) => ({ id, name, slug, member_count: members })),
        };
      }),
  });
}

function health(deps: SystemDeps): Route {
  return adminRoute(deps, {
    method: 'GET',
    path: '/admin/system/health',
    summary: 'Whether the installation is well',
    answers: { 200: AdminHealth },
    problems: [],
    handle: () => readHealth(deps),
  });
}

function settings(deps: SystemDeps): Route {
  return adminRoute(deps, {
    method: 'GET',
    path: '/admin/system/settings',
    summary: 'How the installation is set, without secrets',
    answers: { 200: AdminSettings },
    problems: [],
    handle: async ({ who, now }) => {
      const answer = await readSettings(deps, now);
      const seen = { action: 'view_system_settings', targetType: 'system', targetId: 'settings' } as const;
      await deps.db.control((tx) => recordActivity(tx, { ...seen, actorId: who.person.id, workspaceId: null }, now));
      return answer;
    },
  });
}
