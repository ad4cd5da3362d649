// Run as a process of its own by a test: writes rows one by one and says each when it is kept, until it is killed.
import { sql } from 'kysely';
import { parseId, type WorkspaceId } from '../ids.ts';
import { silentLogger } from '../log.ts';
import { controlMigrations } from './control.migrations.ts';
import { openDatabase } from './database.ts';
import { TEST_CACHE } from './cache.testing.ts';

const [, , dataDir = '', text = ''] = process.argv;
const id = parseId<WorkspaceId>(text);
if (id === null) throw new Error('usage: crash.testing.ts <data folder> <workspace id>');
const db = await openDatabase(
  { url: null, directUrl: null, dataDir, cacheDir: TEST_CACHE, log: silentLogger },
  {
    control: controlMigrations,
    workspace: [
      { id: '0001-note', sql: ({ role }) => `create table note (text text); grant select, insert on note to ${role};` },
    ],
  },
);
await db.provision(id);
for (let n = 0; n < 100_000; n += 1) {
  await db.workspace(id, (tx) => sql`insert into note values (${`row-${n}`})`.execute(tx));
  process.stdout.write(`row-${n}\n`);
}
