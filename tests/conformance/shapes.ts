// The JSON shapes of the access contract as its clients read them: every member there, null where it may be. Written down
// apart from the server's own schemas, so that a change there is noticed here.
import { z } from 'zod';

/** Lower case, with hyphens. */
const Uuid = z.string().regex(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/);
const Time = z.string().regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,6})?Z$/);
const Role = z.enum(['owner', 'admin', 'editor', 'viewer']);

export const TokenPair = z.object({
  access_token: z.string().regex(/^[\w-]+\.[\w-]+\.[\w-]+$/),
  refresh_token: z.string().max(4096),
  token_type: z.literal('bearer'),
  expires_in: z.literal(900),
});
export type TokenPair = z.infer<typeof TokenPair>;

export const WsOption = z.object({ id: Uuid, name: z.string(), slug: z.string(), role: Role });
export type WsOption = z.infer<typeof WsOption>;

export const User = z.object({
  id: Uuid,
  email: z.string(),
  name: z.string(),
  avatar_url: z.string().nullable(),
  is_active: z.boolean(),
  created_at: Time,
});

export const Workspace = z.object({
  id: Uuid,
  slug: z.string(),
  name: z.string(),
  description: z.string().nullable(),
  created_by: Uuid.nullable(),
  created_at: Time,
});

export const Member = z.object({
  user_id: Uuid,
  email: z.string(),
  name: z.string(),
  avatar_url: z.string().nullable(),
  role: Role,
  joined_at: Time,
});

export const Group = z.object({
  id: Uuid,
  workspace_id: Uuid,
  name: z.string(),
  description: z.string().nullable(),
  created_by: Uuid.nullable(),
  created_at: Time,
});

export const GroupMember = z.object({ user_id: Uuid, email: z.string(), name: z.string(), added_at: Time });

export const ResolveOut = z.object({
  user: z.object({ id: Uuid, email: z.string(), name: z.string() }),
  workspace: z.object({ id: Uuid, slug: z.string(), role: Role }).nullable(),
  authz_token: z.string().nullable(),
  expires_in: z.literal(300).nullable(),
  workspaces: z.array(WsOption).nullable(),
});

export const ClientApp = z.object({
  id: Uuid,
  name: z.string(),
  redirect_uris: z.array(z.string()),
  is_active: z.boolean(),
  created_by: Uuid.nullable(),
  created_at: Time,
  updated_at: Time,
});

export const ServiceApp = z.object({
  id: Uuid,
  name: z.string(),
  service_name: z.string(),
  key_prefix: z.string().regex(/^sk_.{4}\*{4}$/),
  is_active: z.boolean(),
  allowed_origins: z.array(z.string()),
  last_used_at: Time.nullable(),
  created_by: Uuid.nullable(),
  created_at: Time,
  updated_at: Time,
});
export const ServiceAppSecret = ServiceApp.extend({ api_key: z.string().regex(/^sk_[\w-]{43}$/) });

export const AdminWs = Workspace.extend({ member_count: z.int() });
export const AdminUser = User.extend({ is_admin: z.boolean(), workspace_count: z.int() });
export const page = <Item extends z.ZodType>(item: Item) =>
  z.object({ items: z.array(item), total: z.int(), page: z.int(), page_size: z.int() });

export const Jwks = z.object({
  keys: z
    .array(
      z.object({
        kty: z.literal('RSA'),
        n: z.string(),
        e: z.string(),
        use: z.literal('sig'),
        alg: z.literal('RS256'),
        kid: z.string(),
        key_ops: z.tuple([z.literal('verify')]),
      }),
    )
    .min(1),
});

/** What clients show people when something was refused. */
export const Refusal = z.object({ detail: z.string().min(1) });
