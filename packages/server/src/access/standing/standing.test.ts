import type { Transaction } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { auditControlMigrations, auditWorkspaceMigrations } from '../../platform/audit/audit.migrations.ts';
import { controlMigrations } from '../../platform/db/control.migrations.ts';
import type { Database } from '../../platform/db/database.ts';
import { openTestDatabase } from '../../platform/db/testing.ts';
import {
  type FamilyId,
  newId,
  newRandomId,
  type OrganisationId,
  type PersonId,
  type TokenId,
  type WorkspaceId,
} from '../../platform/ids.ts';
import { accessMigrations } from '../access.migrations.ts';
import type { AccessTables } from '../access.tables.ts';
import { announce, listChanges, pruneChanges } from './change.store.ts';
import { createStanding, MAX_AGE_MS, type Standing } from './standing.ts';

let db: Database;
let nowMs = Date.parse('2026-03-01T12:00:00Z');
const clock = { now: () => new Date(nowMs) };
let asked = 0;
const counting: Pick<Database, 'control'> = {
  control: (work) => {
    asked += 1;
    return db.control(work);
  },
};
let here: Standing;
let there: Standing;
let personId: PersonId;
let workspaceId: WorkspaceId;

beforeAll(async () => {
  db = await openTestDatabase({
    control: [...controlMigrations, ...auditControlMigrations, ...accessMigrations],
    workspace: auditWorkspaceMigrations,
  });
});
afterAll(() => db.close());

beforeEach(async () => {
  [here, there] = [createStanding({ db: counting, clock }), createStanding({ db, clock })];
  personId = newId<PersonId>();
  workspaceId = newId<WorkspaceId>();
  await db.control(async (tx) => {
    const tables = tx.withTables<AccessTables>();
    const at = clock.now();
    await tables
      .insertInto('person')
      .values({ id: personId, email: `${personId}@home.example`, name: 'Ada', created_at: at })
      .execute();
    await tables
      .insertInto('workspace')
      .values({ id: workspaceId, slug: `w${workspaceId}`, name: 'W' })
      .execute();
    await tables
      .insertInto('member')
      .values({ workspace_id: workspaceId, person_id: personId, role: 'editor', created_at: at })
      .execute();
  });
});

const deactivate = () =>
  db.control(async (tx) => {
    await tx
      .withTables<AccessTables>()
      .updateTable('person')
      .set({ deactivated_at: clock.now() })
      .where('id', '=', personId)
      .execute();
    await announce(tx, [{ kind: 'person', subject: personId }], clock.now());
  });

