// What has to be done about workspaces when nobody asks: ending what was interrupted, forgetting invitations that are over.
import { z } from 'zod';
import type { Jobs } from '../../platform/jobs/jobs.ts';
import { deleteExpiredInvitations } from './invitation.store.ts';
import { finishWorkspaces, type LifeDeps } from './workspace-life.ts';

export function defineWorkspaceCare(jobs: Jobs, deps: LifeDeps): void {
  jobs.define('access.care', { data: z.object({}), retries: 0, timeoutSeconds: 600, alone: true }, async () => {
    await finishWorkspaces(deps);
    await deps.db.control((tx) => deleteExpiredInvitations(tx, deps.clock.now()));
  });
  jobs.schedule('access.care', '*/10 * * * *');
}
