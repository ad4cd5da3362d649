// What the access area is handed by `main.ts`.
import type { Clock } from '../platform/clock.ts';
import type { Database } from '../platform/db/database.ts';
import type { OperatorKey } from './identity/operator-key.ts';
import type { RandomBytes } from './identity/secret-token.ts';
import type { LinkPolicy } from './identity/sign-in-link.ts';
import type { SetUpDeps } from './workspaces/set-up.ts';

export interface AccessDeps {
  readonly db: Database;
  readonly clock: Clock;
  /** Cryptographically strong: `randomBytes` of node:crypto. */
  readonly randomBytes: RandomBytes;
  readonly operatorKey: OperatorKey;
  readonly links: LinkPolicy;
  readonly onWorkspaceCreated: SetUpDeps['onWorkspaceCreated'];
}
