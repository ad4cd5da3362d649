// SQL of organisations, their mail domains, and the workspaces that are open to some of them only.
import { sql } from 'kysely';
import type { ControlTx } from '../../platform/db/database.ts';
import { newId, type OrganisationId, parseId, type PersonId, type WorkspaceId } from '../../platform/ids.ts';
import type { AccessTables } from '../access.tables.ts';

export interface Organisation {
  readonly id: OrganisationId;
  readonly name: string;
  readonly slug: string;
  readonly isPublic: boolean;
  readonly enabled: boolean;
  readonly domainCount: number;
  readonly userCount: number;
}

export interface OrganisationDomain {
  readonly id: string;
  readonly domain: string;
  readonly include_subdomains: boolean;
}

/** All of them: the public one first, then by name. */
export async function listOrganisations(tx: ControlTx): Promise<readonly Organisation[]> {
  return selectOrganisations(tx, null);
}

export async function findOrganisation(tx: ControlTx, id: OrganisationId): Promise<Organisation | null> {
  const [organisation] = await selectOrganisations(tx, id);
  return organisation ?? null;
}

async function selectOrganisations(tx: ControlTx, id: OrganisationId | null): Promise<readonly Organisation[]> {
  const { rows } = await sql<Omit<Organisation, 'id'> & { id: string }>`
    select id, name, slug, is_public as "isPublic", enabled,
      (select count(*) from organisation_domain where organisation_id = organisation.id) as "domainCount",
      (select count(*) from person where organisation_id = organisation.id) as "userCount"
    from organisation where ${id}::uuid is null or id = ${id}::uuid
    order by is_public desc, name, id
  `.execute(tx);
  return rows.flatMap((row) => {
    const parsed = parseId<OrganisationId>(row.id);
    return parsed === null ? [] : [{ ...row, id: parsed }];
  });
}

/** Null when the slug is taken, or when there is a public one already and this would be another. */
export async function insertOrganisation(
  tx: ControlTx,
  draft: { readonly name: string; readonly slug: string; readonly is_public: boolean },
  now: Date,
): Promise<OrganisationId | null> {
  const row = await tx
    .withTables<AccessTables>()
    .insertInto('organisation')
    .values({ id: newId<OrganisationId>(now.getTime()), ...draft, created_at: now })
    .onConflict((conflict) => conflict.doNothing())
    .returning('id')
    .executeTakeFirst();
  return parseId<OrganisationId>(row?.id ?? '');
}

/** Changes what is given. Answers false when there is no such organisation. */
export async function updateOrganisation(
  tx: ControlTx,
  id: OrganisationId,
  changes: { readonly name?: string | null | undefined; readonly enabled?: boolean | null | undefined },
): Promise<boolean> {
  const { rows } = await sql`
    update organisation set name = coalesce(${changes.name ?? null}::text, name),
      enabled = coalesce(${changes.enabled ?? null}::boolean, enabled)
    where id = ${id} returning id
  `.execute(tx);
  return rows.length === 1;
}

/** Whether a workspace names the organisation among those it is open to. */
export async function isOrganisationNamed(tx: ControlTx, id: OrganisationId): Promise<boolean> {
  const row = await tx
    .withTables<AccessTables>()
    .selectFrom('workspace_organisation')
    .select('workspace_id')
    .where('organisation_id', '=', id)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** Its people belong to none then, until they sign in again. */
export async function deleteOrganisation(tx: ControlTx, id: OrganisationId): Promise<void> {
  await tx.withTables<AccessTables>().deleteFrom('organisation').where('id', '=', id).execute();
}

export function listDomains(tx: ControlTx, id: OrganisationId): Promise<OrganisationDomain[]> {
  return tx
    .withTables<AccessTables>()
    .selectFrom('organisation_domain')
    .select(['id', 'domain', 'include_subdomains'])
    .where('organisation_id', '=', id)
    .orderBy('domain')
    .execute();
}

/** Null when an organisation claims the domain already. */
export async function insertDomain(
  tx: ControlTx,
  organisation_id: OrganisationId,
  rule: { readonly domain: string; readonly include_subdomains: boolean },
  now: Date,
): Promise<OrganisationDomain | null> {
  const row = await tx
    .withTables<AccessTables>()
    .insertInto('organisation_domain')
    .values({ id: newId(now.getTime()), organisation_id, ...rule })
    .onConflict((conflict) => conflict.column('domain').doNothing())
    .returning(['id', 'domain', 'include_subdomains'])
    .executeTakeFirst();
  return row ?? null;
}

/** Whether there was one. */
export async function deleteDomain(tx: ControlTx, organisationId: OrganisationId, id: string): Promise<boolean> {
  const rows = await tx
    .withTables<AccessTables>()
    .deleteFrom('organisation_domain')
    .where('organisation_id', '=', organisationId)
    .where('id', '=', id)
    .returning('id')
    .execute();
  return rows.length === 1;
}

/** Whether there is such a workspace, and it is not being deleted. Held until the transaction ends. */
export async function holdWorkspace(tx: ControlTx, id: WorkspaceId): Promise<boolean> {
  const row = await tx
    .withTables<AccessTables>()
    .selectFrom('workspace')
    .select('id')
    .where('id', '=', id)
    .where('state', '!=', 'deleting')
    .forKeyShare()
    .executeTakeFirst();
  return row !== undefined;
}

/** The organisations whose people may enter; none means everybody. */
export async function listAllowed(tx: ControlTx, id: WorkspaceId): Promise<string[]> {
  const rows = await tx
    .withTables<AccessTables>()
    .selectFrom('workspace_organisation')
    .select('organisation_id')
    .where('workspace_id', '=', id)
    .orderBy('organisation_id')
    .execute();
  return rows.map((row) => row.organisation_id);
}

/** Sets them, when each is enabled and none is the public one; else nothing is changed and the answer is false. */
export async function setAllowed(
  tx: ControlTx,
  workspaceId: WorkspaceId,
  organisationIds: readonly string[],
): Promise<boolean> {
  const ids = [...new Set(organisationIds)];
  const { rows } = await sql<{ known: number }>`
    select count(*) as known from organisation where id = any(${ids}::uuid[]) and enabled and not is_public
  `.execute(tx);
  if (rows[0]?.known !== ids.length) return false;
  await sql`delete from workspace_organisation where workspace_id = ${workspaceId}`.execute(tx);
  await sql`
    insert into workspace_organisation (workspace_id, organisation_id) select ${workspaceId}::uuid, unnest(${ids}::uuid[])
  `.execute(tx);
  return true;
}

export async function listPeopleIdsOf(tx: ControlTx, id: OrganisationId): Promise<readonly PersonId[]> {
  const rows = await tx
    .withTables<AccessTables>()
    .selectFrom('person')
    .select('id')
    .where('organisation_id', '=', id)
    .execute();
  return rows.map((row) => parseId<PersonId>(row.id)).filter((person) => person !== null);
}
