// The whole system in this process, on a clock that the test moves: for what takes minutes or days. Set up as an operator
// would, like the started one.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { keySealing } from '../../packages/server/src/access/tokens/signing-key.ts';
import { rotateSigningKey } from '../../packages/server/src/access/tokens/key-rotation.ts';
import { loadConfig } from '../../packages/server/src/config.ts';
import { startSystem, type System } from '../../packages/server/src/main.ts';
import { TEST_CACHE } from '../../packages/server/src/platform/db/cache.testing.ts';
import { createServerDatabase, testServerUrl } from '../../packages/server/src/platform/db/testing.ts';
import { silentLogger } from '../../packages/server/src/platform/log.ts';
import { loadVault } from '../../packages/server/src/platform/secrets/vault-key.ts';
import { clientsOf, settingsFor, setUpAsOperator, startStandIns, type World } from './world.ts';

export interface TimedWorld extends Omit<World, 'installation' | 'running' | 'clientId'> {
  /** Moves the server's clock ahead; the providers' stays. */
  advance(seconds: number): void;
  now(): Date;
  /** Publishes the next signing key, as an operator does. Answers when it begins to sign. */
  rotateKeys(): Promise<Date>;
}

export async function openTimedWorld(settings: Readonly<Record<string, string>> = {}): Promise<TimedWorld> {
  const standIns = await startStandIns();
  const dataDir = await mkdtemp(join(tmpdir(), 'sentinel-clock-'));
  const testServer = testServerUrl();
  const server = testServer === null ? null : await createServerDatabase(testServer);
  let aheadMs = 0;
  const clock = { now: () => new Date(Date.now() + aheadMs) };
  let system: System | null = null;
  const close = async () => {
    await system?.close();
    await standIns.close();
    await server?.drop();
    await rm(dataDir, { recursive: true, force: true });
  };
  try {
    const { config } = loadConfig({
      env: {
        ...settingsFor(standIns),
        SENTINEL_DATA: dataDir,
        SENTINEL_CACHE: TEST_CACHE,
        SENTINEL_PORT: '0',
        ...(server === null ? {} : { DATABASE_URL: server.url, DIRECT_URL: server.directUrl }),
        ...settings,
      },
      flags: {},
      file: null,
    });
    system = await startSystem(config, { jobs: false, clock, log: silentLogger });
    const { url: base, db, access } = system;
    const clients = clientsOf(base, standIns);
    const set = await setUpAsOperator(base, clients, standIns);
    return {
      base,
      standIns,
      ...clients,
      ...set,
      advance: (seconds) => void (aheadMs += seconds * 1000),
      now: clock.now,
      rotateKeys: async () => {
        const { vault } = await loadVault({ setting: config.vaultKey, dataDir, create: 'never' });
        const { activeFrom } = await rotateSigningKey({ db, keys: keySealing(vault) }, clock.now());
        await access.standing.catchUp();
        return activeFrom;
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
