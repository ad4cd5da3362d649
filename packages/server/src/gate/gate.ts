// The door of the gate: what main, the command line and other areas may use. See README.md for words, road and rules.
import type { Clock } from '../platform/clock.ts';
import type { ControlMigration, Database, WorkspaceMigration, WorkspaceTx } from '../platform/db/database.ts';
import type { Route } from '../platform/http/route.ts';
import type { Logger } from '../platform/log.ts';
import { admissionMigrations } from './admission/admission.migrations.ts';
import { askRoutes } from './admission/ask.routes.ts';
import type { GateMetrics } from './admission/gate-metrics.ts';
import { importRoutes } from './admission/import.routes.ts';
import { ledgerRoutes } from './admission/ledger.routes.ts';
import { firstPolicy } from './admission/policy.ts';
import { policyRoutes } from './admission/policy.routes.ts';
import { insertPolicy } from './admission/policy.store.ts';
import type { MemberAddresses } from './admission/self.ts';
import { bookMigrations } from './book/book.migrations.ts';
import { bookRoutes } from './book/book.routes.ts';
import { homeRoutes } from './home.routes.ts';
import { connectionMigrations } from './sources/connection/connection.migrations.ts';
import { grantHolderMigrations } from './sources/connection/grant-holder.migrations.ts';

export { createGateMetrics } from './admission/gate-metrics.ts';
export { importMail } from './admission/import.ts';
export { mailboxesOf } from './admission/self.ts';
export { assertPolicyComparable, compilePolicy, firstPolicy } from './admission/policy.ts';
export { tryMail } from './admission/try.ts';
export { parseBookFile } from './book/book-file.ts';
export { importBook } from './book/import-book.ts';
export { memoryBook } from './book/memory-book.ts';
export { type ConnectionRouteDeps as Sources, connectionRoutes } from './sources/connection/connection.routes.ts';
export { openConnections } from './sources/connection/open-connections.ts';
export { connectionSecrets } from './sources/connection/sealed-credentials.store.ts';
export { SKIP_REASONS } from './sources/mail-item.ts';
export { openMailPath, readMail } from './sources/mail-file.ts';

export const gateMigrations: readonly WorkspaceMigration[] = [
  ...bookMigrations,
  ...admissionMigrations,
  ...connectionMigrations,
];

export const gateControlMigrations: readonly ControlMigration[] = grantHolderMigrations;

export interface GateDependencies {
  readonly db: Database;
  readonly clock: Clock;
  readonly members: MemberAddresses;
  readonly metrics: GateMetrics;
  readonly log: Logger;
  /** Throws while the database would write looked-up addresses into a log of its own. */
  readonly assertPrivateLog: () => Promise<void>;
}

export function gateRoutes(deps: GateDependencies): readonly Route[] {
  return [
    ...homeRoutes(deps),
    ...ledgerRoutes(deps),
    ...askRoutes(deps),
    ...importRoutes(deps),
    ...policyRoutes(deps),
    ...bookRoutes(deps),
  ];
}

export interface FirstPolicy {
  readonly ownDomains: readonly string[];
  readonly ownAddresses: readonly string[];
  readonly by: string;
  readonly at: Date;
}

/** Publishes version 1 for a new workspace, in the transaction that makes the workspace usable. */
export async function publishFirstPolicy(tx: WorkspaceTx, first: FirstPolicy): Promise<void> {
  const policy = firstPolicy({ domains: first.ownDomains, addresses: first.ownAddresses });
  await insertPolicy(tx, { policy, basedOn: 0, by: first.by, at: first.at });
}
