// SQL that reads people and workspaces from end to end, in the order of their ids.
import { sql } from 'kysely';
import type { ControlTx } from '../../platform/db/database.ts';
import { type ListedPerson, PERSON_COLUMNS } from './people.store.ts';
import { type ListedWorkspace, WORKSPACE_COLUMNS, WORKSPACE_THERE } from './workspaces.store.ts';

const ROWS_PER_PART = 500;
/** No id comes before it. */
const LEAST = '00000000-0000-0000-0000-000000000000';

/** The next people behind an id; none at the end. */
export async function exportPeople(tx: ControlTx, after: string | null): Promise<readonly ListedPerson[]> {
  const { rows } = await sql<ListedPerson>`
    select ${PERSON_COLUMNS} from person where id > ${after ?? LEAST}::uuid order by id limit ${ROWS_PER_PART}
  `.execute(tx);
  return rows;
}

/** The next workspaces behind an id; none at the end. */
export async function exportWorkspaces(tx: ControlTx, after: string | null): Promise<readonly ListedWorkspace[]> {
  const { rows } = await sql<ListedWorkspace>`
    select ${WORKSPACE_COLUMNS} from workspace
    where ${WORKSPACE_THERE} and id > ${after ?? LEAST}::uuid order by id limit ${ROWS_PER_PART}
  `.execute(tx);
  return rows;
}
