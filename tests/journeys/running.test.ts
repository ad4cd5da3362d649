// A server that runs: the commands find it by its data folder, whichever database it works on, and it outlives what the
// database does to its connections.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { install, type Installation, type Running, setUp } from './installation.ts';

let here: Installation;
beforeAll(async () => {
  here = await install();
});
afterAll(() => here.remove());

const statusOf = async () => {
  const { code, stdout } = await here.run('status', '--json');
  const { running, url } = JSON.parse(stdout) as { running: boolean; url?: string };
  return { code, running, url };
};

describe('a running server', () => {
  let running: Running;
  beforeAll(async () => {
    running = await here.up();
  });
  afterAll(() => running.stop());

  it('is found by status and open', async () => {
    expect(await statusOf()).toEqual({ code: 0, running: true, url: running.url });
    const opened = await here.run('open', '--print');
    expect(opened).toMatchObject({ code: 0, stdout: expect.stringContaining(running.url) });
  });

  it('is what the other commands talk to, and is found as before afterwards', async () => {
    const note = () => readFile(join(here.dataDir, 'lock.json'), 'utf8');
    const before = await note();
    const book = join(here.tempDir, 'book.csv');
    await writeFile(book, 'Name,Email\nJane Doe,jane@globex.example\n');
    await setUp(here, book);
    expect(await note()).toBe(before);
    expect(await statusOf()).toMatchObject({ running: true, url: running.url });
  });

  it('is not started a second time from the same folder', async () => {
    const second = await here.run('up', '--port', '0');
    expect(second).toMatchObject({ code: 1, stderr: expect.stringContaining(running.url) });
  });

  it('outlives the loss of all its connections', async (context) => {
    const { server } = here;
    if (server === null) return context.skip('only on a server');
    const client = new pg.Client({ connectionString: server.directUrl });
    await client.connect();
    for (let round = 0; round < 5; round += 1) {
      await client.query(
        `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`,
      );
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    await client.end();
    await expect.poll(async () => (await here.ask(running, '/v1/system')).status, { timeout: 10_000 }).toBe(200);
    expect(running.process.exitCode).toBeNull();
    expect(await readFile(here.outputFile, 'utf8')).not.toContain('process.fault');
  });
});

it('that was stopped is no longer found', async () => {
  expect(await statusOf()).toMatchObject({ code: 3, running: false });
  const passing = await here.run('audit', 'verify');
  expect(passing.code).toBe(0);
  expect(await statusOf()).toMatchObject({ running: false });
});
