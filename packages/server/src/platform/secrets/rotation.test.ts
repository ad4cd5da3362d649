import { chmod, readdir, stat, writeFile } from 'node:fs/promises';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { listActivity } from '../audit/activity.ts';
import { newId, type PersonId } from '../ids.ts';
import { seal } from './envelope.ts';
import { SILENT_MS } from './key-holding.ts';
import { boxContext, controlBoxes, put, readAll, stored, workspaceBoxes } from './lock-box.testing.ts';
import { BATCH, resealBatch, START } from './reseal.ts';
import {
  EVERYTHING,
  fill,
  idsOf,
  type KeyProcess,
  NOBODY,
  openRotationWorld,
  randomKey,
  refusalOf,
  type RotationWorld,
  whatOpens,
} from './rotation-world.testing.ts';
import type { ControlPlace } from './sealed-place.ts';
import { VaultError } from './vault-error.ts';

let world: RotationWorld;
beforeAll(async () => {
  world = await openRotationWorld();
}, 120_000);
afterEach(() => world.reset());
afterAll(() => world.close());

describe('a rotation', () => {
  it('seals everything anew in every workspace, and says how much in each place', async () => {
    const it = await world.start();
    await fill(world, it);
    const before = it.vault.currentKeyId;
    const { rotation, places } = await it.rotate();
    expect(it.vault.keyIds).toEqual([rotation.keyId, before]);
    expect(places.map(({ place, resealed, unreadable }) => ({ place, resealed, unreadable }))).toEqual([
      { place: 'boxes of the installation', resealed: 1, unreadable: 0 },
      { place: 'boxes of workspaces', resealed: 251, unreadable: 0 },
    ]);
    expect(await whatOpens(world, it)).toBe(EVERYTHING);
    const prefix = `enc:v2:${rotation.keyId}:`;
    for (const where of [world.one, world.two, null])
      expect((await stored(world.db, where)).every(({ sealed }) => sealed.startsWith(prefix))).toBe(true);
  });

  it('writes the new key first into the file, which stays closed to others, and leaves nothing beside it', async () => {
    const it = await world.start();
    const [old] = await world.fileKeys();
    const { rotation } = await it.rotate();
    const keys = await world.fileKeys();
    expect(keys[1]).toBe(old);
    expect(idsOf(keys)[0]).toBe(rotation.keyId);
    expect((await stat(world.file())).mode & 0o777).toBe(0o600);
    expect(await readdir(world.dataDir())).toEqual(['vault.key']);
  });

  it('is one rotation when two are begun at once, and ends with one new key', async () => {
    const [a, b] = [await world.start({ name: 'a' }), await world.start({ name: 'b' })];
    await fill(world, a);
    const [first, second] = await Promise.all([a.rotation.begin(NOBODY), b.rotation.begin(NOBODY)]);
    expect(second.rotation.id).toBe(first.rotation.id);
    const drive = async (each: KeyProcess) => {
      for (let n = 0; n < 500; n += 1) {
        const state = await each.rotation.step(first.rotation.id, NOBODY);
        if (state.rotation.finishedAt !== null) return state;
      }
      throw new Error('does not end');
    };
    const ends = await Promise.all([drive(a), drive(b)]);
    expect(await world.fileKeys()).toHaveLength(2);
    expect(ends[0].places.map(({ resealed }) => resealed)).toEqual([1, 251]);
    expect(await whatOpens(world, a)).toBe(EVERYTHING);
    expect(await whatOpens(world, b)).toBe(EVERYTHING);
  });

  it('goes on where it stopped, by whoever goes on', async () => {
    const first = await world.start();
    await fill(world, first);
    const { rotation } = await first.rotation.begin(NOBODY);
    await first.rotation.step(rotation.id, NOBODY);
    const { vault } = first;
    const batch = await resealBatch(world.db, vault, workspaceBoxes, START);
    expect(batch.moved).toBe(BATCH);
    const second = await world.start({ name: 'second' });
    expect(second.vault.currentKeyId).toBe(rotation.keyId);
    await second.holding.beat();
    await second.rotation.resume();
    const list = await second.rotation.list();
    expect(list.rotation?.rotation).toMatchObject({ id: rotation.id, state: 'done' });
    expect(list.places.map((place) => place.older)).toEqual([0, 0]);
    expect(await whatOpens(world, second)).toBe(EVERYTHING);
  });

  it('seals nothing with the new key before every process knows it', async () => {
    const here = await world.start({ name: 'here' });
    const before = here.vault.currentKeyId;
    const away = await world.start({
      name: 'away:7',
      dataDir: `${world.dataDir()}-other`,
      setting: (await world.fileKeys())[0] ?? '',
    });
    const { rotation } = await here.rotation.begin(NOBODY);
    const waiting = await here.rotation.step(rotation.id, NOBODY);
    expect(waiting).toMatchObject({ rotation: { state: 'announced' }, waitingFor: ['away:7'] });
    await put(world.db, here.vault, { workspaceId: world.one, name: 'meanwhile' }, 'x');
    expect(await readAll(world.db, away.vault, world.one)).toEqual({ meanwhile: 'x' });
    expect(here.vault.currentKeyId).toBe(before);
    // Started again with both keys, as the operator was told to.
    await away.holding.close();
    const again = await world.start({
      name: 'away:8',
      dataDir: `${world.dataDir()}-other`,
      setting: (await world.fileKeys()).join(','),
    });
    expect((await here.rotation.step(rotation.id, NOBODY)).waitingFor).toEqual(['away:8']);
    expect(here.vault.currentKeyId).toBe(rotation.keyId);
    await put(world.db, again.vault, { workspaceId: world.one, name: 'behind' }, 'sealed with the old one');
    await again.holding.beat();
    expect((await here.rotate()).rotation.id).toBe(rotation.id);
    expect(await readAll(world.db, again.vault, world.one)).toEqual({
      meanwhile: 'x',
      behind: 'sealed with the old one',
    });
    expect((await here.rotation.list()).places.map((place) => place.older)).toEqual([0, 0]);
  });

  it('does not wait for a process that is gone', async () => {
    const here = await world.start({ name: 'here' });
    await world.start({
      name: 'gone',
      dataDir: `${world.dataDir()}-other`,
      setting: (await world.fileKeys())[0] ?? '',
    });
    const { rotation } = await here.rotation.begin(NOBODY);
    expect((await here.rotation.step(rotation.id, NOBODY)).waitingFor).toEqual(['gone']);
    await world.db.control((tx) =>
      sql`update vault_holder set seen_at = now() - ${SILENT_MS + 1_000} * interval '1 millisecond' where name = 'gone'`.execute(
        tx,
      ),
    );
    expect((await here.rotate()).rotation.id).toBe(rotation.id);
  });

  it('is noticed by a process that shares the file, at the first value it does not know', async () => {
    const [a, b] = [await world.start({ name: 'a' }), await world.start({ name: 'b' })];
    const { rotation } = await a.rotation.begin(NOBODY);
    // Whoever shares the file knows the key as soon as it says so the next time.
    expect((await a.rotation.step(rotation.id, NOBODY)).waitingFor).toEqual(['b']);
    await b.holding.beat();
    await a.rotation.step(rotation.id, NOBODY);
    await put(world.db, a.vault, { workspaceId: world.one, name: 'new' }, 'sealed with the new key');
    expect(await readAll(world.db, b.vault, world.one)).toEqual({ new: 'sealed with the new key' });
    await b.holding.beat();
    expect(b.vault.currentKeyId).toBe(rotation.keyId);
  });

  it('leaves a value alone that its owner wrote meanwhile', async () => {
    const it = await world.start();
    await put(world.db, it.vault, { workspaceId: null, name: 'own' }, 'old');
    const { rotation } = await it.rotation.begin(NOBODY);
    await it.rotation.step(rotation.id, NOBODY);
    const raced: ControlPlace = {
      ...controlBoxes,
      async replace(tx, key, previous, next) {
        const mine = seal(it.vault, boxContext(null, 'own'), 'written meanwhile');
        await sql`update lock_box set sealed = ${mine}`.execute(tx);
        return await controlBoxes.replace(tx, key, previous, next);
      },
    };
    const replaced = await resealBatch(world.db, it.vault, raced, START);
    expect(replaced.moved).toBe(0);
    expect(await readAll(world.db, it.vault, null)).toEqual({ own: 'written meanwhile' });
  });

  it('counts what no key opens, and leaves it as it is', async () => {
    const it = await world.start();
    await fill(world, it);
    await world.db.workspace(world.one, (tx) =>
      sql`update lock_box set sealed = 'plain text' where name = 'n-000'`.execute(tx),
    );
    const [, moved] = await stored(world.db, world.one);
    await world.db.workspace(world.two, (tx) => sql`update lock_box set sealed = ${moved?.sealed ?? ''}`.execute(tx));
    const { places } = await it.rotate();
    expect(places[1]).toMatchObject({ resealed: 249, unreadable: 2 });
    expect((await stored(world.db, world.one))[0]?.sealed).toBe('plain text');
    expect((await it.rotation.list()).places[1]).toEqual({ name: 'boxes of workspaces', older: 2, unsealed: 1 });
    expect(await it.rotation.check()).toMatchObject({ name: 'vault', state: 'warning' });
  });

  it('records who began it and that it was done', async () => {
    const it = await world.start();
    const actorId = newId<PersonId>();
    const { rotation } = await it.rotation.begin({ actorId });
    for (let n = 0; n < 10; n += 1) await it.rotation.step(rotation.id, { actorId });
    await it.rotation.retire(it.vault.keyIds[1] ?? '', { actorId, now: true });
    const { rows } = await world.db.control((tx) => listActivity(tx, { actorId }, { offset: 0, limit: 10 }));
    expect(rows.map((row) => [row.action, row.detail['keyId']]).toReversed()).toEqual([
      ['vault_key_rotation_started', rotation.keyId],
      ['vault_key_rotated', rotation.keyId],
      ['vault_key_retired', expect.not.stringMatching(rotation.keyId)],
    ]);
  });

  it('says in a sentence when the key file cannot be used, and changes nothing', async () => {
    const it = await world.start();
    const before = it.vault.currentKeyId;
    await chmod(world.file(), 0o644);
    expect(await refusalOf(it.rotation.begin(NOBODY))).toMatch(
      /^key_file_unusable: .*can be read by others.*chmod 600/,
    );
    await chmod(world.file(), 0o600);
    expect(it.vault.currentKeyId).toBe(before);
    expect((await it.rotate()).rotation.state).toBe('done');
  });

  it('goes on with a key that a crash left in the file, instead of adding another', async () => {
    const it = await world.start();
    const orphan = randomKey();
    await writeFile(world.file(), `${(await world.fileKeys()).join('\n')}\n${orphan}\n`);
    const { rotation } = await it.rotate();
    expect(rotation.keyId).toBe(idsOf([orphan])[0]);
    expect(await world.fileKeys()).toHaveLength(2);
  });

  it('gives up a rotation whose key was never written, and begins anew', async () => {
    const it = await world.start();
    await world.db.control((tx) =>
      sql`insert into vault_key (key_id, added_at) values ('00000000000000aa', now())`.execute(tx),
    );
    await world.db.control((tx) =>
      sql`insert into vault_rotation (id, key_id, state, started_at)
        values (gen_random_uuid(), '00000000000000aa', 'announced', now())`.execute(tx),
    );
    expect((await it.rotate()).rotation.keyId).not.toBe('00000000000000aa');
  });
});

