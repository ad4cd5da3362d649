import { setTimeout as pause } from 'node:timers/promises';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { workspaceNames } from '../db/names.ts';
import { openAuditEntry } from './audit.ts';
import { genesisHash } from './audit-row.ts';
import { listAudit, listInOrder, listRecent, readHead, type AuditFilter } from './audit.store.ts';
import { openAuditWorld, SOMEBODY, type AuditWorld } from './testing.ts';
import { verifyAudit } from './verify.ts';

const EVERYTHING: AuditFilter = { event: null, actorId: null, since: null, until: null };
let world: AuditWorld;
beforeAll(async () => {
  world = await openAuditWorld();
}, 120_000);
afterAll(() => world.close());

const entry = (requestId: string | null = null) => openAuditEntry('book.imported', SOMEBODY, requestId, world.clock);

describe('an audit entry', () => {
  // Proves: ASVS 54.
  it('is appended in the transaction of the change, as first row behind the genesis of its workspace', async () => {
    const { id } = await world.workspace();
    const made = entry('req-1');
    await world.db.workspace(id, (tx) => made.record(tx, { target: 'import:7', detail: { rows: 3, format: 'csv' } }));
    expect(made.recorded).toBe(true);
    const [row] = await world.db.workspace(id, (tx) => listRecent(tx, 5));
    expect(row).toMatchObject({
      seq: 1,
      at: '2026-11-22T08:00:00.000Z',
      actorKind: 'person',
      actorId: SOMEBODY.id,
      actorName: 'Ada',
      event: 'book.imported',
      target: 'import:7',
      result: 'ok',
      requestId: 'req-1',
      detail: '{"format":"csv","rows":3}',
      prevHash: genesisHash(id),
    });
  });

  it('cannot be recorded twice', async () => {
    const { id } = await world.workspace();
    const made = entry();
    await world.db.workspace(id, (tx) => made.record(tx));
    await expect(world.db.workspace(id, (tx) => made.record(tx))).rejects.toThrow(/recorded already/);
    await expect(
      world.db.workspace(id, async (tx) => {
        const twice = entry();
        await Promise.all([twice.record(tx), twice.record(tx)]);
      }),
    ).rejects.toThrow(/recorded already/);
    expect((await world.db.workspace(id, readHead)).seq).toBe(1);
  });

  it('falls with the change when that is rolled back, and leaves no gap', async () => {
    const { id } = await world.workspace();
    await world.append(id, 1);
    await expect(
      world.db.workspace(id, async (tx) => {
        await entry().record(tx);
        throw new Error('the change failed');
      }),
    ).rejects.toThrow(/the change failed/);
    await world.append(id, 1);
    expect(await verifyAudit(world.deps, id)).toMatchObject({ intact: true, rows: 2 });
  });

  it('takes the change with it when it cannot be written', async () => {
    const { id } = await world.workspace();
    const made = entry();
    await expect(
      world.db.workspace(id, (tx) => made.record(tx, { detail: { who: 'ada@example.com' } })),
    ).rejects.toThrow(/audit detail/);
    await expect(world.db.workspace(id, (tx) => made.record(tx, { target: 'ada@example.com' }))).rejects.toThrow(
      /audit target/,
    );
    expect(made.recorded).toBe(false);
    expect((await world.db.workspace(id, readHead)).seq).toBe(0);
    await world.db.workspace(id, (tx) => made.record(tx, { result: 'failed' }));
    expect(made.recorded).toBe(true);
  });

  it('can be recorded under the role that writes messages', async () => {
    const { id } = await world.workspace();
    await world.db.workspace(id, (tx) => entry().record(tx), 'ingest');
    expect((await world.db.workspace(id, readHead)).seq).toBe(1);
  });

  it('leaves one unforked chain when two write 100 rows each at the same time', async () => {
    const { id } = await world.workspace();
    let open = 0;
    let mostOpen = 0;
    const write = async () => {
      for (let n = 1; n <= 100; n++) {
        await world.db.workspace(id, async (tx) => {
          mostOpen = Math.max(mostOpen, ++open);
          await entry().record(tx);
          open -= 1;
        });
      }
    };
    await Promise.all([write(), write()]);
    // On a server both were inside their transactions at once; the embedded database has one connection.
    expect(mostOpen).toBe(world.db.kind === 'server' ? 2 : 1);
    const rows = await world.db.workspace(id, (tx) => listInOrder(tx, { after: 0, through: 1000, limit: 1000 }));
    expect(rows.map((row) => row.seq)).toEqual(Array.from({ length: 200 }, (_, at) => at + 1));
    expect(await verifyAudit(world.deps, id)).toMatchObject({ intact: true, rows: 200 });
  }, 60_000);

  it('makes the second writer wait until the first has committed', async () => {
    const { id } = await world.workspace();
    const order: string[] = [];
    const first = world.db.workspace(id, async (tx) => {
      await entry().record(tx);
      order.push('first recorded');
      await pause(300);
      order.push('first commits');
    });
    await pause(100);
    const second = world.db.workspace(id, async (tx) => {
      await entry().record(tx);
      order.push('second recorded');
    });
    await Promise.all([first, second]);
    expect(order).toEqual(['first recorded', 'first commits', 'second recorded']);
    expect(await verifyAudit(world.deps, id)).toMatchObject({ intact: true, rows: 2 });
  });

  it('leaves each workspace its own chain', async () => {
    const [one, two] = [await world.workspace(), await world.workspace()];
    await Promise.all([world.append(one.id, 3), world.append(two.id, 2)]);
    expect(await verifyAudit(world.deps, one.id)).toMatchObject({ intact: true, rows: 3 });
    expect(await verifyAudit(world.deps, two.id)).toMatchObject({ intact: true, rows: 2 });
  });
});

