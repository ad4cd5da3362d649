// Imports people: makes known whom nobody knew, and makes them members. Every row is a transaction of its own, so that what
// cannot be done for one row is done for all others.
import type { PeopleImportPreview, PeopleImportResult } from '@sentinel/contract';
import { recordActivity } from '../../platform/audit/activity.ts';
import type { ControlTx } from '../../platform/db/database.ts';
import { newId, parseId, type PersonId, type WorkspaceId } from '../../platform/ids.ts';
import { errorFields } from '../../platform/log.ts';
import { ProblemError } from '../../platform/problem.ts';
import type { AccessDeps } from '../access-deps.ts';
import { findMemberFacts, findPersonByEmail } from '../workspaces/member.store.ts';
import { addMember } from '../workspaces/members.ts';
import type { AdminAct } from './admin-change.ts';
import type { JudgedRow, PersonOrder } from './people-file.ts';
import { insertPerson } from './people.store.ts';
import { findBySlugs } from './workspaces.store.ts';

export type ImportDeps = Pick<AccessDeps, 'db' | 'standing' | 'log'>;

/** Says what an import would take and refuse; changes nothing. */
export async function previewImport(
  { db }: Pick<ImportDeps, 'db'>,
  rows: readonly JudgedRow[],
): Promise<PeopleImportPreview> {
  const workspaces = await db.control((tx) => findBySlugs(tx, slugsOf(rows)));
  const shown = rows.map((row) => ({
    email: row.email,
    name: row.name,
    workspace_slug: row.workspaceSlug,
    role: row.role,
    error: row.order === null ? row.error : missingWorkspace(row.order, workspaces),
  }));
  const error_count = shown.filter((row) => row.error !== null).length;
  return { rows: shown, valid_count: shown.length - error_count, error_count };
}

/** Imports what can be imported. Doing it again changes nothing. */
export async function importPeople(
  deps: ImportDeps,
  rows: readonly JudgedRow[],
  act: AdminAct,
): Promise<PeopleImportResult> {
  const workspaces = await deps.db.control((tx) => findBySlugs(tx, slugsOf(rows)));
  const result: PeopleImportResult = { users_created: 0, memberships_added: 0, errors: [] };
  for (const row of rows) {
    const error = row.order === null ? row.error : missingWorkspace(row.order, workspaces);
    if (row.order === null || error !== null) {
      result.errors.push(`Row ${row.row}: ${error}`);
      continue;
    }
    const workspaceId = parseId<WorkspaceId>(workspaces.get(row.order.workspaceSlug ?? '') ?? '');
    const done = await attempt(deps, row.order, workspaceId, act);
    if (typeof done === 'string') result.errors.push(`Row ${row.row}: ${done}`);
    else {
      result.users_created += done.created ? 1 : 0;
      result.memberships_added += done.added ? 1 : 0;
    }
  }
  await deps.db.control((tx) => recordImport(tx, result, act));
  await deps.standing.catchUp();
  return result;
}

function slugsOf(rows: readonly JudgedRow[]): readonly string[] {
  return [...new Set(rows.map((row) => row.order?.workspaceSlug ?? null).filter((slug) => slug !== null))];
}

function missingWorkspace({ workspaceSlug }: PersonOrder, workspaces: ReadonlyMap<string, string>): string | null {
  return workspaceSlug === null || workspaces.has(workspaceSlug) ? null : 'There is no such workspace.';
}

interface Done {
  readonly created: boolean;
  readonly added: boolean;
}

/** One row; a sentence says why it was not done. */
async function attempt(
  { db, log }: ImportDeps,
  order: PersonOrder,
  workspaceId: WorkspaceId | null,
  act: AdminAct,
): Promise<Done | string> {
  try {
    return await db.control(async (tx) => {
      const { personId, created } = await knownPerson(tx, order, act);
      const added = workspaceId !== null && (await joined(tx, { workspaceId, personId, role: order.role }, act));
      return { created, added };
    });
  } catch (error) {
    if (error instanceof ProblemError) return error.message;
    log.error('admin.import_row_failed', errorFields(error));
    return 'It could not be stored.';
  }
}

/** The person with this address; made known when nobody has it. Whoever proves the address later signs in as them. */
async function knownPerson(
  tx: ControlTx,
  { email, name }: PersonOrder,
  { actorId, now }: AdminAct,
): Promise<{ personId: PersonId; created: boolean }> {
  const known = await findPersonByEmail(tx, email);
  if (known !== null) return { personId: known, created: false };
  const personId = newId<PersonId>(now.getTime());
  await insertPerson(tx, { id: personId, email, name }, now);
  await recordActivity(
    tx,
    {
      action: 'user_created',
      actorId,
      targetType: 'user',
      targetId: personId,
      workspaceId: null,
      detail: { import: true },
    },
    now,
  );
  return { personId, created: true };
}

/** Makes somebody a member; false when they are one already, whose role then stays. */
async function joined(
  tx: ControlTx,
  { workspaceId, personId, role }: { workspaceId: WorkspaceId; personId: PersonId; role: PersonOrder['role'] },
  act: AdminAct,
): Promise<boolean> {
  if ((await findMemberFacts(tx, { workspaceId, personId })) !== null) return false;
  await addMember(tx, { workspaceId, person: { id: personId }, role }, { ...act, power: 'platform' });
  return true;
}

function recordImport(tx: ControlTx, result: PeopleImportResult, { actorId, now }: AdminAct): Promise<void> {
  const { users_created, memberships_added, errors } = result;
  return recordActivity(
    tx,
    {
      action: 'batch_import',
      actorId,
      targetType: 'system',
      targetId: 'users',
      workspaceId: null,
      detail: { users_created, memberships_added, errors: errors.length },
    },
    now,
  );
}
