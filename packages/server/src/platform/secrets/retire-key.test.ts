import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { put, readAll } from './lock-box.testing.ts';
import { DERIVED_LIFETIME_MS } from './retire-key.ts';
import { createRotation } from './rotation.ts';
import {
  EVERYTHING,
  fill,
  idsOf,
  NOBODY,
  openRotationWorld,
  refusalOf,
  type RotationWorld,
  whatOpens,
} from './rotation-world.testing.ts';
import { createVault, parseMasterKey } from './vault.ts';

let world: RotationWorld;
beforeAll(async () => {
  world = await openRotationWorld();
}, 120_000);
afterEach(() => world.reset());
afterAll(() => world.close());

describe('retiring a key', () => {
  const later = (ms: number) => ({ now: () => new Date(Date.now() + ms) });

  it('leaves one key in the file, with which everything opens; the old one opens nothing', async () => {
    const it = await world.start();
    await fill(world, it);
    const old = createVault([parseMasterKey((await world.fileKeys())[0] ?? '') ?? new Uint8Array()]);
    await it.rotate();
    await it.rotation.retire(old.currentKeyId, { ...NOBODY, now: true });
    expect(idsOf(await world.fileKeys())).toEqual([it.vault.currentKeyId]);
    expect(it.vault.keyIds).toHaveLength(1);
    expect(await whatOpens(world, it)).toBe(EVERYTHING);
    expect(Object.values(await readAll(world.db, old, world.one)).every((value) => value === null)).toBe(true);
    await it.holding.close();
    expect(await whatOpens(world, await world.start())).toBe(EVERYTHING);
  });

  it('twice changes nothing', async () => {
    const it = await world.start();
    const old = it.vault.currentKeyId;
    await it.rotate();
    await it.rotation.retire(old, { ...NOBODY, now: true });
    const keys = await world.fileKeys();
    expect(await it.rotation.retire(old, { ...NOBODY, now: false })).toEqual({ keyId: old, removed: true });
    expect(await world.fileKeys()).toEqual(keys);
  });

  it('is refused while the key seals, while it is unknown, and while a rotation is not finished', async () => {
    const it = await world.start();
    const old = it.vault.currentKeyId;
    const retire = (keyId: string) => refusalOf(it.rotation.retire(keyId, { ...NOBODY, now: true }));
    expect(await retire(old)).toMatch(/^key_in_use: It is the key that seals/);
    expect(await retire('00000000000000aa')).toMatch(/^not_found/);
    const { rotation } = await it.rotation.begin(NOBODY);
    await it.rotation.step(rotation.id, NOBODY);
    expect(await retire(old)).toMatch(/^key_in_use: A rotation is not finished/);
    expect(await world.fileKeys()).toHaveLength(2);
  });

  it('is refused while a value anywhere is sealed with it, a suspended workspace included', async () => {
    const it = await world.start();
    const before = it.vault.frozen();
    const old = it.vault.currentKeyId;
    await it.rotate();
    await put(world.db, before, { workspaceId: world.two, name: 'late' }, 'x');
    expect(await refusalOf(it.rotation.retire(old, { ...NOBODY, now: true }))).toMatch(
      /^key_in_use: Values are still sealed with it: 1 in boxes of workspaces/,
    );
    expect((await it.rotation.list()).keys.find((key) => key.keyId === old)).toMatchObject({
      state: 'opens',
      sealed: 1,
    });
    expect(await world.fileKeys()).toHaveLength(2);
  });

  it('is refused while a process seals with it', async () => {
    const it = await world.start({ name: 'here' });
    const old = it.vault.currentKeyId;
    await it.rotate();
    await world.db.control((tx) =>
      sql`insert into vault_holder values (gen_random_uuid(), 'slow:9', '{}', ${old}, now())`.execute(tx),
    );
    expect(await refusalOf(it.rotation.retire(old, { ...NOBODY, now: true }))).toMatch(/^key_in_use: .*slow:9/);
  });

  it('waits for what the key signed for people’s browsers, unless it is told not to', async () => {
    const it = await world.start();
    const old = it.vault.currentKeyId;
    await it.rotate();
    expect(await refusalOf(it.rotation.retire(old, { ...NOBODY, now: false }))).toMatch(/^key_in_use: .*--now/);
    const hour = await world.start({ clock: later(DERIVED_LIFETIME_MS + 1_000), name: 'an hour later' });
    await hour.rotation.retire(old, { ...NOBODY, now: false });
    expect(await world.fileKeys()).toHaveLength(1);
  });

  it('is noticed at once by a process that shares the file: it never seals with the key again', async () => {
    const [a, b] = [await world.start({ name: 'a' }), await world.start({ name: 'b' })];
    const old = a.vault.currentKeyId;
    const { rotation } = await a.rotation.begin(NOBODY);
    await b.holding.beat();
    for (let n = 0; n < 4; n += 1) await a.rotation.step(rotation.id, NOBODY);
    // As if it had slept since, and came back only now.
    expect(b.vault.frozen().currentKeyId).toBe(old);
    await world.db.control((tx) => sql`delete from vault_holder where name = 'b'`.execute(tx));
    await a.rotate();
    await a.rotation.retire(old, { ...NOBODY, now: true });
    await put(world.db, b.vault, { workspaceId: world.one, name: 'awake' }, 'x');
    expect(await readAll(world.db, a.vault, world.one)).toEqual({ awake: 'x' });
    expect(b.vault.keyIds).toEqual([rotation.keyId]);
  });

  it('seals anew what somebody wrote with it at the last moment', async () => {
    const it = await world.start();
    const before = it.vault.frozen();
    const old = it.vault.currentKeyId;
    await it.rotate();
    await it.deps.remember();
    const late = {
      ...it.deps,
      remember: () => put(world.db, before, { workspaceId: world.one, name: 'late' }, 'kept'),
    };
    await createRotation(late).retire(old, { ...NOBODY, now: true });
    expect(await readAll(world.db, it.vault, world.one)).toEqual({ late: 'kept' });
  });
});
