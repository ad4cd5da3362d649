// What platform administrators see and change across workspaces: people, workspaces, the activity log, the installation.
// Members, groups and their bodies are those of `workspaces.ts`.
import { z } from 'zod';
import { WORKSPACE_ROLES } from '../actions.ts';
import { plainText } from './plain-text.ts';
import { Id, Instant } from './shapes.ts';
import { UuidInput } from './uuid.ts';

/** Text to search for: bounded, without the characters no name has. */
const SearchText = z
  .string()
  .trim()
  .max(200)
  .refine((text) => !/\p{Cc}/u.test(text) && text.isWellFormed());

/**
 * Where in a numbered list, and how much of it.
 *
 * @param most largest page
 * @param usual its size when none is given
 */
export function pageNumber(most = 100, usual = 20) {
  return z.object({
    page: z.coerce.number().int().min(1).max(1_000_000).default(1),
    page_size: z.coerce.number().int().min(1).max(most).default(usual),
  });
}

/** A page of a list that is counted. */
export function numberedPage<Item extends z.ZodType>(item: Item) {
  return z.object({ items: z.array(item), total: z.int(), page: z.int(), page_size: z.int() });
}

export const AdminSearch = pageNumber().extend({ search: SearchText.optional() });

export const AdminOk = z.object({ status: z.literal('ok') });

export const AdminUser = z
  .object({
    id: Id,
    email: z.string(),
    name: z.string(),
    avatar_url: z.string().nullable(),
    is_active: z.boolean(),
    is_admin: z.boolean(),
    created_at: Instant,
    workspace_count: z.int(),
  })
  .meta({ id: 'AdminUser' });
export type AdminUser = z.infer<typeof AdminUser>;
export const AdminUserPage = numberedPage(AdminUser);
export type AdminUserPage = z.infer<typeof AdminUserPage>;

export const AdminUserDetail = AdminUser.omit({ workspace_count: true })
  .extend({
    updated_at: Instant,
    social_accounts: z.array(z.object({ id: Id, provider: z.string(), provider_user_id: z.string() })),
    memberships: z.array(
      z.object({
        workspace_id: Id,
        workspace_name: z.string(),
        workspace_slug: z.string(),
        role: z.enum(WORKSPACE_ROLES),
        joined_at: Instant,
      }),
    ),
  })
  .meta({ id: 'AdminUserDetail' });
export type AdminUserDetail = z.infer<typeof AdminUserDetail>;

/** Null and absent both leave a member as it is. */
export const AdminUserPatch = z.object({
  name: plainText(1, 120).nullish(),
  is_active: z.boolean().nullish(),
  is_admin: z.boolean().nullish(),
});
export type AdminUserPatch = z.infer<typeof AdminUserPatch>;

export const BulkStatusRequest = z.object({ user_ids: z.array(UuidInput).max(500), is_active: z.boolean() });
export const BulkStatusAnswer = AdminOk.extend({ affected: z.int() });
export const RevokedTokens = AdminOk.extend({ tokens_revoked: z.int() });
export const AdminMembershipRequest = z.object({
  workspace_id: UuidInput,
  role: z.enum(WORKSPACE_ROLES).default('viewer'),
});

export const AdminWs = z
  .object({
    id: Id,
    slug: z.string(),
    name: z.string(),
    description: z.string().nullable(),
    created_by: Id.nullable(),
    created_at: Instant,
    member_count: z.int(),
  })
  .meta({ id: 'AdminWs' });
export type AdminWs = z.infer<typeof AdminWs>;
export const AdminWsPage = numberedPage(AdminWs);
export const AdminWsDetail = AdminWs.extend({ group_count: z.int() }).meta({ id: 'AdminWsDetail' });
export type AdminWsDetail = z.infer<typeof AdminWsDetail>;
export const AdminWsNames = z.array(z.object({ id: Id, name: z.string(), slug: z.string() }));

export const AdminStats = z
  .object({
    total_users: z.int(),
    total_workspaces: z.int(),
    total_groups: z.int(),
    total_resources: z.int(),
    active_users: z.int(),
    inactive_users: z.int(),
    recent_users: z.array(AdminUser),
    top_workspaces: z.array(z.object({ id: Id, name: z.string(), slug: z.string(), member_count: z.int() })),
  })
  .meta({ id: 'AdminStats' });
export type AdminStats = z.infer<typeof AdminStats>;

export const ActivityRow = z
  .object({
    id: Id,
    action: z.string(),
    actor_id: Id.nullable(),
    actor_name: z.string().nullable(),
    actor_email: z.string().nullable(),
    target_type: z.string(),
    target_id: z.string(),
    workspace_id: Id.nullable(),
    detail: z.record(z.string(), z.unknown()).nullable(),
    created_at: Instant,
  })
  .meta({ id: 'ActivityRow' });
