// SQL of platform administrators about workspaces. One that is being made or deleted is not there.
import { sql } from 'kysely';
import type { ControlTx } from '../../platform/db/database.ts';
import { containing } from './people.store.ts';

export interface ListedWorkspace {
  readonly id: string;
  readonly slug: string;
  readonly name: string;
  readonly description: string | null;
  readonly createdBy: string | null;
  readonly createdAt: Date;
  readonly members: number;
}

export interface WholeWorkspace extends ListedWorkspace {
  readonly groups: number;
}

export const WORKSPACE_COLUMNS = sql`workspace.id, slug, name, description, created_by as "createdBy", created_at as "createdAt",
  (select count(*) from member where member.workspace_id = workspace.id) as members`;
export const WORKSPACE_THERE = sql`state in ('active', 'suspended')`;

/**
 * Lists workspaces, newest first, and counts them all.
 *
 * @param search part of a name or slug, as it stands; null for all
 */
export async function listWorkspaces(
  tx: ControlTx,
  search: string | null,
  part: { readonly offset: number; readonly limit: number },
): Promise<{ readonly workspaces: readonly ListedWorkspace[]; readonly total: number }> {
  const pattern = containing(search ?? '');
  const matches = search
    ? sql`${WORKSPACE_THERE} and (name ilike ${pattern} or slug ilike ${pattern})`
    : WORKSPACE_THERE;
  const { rows: workspaces } = await sql<ListedWorkspace>`
    select ${WORKSPACE_COLUMNS} from workspace where ${matches}
    order by created_at desc, id desc offset ${part.offset} limit ${part.limit}
  `.execute(tx);
  const { rows } = await sql<{ total: number }>`select count(*) as total from workspace where ${matches}`.execute(tx);
  return { workspaces, total: rows[0]?.total ?? 0 };
}

/** Every workspace by name, to choose from. */
export async function listWorkspaceNames(
  tx: ControlTx,
): Promise<readonly { readonly id: string; readonly name: string; readonly slug: string }[]> {
  const { rows } = await sql<{ id: string; name: string; slug: string }>`
    select id, name, slug from workspace where ${WORKSPACE_THERE} order by name, slug
  `.execute(tx);
  return rows;
}

export async function findWholeWorkspace(tx: ControlTx, id: string): Promise<WholeWorkspace | null> {
  const { rows } = await sql<WholeWorkspace>`
    select ${WORKSPACE_COLUMNS}, (select count(*) from member_group where member_group.workspace_id = workspace.id) as groups
    from workspace where id = ${id} and ${WORKSPACE_THERE}
  `.execute(tx);
  return rows[0] ?? null;
}

/** Ids of active workspaces by slug. */
export async function findBySlugs(tx: ControlTx, slugs: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const { rows } = await sql<{ slug: string; id: string }>`
    select slug, id from workspace where slug = any(${[...slugs]}::text[]) and state = 'active'
  `.execute(tx);
  return new Map(rows.map(({ slug, id }) => [slug, id]));
}
