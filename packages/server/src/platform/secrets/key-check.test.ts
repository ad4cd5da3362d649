import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { put } from './lock-box.testing.ts';
import {
  fill,
  idsOf,
  type KeyProcess,
  NOBODY,
  openRotationWorld,
  randomKey,
  type RotationWorld,
} from './rotation-world.testing.ts';
import { createRotation } from './rotation.ts';

let world: RotationWorld;
let holder: KeyProcess;
beforeAll(async () => {
  world = await openRotationWorld();
}, 120_000);
afterAll(() => world.close());
beforeEach(async () => {
  holder = await world.start();
});
afterEach(() => world.reset());
const writeRaw = (name: string, sealed: string) =>
  world.db.workspace(world.one, (tx) => sql`update lock_box set sealed = ${sealed} where name = ${name}`.execute(tx));

describe('what is said about the keys', () => {
  // What went wrong elsewhere: every request of an administrator read every secret of every workspace.
  it('reads no workspace and no sealed value', async () => {
    await fill(world, holder);
    await holder.rotate();
    await holder.rotation.list();
    const untouched = () => Promise.reject(new Error('it was read'));
    const { check } = createRotation({
      ...holder.deps,
      db: { ...holder.deps.db, workspace: untouched },
      places: holder.deps.places.map((place) => ({ ...place, list: untouched })),
    });
    expect(await check()).toMatchObject({ name: 'vault', state: 'ok' });
  });

  it('names the key that seals and those that only open', async () => {
    const old = holder.vault.currentKeyId;
    expect((await holder.rotation.check()).finding).toBe(
      `key ${old} seals (key file in the data folder; back it up apart from the database)`,
    );
    const { rotation } = await holder.rotate();
    const { state, finding } = await holder.rotation.check();
    expect([state, finding]).toEqual(['ok', expect.stringContaining(`key ${rotation.keyId} seals`)]);
    expect(finding).toMatch(new RegExp(`; ${old} only opens what it sealed before$`));
  });

  it('warns while a rotation is not finished', async () => {
    await holder.rotation.begin(NOBODY);
    expect(await holder.rotation.check()).toMatchObject({
      state: 'warning',
      finding: expect.stringContaining('; a rotation is not finished'),
      fix: 'npx --no sentinel keys rotate',
    });
  });

  it('warns of a key that lies ready', async () => {
    await holder.holding.close();
    const [seals, ready] = [randomKey(), randomKey()];
    await world.reset();
    await (await world.start({ setting: seals })).holding.close();
    const both = await world.start({ setting: `${ready},${seals}` });
    expect(await both.rotation.check()).toMatchObject({
      state: 'warning',
      finding: expect.stringMatching(new RegExp(`from the environment\\); ${idsOf([ready])[0]} lies ready$`)),
    });
  });

  it('says what the last rotation could not open', async () => {
    await fill(world, holder);
    await writeRaw('n-000', 'plain text');
    await holder.rotate();
    expect(await holder.rotation.check()).toMatchObject({
      state: 'warning',
      finding: expect.stringContaining('; 1 values were opened by no key in the last rotation'),
    });
  });

  it('says what the last listing counted, and when, until a rotation has been through', async () => {
    await fill(world, holder);
    await writeRaw('n-000', 'plain text');
    expect((await holder.rotation.check()).state).toBe('ok');
    await holder.rotation.list();
    expect(await holder.rotation.check()).toMatchObject({
      state: 'warning',
      finding: expect.stringMatching(/; 1 values are sealed with older keys \(counted 20\d\d-/),
    });
    await put(world.db, holder.vault, { workspaceId: world.one, name: 'n-000' }, 'sealed again');
    await holder.rotate();
    expect((await holder.rotation.check()).state).toBe('ok');
  });

  it('fails for a key that values need and nobody has', async () => {
    await put(world.db, holder.vault, { workspaceId: world.one, name: 'lost' }, 'secret');
    await writeRaw('lost', 'enc:v2:00000000000000aa:AAAA');
    await holder.rotation.list();
    expect(await holder.rotation.check()).toMatchObject({
      state: 'failed',
      finding: expect.stringContaining('; values are sealed with 00000000000000aa, which is not at hand (counted'),
      fix: 'bring that key back from a backup',
    });
  });

  it('fails when the key before went away in the middle of a rotation', async () => {
    await world.reset();
    const [old, fresh] = [randomKey(), randomKey()];
    await (await world.start({ setting: old })).holding.close();
    const both = await world.start({ setting: `${fresh},${old}` });
    const { rotation } = await both.rotation.begin(NOBODY);
    await both.rotation.step(rotation.id, NOBODY);
    await both.holding.close();
    const alone = await world.start({ setting: fresh });
    expect(await alone.rotation.check()).toMatchObject({
      state: 'failed',
      finding: expect.stringContaining(`${idsOf([old])[0]}, which sealed before, is not at hand`),
    });
  });
});
