// Setup, sign-in by one-time link, and who one is.
import { z } from 'zod';
import { WORKSPACE_ROLES } from '../actions.ts';
import { Id, Instant } from './shapes.ts';

export const SetupState = z.object({ needed: z.boolean() });
export type SetupState = z.infer<typeof SetupState>;

export const SetupRequest = z.object({
  token: z.string().min(20).max(100),
  workspaceName: z.string().trim().min(1).max(80),
  ownerName: z.string().trim().min(1).max(120),
  ownerEmail: z.string().trim().min(3).max(254),
  /** Domains whose people are colleagues; their addresses never open the gate. */
  ownDomains: z.array(z.string().trim().min(1).max(253)).max(100).default([]),
});
export type SetupRequest = z.input<typeof SetupRequest>;

export const SignInRequest = z.object({ token: z.string().min(20).max(100) });
export type SignInRequest = z.infer<typeof SignInRequest>;

export const Session = z
  .object({
    person: z.object({ id: Id, name: z.string(), email: z.string() }),
    workspace: z.object({ id: Id, slug: z.string(), name: z.string() }),
    role: z.enum(WORKSPACE_ROLES),
    actions: z.array(z.string()),
    /** Whether the workspace holds sample data of a made-up company. */
    demo: z.boolean(),
    expiresAt: Instant,
  })
  .meta({ id: 'Session' });
export type Session = z.infer<typeof Session>;

/** Whose link; the longest-standing owner when absent. */
export const SignInLinkRequest = z.object({ email: z.string().max(254).optional() });
export type SignInLinkRequest = z.input<typeof SignInLinkRequest>;

export const SignInLink = z.object({ url: z.url(), kind: z.enum(['setup', 'sign_in']), expiresAt: Instant });
export type SignInLink = z.infer<typeof SignInLink>;
