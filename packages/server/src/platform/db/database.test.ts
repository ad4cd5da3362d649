import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId, type WorkspaceId } from '../ids.ts';
import { controlMigrations } from './control.migrations.ts';
import type { WorkspaceMigration, WorkspaceTx } from './database.ts';
import { openTestDatabase, type TestDatabase } from './testing.ts';

const notes: readonly WorkspaceMigration[] = [
  {
    id: '0001-note',
    sql: ({ role }) =>
      `create table note (id int primary key, text text); grant select, insert, update, delete on note to ${role};`,
  },
];

let db: TestDatabase;
let id: WorkspaceId;
beforeAll(async () => {
  db = await openTestDatabase({ control: controlMigrations, workspace: notes });
  id = newId<WorkspaceId>();
  await db.provision(id);
});
afterAll(() => db.close());

const insert = (tx: WorkspaceTx, key: number) => sql`insert into note values (${key}, 'x')`.execute(tx);
const keys = async () =>
  (await db.workspace(id, (tx) => sql<{ id: number }>`select id from note order by id`.execute(tx))).rows.map(
    (row) => row.id,
  );

describe('a unit of work', () => {
  it('runs under the role of its workspace, in its schema, in UTC', async () => {
    const look = sql<{
      me: string;
      path: string;
      zone: string;
    }>`select current_user as me, current_setting('search_path') as path, current_setting('timezone') as zone`;
    const { rows } = await db.workspace(id, (tx) => look.execute(tx));
    const hex = `ws_${id.replaceAll('-', '')}`;
    expect(rows).toEqual([{ me: hex, path: `${hex}, pg_temp`, zone: 'UTC' }]);
    expect((await db.control((tx) => look.execute(tx))).rows).toEqual([
      { me: 'sentinel_control', path: 'sentinel, pg_temp', zone: 'UTC' },
    ]);
  });

  it('is kept whole or not at all', async () => {
    await db.workspace(id, (tx) => insert(tx, 1));
    await expect(
      db.workspace(id, async (tx) => {
        await insert(tx, 2);
        await insert(tx, 1);
      }),
    ).rejects.toMatchObject({ code: '23505', constraint: 'note_pkey' });
    expect(await keys()).toEqual([1]);
  });

  it('fails when an error inside was swallowed, instead of pretending to be kept', async () => {
    await expect(
      db.workspace(id, async (tx) => {
        await insert(tx, 3);
        await insert(tx, 1).catch(() => {});
      }),
    ).rejects.toThrow(/rolled back instead/);
    expect(await keys()).toEqual([1]);
  });

  it('refuses to begin inside another, on either engine', async () => {
    const calls: (() => Promise<unknown>)[] = [
      () => db.control(async () => {}),
      () => db.workspace(id, async () => {}),
      () => db.provision(id),
      () => db.engine.run('select 1'),
      () => db.engine.maintain(),
    ];
    for (const inner of db.kind === 'embedded' ? calls : calls.slice(0, -1)) {
      await expect(db.workspace(id, inner)).rejects.toThrow(/inside an open transaction/);
      await expect(db.control(inner)).rejects.toThrow(/inside an open transaction/);
    }
    expect(await keys()).toEqual([1]);
  });

  it('lets what it left behind begin a new one after its end', async () => {
    const left: Promise<number[]>[] = [];
    await db.workspace(id, async () => {
      left.push(new Promise((resolve) => setTimeout(() => resolve(keys()), 50)));
    });
    expect(await Promise.all(left)).toEqual([[1]]);
  });

  it('does not mix with another one that runs at the same time', async () => {
    const other = newId<WorkspaceId>();
    await db.provision(other);
    const both = await Promise.all(
      [...Array(20).keys()].map((n) =>
        db.workspace(n % 2 === 0 ? id : other, async (tx) => {
          const { rows } = await sql<{ me: string }>`select current_user as me`.execute(tx);
          return rows[0]?.me === `ws_${(n % 2 === 0 ? id : other).replaceAll('-', '')}`;
        }),
      ),
    );
    expect(both).toEqual(Array(20).fill(true));
  });

  it('does not exist for a workspace that was never provisioned', async () => {
    await expect(db.workspace(newId<WorkspaceId>(), async () => {})).rejects.toMatchObject({
      code: 'not_found',
      status: 404,
    });
  });

  it('takes one statement at a time, with and without parameters', async () => {
    await expect(db.workspace(id, (tx) => sql`select 1; delete from note`.execute(tx))).rejects.toThrow(
      /multiple commands/,
    );
    await expect(db.workspace(id, (tx) => sql`select ${1}::int; delete from note`.execute(tx))).rejects.toThrow(
      /multiple commands/,
    );
    expect(await keys()).toEqual([1]);
  });
});

describe('provisioning', () => {
  it('may be repeated, also at the same time', async () => {
    const fresh = newId<WorkspaceId>();
    await Promise.all([db.provision(fresh), db.provision(fresh), db.provision(fresh)]);
    await db.provision(fresh);
    await db.workspace(fresh, (tx) => insert(tx, 7));
    await db.provision(fresh);
    const { rows } = await db.workspace(fresh, (tx) => sql`select id from note`.execute(tx));
    expect(rows).toEqual([{ id: 7 }]);
  });

  it('takes nothing but an id', async () => {
    const forged: string = 'ws; drop schema sentinel cascade';
    await expect(db.provision(forged as WorkspaceId)).rejects.toThrow(/must be a UUID/);
  });
});