describe('what a process remembers', () => {
  it('costs no query while it is fresh, and one for everybody when it is not', async () => {
    await here.membership(workspaceId, personId);
    await here.person(personId);
    asked = 0;
    for (let n = 0; n < 100; n += 1) {
      expect(await here.membership(workspaceId, personId)).toMatchObject({ role: 'editor', groups: [] });
      expect(await here.isRevoked({ jti: newRandomId<TokenId>(), familyId: null })).toBe(false);
    }
    expect(asked).toBe(0);
    nowMs += MAX_AGE_MS + 1;
    await Promise.all(Array.from({ length: 50 }, () => here.membership(workspaceId, personId)));
    expect(asked).toBe(1);
  });

  // Proves: ASVS 7.
  it('learns within its greatest age what another process changed', async () => {
    expect(await there.membership(workspaceId, personId)).not.toBeNull();
    await deactivate();
    nowMs += MAX_AGE_MS + 1;
    expect(await there.membership(workspaceId, personId)).toBeNull();
    expect(await there.person(personId)).toMatchObject({ active: false });
  });

  // Proves: ASVS 7.
  it('counts at once what this process committed and caught up with', async () => {
    expect(await here.membership(workspaceId, personId)).not.toBeNull();
    await deactivate();
    await here.catchUp();
    expect(await here.membership(workspaceId, personId)).toBeNull();
  });

  it('forgets the members of a workspace that may not be entered any more, and nobody else', async () => {
    await there.membership(workspaceId, personId);
    await db.control(async (tx) => {
      await tx
        .withTables<AccessTables>()
        .updateTable('workspace')
        .set({ state: 'deleting' })
        .where('id', '=', workspaceId)
        .execute();
      await announce(tx, [{ kind: 'workspace', subject: workspaceId }], clock.now());
    });
    nowMs += MAX_AGE_MS + 1;
    expect(await there.membership(workspaceId, personId)).toBeNull();
  });

  it('admits nobody of an organisation that was switched off, nor of one that a workspace does not list', async () => {
    const [own, other] = [newId<OrganisationId>(), newId<OrganisationId>()];
    const change = async (work: (tables: Transaction<AccessTables>) => Promise<unknown>) => {
      await db.control(async (tx) => {
        await work(tx.withTables<AccessTables>());
        await announce(tx, [{ kind: 'organisations', subject: '' }], clock.now());
      });
      await here.catchUp();
      return await here.membership(workspaceId, personId);
    };
    const entered = await change(async (tables) => {
      for (const [id, slug] of [
        [own, `own-${own}`],
        [other, `other-${other}`],
      ] as const)
        await tables.insertInto('organisation').values({ id, name: slug, slug, created_at: clock.now() }).execute();
      await tables.updateTable('person').set({ organisation_id: own }).where('id', '=', personId).execute();
    });
    expect(entered).not.toBeNull();
    const list = (organisation_id: OrganisationId) => (tables: Transaction<AccessTables>) =>
      tables.insertInto('workspace_organisation').values({ workspace_id: workspaceId, organisation_id }).execute();
    expect(await change(list(other))).toBeNull();
    expect(await change(list(own))).not.toBeNull();
    const switchOff = (tables: Transaction<AccessTables>) =>
      tables.updateTable('organisation').set({ enabled: false }).where('id', '=', own).execute();
    expect(await change(switchOff)).toBeNull();
  });

  it('knows revoked families and tokens, those from before it started too', async () => {
    const [familyId, early, late] = [newRandomId<FamilyId>(), newRandomId<TokenId>(), newRandomId<TokenId>()];
    const until = new Date(nowMs + 60_000);
    await db.control((tx) =>
      tx.withTables<AccessTables>().insertInto('revoked_token').values({ jti: early, until }).execute(),
    );
    expect(await there.isRevoked({ jti: early, familyId: null })).toBe(true);
    expect(await there.isRevoked({ jti: late, familyId })).toBe(false);
    await db.control((tx) =>
      announce(
        tx,
        [
          { kind: 'family', subject: familyId },
          { kind: 'token', subject: late },
        ],
        clock.now(),
      ),
    );
    nowMs += MAX_AGE_MS + 1;
    expect(await there.isRevoked({ jti: newRandomId<TokenId>(), familyId })).toBe(true);
    expect(await there.isRevoked({ jti: late, familyId: null })).toBe(true);
  });

  // Proves: ASVS 57.
  it('is believed no longer when the database cannot be asked', async () => {
    let broken = false;
    const standing = createStanding({
      db: { control: (work) => (broken ? Promise.reject(new Error('down')) : db.control(work)) },
      clock,
    });
    expect(await standing.person(personId)).not.toBeNull();
    broken = true;
    expect(await standing.person(personId)).not.toBeNull();
    nowMs += MAX_AGE_MS + 1;
    await expect(standing.person(personId)).rejects.toThrow('down');
  });

  it('is looked at once more by whoever joined a look that began long before they asked', async () => {
    const gates: (() => void)[] = [];
    let gated = false;
    const standing = createStanding({
      db: {
        control: async (work) => {
          const read = await db.control(work);
          if (gated) await new Promise<void>((resolve) => gates.push(resolve));
          return read;
        },
      },
      clock,
    });
    expect(await standing.person(personId)).toMatchObject({ active: true });
    nowMs += MAX_AGE_MS + 1;
    gated = true;
    const early = standing.person(personId);
    await expect.poll(() => gates.length).toBe(1);
    // The look has read already and is on its way back.
    await deactivate();
    nowMs += MAX_AGE_MS + 1;
    const joined = standing.person(personId);
    gated = false;
    for (const open of gates) open();
    expect(await early).toMatchObject({ active: true });
    expect(await joined).toMatchObject({ active: false });
  });

  // Proves: ASVS 57.
  it('is no answer while the database is stuck, and is one again afterwards', async () => {
    const stuck: (() => void)[] = [];
    let isStuck = false;
    const standing = createStanding({
      db: {
        control: async (work) => {
          if (isStuck) await new Promise<void>((resolve) => stuck.push(resolve));
          return await db.control(work);
        },
      },
      clock,
      lookWithinMs: 1500,
    });
    expect(await standing.person(personId)).toMatchObject({ active: true });
    isStuck = true;
    nowMs += MAX_AGE_MS + 1;
    const asked = await Promise.allSettled([standing.person(personId), standing.person(personId), standing.catchUp()]);
    expect(asked.map((each) => each.status)).toEqual(['rejected', 'rejected', 'rejected']);
    await expect(standing.refresh()).rejects.toThrow('in time');
    isStuck = false;
    await deactivate();
    expect(await standing.person(personId)).toMatchObject({ active: false });
    for (const open of stuck) open();
    await standing.catchUp();
    expect(await standing.person(personId)).toMatchObject({ active: false });
  });

  it('is no answer either when reading somebody who is not remembered gets stuck', async () => {
    let calls = 0;
    const standing = createStanding({
      db: {
        control: (work) => {
          calls += 1;
          return calls === 2 ? new Promise<never>(() => undefined) : db.control(work);
        },
      },
      clock,
      lookWithinMs: 1500,
    });
    await expect(standing.person(personId)).rejects.toThrow('in time');
    expect(await standing.person(personId)).toMatchObject({ active: true });
  });

  it('does not keep what was revoked for ever', async () => {
    const [gone, token, recent, old] = [
      newRandomId<FamilyId>(),
      newRandomId<TokenId>(),
      newRandomId<FamilyId>(),
      newRandomId<FamilyId>(),
    ];
    const hourMs = 60 * 60_000;
    const isRevoked = (familyId: FamilyId) => there.isRevoked({ jti: newRandomId<TokenId>(), familyId });
    await there.refresh();
    await db.control(async (tx) => {
      const tables = tx.withTables<AccessTables>();
      await tables
        .insertInto('revoked_token')
        .values({ jti: token, until: new Date(nowMs + 2 * hourMs) })
        .execute();
      const family = { person_id: personId, workspace_id: workspaceId, created_at: clock.now(), used_at: clock.now() };
      const ends = { expires_at: new Date(nowMs + 7 * 24 * hourMs), revoked_for: 'test' };
      for (const [id, afterMs] of [
        [recent, hourMs - 15 * 60_000],
        [old, hourMs - 30 * 60_000],
      ] as const)
        await tables
          .insertInto('token_family')
          .values({ id, ...family, ...ends, revoked_at: new Date(nowMs + afterMs) })
          .execute();
      await announce(
        tx,
        [
          ...[gone, recent, old].map((subject) => ({ kind: 'family' as const, subject })),
          { kind: 'token', subject: token },
        ],
        clock.now(),
      );
    });
    nowMs += MAX_AGE_MS + 1;
    for (const id of [gone, recent, old]) expect(await isRevoked(id)).toBe(true);
    nowMs += hourMs;
    // What is forgotten has no access token left that could be presented.
    expect([await isRevoked(gone), await isRevoked(old), await isRevoked(recent)]).toEqual([false, false, true]);
    expect(await there.isRevoked({ jti: token, familyId: null })).toBe(true);
  });

  it('is thrown away by a process that slept so long that changes were pruned', async () => {
    await there.membership(workspaceId, personId);
    await deactivate();
    nowMs += 1000;
    await db.control((tx) => pruneChanges(tx, clock.now()));
    expect(await there.membership(workspaceId, personId)).toBeNull();
  });

  it('calls back whoever remembers more', async () => {
    let told = 0;
    here.onChange('apps', () => void (told += 1));
    await here.refresh();
    await db.control((tx) => announce(tx, [{ kind: 'apps', subject: '' }], clock.now()));
    await here.catchUp();
    expect(told).toBe(1);
  });
});

describe('changes', () => {
  it('become visible in their order, whoever commits first', async () => {
    const before = await db.control((tx) => listChanges(tx, 0));
    await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        db.control((tx) =>
          announce(
            tx,
            [
              { kind: 'family', subject: `a${n}` },
              { kind: 'token', subject: `b${n}` },
            ],
            clock.now(),
          ),
        ),
      ),
    );
    const after = await db.control((tx) => listChanges(tx, before.revision));
    expect(after.revision).toBe(before.revision + 40);
    expect(after.changes).toHaveLength(40);
    expect(after.incomplete).toBe(false);
  });
});
