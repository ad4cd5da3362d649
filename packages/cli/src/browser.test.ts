import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { openInBrowser } from './browser.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sentinel-browser-'));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

it.runIf(process.platform === 'linux')('gives the browser the link and none of our secrets', async () => {
  const opener = join(folder, 'xdg-open');
  await writeFile(
    opener,
    `#!/bin/sh\n{ echo "$1"; env; } > "${folder}/part" && mv "${folder}/part" "${folder}/seen"\n`,
  );
  await chmod(opener, 0o755);
  vi.stubEnv('PATH', `${folder}:${process.env['PATH'] ?? ''}`);
  vi.stubEnv('DISPLAY', ':7');
  vi.stubEnv('SENTINEL_VAULT_KEY', 'the-vault-key');
  vi.stubEnv('DATABASE_URL', 'postgres://the-database.test/x');
  openInBrowser('http://localhost:9003/console/sign-in#token');
  const seen = await vi.waitFor(() => readFile(join(folder, 'seen'), 'utf8'), { timeout: 5_000 });
  expect(seen).toMatch(/^http:\/\/localhost:9003\/console\/sign-in#token\n/);
  expect(seen).toContain('DISPLAY=:7');
  expect(seen).not.toMatch(/the-vault-key|the-database/);
});

it('does not fail where there is no browser', async () => {
  vi.stubEnv('PATH', folder);
  expect(() => openInBrowser('http://localhost:9003/console')).not.toThrow();
  // The failure to start comes later, as an event that nobody else would catch.
  await pause(50);
});