describe('a written row', () => {
  let log = '';
  let role = '';
  let id: Awaited<ReturnType<AuditWorld['workspace']>>['id'];
  beforeAll(async () => {
    ({ id, log, role } = await world.workspace());
    await world.append(id, 2);
  });

  const changes = (table: string) => [
    `update ${table} set event = 'x'`,
    `update ${table} set seq = seq`,
    `delete from ${table}`,
    `delete from ${table} where seq = 1`,
    `truncate ${table}`,
  ];
  const stillThere = async () =>
    expect(await world.asSuperuser(`select count(*)::int as rows from ${log}`)).toEqual([{ rows: 2 }]);

  it('is out of reach for the role of its workspace, which may only insert and read', async () => {
    for (const change of changes('audit_log')) {
      for (const as of ['member', 'ingest'] as const) {
        await expect(world.db.workspace(id, (tx) => sql.raw(change).execute(tx), as)).rejects.toThrow(
          /permission denied/,
        );
      }
    }
    await expect(
      world.db.workspace(id, (tx) => sql`alter table audit_log disable trigger audit_log_keep_rows`.execute(tx)),
    ).rejects.toThrow(/owner/);
    await expect(world.db.workspace(id, (tx) => sql`drop table audit_log`.execute(tx))).rejects.toThrow(/owner/);
    await stillThere();
  });

  it('is out of reach for the role of another workspace', async () => {
    const other = await world.workspace();
    for (const statement of [`select * from ${log}`, `insert into ${log} select * from audit_log`, ...changes(log)]) {
      await expect(world.db.workspace(other.id, (tx) => sql.raw(statement).execute(tx))).rejects.toThrow(
        /permission denied/,
      );
    }
  });

  it('cannot be forged into a fork: two rows never follow the same one', async () => {
    const copy = `insert into audit_log select seq + 100, gen_random_uuid(), at, actor_kind, actor_id, actor_name, event, target, result, request_id, detail, prev_hash, repeat('f', 64) from audit_log`;
    await expect(world.db.workspace(id, (tx) => sql.raw(copy).execute(tx))).rejects.toThrow(/audit_log_prev_hash_key/);
  });

  for (const [who, before] of [
    ['its owner', 'set role sentinel_owner'],
    ['a superuser', 'select 1'],
    ['a superuser who turned ordinary triggers off', 'set session_replication_role = replica'],
  ] as const) {
    it(`refuses ${who}`, async () => {
      for (const change of changes(log)) {
        const attempt = world.asSuperuser(before, change);
        await expect(attempt).rejects.toThrow(/audit_log is append-only/);
        await expect(attempt).rejects.toMatchObject({ code: '55000' });
        await world.asSuperuser('reset role', 'reset session_replication_role');
      }
      await stillThere();
    });
  }

  it('is protected like the checkpoints in the control plane', async () => {
    await world.deps.db.control((tx) =>
      sql`insert into audit_checkpoint select gen_random_uuid(), 1, repeat('a', 64), 1, now(), repeat('b', 64), 'k', 's'`.execute(
        tx,
      ),
    );
    for (const change of [
      'update audit_checkpoint set seq = 2',
      'delete from audit_checkpoint',
      'truncate audit_checkpoint',
    ]) {
      await expect(world.db.control((tx) => sql.raw(change).execute(tx))).rejects.toThrow(/permission denied/);
      await expect(world.asSuperuser('set search_path = sentinel', change)).rejects.toThrow(
        /audit_checkpoint is append-only/,
      );
      await world.asSuperuser('reset search_path');
    }
  });

  it('has no more rights than these', async () => {
    const rights = await world.asSuperuser(
      `select distinct grantee, privilege_type from information_schema.role_table_grants where table_name = 'audit_log' and table_schema = '${workspaceNames(id).schema}' and grantee <> 'sentinel_owner' order by 1, 2`,
    );
    expect(rights).toEqual([
      { grantee: role, privilege_type: 'INSERT' },
      { grantee: role, privilege_type: 'SELECT' },
    ]);
  });
});

