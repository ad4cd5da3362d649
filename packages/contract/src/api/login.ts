// Signing in through an identity provider, as an application (or our own console) asks for it.
import { z } from 'zod';
import { Id } from './shapes.ts';

/** Any text that a database can hold and an address can carry. */
const Opaque = z
  .string()
  .max(512)
  .refine((text) => !text.includes('\0') && text.isWellFormed(), { message: 'This text cannot be sent back.' });

export const Providers = z.object({ providers: z.array(z.string()) });
export type Providers = z.infer<typeof Providers>;

export const ProviderParams = z.object({ provider: z.string().min(1).max(64) });

/** RFC 6749 §4.1.1 with RFC 7636 §4.3; what is no challenge, or another method, is answered with a page. */
export const LoginQuery = z.object({
  redirect_uri: z.string().min(1).max(2048),
  code_challenge: z.string().max(256),
  code_challenge_method: z.string().max(32).default('S256'),
  /** Sent back unchanged. */
  state: Opaque.optional(),
  client_id: z.string().max(64).optional(),
});
export type LoginQuery = z.infer<typeof LoginQuery>;

/** What a provider sends a person back with; every member reaches the provider's own checks. */
export const LoginCallbackQuery = z.looseObject({
  state: z.string().max(512).optional(),
  code: z.string().max(4096).optional(),
});
export type LoginCallbackQuery = z.infer<typeof LoginCallbackQuery>;

/** The relay's query has the names that pages use which ask for an ID token; what it does not need is not looked at. */
export const RelayQuery = z.object({ redirect_uri: z.string().min(1).max(2048), nonce: Opaque.min(1) });
export type RelayQuery = z.infer<typeof RelayQuery>;

export const AdminIdentity = z.object({ id: Id, email: z.string(), name: z.string() });
export type AdminIdentity = z.infer<typeof AdminIdentity>;

export const Done = z.object({ ok: z.literal(true) });
