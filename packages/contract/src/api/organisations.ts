// Organisations: whose mail domains sign in, and which workspaces are open to whom, on the wire.
import { z } from 'zod';
import { pageNumber } from './admin.ts';
import { plainText } from './plain-text.ts';
import { Id } from './shapes.ts';
import { UuidInput } from './uuid.ts';

const OrganisationName = plainText(1, 255);

const organisationFields = {
  id: Id,
  name: z.string(),
  slug: z.string(),
  /** The one organisation of everybody whose mail domain belongs to no other. */
  is_public: z.boolean(),
  /** Nobody of an organisation that is not enabled signs in. */
  enabled: z.boolean(),
};

export const OrganisationDomain = z
  .object({ id: Id, domain: z.string(), include_subdomains: z.boolean() })
  .meta({ id: 'OrganisationDomain' });
export type OrganisationDomain = z.infer<typeof OrganisationDomain>;

export const OrganisationSummary = z
  .object({ ...organisationFields, domain_count: z.int(), user_count: z.int() })
  .meta({ id: 'OrganisationSummary' });
export type OrganisationSummary = z.infer<typeof OrganisationSummary>;
export const OrganisationSummaries = z.array(OrganisationSummary);

export const Organisation = z
  .object({ ...organisationFields, user_count: z.int(), domains: z.array(OrganisationDomain) })
  .meta({ id: 'Organisation' });
export type Organisation = z.infer<typeof Organisation>;

export const NewOrganisation = z.object({
  name: OrganisationName,
  slug: z
    .string()
    .max(63)
    .regex(/^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/),
  is_public: z.boolean().default(false),
});

/** What is absent or null stays. */
export const OrganisationChange = z.object({ name: OrganisationName.nullish(), enabled: z.boolean().nullish() });

/** Whether the domain is one is told by the handler: the contract answers 400, not 422. */
export const NewOrganisationDomain = z.object({
  domain: z.string().max(1024),
  include_subdomains: z.boolean().default(false),
});

export const OrganisationUsersQuery = pageNumber(200, 50);

/** Whose people may enter a workspace; empty: everybody's. */
export const AllowedOrganisations = z.object({ organization_ids: z.array(Id) });
export const AllowedOrganisationsChange = z.object({ organization_ids: z.array(UuidInput).max(500) });

/** The directory for services. */
export const OrganisationDirectory = z.array(z.object(organisationFields));
export const OrganisationDirectoryQuery = z.object({ include_disabled: z.stringbool().default(false) });
