import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { newId, type WorkspaceId } from '../ids.ts';
import { controlMigrations } from './control.migrations.ts';
import type { WorkspaceMigration, WorkspaceRoleKind, WorkspaceTx } from './database.ts';
import { workspaceNames } from './names.ts';
import { type Attack, ATTACKS, HELD_BY_THE_GUARD } from './tenancy-attacks.testing.ts';
import { openTestDatabase, type TestDatabase } from './testing.ts';

const CANARY = 'canary-of-b@example.com';
const WORKSPACE_NAME = 'Canary Ltd';

const tables: readonly WorkspaceMigration[] = [
  {
    id: '0001-tables',
    sql: ({ role, ingestRole }) => `
      create table contact (id uuid primary key, email text not null);
      create table message (id uuid primary key, body text not null);
      create sequence counter;
      grant select, insert, update, delete on contact to ${role};
      grant select on message to ${role};
      grant insert on message to ${ingestRole};
      grant usage on sequence counter to ${role};
    `,
  },
];

const a = newId<WorkspaceId>();
const b = newId<WorkspaceId>();
const nameOfB = workspaceNames(b).schema;
let db: TestDatabase;

beforeAll(async () => {
  db = await openTestDatabase({ control: controlMigrations, workspace: tables });
  for (const id of [a, b]) {
    await db.provision(id);
    await db.control((tx) =>
      tx
        .insertInto('workspace')
        .values({ id, slug: `w-${id}`, name: WORKSPACE_NAME })
        .execute(),
    );
  }
  await write(a, 'own@example.com');
  await write(b, CANARY);
});
afterAll(() => db.close());

/** What the attacks aim at; compared before and after each. */
async function belongings(): Promise<unknown> {
  const ofB = await db.workspace(b, (tx) =>
    sql`select (select json_agg(c) from contact c) as contacts, (select json_agg(m) from message m) as messages, (select last_value from pg_sequences where schemaname = current_schema()) as counter`.execute(
      tx,
    ),
  );
  const control = await db.control((tx) =>
    tx.selectFrom('workspace').select(['id', 'name', 'state']).orderBy('id').execute(),
  );
  return JSON.stringify([ofB.rows, control]);
}

// Proves: ASVS 9.
describe('a query made to carry an attack', () => {
  let before: unknown;
  beforeEach(async () => {
    before = await belongings();
  });

  for (const attack of ATTACKS) {
    for (const as of ['member', 'ingest'] as const) {
      it(`gets nothing as ${as} when it ${attack.name}`, async () => {
        const outcome = await runTwice(attack, as);
        if (attack.mayAnswer !== true) expect(outcome).toEqual(['refused', 'refused']);
        expect(JSON.stringify(outcome)).not.toMatch(/canary|true/i);
        expect(await belongings()).toEqual(before);
      });
    }
  }

  it('was tried in enough ways to mean something', () => {
    expect(ATTACKS.length).toBeGreaterThan(60);
    expect(new Set(ATTACKS.map((attack) => attack.name)).size).toBe(ATTACKS.length);
  });
});

describe('the database itself, without the guard of the units of work', () => {
  for (const attack of ATTACKS.filter((one) => one.form === 'statement' && !HELD_BY_THE_GUARD.has(one.name))) {
    it(`refuses a workspace’s role that ${attack.name}`, async () => {
      const before = await belongings();
      const names = workspaceNames(a);
      const enter = `select set_config('search_path', '${names.schema}, pg_temp', true), set_config('role', '${names.role}', true)`;
      await expect(db.engine.run(`begin; ${enter}; ${attack.sql(nameOfB)}; commit`)).rejects.toThrow(
        /permission denied|must be|must have|cannot|does not exist|requires|not available/i,
      );
      await db.engine.run('rollback');
      expect(await belongings()).toEqual(before);
    });
  }
});

describe('the roles of a workspace', () => {
  const message = (tx: WorkspaceTx) => sql`insert into message values (gen_random_uuid(), 'kept')`.execute(tx);

  it('let only the ingest role write messages, and both read them', async () => {
    await expect(db.workspace(a, message)).rejects.toThrow(/permission denied for table message/);
    await db.workspace(a, message, 'ingest');
    const { rows } = await db.workspace(a, (tx) => sql`select body from message`.execute(tx));
    expect(rows).toEqual([{ body: 'kept' }]);
  });

  it('see names of their own workspace without naming it', async () => {
    const { rows } = await db.workspace(b, (tx) => sql`select email from contact`.execute(tx));
    expect(rows).toEqual([{ email: CANARY }]);
  });

  it('do not reach a workspace’s schema from the control plane', async () => {
    await expect(db.control((tx) => sql.raw(`select * from ${nameOfB}.contact`).execute(tx))).rejects.toThrow(
      /permission denied/,
    );
    await expect(db.control((tx) => sql`select set_config('role', ${nameOfB}, true)`.execute(tx))).rejects.toThrow(
      /permission denied/,
    );
    await expect(db.control((tx) => sql`update migration set checksum = ''`.execute(tx))).rejects.toThrow(
      /permission denied/,
    );
  });

  it('leave nothing of a transaction on the connection', async () => {
    await db.workspace(a, (tx) => sql`select 1`.execute(tx));
    const { rows } = await db.engine.run(
      `select current_user = session_user as same, current_setting('search_path') like '%ws%' as path`,
    );
    expect(rows).toEqual([{ same: true, path: false }]);
  });
});

/** Runs the attack twice in one transaction, then looks who we are and whether the neighbour can be read now. */
async function runTwice(attack: Attack, as: WorkspaceRoleKind): Promise<readonly unknown[]> {
  return db.workspace(
    a,
    async (tx) => {
      const outcome = [await attempt(tx, attack.sql(nameOfB)), await attempt(tx, attack.sql(nameOfB))];
      const { rows } = await sql<{
        me: string;
        path: string;
      }>`select current_user as me, current_setting('search_path') as path`.execute(tx);
      const names = workspaceNames(a);
      expect(rows).toEqual([{ me: as === 'ingest' ? names.ingestRole : names.role, path: `${names.schema}, pg_temp` }]);
      expect(await attempt(tx, `select * from ${nameOfB}.contact`)).toBe('refused');
      return outcome;
    },
    as,
  );
}

async function attempt(tx: WorkspaceTx, text: string): Promise<unknown> {
  await sql`savepoint attempt`.execute(tx);
  try {
    const { rows } = await sql.raw(text).execute(tx);
    return rows;
  } catch {
    await sql`rollback to savepoint attempt`.execute(tx);
    return 'refused';
  }
}

async function write(id: WorkspaceId, email: string): Promise<void> {
  await db.workspace(id, (tx) => sql`insert into contact values (gen_random_uuid(), ${email})`.execute(tx));
}
