import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sql } from 'kysely';
import { newId, type WorkspaceId } from '../ids.ts';
import { controlMigrations } from './control.migrations.ts';
import { eventMigrations } from '../events/events.migrations.ts';
import { openTestDatabase } from './testing.ts';

describe('the database', () => {
  let db: Awaited<ReturnType<typeof openTestDatabase>>;
  beforeAll(async () => {
    db = await openTestDatabase({ control: controlMigrations, workspace: eventMigrations });
  }, 60_000);
  afterAll(() => db.close());

  it('works in a workspace under its own role', async () => {
    const id = newId<WorkspaceId>();
    await db.provision(id);
    const { rows } = await db.workspace(id, (tx) => sql<{ me: string; path: string }>`select current_user as me, current_setting('search_path') as path`.execute(tx));
    const hex = `ws_${id.replaceAll('-', '')}`;
    expect(rows).toEqual([{ me: hex, path: `${hex}, pg_temp` }]);
  });
});
