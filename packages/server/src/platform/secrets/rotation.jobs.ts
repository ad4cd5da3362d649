// Goes on with a change of the master key that was begun and left: a command that was interrupted, a server that was killed.
import { z } from 'zod';
import type { Jobs } from '../jobs/jobs.ts';
import type { Rotation } from './rotation.ts';

export function defineKeyRotation(jobs: Jobs, rotation: Pick<Rotation, 'resume'>): void {
  jobs.define('vault.reseal', { data: z.object({}), retries: 0, timeoutSeconds: 300, alone: true }, async () => {
    await rotation.resume();
  });
  jobs.schedule('vault.reseal', '*/2 * * * *');
}
