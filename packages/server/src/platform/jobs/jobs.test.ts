import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { openTestDatabase, type TestDatabase } from '../db/testing.ts';
import { silentLogger } from '../log.ts';
import { newId, type WorkspaceId } from '../ids.ts';
import { createJobs, type Jobs } from './jobs.ts';
import { defineMaintenance } from './maintenance.jobs.ts';

describe('jobs', () => {
  let db: TestDatabase;
  let jobs: Jobs;
  const seen: { name: string; from: string }[] = [];
  const lines: { event: string; fields: object }[] = [];
  const log = { ...silentLogger, error: (event: string, fields: object = {}) => void lines.push({ event, fields }) };
  let failures = 0;
  const Greeting = z.object({ from: z.string() });

  beforeAll(async () => {
    db = await openTestDatabase({ control: [], workspace: [] });
    jobs = createJobs(db, log);
    jobs.define(
      'test.greet',
      { data: Greeting, retries: 0, timeoutSeconds: 30, alone: false },
      async ({ data }) => void seen.push({ name: 'greet', ...data }),
    );
    jobs.define('test.stumble', { data: Greeting, retries: 3, timeoutSeconds: 30, alone: false }, async ({ data }) => {
      failures += 1;
      if (failures === 1) throw new Error('cannot greet ada@example.com');
      seen.push({ name: 'stumble', ...data });
    });
    jobs.define('test.alone', { data: z.object({}), retries: 0, timeoutSeconds: 30, alone: true }, async () => {
      await new Promise((resolve) => setTimeout(resolve, 500));
      seen.push({ name: 'alone', from: '' });
    });
    jobs.define(
      'test.work',
      { data: z.object({ id: z.uuid() }), retries: 0, timeoutSeconds: 30, alone: false },
      async () => {
        await db.control(async () => {});
        seen.push({ name: 'work', from: '' });
      },
    );
    defineMaintenance(jobs, db);
    await jobs.start();
  });
  afterAll(async () => {
    await jobs.stop();
    await db.close();
  });

  async function appears(name: string, from = ''): Promise<void> {
    await expect.poll(() => seen, { timeout: 18_000, interval: 50 }).toContainEqual({ name, from });
  }

  it('run soon after they are sent', async () => {
    const sent = performance.now();
    await jobs.send('test.greet', { from: 'one' });
    await appears('greet', 'one');
    expect(performance.now() - sent).toBeLessThan(8_000);
  });

  it('open units of work of their own', async () => {
    await jobs.send('test.work', { id: newId() });
    await appears('work');
    expect((await jobs.counts()).failed).toBe(0);
  });

  it('are tried again after a failure, of which only class and place are written down', async () => {
    await jobs.send('test.stumble', { from: 'two' });
    await appears('stumble', 'two');
    expect(lines).toContainEqual({
      event: 'job.failed',
      fields: expect.objectContaining({ job: 'test.stumble', errorName: 'Error' }),
    });
    const { rows } = await db.engine.run(`select output::text from pgboss.job where name = 'test.stumble'`);
    expect(JSON.stringify([rows, lines])).not.toMatch(/ada@example/);
  }, 30_000);

  it('do not pile up when one at a time is enough', async () => {
    for (let n = 0; n < 5; n += 1) await jobs.send('test.alone', {});
    await appears('alone');
    expect((await jobs.counts()).waiting).toBeLessThanOrEqual(2);
  });

  it('refuse to be sent inside a unit of work, where an embedded database would wait for itself', async () => {
    await expect(db.control(() => jobs.send('test.greet', { from: 'inside' }))).rejects.toThrow(
      /inside an open transaction/,
    );
  });

  it('are counted', async () => {
    expect(await jobs.counts()).toEqual({ waiting: expect.any(Number), running: expect.any(Number), failed: 0 });
  });

  it('stay out of reach of a workspace', async () => {
    const id = newId<WorkspaceId>();
    await db.provision(id);
    for (const text of ['select * from pgboss.job', `select pgboss.create_queue('x', '{}')`]) {
      await expect(
        db.workspace(id, (tx) =>
          tx.executeQuery({ ...tx.selectNoFrom((eb) => eb.lit(1).as('x')).compile(), sql: text, parameters: [] }),
        ),
      ).rejects.toThrow(/permission denied/);
    }
  });

  it('clean up the embedded database every hour, and leave a server to itself', async () => {
    await db.engine.maintain();
    const { rows } = await db.engine.run(`select cron from pgboss.schedule where name = 'database.maintain'`);
    expect(rows).toEqual(db.kind === 'embedded' ? [{ cron: '23 * * * *' }] : []);
  });
});
