// Setup, signing in, who one is, and where one is signed in.
import { z } from 'zod';
import { WORKSPACE_ROLES } from '../actions.ts';
import { Id, Instant } from './shapes.ts';
import { UuidInput } from './uuid.ts';

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

/** What the console's callback page was sent back with, and the PKCE verifier it kept (RFC 7636 §4.5). */
export const SignInCodeRequest = z.object({
  code: z.string().min(20).max(200),
  code_verifier: z.string().min(43).max(128),
  /** Which workspace to enter; may be left out by whoever is a member of one only. */
  workspace_id: UuidInput.optional(),
});
export type SignInCodeRequest = z.input<typeof SignInCodeRequest>;

export const Session = z
  .object({
    person: z.object({
      id: Id,
      name: z.string(),
      email: z.string(),
      /** Whether this session may use the routes of platform administrators. */
      isAdmin: z.boolean(),
    }),
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

/** `browser`: a session of the console. `app`: tokens of an application. `program`: tokens of a program on a device. */
export const SESSION_KINDS = ['browser', 'app', 'program'] as const;
export type SessionKind = (typeof SESSION_KINDS)[number];

/** How a session began: by the first setup, by a link of the operator, by a link of a member, or by an identity provider. */
export const SESSION_ORIGINS = ['setup', 'operator', 'link', 'provider'] as const;
export type SessionOrigin = (typeof SESSION_ORIGINS)[number];

export const SignedInPlace = z
  .object({
    id: Id,
    kind: z.enum(SESSION_KINDS),
    /** Which browser or program, as far as it said; never more than its name and system. */
    label: z.string().nullable(),
    /** Name of the application that was signed in to. */
    app: z.string().nullable(),
    via: z.enum(SESSION_ORIGINS).nullable(),
    workspace: z.object({ id: Id, name: z.string() }),
    createdAt: Instant,
    usedAt: Instant,
    /** When it ends if it is not used again. */
    endsAt: Instant,
    /** Whether it is the one that asks. */
    current: z.boolean(),
  })
  .meta({ id: 'SignedInPlace' });
export type SignedInPlace = z.infer<typeof SignedInPlace>;

export const SignedInPlaces = z.object({ items: z.array(SignedInPlace) });
export type SignedInPlaces = z.infer<typeof SignedInPlaces>;

export const SessionsEnded = z.object({ ended: z.int() });
export type SessionsEnded = z.infer<typeof SessionsEnded>;
