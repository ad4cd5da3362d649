// Run as a process of its own by a journey: the whole system, as `sentinel up` starts it, on a clock that the journey moves.
// It ends with the journey. Arguments: how far ahead its clock is, how much of that passed while no process ran, both in
// milliseconds, and whether background work runs.
import { enableCompileCache } from 'node:module';
import { sql } from 'kysely';

enableCompileCache();
const { loadConfig, readProcessSources } = await import('../../packages/server/src/config.ts');
const { listActiveWorkspaces } = await import('../../packages/server/src/demo.ts');
const { startSystem } = await import('../../packages/server/src/main.ts');

const [, , ahead = '0', slept = '0', jobs = 'jobs'] = process.argv;
let aheadMs = Number(ahead);
const { config } = loadConfig(readProcessSources({}));
const system = await startSystem(config, {
  jobs: jobs === 'jobs',
  exitOnFault: true,
  clock: { now: () => new Date(Date.now() + aheadMs) },
});

/** The right to renew ends by the database's clock, which nobody moves: so it is made to end earlier. */
async function passInDatabase(ms: number): Promise<void> {
  if (ms === 0) return;
  for (const { id } of await system.db.control(listActiveWorkspaces))
    await system.db.workspace(id, (tx) =>
      sql`update connection set lease_until = lease_until - ${ms}::float8 * interval '1 millisecond'`.execute(tx),
    );
}

async function moveTo(ms: number): Promise<void> {
  await passInDatabase(ms - aheadMs);
  aheadMs = ms;
  process.send?.({ aheadMs });
}

process.on('message', (ms: unknown) => {
  if (typeof ms === 'number') void moveTo(ms);
});
process.once('disconnect', () => process.exit(1));
process.once('SIGTERM', () => void system.close().then(() => process.exit(0)));
await passInDatabase(Number(slept));
process.send?.({ aheadMs });
