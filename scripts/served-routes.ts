// Asks a running system for its routes: opened on an empty folder, on a free port of this machine, and closed again.
// So the API reference shows what is served, not what a list says.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../packages/server/src/config.ts';
import { startSystem } from '../packages/server/src/main.ts';
import { silentLogger } from '../packages/server/src/platform/log.ts';
import type { RouteFacts } from './reference-surfaces.ts';
import { ROOT } from './source-files.ts';

/** Every route the server answers, without jobs and without any setting of this machine. */
export async function servedRoutes(): Promise<readonly RouteFacts[]> {
  const dataDir = mkdtempSync(join(tmpdir(), 'sentinel-routes-'));
  const flags = { port: '0', dataDir, cacheDir: join(ROOT, 'node_modules/.cache/sentinel') };
  try {
    const { config } = loadConfig({ env: {}, flags, file: null });
    const system = await startSystem(config, { jobs: false, log: silentLogger });
    await system.close();
    return system.routes;
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
}