describe('the list', () => {
  it('pages from the newest, filters, and counts what matches', async () => {
    const { id } = await world.workspace();
    await world.append(id, 5);
    world.clock.set('2026-11-22T09:00:00Z');
    await world.db.workspace(id, (tx) =>
      openAuditEntry('policy.published', { kind: 'operator', id: null, name: null }, null, world.clock).record(tx),
    );
    const list = (filter: Partial<AuditFilter>, before: number | null = null, limit = 3) =>
      world.db.workspace(id, (tx) => listAudit(tx, { ...EVERYTHING, ...filter }, { before, limit }));
    const seqs = async (...args: Parameters<typeof list>) => {
      const { rows, total } = await list(...args);
      return { seqs: rows.map((row) => row.seq), total };
    };
    expect(await seqs({})).toEqual({ seqs: [6, 5, 4], total: 6 });
    expect(await seqs({}, 4)).toEqual({ seqs: [3, 2, 1], total: 6 });
    expect(await seqs({}, 1)).toEqual({ seqs: [], total: 6 });
    expect(await seqs({ event: 'policy.published' })).toEqual({ seqs: [6], total: 1 });
    expect(await seqs({ actorId: SOMEBODY.id }, 3)).toEqual({ seqs: [2, 1], total: 5 });
    expect(await seqs({ since: new Date('2026-11-22T09:00:00Z') })).toEqual({ seqs: [6], total: 1 });
    expect(await seqs({ until: new Date('2026-11-22T09:00:00Z'), event: 'gate.asked' }, null, 1)).toEqual({
      seqs: [5],
      total: 5,
    });
    expect(await seqs({ event: `'; drop table audit_log; --` })).toEqual({ seqs: [], total: 0 });
    world.clock.set('2026-11-22T08:00:00Z');
  });
});
