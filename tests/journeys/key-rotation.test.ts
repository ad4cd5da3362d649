// The master key is changed while connections are in use, and the serving process is killed in the middle of it: every
// connection works before, meanwhile and afterwards, also when the old key is gone, and a copy of the database opens nothing.
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import {
  AuditVerification,
  CONNECTION_PROVIDERS,
  type ConnectionProvider,
  RetiredVaultKey,
  VaultKeyList,
  VaultRotation,
} from '@sentinel/contract';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { open } from '../../packages/server/src/platform/secrets/envelope.ts';
import { createVault, parseMasterKey } from '../../packages/server/src/platform/secrets/vault.ts';
import { type ConnectedInstallation, openConnectedInstallation, type Standing } from './connected-installation.ts';
import { CONNECTED, everywhere } from './connection-failures.ts';
import { post } from './connecting.ts';
import { copyOf, sealedTokens } from './database-copy.ts';
import { createLeakSearch } from './leak-search.ts';
import { STAND_INS, standInOf } from './provider-sandbox.ts';

const ALL_WELL = everywhere(() => CONNECTED);
/** Longer than the right to refresh that a dead process left behind. */
const LEASE_MS = 61_000;
/** As often as all callers together may ask, and a little less. */
const LOAD_PAUSE_MS = 200;

let work: ConnectedInstallation;
let load: Load;
let oldId: string;
let oldLine: string;
let rotation: VaultRotation;

beforeAll(async () => {
  // Nobody but the command goes on with a rotation; and a renewal that a killed process lost costs no connection.
  work = await openConnectedInstallation({ processes: 1, keyIn: 'file', rotating: false, jobs: false });
  // What is at the end of the audit log is signed when a server ends.
  await work.end();
  await work.restart(0);
  load = underLoad(work);
});
afterAll(async () => {
  await load?.end();
  await work?.close();
});

interface Load {
  /** How the connections stood, each time that one was tried out and there was a server to answer. */
  readonly stood: readonly Standing[];
  end(): Promise<void>;
}

/** What is asked to try a connection out, where its token can be renewed. */
const RENEWABLE = {
  hubspot: '/account-info/',
  salesforce: '/limits',
  gmail: '/gmail/',
  calendar: '/calendar/',
  slack: null,
} as const satisfies Record<ConnectionProvider, string | null>;

/** Connections are tried out all the while; tokens that can be renewed are refused each time, so they are sealed anew. */
function underLoad(it: ConnectedInstallation): Load {
  const stood: Standing[] = [];
  let isOver = false;
  const tryOut = async (provider: ConnectionProvider) => {
    const match = RENEWABLE[provider];
    const order = { provider: standInOf(provider), kind: 'expired_token', times: 1 } as const;
    const fault = match === null ? null : it.sandbox.faults.set({ ...order, match });
    try {
      stood.push(await it.check(provider));
    } catch (error) {
      // There is no server for a while; whatever else is wrong is wrong.
      if (!(error instanceof TypeError)) throw error;
    }
    if (fault !== null) it.sandbox.faults.clear({ id: fault.id });
  };
  const run = async () => {
    for (let round = 0; !isOver; round += 1) {
      await tryOut(CONNECTION_PROVIDERS[round % CONNECTION_PROVIDERS.length] ?? 'hubspot');
      await pause(LOAD_PAUSE_MS);
    }
  };
  const running = run();
  running.catch(() => {});
  return {
    stood,
    async end() {
      isOver = true;
      await running;
    },
  };
}

const keyLines = async () => (await readFile(join(work.here.dataDir, 'vault.key'), 'utf8')).trimEnd().split('\n');
const keyOf = (line = '') => parseMasterKey(line) ?? new Uint8Array();
async function keys(): Promise<VaultKeyList> {
  return VaultKeyList.parse(await (await work.servers()[0].ask('/v1/vault-keys')).json());
}
async function run(...args: readonly string[]): Promise<unknown> {
  const { code, stdout, stderr } = await work.here.run(...args, '--json');
  expect({ code, stderr }).toMatchObject({ code: 0 });
  return JSON.parse(stdout);
}
async function step(path: string): Promise<VaultRotation> {
  return VaultRotation.parse(await (await work.servers()[0].ask(`/v1/vault-keys/${path}`, post({}))).json());
}
async function untilLoaded(): Promise<void> {
  const { length } = load.stood;
  await expect.poll(() => load.stood.length, { timeout: 20_000 }).toBeGreaterThan(length + 2);
}

