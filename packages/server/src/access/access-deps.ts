// What the access area is handed by `main.ts`.
import type { Clock } from '../platform/clock.ts';
import type { Database } from '../platform/db/database.ts';
import type { Logger } from '../platform/log.ts';
import type { Apps } from './apps/apps.ts';
import type { Admissions } from './identity/admissions.ts';
import type { IdentityProviders } from './providers/identity-provider.ts';
import type { OperatorKey } from './identity/operator-key.ts';
import type { RandomBytes } from './identity/secret-token.ts';
import type { LinkPolicy } from './identity/sign-in-link.ts';
import type { Standing } from './standing/standing.ts';
import type { SigningKeys } from './tokens/signing-keys.ts';
import type { Tokens } from './tokens/token.ts';
import type { SetUpDeps } from './workspaces/set-up.ts';

export interface AccessDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly log: Logger;
  /** Cryptographically strong: `randomBytes` of node:crypto. */
  readonly randomBytes: RandomBytes;
  readonly operatorKey: OperatorKey;
  readonly links: LinkPolicy;
  readonly onWorkspaceCreated: SetUpDeps['onWorkspaceCreated'];
  readonly standing: Standing;
  readonly tokens: Tokens;
  readonly signingKeys: SigningKeys;
  readonly apps: Apps;
  readonly providers: IdentityProviders;
  readonly admissions: Admissions;
  readonly settings: AccessSettings;
}

export interface AccessSettings {
  /** Origin without a trailing slash; `iss` of every token. */
  readonly issuer: string;
  /** Verified addresses, lower case, whose people are platform administrators from their first sign-in on. */
  readonly adminEmails: readonly string[];
  /** How long the parent of a fresh refresh token is answered with the same child, in milliseconds; 0 is never. */
  readonly refreshGraceMs: number;
  /** Whether GET /auth/workspaces lists them for a code without its verifier, as the first SDK asks; served unless false. */
  readonly workspacesByCodeAlone?: boolean;
  /** Where administrators are sent after signing in. */
  readonly adminUrl: string;
}
