// SQL that answers, in one statement, what a person's token for a workspace says at this moment, or what is missing.
import type { WorkspaceRole } from '@sentinel/contract';
import { ADMITTED } from '../workspaces/admitted.store.ts';
import { sql } from 'kysely';
import type { ControlTx } from '../../platform/db/database.ts';
import {
  type ClientAppId,
  type GroupId,
  type OrganisationId,
  parseId,
  type PersonId,
  type WorkspaceId,
} from '../../platform/ids.ts';
import type { TokenClaims } from './token.ts';

/** What an access token says, but for the family it belongs to. */
export type PersonClaims = Omit<TokenClaims['access'], 'fid'>;

/**
 * More would not fit into a header, so a token names the first ones only; whoever decides here looks at the memberships
 * themselves.
 */
const MOST_GROUPS = 100;

/** Tables that `CLAIM_COLUMNS` reads; a member of nothing, and nobody, are there with nulls. */
export const CLAIM_JOINS = sql`
  left join person on person.id = wanted.person_id and person.deactivated_at is null
  left join workspace on workspace.id = wanted.workspace_id and workspace.state = 'active'
  left join member on member.workspace_id = workspace.id and member.person_id = person.id and ${ADMITTED}
  left join organisation on organisation.id = person.organisation_id`;

export const CLAIM_COLUMNS = sql`
  person.id as person_id, person.email, person.name,
  workspace.id as workspace_id, workspace.slug, member.role,
  organisation.id as organisation_id, organisation.slug as organisation_slug, organisation.is_public as organisation_public,
  coalesce((
    select json_agg(group_id order by group_id) from group_member
    where group_member.workspace_id = member.workspace_id and group_member.person_id = member.person_id
  ), '[]') as groups`;

export interface ClaimRow {
  readonly person_id: string | null;
  readonly email: string | null;
  readonly name: string | null;
  readonly workspace_id: string | null;
  readonly slug: string | null;
  readonly role: WorkspaceRole | null;
  readonly organisation_id: string | null;
  readonly organisation_slug: string | null;
  readonly organisation_public: boolean | null;
  readonly groups: readonly string[];
}

export type Lacking = 'person' | 'workspace' | 'membership';

/** The claims of a row, or the first thing that is missing. */
export function claimsOf(row: ClaimRow): PersonClaims | Lacking {
  const [sub, wid] = [parseId<PersonId>(row.person_id ?? ''), parseId<WorkspaceId>(row.workspace_id ?? '')];
  if (sub === null || row.email === null || row.name === null) return 'person';
  if (wid === null || row.slug === null) return 'workspace';
  if (row.role === null) return 'membership';
  const oid = parseId<OrganisationId>(row.organisation_id ?? '');
  const groups = row.groups.map((group) => parseId<GroupId>(group)).filter((group) => group !== null);
  return {
    sub,
    email: row.email,
    name: row.name,
    wid,
    wslug: row.slug,
    wrole: row.role,
    groups: groups.slice(0, MOST_GROUPS),
    ...(oid === null ? {} : { oid, oslug: row.organisation_slug ?? '', opub: row.organisation_public === true }),
  };
}

/** What a token for this workspace would say, or what is missing for it. */
export async function findEntitlement(
  tx: ControlTx,
  wanted: { readonly personId: PersonId; readonly workspaceId: WorkspaceId },
): Promise<PersonClaims | Lacking> {
  const { rows } = await sql<ClaimRow>`
    select ${CLAIM_COLUMNS}
    from (select ${wanted.personId}::uuid as person_id, ${wanted.workspaceId}::uuid as workspace_id) as wanted
    ${CLAIM_JOINS}
  `.execute(tx);
  const [row] = rows;
  return row === undefined ? 'person' : claimsOf(row);
}

export interface OwnWorkspace {
  readonly id: WorkspaceId;
  readonly name: string;
  readonly slug: string;
  readonly role: WorkspaceRole;
}

/** The active workspaces of a person, oldest first. Null when the person is deactivated or unknown. */
export async function listWorkspacesOf(tx: ControlTx, personId: PersonId): Promise<readonly OwnWorkspace[] | null> {
  const { rows } = await sql<{
    id: string | null;
    name: string | null;
    slug: string | null;
    role: WorkspaceRole | null;
  }>`
    select workspace.id, workspace.name, workspace.slug, member.role
    from person
    left join member on member.person_id = person.id and ${ADMITTED}
    left join workspace on workspace.id = member.workspace_id and workspace.state = 'active'
    where person.id = ${personId} and person.deactivated_at is null
    order by workspace.created_at, workspace.id
  `.execute(tx);
  if (rows.length === 0) return null;
  return rows.flatMap(({ id, name, slug, role }) => {
    const workspaceId = parseId<WorkspaceId>(id ?? '');
    return workspaceId === null || name === null || slug === null || role === null
      ? []
      : [{ id: workspaceId, name, slug, role }];
  });
}

/** Whether an application may still be handed tokens; a sign-in without one is our own. */
export async function isAppActive(tx: ControlTx, id: ClientAppId | null): Promise<boolean> {
  if (id === null) return true;
  const { rows } = await sql<{ id: string }>`select id from client_app where id = ${id} and is_active`.execute(tx);
  return rows.length === 1;
}
