import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { controlMigrations } from '../db/control.migrations.ts';
import { openTestDatabase, type TestDatabase } from '../db/testing.ts';
import { newId, type WorkspaceId } from '../ids.ts';
import { silentLogger } from '../log.ts';
import { emit, emitAll } from './events.ts';
import { dispatchWorkspace, restMs, type Subscriber } from './events.jobs.ts';
import { eventMigrations } from './events.migrations.ts';

describe('events', () => {
  let db: TestDatabase;
  let id: WorkspaceId;
  let now = new Date('2026-11-22T08:00:00Z');
  const clock = { now: () => now };
  const later = (seconds: number) => void (now = new Date(now.getTime() + seconds * 1000));

  beforeAll(async () => {
    db = await openTestDatabase({ control: controlMigrations, workspace: eventMigrations });
  });
  afterAll(() => db.close());
  beforeEach(async () => {
    id = newId<WorkspaceId>();
    await db.provision(id);
  });

  const added = (n: number) => ({ type: 'contact.added', payload: { n } });
  const emitted = (...events: { type: string; payload: { n: number } }[]) =>
    db.workspace(id, (tx) => emitAll(tx, events, now.getTime()));
  const dispatch = (...subscribers: Subscriber[]) =>
    dispatchWorkspace({ db, clock, log: silentLogger, subscribers }, id);
  const collector = (seen: unknown[], fails: () => boolean = () => false): Subscriber => ({
    name: 'collector',
    types: ['contact.added'],
    handle: async ({ payload }) => {
      if (fails()) throw new Error('not now');
      seen.push(payload);
    },
  });

  it('reach their subscribers once, in the order in which they were emitted', async () => {
    await emitted(...Array.from({ length: 250 }, (_, n) => added(n)));
    const seen: unknown[] = [];
    expect(await dispatch(collector(seen))).toBe(250);
    expect(seen).toEqual(Array.from({ length: 250 }, (_, n) => ({ n })));
    expect(await dispatch(collector(seen))).toBe(0);
    expect(seen.length).toBe(250);
  });

  it('fall with the transaction that emitted them', async () => {
    await expect(
      db.workspace(id, async (tx) => {
        await emit(tx, added(1), now.getTime());
        throw new Error('changed my mind');
      }),
    ).rejects.toThrow('changed my mind');
    const seen: unknown[] = [];
    await dispatch(collector(seen));
    expect(seen).toEqual([]);
  });

  it('come again after a failure, once they have rested', async () => {
    await emitted(added(1), added(2));
    const seen: unknown[] = [];
    let failing = true;
    expect(await dispatch(collector(seen, () => failing))).toBe(0);
    failing = false;
    expect(await dispatch(collector(seen))).toBe(0);
    later(3);
    expect(await dispatch(collector(seen))).toBe(2);
    expect(seen).toEqual([{ n: 1 }, { n: 2 }]);
  });

  it('come again when the dispatcher died between handling and marking', async () => {
    await emitted(added(1));
    const seen: unknown[] = [];
    const dying = { ...db, workspace: countdown(1) };
    await expect(
      dispatchWorkspace({ db: dying, clock, log: silentLogger, subscribers: [collector(seen)] }, id),
    ).rejects.toThrow('died');
    expect(await dispatch(collector(seen))).toBe(0);
    later(61);
    expect(await dispatch(collector(seen))).toBe(1);
    expect(seen).toEqual([{ n: 1 }, { n: 1 }]);
  });

  it('are given up after ten tries and stay to be looked at', async () => {
    await emitted(added(1));
    const seen: unknown[] = [];
    for (let tries = 0; tries < 12; tries += 1) {
      await dispatch(collector(seen, () => true));
      later(700);
    }
    await dispatch(collector(seen));
    expect(seen).toEqual([]);
    const left = await db.workspace(id, (tx) =>
      tx.selectFrom('event_outbox').select(['attempts', 'dispatched_at']).execute(),
    );
    expect(left).toEqual([{ attempts: 10, dispatched_at: null }]);
  });

  it('are shared out between two dispatchers, none twice', async () => {
    await emitted(...Array.from({ length: 150 }, (_, n) => added(n)));
    const seen: unknown[] = [];
    const settled = await Promise.all([dispatch(collector(seen)), dispatch(collector(seen))]);
    expect(settled[0] + settled[1]).toBe(150);
    expect(new Set(seen.map((payload) => JSON.stringify(payload))).size).toBe(150);
    expect(seen.length).toBe(150);
  });

  it('are deleted a week after they were dispatched', async () => {
    await emitted(added(1), { type: 'nobody.listens', payload: { n: 2 } });
    await dispatch();
    const count = () => db.workspace(id, (tx) => tx.selectFrom('event_outbox').select('id').execute());
    expect(await count()).toHaveLength(2);
    later(7 * 24 * 3600 + 1);
    await dispatch();
    expect(await count()).toHaveLength(0);
  });

  it('cannot be rewritten by their workspace', async () => {
    await emitted(added(1));
    const rewrite = db.workspace(id, (tx) =>
      tx
        .updateTable('event_outbox')
        .set((eb) => ({ id: eb.ref('id') }))
        .execute(),
    );
    await expect(rewrite).rejects.toThrow(/permission denied/);
  });

  it('rest longer after each failure, but never more than ten minutes', () => {
    expect([1, 2, 3].map(restMs)).toEqual([2000, 4000, 8000]);
    expect(restMs(30)).toBe(600_000);
  });

  /** A database whose unit of work fails after a number of calls. */
  function countdown(calls: number): TestDatabase['workspace'] {
    let left = calls;
    return async (workspaceId, work, as) => {
      if (left === 0) throw new Error('died');
      left -= 1;
      return db.workspace(workspaceId, work, as);
    };
  }
});
