// SQL behind letting a person in. Everything a sign-in has to know is read by one statement, so that a person whom we
// know already costs one.
import { sql } from 'kysely';
import type { WorkspaceRole } from '@sentinel/contract';
import type { ControlTx } from '../../platform/db/database.ts';
import {
  type InvitationId,
  type OrganisationId,
  parseId,
  type PersonId,
  type WorkspaceId,
} from '../../platform/ids.ts';
import { type DomainRule, domainOf, isAdmitted, type OrganisationFacts, ruleDomainsOf } from './organisation-of.ts';
import type { Claimed } from './provision-claim.ts';

export interface KnownPerson {
  readonly id: PersonId;
  readonly email: string;
  readonly name: string;
  readonly avatarUrl: string | null;
  readonly active: boolean;
  readonly isAdmin: boolean;
  readonly nameChosen: boolean;
  readonly organisationId: OrganisationId | null;
  /** When the identity was last noted as used. */
  readonly seenAt: Date;
}

export interface KnownMembership {
  readonly id: WorkspaceId;
  readonly name: string;
  readonly slug: string;
  readonly role: WorkspaceRole;
  /** Ids of the organisations whose people may enter; empty for everybody. */
  readonly allowed: readonly string[];
}

/** A membership that waits for the person: by an invitation, or because of their domain. */
export interface Offer {
  readonly workspaceId: WorkspaceId;
  readonly role: WorkspaceRole;
  readonly invitationId: InvitationId | null;
  readonly allowed: readonly string[];
}

export interface Known {
  /** Null when nobody has this identity. */
  readonly person: KnownPerson | null;
  /** In active workspaces, the oldest workspace first. */
  readonly memberships: readonly KnownMembership[];
  readonly offers: readonly Offer[];
  readonly rules: readonly DomainRule[];
  readonly publicOrganisation: OrganisationFacts | null;
  readonly hasAny: boolean;
}

interface OrganisationJson {
  id: string;
  slug: string;
  is_public: boolean;
  enabled: boolean;
}

interface KnownRow {
  id: string | null;
  email: string;
  name: string;
  avatar_url: string | null;
  deactivated_at: Date | null;
  is_admin: boolean;
  name_chosen: boolean;
  organisation_id: string | null;
  seen_at: Date;
  memberships: { id: string; name: string; slug: string; role: WorkspaceRole; allowed: string[] }[];
  offers: { workspace: string; role: WorkspaceRole; invitation: string | null; allowed: string[] }[];
  rules: { domain: string; include_subdomains: boolean; organisation: OrganisationJson }[];
  public_organisation: OrganisationJson | null;
  has_any: boolean;
}

const ALLOWED = sql`(
  select coalesce(json_agg(workspace_organisation.organisation_id), '[]') from workspace_organisation
  where workspace_organisation.workspace_id = workspace.id
)`;

const ORGANISATION = sql`json_build_object(
  'id', organisation.id, 'slug', organisation.slug, 'is_public', organisation.is_public, 'enabled', organisation.enabled
)`;

const MEMBERSHIPS = sql`(
  select coalesce(json_agg(json_build_object(
    'id', workspace.id, 'name', workspace.name, 'slug', workspace.slug, 'role', member.role, 'allowed', ${ALLOWED}
  ) order by workspace.created_at, workspace.id), '[]')
  from member join workspace on workspace.id = member.workspace_id and workspace.state = 'active'
  where member.person_id = person.id
)`;

