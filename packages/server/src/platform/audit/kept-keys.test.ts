import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { open, seal } from '../secrets/envelope.ts';
import { resealAll } from '../secrets/reseal.ts';
import { createVault } from '../secrets/vault.ts';
import { signCheckpoint } from './audit.jobs.ts';
import { checkpointKeys, publicKeysOf } from './checkpoint.ts';
import { keptKeyPlace, keptKeys } from './kept-keys.ts';
import { type AuditWorld, openAuditWorld } from './testing.ts';
import { verifyAudit } from './verify.ts';

let world: AuditWorld;
beforeAll(async () => {
  world = await openAuditWorld();
}, 120_000);
afterAll(() => world.close());

const depsOf = (ring: readonly Uint8Array[]) => {
  const vault = createVault(ring);
  const kept = keptKeys(world.db, vault);
  return { vault, kept, deps: { ...world.deps, keys: checkpointKeys(vault, kept) } };
};

it('a checkpoint is verified, and followed by the next, after the master key that signed it is gone', async () => {
  const [old, fresh] = [randomBytes(32), randomBytes(32)];
  const { id } = await world.workspace();
  const before = depsOf([old]);
  await before.kept.keep();
  await world.append(id, 3);
  expect((await signCheckpoint(before.deps, id, 'now')).kind).toBe('signed');

  const during = depsOf([fresh, old]);
  await during.kept.keep();
  expect(await resealAll(world.db, during.vault, [keptKeyPlace])).toBe(1);

  const after = depsOf([fresh]);
  await world.append(id, 2);
  expect((await signCheckpoint(after.deps, id, 'now')).kind).toBe('signed');
  expect(await verifyAudit(after.deps, id)).toMatchObject({ intact: true, rows: 5, checkpoints: 2 });
  // Without the kept key the same log cannot be proven.
  const forgetful = { ...world.deps, keys: checkpointKeys(createVault([fresh])) };
  expect(await verifyAudit(forgetful, id)).toMatchObject({ intact: false });
});

it('a public key that somebody else put there is not believed', async () => {
  const [ours, theirs] = [randomBytes(32), randomBytes(32)];
  const { id } = await world.workspace();
  const { deps, kept } = depsOf([ours]);
  await world.append(id, 1);
  const forger = { ...world.deps, keys: checkpointKeys(createVault([theirs])) };
  expect((await signCheckpoint(forger, id, 'now')).kind).toBe('signed');
  const [[keyId, pem] = ['', '']] = publicKeysOf(createVault([theirs]));
  for (const sealed of [
    pem,
    seal(createVault([theirs]), { workspaceId: null, holder: 'audit', field: `public_key:${keyId}` }, pem),
  ]) {
    await world.asSuperuser(
      `delete from sentinel.audit_public_key where key_id = '${keyId}'`,
      `insert into sentinel.audit_public_key values ('${keyId}', '${sealed}')`,
    );
    await kept.refresh();
    expect(kept.known().has(keyId)).toBe(false);
    expect(await verifyAudit(deps, id)).toMatchObject({ intact: false });
  }
});

it('a row that does not open is no public key kept: it is written anew while the master key is still at hand', async () => {
  const [old, fresh] = [randomBytes(32), randomBytes(32)];
  const { id } = await world.workspace();
  const before = depsOf([old]);
  const [keyId = ''] = publicKeysOf(before.vault).keys();
  await world.asSuperuser(`insert into sentinel.audit_public_key values ('${keyId}', 'enc:v2:0123456789abcdef:x:y:z')`);
  await before.kept.keep();
  await world.append(id, 1);
  expect((await signCheckpoint(before.deps, id, 'now')).kind).toBe('signed');
  await resealAll(world.db, createVault([fresh, old]), [keptKeyPlace]);
  expect(await verifyAudit(depsOf([fresh]).deps, id)).toMatchObject({ intact: true, checkpoints: 1 });
});

it('a kept key moved to another row does not open there', async () => {
  const vault = createVault([randomBytes(32), randomBytes(32)]);
  await keptKeys(world.db, vault).keep();
  const [first = '', second = ''] = [...publicKeysOf(vault).keys()];
  const rows = await world.asSuperuser(`select sealed from sentinel.audit_public_key where key_id = '${first}'`);
  const sealed = String(rows.at(-1)?.['sealed']);
  expect(open(vault, { workspaceId: null, holder: 'audit', field: `public_key:${second}` }, sealed).kind).toBe(
    'refused',
  );
});
