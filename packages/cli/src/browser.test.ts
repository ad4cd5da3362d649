import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { isPageOf, openInBrowser, openingOf } from './browser.ts';
import { pageOf } from './login.command.ts';

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

describe('a link', () => {
  const hostile = 'https://sentinel.example/console/device?user_code=A&calc.exe&^&echo';

  it('is one argument of a program that is no shell, on every system', () => {
    expect(openingOf('win32', hostile)).toEqual({
      command: 'rundll32',
      args: ['url.dll,FileProtocolHandler', hostile],
    });
    expect(openingOf('linux', hostile)).toEqual({ command: 'xdg-open', args: [hostile] });
    expect(openingOf('darwin', hostile)).toEqual({ command: 'open', args: [hostile] });
    expect(openingOf('aix', hostile)).toBeNull();
  });

  it.each(['file:///etc/passwd', 'javascript:alert(1)', 'ms-msdt:/id', 'calc.exe', '--help', '\\\\host\\share', ''])(
    'is opened only when it is of the web, so not %j',
    (link) => {
      for (const platform of ['win32', 'linux', 'darwin'] as const) expect(openingOf(platform, link)).toBeNull();
      expect(isPageOf('https://sentinel.example', link)).toBe(false);
    },
  );

  it.each([
    'https://sentinel.example.evil.example/console/device',
    'https://evil.example/?https://sentinel.example',
    'https://sentinel.example@evil.example/',
    'https://user:word@sentinel.example/console/device',
    'http://sentinel.example/console/device',
    'https://sentinel.example:8443/console/device',
    'file://sentinel.example/console/device',
  ])('to approve a code on is a page of the server itself, so not %s', (link) => {
    const codes = { verification_uri_complete: link };
    expect(() => pageOf('https://sentinel.example', codes)).toThrow(/names a page elsewhere/);
  });

  it('to approve a code on is printed and opened without anything a terminal obeys', () => {
    const codes = { verification_uri_complete: 'https://sentinel.example/console/device?user_code=AB\u001b[2J' };
    expect(pageOf('https://sentinel.example', codes)).toBe(
      'https://sentinel.example/console/device?user_code=AB%1B[2J',
    );
  });
});
