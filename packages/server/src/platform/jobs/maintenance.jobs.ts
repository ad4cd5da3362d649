// The embedded database cleans up only when told: once an hour. A server does it by itself, so there it is no work.
import { z } from 'zod';
import type { Database } from '../db/database.ts';
import type { Jobs } from './jobs.ts';

export function defineMaintenance(jobs: Jobs, db: Database): void {
  if (db.kind === 'server') return;
  jobs.define('database.maintain', { data: z.object({}), retries: 0, timeoutSeconds: 600, alone: true }, () =>
    db.engine.maintain(),
  );
  jobs.schedule('database.maintain', '23 * * * *');
}
