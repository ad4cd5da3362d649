import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { loadConfig } from './config.ts';
import { openGround } from './ground.ts';
import { TEST_CACHE } from './platform/db/cache.testing.ts';
import { silentLogger } from './platform/log.ts';

it('lets what must still be written be written before the database closes, whatever else fails', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'sentinel-ground-'));
  try {
    const { config } = loadConfig({ env: {}, file: {}, flags: { dataDir, cacheDir: TEST_CACHE } });
    const ground = await openGround(config, { log: silentLogger });
    let isWritten = false;
    ground.beforeClose(() => Promise.reject(new Error('another one fails')));
    ground.beforeClose(async () => {
      await new Promise((resolve) => setTimeout(resolve, 100));
      await ground.db.control(async () => void (isWritten = true));
    });
    await ground.close();
    expect(isWritten).toBe(true);
    await expect(ground.db.control(async () => {})).rejects.toThrow(/after close/);
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}, 60_000);
