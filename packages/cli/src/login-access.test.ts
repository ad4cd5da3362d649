import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CommandFailed, EXIT } from './exit-codes.ts';
import { accessTokenFor, loginOf } from './login-access.ts';
import { readLogin, writeLogin } from './stored-login.ts';

const pairOf = (name: string, expires_in = 900) =>
  ({ access_token: `access-${name}`, refresh_token: `refresh-${name}`, token_type: 'bearer', expires_in }) as const;

let home: string;
let server: Server;
let base: string;
/** Refresh tokens that were spent. */
let spent: string[];
let status: number;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'sentinel-home-'));
  // By either name, as the system has it.
  for (const name of ['HOME', 'USERPROFILE']) vi.stubEnv(name, home);
  [spent, status] = [[], 200];
  server = createServer((request, answer) => {
    let text = '';
    request.on('data', (chunk: Buffer) => (text += chunk.toString()));
    request.on('end', () => {
      spent.push(JSON.parse(text).refresh_token);
      // Long enough that everybody else asks meanwhile.
      void pause(50).then(() =>
        answer.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(pairOf(`${spent.length}`))),
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  vi.unstubAllEnvs();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await rm(home, { recursive: true });
});

describe('the access token of a stored sign-in', () => {
  it('is nobody’s where nobody is signed in, and the stored one while it lasts', async () => {
    expect(await accessTokenFor(base)).toBeNull();
    await writeLogin(loginOf(base, pairOf('first')));
    expect(await accessTokenFor(base)).toBe('access-first');
    expect(spent).toEqual([]);
  });

  // Proves: OAuth 39.
  it('is refreshed once for all commands that need it at the same time', async () => {
    await writeLogin(loginOf(base, pairOf('first', 10)));
    const tokens = await Promise.all(Array.from({ length: 12 }, () => accessTokenFor(base)));
    expect(new Set(tokens)).toEqual(new Set(['access-1']));
    expect(spent).toEqual(['refresh-first']);
    expect(await readLogin(base)).toMatchObject({ refreshToken: 'refresh-1', accessToken: 'access-1' });
  });

  it('is forgotten with its refresh token when that is refused, and kept when the server has trouble', async () => {
    await writeLogin(loginOf(base, pairOf('first', 10)));
    status = 503;
    await expect(accessTokenFor(base)).rejects.toBeInstanceOf(CommandFailed);
    expect(await readLogin(base)).not.toBeNull();
    status = 401;
    await expect(accessTokenFor(base)).rejects.toMatchObject({ exitCode: EXIT.signInNeeded });
    expect(await readLogin(base)).toBeNull();
  });

  it.runIf(process.platform !== 'win32')('lies where nobody else can read it', async () => {
    await writeLogin(loginOf(base, pairOf('first')));
    const folder = join(home, '.config', 'sentinel', 'logins');
    const [file = ''] = await readdir(folder);
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    expect((await stat(join(folder, file))).mode & 0o777).toBe(0o600);
  });
});
