import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RetiredVaultKey, VaultKeyList, VaultRotation } from '@sentinel/contract';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openTestDatabase, type TestDatabase } from '../db/testing.ts';
import { testHttp } from '../http/testing.ts';
import { problem } from '../problem.ts';
import { MIGRATIONS, put } from './lock-box.testing.ts';
import { type KeyProcess, startProcess } from './rotation-world.testing.ts';
import { vaultKeyRoutes } from './vault-key.routes.ts';

let db: TestDatabase;
let dir: string;
let process: KeyProcess;
let app: FastifyInstance;
beforeAll(async () => {
  db = await openTestDatabase(MIGRATIONS);
  dir = await mkdtemp(join(tmpdir(), 'sentinel-key-routes-'));
  process = await startProcess(db, { dataDir: dir });
  await put(db, process.vault, { workspaceId: null, name: 'own' }, 'text');
  app = await testHttp(
    vaultKeyRoutes({
      rotation: process.rotation,
      admit: {
        name: 'OPERATOR',
        meaning: 'a word of this test.',
        async prove({ bearer }) {
          if (bearer !== 'operator') throw problem('token_missing', 'This needs the operator.');
          return { caller: null, via: 'key', rateKey: null, actorId: null };
        },
      },
    }),
    { db, limits: { 'sign-in': 1_000 } },
  );
}, 120_000);
afterAll(async () => {
  await app.close();
  await process.holding.close();
  await db.close();
  await rm(dir, { recursive: true, force: true });
});

const ask = (method: 'GET' | 'POST', url: string, payload?: object, bearer = 'operator') =>
  app.inject({
    method,
    url: `/v1/vault-keys${url}`,
    headers: { host: 'localhost:9003', authorization: `Bearer ${bearer}` },
    ...(payload === undefined ? {} : { payload }),
  });

it('a rotation and a retirement over HTTP, with counts and never a key', async () => {
  const old = process.vault.currentKeyId;
  const begun = await ask('POST', '/rotations', {});
  expect(begun.statusCode).toBe(201);
  const { id, keyId, state } = VaultRotation.parse(begun.json());
  expect(state).toBe('announced');
  let last = VaultRotation.parse(begun.json());
  for (let steps = 0; last.state !== 'done' && steps < 20; steps += 1)
    last = VaultRotation.parse((await ask('POST', `/rotations/${id}/steps`, {})).json());
  expect(last.places).toEqual([
    { name: 'boxes of the installation', resealed: 1, unreadable: 0, done: true },
    { name: 'boxes of workspaces', resealed: 0, unreadable: 0, done: true },
  ]);
  const list = await ask('GET', '');
  expect(VaultKeyList.parse(list.json()).keys.map((key) => [key.id, key.state, key.sealed])).toEqual([
    [keyId, 'seals', null],
    [old, 'opens', 0],
  ]);
  const early = await ask('POST', `/${old}/retirement`, {});
  expect(early.statusCode).toBe(409);
  expect(early.json()).toMatchObject({ code: 'key_in_use' });
  const retired = await ask('POST', `/${old}/retirement`, { now: true });
  expect(RetiredVaultKey.parse(retired.json())).toEqual({ keyId: old, removed: true });
  expect(VaultKeyList.parse((await ask('GET', '')).json()).keys).toHaveLength(1);
});

it('are for the operator alone', async () => {
  const asked = [
    ask('GET', '', undefined, 'admin'),
    ask('POST', '/rotations', {}, 'admin'),
    ask('POST', `/${process.vault.currentKeyId}/retirement`, { now: true }, 'admin'),
  ];
  expect((await Promise.all(asked)).map((answer) => answer.statusCode)).toEqual([401, 401, 401]);
});

it.each([
  ['/rotations/01930000-0000-7000-8000-0000000000aa/steps', 404],
  ['/0000000000000000/retirement', 404],
  ['/not-a-key-id/retirement', 422],
])('POST %s is answered %i', async (url, status) => {
  expect((await ask('POST', url, {})).statusCode).toBe(status);
});

it('says how the keys stand to whoever asks how the installation is', async () => {
  expect(await process.rotation.check()).toMatchObject({ name: 'vault', state: 'ok', fix: null });
});
