import pg from 'pg';
import { afterAll, describe, expect, it } from 'vitest';
import { openDatabase } from '../db/database.ts';
import { createServerDatabase, openTestDatabase, testServerUrl } from '../db/testing.ts';
import { TEST_CACHE } from '../db/cache.testing.ts';
import { silentLogger } from '../log.ts';
import { logsParameters } from './statement-log.ts';

const NOTHING = { control: [], workspace: [] };

it('a fresh database writes no looked-up address into a log', async () => {
  const db = await openTestDatabase(NOTHING);
  expect(await logsParameters(db)).toBe(false);
  await db.close();
});

const server = testServerUrl();
if (server === null) console.warn('skipped: statement logging of a server needs PostgreSQL');

describe.skipIf(server === null)('a server that logs statements', () => {
  const opened: { drop(): Promise<void> }[] = [];
  afterAll(async () => {
    for (const each of opened) await each.drop();
  });

  it.each([
    ['every statement', 'log_min_duration_statement', '0', true],
    ['parameters of failed ones', 'log_parameter_max_length_on_error', '-1', true],
    ['statements without their parameters', 'log_parameter_max_length', '0', false],
  ] as const)('is seen: %s', async (_what, setting, value, leaks) => {
    const fresh = await createServerDatabase(server ?? '');
    opened.push(fresh);
    const client = new pg.Client({ connectionString: fresh.directUrl });
    await client.connect();
    const name = client.escapeIdentifier(new URL(fresh.directUrl).pathname.slice(1));
    if (!leaks) await client.query(`alter database ${name} set log_min_duration_statement = 0`);
    await client.query(`alter database ${name} set ${setting} = '${value}'`);
    await client.end();
    const options = {
      url: fresh.url,
      directUrl: fresh.directUrl,
      dataDir: '',
      cacheDir: TEST_CACHE,
      log: silentLogger,
    };
    const db = await openDatabase(options, NOTHING);
    expect(await logsParameters(db)).toBe(leaks);
    await db.close();
  });
});