describe('a key in the setting', () => {
  it('that was put first seals only after the rotation', async () => {
    const [old, fresh] = [randomKey(), randomKey()];
    const before = await world.start({ setting: old });
    await fill(world, before);
    await before.holding.close();
    const it = await world.start({ setting: `${fresh},${old}` });
    const [oldId = '', freshId = ''] = [idsOf([old])[0], idsOf([fresh])[0]];
    expect(it.vault.currentKeyId).toBe(oldId);
    expect((await it.rotation.list()).keys.map(({ keyId, state }) => [keyId, state])).toEqual([
      [oldId, 'seals'],
      [freshId, 'next'],
    ]);
    expect((await it.rotate()).rotation.keyId).toBe(freshId);
    expect(it.vault.currentKeyId).toBe(freshId);
    expect(await it.rotation.retire(oldId, { ...NOBODY, now: true })).toEqual({ keyId: oldId, removed: false });
    await it.holding.close();
    expect(await whatOpens(world, await world.start({ setting: fresh }))).toBe(EVERYTHING);
  });

  it('that is older is not taken for a new one', async () => {
    const [old, fresh] = [randomKey(), randomKey()];
    const it = await world.start({ setting: `${fresh},${old}` });
    expect((await it.rotate()).rotation.keyId).toBe(idsOf([fresh])[0]);
  });

  it('that is not the one which seals in this database stops the start with a sentence', async () => {
    const first = await world.start({ setting: randomKey() });
    const error = await world.start({ setting: randomKey() }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(VaultError);
    expect(error).toMatchObject({ code: 'vault_key_missing' });
    expect(String(error)).toContain(first.vault.currentKeyId);
    expect(String(error)).toContain('SENTINEL_VAULT_KEY does not hold it');
  });
});