it('a rotation is begun, and the process that serves is killed in the middle of it', async () => {
  const [line = '', ...others] = await keyLines();
  expect(others).toEqual([]);
  oldLine = line;
  oldId = (await keys()).keys[0]?.id ?? '';
  await untilLoaded();
  // As the command does it, but one step at a time, so that there is a middle: the new key seals, the old values still stand.
  const { id } = await step('rotations');
  rotation = await step(`rotations/${id}/steps`);
  await work.crash();
  expect(rotation).toMatchObject({ state: 'sealing', finishedAt: null, waitingFor: [] });
  expect(await keyLines()).toHaveLength(2);
});

it('the command goes on with it in the next process, while connections are in use', async () => {
  await work.restart(LEASE_MS);
  const before = await keys();
  expect(before.rotation).toMatchObject({ id: rotation.id, state: 'sealing', finishedAt: null });
  expect(before.keys.find(({ id }) => id === oldId)).toMatchObject({ state: 'opens' });
  expect(before.places.reduce((sum, { older }) => sum + older, 0)).toBeGreaterThan(0);
  await untilLoaded();
  const done = VaultRotation.parse(await run('keys', 'rotate'));
  expect(done).toMatchObject({ id: rotation.id, keyId: rotation.keyId, state: 'done' });
  expect(done.places.filter(({ unreadable }) => unreadable > 0)).toEqual([]);
  expect(rotation.keyId).not.toBe(oldId);
  expect(await work.checkAll()).toEqual(ALL_WELL);
});

it('the old key is taken away, and everything works without it', async () => {
  await untilLoaded();
  expect(RetiredVaultKey.parse(await run('keys', 'retire', oldId, '--now'))).toEqual({ keyId: oldId, removed: true });
  const file = await readFile(join(work.here.dataDir, 'vault.key'), 'utf8');
  expect(file).not.toContain(oldLine);
  expect(keyOf(file.trimEnd())).toHaveLength(32);
  await untilLoaded();
  await work.end();
  await work.restart(LEASE_MS);
  expect(await work.checkAll()).toEqual(ALL_WELL);
  await untilLoaded();
  expect((await keys()).keys.map(({ id, state }) => [id, state])).toEqual([[rotation.keyId, 'seals']]);
});

it('the audit log still proves itself, with what was signed before', async () => {
  const { intact, checkpoints } = AuditVerification.parse(await run('audit', 'verify'));
  expect({ intact, signedWithBoth: checkpoints >= 2 }).toEqual({ intact: true, signedWithBoth: true });
});

it('no connection ever stood otherwise, and no token was ever in the open', async () => {
  await load.end();
  expect(load.stood.length).toBeGreaterThan(10);
  expect(load.stood.filter((standing) => standing.join() !== CONNECTED.join())).toEqual([]);
  expect(await work.leaks()).toEqual([]);
});

it('a copy of the database opens nothing without the key', async (context) => {
  const { server } = work.here;
  if (server === null) return context.skip('the files of the embedded database were searched just now');
  const search = createLeakSearch();
  search.add(work.secrets.all().map(({ provider, kind, text }) => ({ name: `${provider} ${kind}`, text })));
  search.add([oldLine, ...(await keyLines())].map((text) => ({ name: 'master key', text })));
  const copy = await copyOf(server);
  expect(copy).toMatch(/enc:v2:/);
  expect(search.namesIn(Buffer.from(copy))).toEqual([]);
  const sealed = await sealedTokens(server);
  const opened = (key: Uint8Array) =>
    sealed.flatMap(({ context: reader, value }) => {
      const answer = open(createVault([key]), reader, value);
      return answer.kind === 'opened' ? [answer.plaintext] : [];
    });
  for (const key of [keyOf(oldLine), randomBytes(32), new Uint8Array(32)]) expect(opened(key)).toEqual([]);
  const [line] = await keyLines();
  const tokens = new Set(STAND_INS.flatMap((place) => work.secrets.of(place, 'access token')));
  expect(opened(keyOf(line)).filter((token) => tokens.has(token))).toHaveLength(CONNECTION_PROVIDERS.length);
});
