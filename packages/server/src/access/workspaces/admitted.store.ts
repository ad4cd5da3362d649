// Which members a workspace admits: those of the organisations it lists, or everybody when it lists none; and nobody of an
// organisation that was switched off. Read where memberships are read, so that both count at once and for everything.
import { type RawBuilder, type SqlBool, sql } from 'kysely';

/** A condition on the tables `member` and `person` of the query it stands in. */
export const ADMITTED: RawBuilder<SqlBool> = sql<SqlBool>`(
  not exists (select from organisation as own where own.id = person.organisation_id and not own.enabled)
  and (
    not exists (select from workspace_organisation as listed where listed.workspace_id = member.workspace_id)
    or exists (
      select from workspace_organisation as listed
      where listed.workspace_id = member.workspace_id and listed.organisation_id = person.organisation_id
    )
  )
)`;