export type ActivityRow = z.infer<typeof ActivityRow>;
export const ActivityPage = numberedPage(ActivityRow);
export type ActivityPage = z.infer<typeof ActivityPage>;

const Token = z.string().regex(/^[a-z][a-z0-9_]{0,63}$/);
const DAY_MS = 24 * 60 * 60 * 1000;
const DATE_ONLY = /^\d{4}-\d{2}-\d{2}$/;

/** An instant or a day, read in UTC. `end` turns a day into its last millisecond. */
function moment(end: boolean) {
  return z
    .union([z.iso.datetime({ offset: true, local: true }), z.iso.date()])
    .transform((text) => {
      if (DATE_ONLY.test(text)) return new Date(Date.parse(`${text}T00:00:00Z`) + (end ? DAY_MS - 1 : 0));
      return new Date(/(?:z|[+-]\d{2}:?\d{2})$/i.test(text) ? text : `${text}Z`);
    })
    .refine((at) => at.getUTCFullYear() >= 1970 && at.getUTCFullYear() < 9999)
    .meta({ description: 'ISO 8601 instant, or a day in UTC' });
}

export const ActivityQuery = pageNumber().extend({
  /** A name, or the beginning of names when it ends in `_`. */
  action: Token.optional(),
  target_type: Token.optional(),
  workspace_id: UuidInput.optional(),
  actor_id: UuidInput.optional(),
  from_date: moment(false).optional(),
  to_date: moment(true).optional(),
});
export type ActivityQuery = z.infer<typeof ActivityQuery>;

export const ActivityDays = z.object({ days: z.coerce.number().int().min(1).max(90).default(30) });
export const ActivitySummary = z.object({
  days: z.int(),
  items: z.array(z.object({ day: z.iso.date(), action: z.string(), count: z.int() })),
});
export type ActivitySummary = z.infer<typeof ActivitySummary>;

export const InsightsQuery = ActivityDays.extend({ user_id: UuidInput.optional() });
const Named = z.array(z.object({ name: z.string(), count: z.int() }));
export const ActivityInsights = z
  .object({
    days: z.int(),
    /** Sign-ins in that time. */
    total: z.int(),
    browsers: Named,
    os: Named,
    countries: z.array(z.object({ code: z.string(), name: z.string(), count: z.int() })),
    /** Sign-ins whose country is not known. */
    unresolved: z.int(),
  })
  .meta({ id: 'ActivityInsights' });
export type ActivityInsights = z.infer<typeof ActivityInsights>;

const HealthCheck = z.object({
  status: z.enum(['healthy', 'unhealthy', 'not_used']),
  latency_ms: z.number(),
  error: z.string().nullable(),
});
export const AdminHealth = z
  .object({
    status: z.enum(['healthy', 'degraded']),
    checks: z.object({ database: HealthCheck, redis: HealthCheck }),
    uptime_seconds: z.int(),
    version: z.string(),
  })
  .meta({ id: 'AdminHealth' });
export type AdminHealth = z.infer<typeof AdminHealth>;

/** How the installation is set, without a secret: of keys the beginning, of a key pair the public half. */
export const AdminSettings = z
  .object({
    oauth_providers: z.array(z.object({ name: z.string(), configured: z.boolean() })),
    jwt: z.object({
      algorithm: z.string(),
      access_token_expire_minutes: z.int(),
      refresh_token_expire_days: z.int(),
      public_key_preview: z.string().nullable(),
      denylist_count: z.int(),
    }),
    security: z.object({
      cookie_secure: z.boolean(),
      allowed_hosts: z.array(z.string()),
      cors_origins: z.array(z.string()),
      session_secret_configured: z.boolean(),
      admin_emails: z.array(z.string()),
    }),
    rate_limits: z.array(z.object({ endpoint: z.string(), limit: z.string() })),
    service_keys: z.array(z.object({ name: z.string(), preview: z.string() })),
    service: z.object({ base_url: z.string(), frontend_url: z.string(), admin_url: z.string() }),
  })
  .meta({ id: 'AdminSettings' });
export type AdminSettings = z.infer<typeof AdminSettings>;

export const PeopleImportPreview = z
  .object({
    rows: z.array(
      z.object({
        email: z.string(),
        name: z.string(),
        workspace_slug: z.string(),
        role: z.string(),
        error: z.string().nullable(),
      }),
    ),
    valid_count: z.int(),
    error_count: z.int(),
  })
  .meta({ id: 'PeopleImportPreview' });
export type PeopleImportPreview = z.infer<typeof PeopleImportPreview>;

export const PeopleImportResult = z
  .object({ users_created: z.int(), memberships_added: z.int(), errors: z.array(z.string()) })
  .meta({ id: 'PeopleImportResult' });
export type PeopleImportResult = z.infer<typeof PeopleImportResult>;
