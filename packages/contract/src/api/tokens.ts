// Tokens for applications: exchanging a code, refreshing, and the public keys that verify them.
import { z } from 'zod';
import { WORKSPACE_ROLES } from '../actions.ts';
import { Id } from './shapes.ts';
import { UuidInput } from './uuid.ts';

const Code = z.string().min(1).max(512);
/** RFC 7636 §4.1 says which characters; any other is answered like one that does not fit. */
const CodeVerifier = z.string().min(43).max(128);

export const TokenPair = z
  .object({
    access_token: z.string(),
    refresh_token: z.string(),
    token_type: z.literal('bearer'),
    /** Seconds that the access token lasts. */
    expires_in: z.int(),
  })
  .meta({ id: 'TokenPair' });
export type TokenPair = z.infer<typeof TokenPair>;

export const CodeExchange = z.object({ code: Code, workspace_id: UuidInput, code_verifier: CodeVerifier });
export type CodeExchange = z.input<typeof CodeExchange>;

export const RefreshRequest = z.object({ refresh_token: z.string().min(1).max(4096) });
export type RefreshRequest = z.input<typeof RefreshRequest>;

export const CodeQuery = z.object({ code: Code });

export const WorkspacesRequest = z.object({ code: Code, code_verifier: CodeVerifier });
export type WorkspacesRequest = z.input<typeof WorkspacesRequest>;

/** A workspace that somebody may sign in to. */
export const WorkspaceOption = z
  .object({ id: Id, name: z.string(), slug: z.string(), role: z.enum(WORKSPACE_ROLES) })
  .meta({ id: 'WorkspaceOption' });
export type WorkspaceOption = z.infer<typeof WorkspaceOption>;

export const LoggedOut = z.object({ ok: z.literal(true) });

/** RFC 7517 §5. Nothing but public members. */
export const PublicKeySet = z.object({
  keys: z.array(
    z.object({
      kty: z.literal('RSA'),
      n: z.string(),
      e: z.string(),
      use: z.literal('sig'),
      alg: z.literal('RS256'),
      kid: z.string(),
      key_ops: z.tuple([z.literal('verify')]),
    }),
  ),
});
export type PublicKeySet = z.infer<typeof PublicKeySet>;

/** RFC 8414 §2, as far as it is served. Signing in begins at a path per identity provider, so no one endpoint is named. */
export const AuthorizationServer = z.object({
  issuer: z.string(),
  jwks_uri: z.url(),
  token_endpoint: z.url(),
  response_types_supported: z.array(z.string()),
  response_modes_supported: z.array(z.string()),
  grant_types_supported: z.array(z.string()),
  token_endpoint_auth_methods_supported: z.array(z.string()),
  code_challenge_methods_supported: z.array(z.string()),
});
export type AuthorizationServer = z.infer<typeof AuthorizationServer>;
