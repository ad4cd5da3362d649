// SQL behind what processes remember of people's standing.
import { sql } from 'kysely';
import type { WorkspaceRole } from '@sentinel/contract';
import type { ControlTx } from '../../platform/db/database.ts';
import { type GroupId, type OrganisationId, parseId, type PersonId, type WorkspaceId } from '../../platform/ids.ts';
import { TOKEN_LIFETIMES } from '../tokens/token.ts';
import { ADMITTED } from '../workspaces/admitted.store.ts';
import type { Membership, PersonFacts } from './standing.ts';

export async function findPersonFacts(tx: ControlTx, id: PersonId): Promise<PersonFacts | null> {
  const { rows } = await sql<{
    email: string;
    name: string;
    avatar_url: string | null;
    deactivated_at: Date | null;
    is_admin: boolean;
    created_at: Date;
    signed_out_at: Date | null;
    organisation_id: string | null;
    organisation_slug: string | null;
    organisation_public: boolean | null;
  }>`
    select email, person.name, avatar_url, deactivated_at, is_admin, person.created_at, signed_out_at,
      organisation.id as organisation_id, organisation.slug as organisation_slug, organisation.is_public as organisation_public
    from person left join organisation on organisation.id = person.organisation_id
    where person.id = ${id}
  `.execute(tx);
  const [row] = rows;
  if (row === undefined) return null;
  const organisationId = parseId<OrganisationId>(row.organisation_id ?? '');
  return {
    id,
    email: row.email,
    name: row.name,
    avatarUrl: row.avatar_url,
    active: row.deactivated_at === null,
    isAdmin: row.is_admin,
    createdAt: row.created_at,
    signedOutAt: row.signed_out_at,
    organisation:
      organisationId === null
        ? null
        : { id: organisationId, slug: row.organisation_slug ?? '', isPublic: row.organisation_public === true },
  };
}

export async function findMembership(
  tx: ControlTx,
  workspaceId: WorkspaceId,
  personId: PersonId,
): Promise<Membership | null> {
  const { rows } = await sql<{ role: WorkspaceRole; slug: string; groups: string[] }>`
    select member.role, workspace.slug,
      coalesce((
        select json_agg(group_id order by group_id) from group_member
        where group_member.workspace_id = member.workspace_id and group_member.person_id = member.person_id
      ), '[]') as groups
    from member
    join workspace on workspace.id = member.workspace_id and workspace.state = 'active'
    join person on person.id = member.person_id and person.deactivated_at is null
    where member.workspace_id = ${workspaceId} and member.person_id = ${personId} and ${ADMITTED}
  `.execute(tx);
  const [row] = rows;
  if (row === undefined) return null;
  const groups = row.groups.map((group) => parseId<GroupId>(group)).filter((group) => group !== null);
  return { role: row.role, slug: row.slug, groups };
}

/** Clocks that differ by a minute, and a revocation that was committed a while after the time it bears. */
const REVOKED_SLACK_MS = 5 * 60_000;

/**
 * Families and tokens that were revoked and whose access tokens could still be presented. A family that was revoked
 * longer ago than an access token lives needs no mention: it gets no further access token, because refreshing checks
 * `revoked_at` in its own statement and never asks what is remembered here.
 */
export async function listRevoked(tx: ControlTx, now: Date): Promise<readonly string[]> {
  const since = new Date(now.getTime() - TOKEN_LIFETIMES.access * 1000 - REVOKED_SLACK_MS);
  const { rows } = await sql<{ id: string }>`
    select id from token_family where revoked_at > ${since}::timestamptz and expires_at > ${now}::timestamptz
    union all
    select jti from revoked_token where until > ${now}::timestamptz
  `.execute(tx);
  return rows.map((row) => row.id);
}
