// People, workspaces, members, groups, invitations and a workspace's own domains.
import { z } from 'zod';
import { WORKSPACE_ROLES } from '../actions.ts';
import { plainText } from './plain-text.ts';
import { Id, Instant } from './shapes.ts';
import { UuidInput } from './uuid.ts';

const Role = z.enum(WORKSPACE_ROLES);
const WorkspaceName = plainText(1, 255);
const GroupName = plainText(1, 255);
const Description = plainText(0, 2000);
/** What a mail address is made of is checked where it is used. */
const EmailInput = z.string().trim().min(3).max(254);

export const User = z
  .object({
    id: Id,
    email: z.string(),
    name: z.string(),
    avatar_url: z.string().nullable(),
    is_active: z.boolean(),
    created_at: Instant,
  })
  .meta({ id: 'User' });
export type User = z.infer<typeof User>;

/** An address of a picture; whatever is none of the web counts as not given. */
const AvatarUrl = z
  .string()
  .max(2048)
  .nullish()
  .transform((text) => (typeof text === 'string' && isWebAddress(text) ? text : null));

function isWebAddress(text: string): boolean {
  return /^https?:\/\/[^\s\p{Cc}\p{Cs}]+$/iu.test(text) && URL.canParse(text);
}

/** Null and absent both leave a member as it is. */
export const UserPatch = z.object({ name: plainText(1, 120).nullish(), avatar_url: AvatarUrl });
export type UserPatch = z.infer<typeof UserPatch>;

export const Workspace = z
  .object({
    id: Id,
    slug: z.string(),
    name: z.string(),
    description: z.string().nullable(),
    created_by: Id.nullable(),
    created_at: Instant,
  })
  .meta({ id: 'Workspace' });
export type Workspace = z.infer<typeof Workspace>;
export const Workspaces = z.array(Workspace);

export const WorkspaceSlug = z
  .string()
  .min(2)
  .max(100)
  .regex(/^[a-z0-9][a-z0-9-]*[a-z0-9]$/);
export const WorkspaceRequest = z.object({
  name: WorkspaceName,
  slug: WorkspaceSlug,
  description: Description.nullish(),
});
export type WorkspaceRequest = z.input<typeof WorkspaceRequest>;
/** Null and absent both leave a member as it is. */
export const WorkspacePatch = z.object({ name: WorkspaceName.nullish(), description: Description.nullish() });
export type WorkspacePatch = z.infer<typeof WorkspacePatch>;

export const WorkspacePath = z.object({ workspaceId: UuidInput });
export const MemberPath = WorkspacePath.extend({ personId: UuidInput });
export const GroupPath = WorkspacePath.extend({ groupId: UuidInput });
export const GroupMemberPath = GroupPath.extend({ personId: UuidInput });

export const Member = z
  .object({
    user_id: Id,
    email: z.string(),
    name: z.string(),
    avatar_url: z.string().nullable(),
    role: Role,
    joined_at: Instant,
  })
  .meta({ id: 'Member' });
export type Member = z.infer<typeof Member>;
export const Members = z.array(Member);

const MOST_MEMBERS = 50;
export const MembersQuery = z.object({
  /** Part of the name or the address; case does not matter. */
  q: z
    .string()
    .max(100)
    .refine((text) => !/\p{Cc}/u.test(text) && text.isWellFormed(), { message: 'Control characters are not allowed.' })
    .optional(),
  limit: z.coerce
    .number()
    .int()
    .transform((limit) => Math.min(Math.max(limit, 1), MOST_MEMBERS))
    .optional(),
});

export const MemberRequest = z.object({ email: EmailInput, role: Role.default('viewer') });
export type MemberRequest = z.input<typeof MemberRequest>;
export const RolePatch = z.object({ role: Role });
export const MemberRole = z.object({
  id: Id,
  workspace_id: Id,
  user_id: Id,
  role: Role,
  joined_at: Instant,
});
export type MemberRole = z.infer<typeof MemberRole>;

export const Group = z
  .object({
    id: Id,
    workspace_id: Id,
    name: z.string(),
    description: z.string().nullable(),
    created_by: Id.nullable(),
    created_at: Instant,
  })
  .meta({ id: 'Group' });
export type Group = z.infer<typeof Group>;
export const Groups = z.array(Group);
export const GroupRequest = z.object({ name: GroupName, description: Description.nullish() });
export type GroupRequest = z.input<typeof GroupRequest>;
/** Null and absent both leave a member as it is. */
export const GroupPatch = z.object({ name: GroupName.nullish(), description: Description.nullish() });
export type GroupPatch = z.infer<typeof GroupPatch>;

export const GroupMember = z
  .object({ user_id: Id, email: z.string(), name: z.string(), added_at: Instant })
  .meta({ id: 'GroupMember' });
export type GroupMember = z.infer<typeof GroupMember>;
export const GroupMembers = z.array(GroupMember);
export const GroupMemberAdded = z.object({ status: z.literal('ok') });

/** Somebody who becomes a member with the first sign-in that proves the address. */
export const Invitation = z
  .object({
    id: Id,
    email: z.string(),
    role: Role,
    invited_by: Id.nullable(),
    created_at: Instant,
    expires_at: Instant,
  })
  .meta({ id: 'Invitation' });
export type Invitation = z.infer<typeof Invitation>;
export const Invitations = z.object({ items: z.array(Invitation) });
export const InvitationPath = z.object({ invitationId: UuidInput });

const DOMAIN_ROLES = ['viewer', 'editor'] as const;
export const WorkspaceDomain = z.object({ domain: z.string(), role: z.enum(DOMAIN_ROLES) });
export type WorkspaceDomain = z.infer<typeof WorkspaceDomain>;
/** Whoever signs in with a proven address of such a domain becomes a member. */
export const WorkspaceDomains = z.object({ domains: z.array(WorkspaceDomain) }).meta({ id: 'WorkspaceDomains' });
export type WorkspaceDomains = z.infer<typeof WorkspaceDomains>;
export const WorkspaceDomainsRequest = z.object({
  domains: z
    .array(z.object({ domain: z.string().trim().min(3).max(253), role: z.enum(DOMAIN_ROLES).default('viewer') }))
    .max(50),
});
export type WorkspaceDomainsRequest = z.input<typeof WorkspaceDomainsRequest>;
