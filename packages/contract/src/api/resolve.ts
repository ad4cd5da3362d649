// Turning an identity provider's token into a person of ours and, for one workspace, into an authz token.
import { z } from 'zod';
import { WORKSPACE_ROLES } from '../actions.ts';
import { Id } from './shapes.ts';
import { UuidInput } from './uuid.ts';

/** ID tokens with many groups are long; nothing else is. */
const LONGEST_TOKEN = 16_384;

export const ResolveRequest = z.object({
  idp_token: z.string().min(1).max(LONGEST_TOKEN),
  provider: z.string().min(1).max(64),
  workspace_id: UuidInput.nullish(),
  /** Must be the token's own, when it is sent. */
  nonce: z.string().max(512).nullish(),
});
export type ResolveRequest = z.infer<typeof ResolveRequest>;

export const Resolved = z.object({
  user: z.object({ id: Id, email: z.string(), name: z.string() }),
  workspace: z.object({ id: Id, slug: z.string(), role: z.enum(WORKSPACE_ROLES) }).nullable(),
  authz_token: z.string().nullable(),
  /** Seconds. */
  expires_in: z.int().nullable(),
  workspaces: z
    .array(z.object({ id: Id, name: z.string(), slug: z.string(), role: z.enum(WORKSPACE_ROLES) }))
    .nullable(),
});
export type Resolved = z.infer<typeof Resolved>;
