// What connections are handed by `main.ts`.
import type { Clock } from '../../../platform/clock.ts';
import type { Database } from '../../../platform/db/database.ts';
import type { Caller } from '../../../platform/http/route.ts';
import type { SessionId } from '../../../platform/ids.ts';
import type { Logger } from '../../../platform/log.ts';
import type { Lanes } from '../../../platform/outbound/lanes.ts';
import type { Vault } from '../../../platform/secrets/vault.ts';
import type { SourceProviders } from './providers/source-providers.ts';
import type { Renewed } from './refresh.ts';
import type { Renewals } from './renewals.ts';

export interface ConnectionDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly log: Logger;
  readonly vault: Vault;
  readonly lanes: Lanes;
  readonly providers: SourceProviders;
  /** Of this process. */
  readonly renewals: Renewals<Renewed>;
  /** Cryptographically strong: `randomBytes` of node:crypto. */
  readonly randomBytes: (size: number) => Uint8Array;
  readonly sleep: (ms: number) => Promise<void>;
  /** The address people open, of which the origin counts: where providers send them back to. */
  readonly publicUrl: URL;
  /** The member of a session that still counts, or null. The console's cookie does not come along from another site. */
  readonly findSession: (sessionId: SessionId, now: Date) => Promise<Caller | null>;
}