describe('deprovisioning', () => {
  const traces = async (gone: WorkspaceId): Promise<unknown> => {
    const { rows } = await db.engine.run(
      `select (select count(*)::int from pg_namespace where nspname = $1) as schemas,
              (select count(*)::int from pg_roles where rolname in ($1, $1 || '_ingest')) as roles,
              (select count(*)::int from pg_auth_members m where not exists (select 1 from pg_roles r where r.oid = m.roleid)) as dangling`,
      [`ws_${gone.replaceAll('-', '')}`],
    );
    return rows[0];
  };

  it('removes schema and roles for good, and nothing of another workspace', async () => {
    const gone = newId<WorkspaceId>();
    await db.provision(gone);
    await db.workspace(gone, (tx) => insert(tx, 1));
    expect(await traces(gone)).toEqual({ schemas: 1, roles: 2, dangling: 0 });
    await db.deprovision(gone);
    expect(await traces(gone)).toEqual({ schemas: 0, roles: 0, dangling: 0 });
    await expect(db.workspace(gone, async () => {})).rejects.toMatchObject({ code: 'not_found' });
    expect(await keys()).toEqual([1]);
  });

  it('may be repeated, also at the same time, and of what never was', async () => {
    const gone = newId<WorkspaceId>();
    await db.deprovision(gone);
    await db.provision(gone);
    await Promise.all([db.deprovision(gone), db.deprovision(gone)]);
    await db.deprovision(gone);
    expect(await traces(gone)).toEqual({ schemas: 0, roles: 0, dangling: 0 });
  });

  it('lets the same workspace begin anew, empty', async () => {
    const again = newId<WorkspaceId>();
    await db.provision(again);
    await db.workspace(again, (tx) => insert(tx, 3));
    await db.deprovision(again);
    await db.provision(again);
    const { rows } = await db.workspace(again, (tx) => sql`select id from note`.execute(tx));
    expect(rows).toEqual([]);
  });

  it('takes nothing but an id and is refused inside a transaction', async () => {
    const forged: string = 'ws; drop schema sentinel cascade';
    await expect(db.deprovision(forged as WorkspaceId)).rejects.toThrow(/must be a UUID/);
    await expect(db.control(() => db.deprovision(id))).rejects.toThrow(/inside an open transaction/);
    expect(await keys()).toEqual([1]);
  });
});

describe('values', () => {
  const one = async (expression: string) =>
    (await db.workspace(id, (tx) => sql.raw<{ value: unknown }>(`select ${expression} as value`).execute(tx))).rows[0]
      ?.value;

  for (const [expression, value] of [
    ['5::int8', 5],
    ['(select count(*) from (values (1), (2)) x)', 2],
    ['(select sum(n) from (values (1), (2)) x(n))', 3],
    ['-9007199254740991::int8', -9007199254740991],
    ['array[1, null, 3]::int8[]', [1, null, 3]],
    ['0.10::numeric', '0.10'],
    ['true', true],
    ['null', null],
    ['1.5::float8', 1.5],
    ['7::int2', 7],
    ["date '2024-02-29'", '2024-02-29'],
    ["array[date '2024-02-29']", ['2024-02-29']],
    ["interval '36 hours 5 seconds'", '36:00:05'],
    ["timestamptz '2024-03-31 02:30:00.123+02'", new Date('2024-03-31T00:30:00.123Z')],
    ["timestamp '2024-03-31 02:30:00'", new Date('2024-03-31T02:30:00Z')],
    ["'\\x00ff'::bytea", new Uint8Array([0, 255])],
    ["''::bytea", new Uint8Array()],
    [`'{"a": [1, null]}'::jsonb`, { a: [1, null] }],
    ["array['a', null, 'b,\"c']", ['a', null, 'b,"c']],
    ["'018f0000-0000-7000-8000-000000000001'::uuid", '018f0000-0000-7000-8000-000000000001'],
  ] as const) {
    it(`are the same on either engine: ${expression}`, async () => {
      expect(await one(expression)).toStrictEqual(value);
    });
  }

  it('refuse a number that JavaScript would change silently', async () => {
    await expect(one('9007199254740993::int8')).rejects.toThrow(/beyond 2\^53/);
  });

  for (const [name, sent, type] of [
    ['a date with time', new Date('2024-02-29T12:00:00.001Z'), 'timestamptz'],
    ['bytes', new Uint8Array([1, 0, 255]), 'bytea'],
    ['texts', ['a', 'b,"c', ''], 'text[]'],
    ['ids', ['018f0000-0000-7000-8000-000000000001'], 'uuid[]'],
    ['nothing', null, 'text'],
    ['a large number', 9007199254740991, 'int8'],
    ['numbers', [1, 2], 'int4[]'],
  ] as const) {
    it(`come back as they were sent: ${name}`, async () => {
      const { rows } = await db.workspace(id, (tx) => sql`select ${sent}::${sql.raw(type)} as value`.execute(tx));
      expect(rows).toStrictEqual([{ value: sent }]);
    });
  }

  it('come back from JSON that was sent as text', async () => {
    const { rows } = await db.workspace(id, (tx) =>
      sql`select ${JSON.stringify(['a', { b: null }])}::jsonb as value`.execute(tx),
    );
    expect(rows).toEqual([{ value: ['a', { b: null }] }]);
  });
});

describe('the engine', () => {
  it('names itself and its size', async () => {
    expect(db.engine.version).toMatch(/^(pglite|postgres) \d+\.\d+/);
    expect(await db.engine.bytes()).toBeGreaterThan(1_000_000);
  });

  it('goes on after a failed statement of many parts', async () => {
    await expect(db.engine.run('begin; select 1; select nonsense; commit')).rejects.toThrow(/nonsense/);
    expect((await db.engine.run('select 1 as one; select 2 as two')).rows).toEqual([{ one: 1 }, { two: 2 }]);
    expect(await keys()).toEqual([1]);
  });
});
