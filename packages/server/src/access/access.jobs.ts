// What the area does when nobody asks: forgetting what has ended, ending what was interrupted, and
// following an old signing key with the next.
import { z } from 'zod';
import type { Jobs } from '../platform/jobs/jobs.ts';
import type { AccessDeps } from './access-deps.ts';
import { pruneChanges } from './standing/change.store.ts';
import { pruneTokens } from './tokens/family.store.ts';
import { defineWorkspaceCare } from './workspaces/workspace.jobs.ts';

/** Changes stay a day; a process that was asked nothing for longer forgets what it remembers instead. */
const CHANGES_KEPT_MS = 24 * 60 * 60 * 1000;

export function defineAccessCare(jobs: Jobs, deps: AccessDeps): void {
  defineWorkspaceCare(jobs, deps);
  jobs.define('access.hourly', { data: z.object({}), retries: 0, timeoutSeconds: 600, alone: true }, async () => {
    const now = deps.clock.now();
    await deps.db.control((tx) => pruneTokens(tx, now));
    await deps.signingKeys.rotateWhenDue(now);
    await deps.db.control((tx) => pruneChanges(tx, new Date(now.getTime() - CHANGES_KEPT_MS)));
  });
  jobs.schedule('access.hourly', '17 * * * *');
}