/** Reads everything that letting this identity in depends on, in one statement. */
export async function readKnown(tx: ControlTx, { issuer, subject, email }: Claimed, now: Date): Promise<Known> {
  const { rows } = await sql<KnownRow>`
    select person.id, person.email, person.name, person.avatar_url, person.deactivated_at, person.is_admin,
      person.name_chosen, person.organisation_id, identity.seen_at, ${MEMBERSHIPS} as memberships,
      (
        select coalesce(json_agg(json_build_object(
          'workspace', workspace.id, 'role', offer.role, 'invitation', offer.invitation, 'allowed', ${ALLOWED}
        ) order by offer.invitation nulls last), '[]')
        from (
          select workspace_id, role, id as invitation from invitation
          where lower(email) = ${email}::text and expires_at > ${now}::timestamptz
          union all
          select workspace_id, role, null from workspace_domain
          where domain = ${domainOf(email)}::text and not exists (
            select 1 from member where member.workspace_id = workspace_domain.workspace_id and member.person_id = person.id
          ) and not exists (
            -- A rule about domains does not bring back whom somebody removed.
            select 1 from activity where activity.workspace_id = workspace_domain.workspace_id
              and activity.action = 'member_removed' and activity.target_id = person.id::text
          )
        ) as offer join workspace on workspace.id = offer.workspace_id and workspace.state = 'active'
      ) as offers,
      (
        select coalesce(json_agg(json_build_object(
          'domain', organisation_domain.domain, 'include_subdomains', organisation_domain.include_subdomains,
          'organisation', ${ORGANISATION}
        )), '[]')
        from organisation_domain join organisation on organisation.id = organisation_domain.organisation_id
        where organisation_domain.domain = any(${ruleDomainsOf(email)}::text[])
      ) as rules,
      (select ${ORGANISATION} from organisation where is_public) as public_organisation,
      exists (select 1 from organisation) as has_any
    from (select 1) as asked
    left join identity on identity.issuer = ${issuer}::text and identity.subject = ${subject}::text
    left join person on person.id = identity.person_id
  `.execute(tx);
  const [row] = rows;
  if (row === undefined) throw new Error('a query that always answers one row answered none');
  return knownOf(row);
}

function knownOf(row: KnownRow): Known {
  return {
    person: personOf(row),
    memberships: membershipsOf(row),
    offers: row.offers.flatMap(({ workspace, role, invitation, allowed }) => {
      const workspaceId = parseId<WorkspaceId>(workspace);
      return workspaceId === null
        ? []
        : [{ workspaceId, role, invitationId: parseId<InvitationId>(invitation ?? ''), allowed }];
    }),
    rules: row.rules.flatMap(({ domain, include_subdomains: includeSubdomains, organisation }) => {
      const facts = organisationFacts(organisation);
      return facts === null ? [] : [{ domain, includeSubdomains, organisation: facts }];
    }),
    publicOrganisation: organisationFacts(row.public_organisation),
    hasAny: row.has_any,
  };
}

function personOf(row: KnownRow): KnownPerson | null {
  const id = parseId<PersonId>(row.id ?? '');
  if (id === null) return null;
  return {
    id,
    email: row.email,
    name: row.name,
    avatarUrl: row.avatar_url,
    active: row.deactivated_at === null,
    isAdmin: row.is_admin,
    nameChosen: row.name_chosen,
    organisationId: parseId<OrganisationId>(row.organisation_id ?? ''),
    seenAt: row.seen_at,
  };
}

function organisationFacts(json: OrganisationJson | null): OrganisationFacts | null {
  const id = parseId<OrganisationId>(json?.id ?? '');
  return json === null || id === null ? null : { id, slug: json.slug, isPublic: json.is_public, enabled: json.enabled };
}

/** The active workspaces that let a person in, the oldest first. */
export async function listOwnWorkspaces(
  tx: ControlTx,
  personId: PersonId,
): Promise<readonly Omit<KnownMembership, 'allowed'>[]> {
  const { rows } = await sql<Pick<KnownRow, 'memberships' | 'organisation_id'>>`
    select ${MEMBERSHIPS} as memberships, person.organisation_id from person where person.id = ${personId}
  `.execute(tx);
  const [row] = rows;
  return row === undefined ? [] : admittedTo(membershipsOf(row), parseId<OrganisationId>(row.organisation_id ?? ''));
}

/** Those of somebody's memberships whose workspaces let their organisation in. */
export function admittedTo(
  memberships: readonly KnownMembership[],
  organisationId: OrganisationId | null,
): readonly Omit<KnownMembership, 'allowed'>[] {
  return memberships
    .filter(({ allowed }) => isAdmitted(allowed, organisationId))
    .map(({ id, name, slug, role }) => ({ id, name, slug, role }));
}

function membershipsOf({ memberships }: Pick<KnownRow, 'memberships'>): readonly KnownMembership[] {
  return memberships.flatMap(({ id, ...rest }) => {
    const workspaceId = parseId<WorkspaceId>(id);
    return workspaceId === null ? [] : [{ id: workspaceId, ...rest }];
  });
}
