// People and workspaces as CSV for a spreadsheet. Read part by part, so that neither a transaction nor the memory grows.
import type { Route } from '../../platform/http/route.ts';
import { recordActivity } from '../../platform/audit/activity.ts';
import { csvLine } from '../../platform/csv/csv-line.ts';
import type { ControlTx } from '../../platform/db/database.ts';
import type { AccessDeps } from '../access-deps.ts';
import { adminRoute } from './admin-route.ts';
import { exportPeople, exportWorkspaces } from './export.store.ts';

type Deps = Pick<AccessDeps, 'admissions' | 'db'>;
type Cells = readonly (string | number | boolean | null)[];

export function exportRoutes(deps: Deps): readonly Route[] {
  return [
    exportRoute(deps, {
      what: 'users',
      columns: ['id', 'email', 'name', 'is_active', 'is_admin', 'created_at', 'workspace_count'],
      read: async (tx, after) =>
        (await exportPeople(tx, after)).map((each) => ({
          id: each.id,
          cells: [
            each.id,
            each.email,
            each.name,
            each.active,
            each.isAdmin,
            each.createdAt.toISOString(),
            each.workspaces,
          ],
        })),
    }),
    exportRoute(deps, {
      what: 'workspaces',
      columns: ['id', 'slug', 'name', 'description', 'created_by', 'created_at', 'member_count'],
      read: async (tx, after) =>
        (await exportWorkspaces(tx, after)).map((each) => ({
          id: each.id,
          cells: [
            each.id,
            each.slug,
            each.name,
            each.description,
            each.createdBy,
            each.createdAt.toISOString(),
            each.members,
          ],
        })),
    }),
  ];
}

interface Line {
  readonly id: string;
  readonly cells: Cells;
}

interface Sheet {
  readonly what: 'users' | 'workspaces';
  readonly columns: readonly string[];
  /** The next rows by id, none at the end. */
  read(tx: ControlTx, after: string | null): Promise<readonly Line[]>;
}

function exportRoute(deps: Deps, sheet: Sheet): Route {
  return adminRoute(deps, {
    method: 'GET',
    path: `/admin/export/${sheet.what}`,
    summary: `Export ${sheet.what === 'users' ? 'people' : sheet.what} as CSV`,
    answers: { 200: 'stream' },
    problems: [],
    rate: 'upload',
    handle: async ({ who, now }) => {
      const seen = { action: `export_${sheet.what}`, targetType: 'system', targetId: sheet.what } as const;
      await deps.db.control((tx) => recordActivity(tx, { ...seen, actorId: who.person.id, workspaceId: null }, now));
      return { contentType: 'text/csv; charset=utf-8', fileName: `${sheet.what}.csv`, stream: linesOf(deps, sheet) };
    },
  });
}

async function* linesOf({ db }: Deps, sheet: Sheet): AsyncGenerator<string> {
  yield csvLine(sheet.columns);
  const next = (after: string | null): Promise<readonly Line[]> => db.control((tx) => sheet.read(tx, after));
  for (let rows = await next(null); rows.length > 0; rows = await next(rows.at(-1)?.id ?? null))
    yield rows.map((row) => csvLine(row.cells)).join('');
}
