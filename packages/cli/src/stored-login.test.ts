import { mkdtemp, readdir, rm, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type * as FileSystem from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { withLoginLock } from './stored-login.ts';

/** How long the next removals of a lock take to reach the disk, in milliseconds. */
const slow = vi.hoisted(() => ({ removals: [] as number[] }));
vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof FileSystem>();
  const rm: typeof real.rm = async (path, options) => {
    if (String(path).includes('.lock')) await new Promise((done) => setTimeout(done, slow.removals.shift() ?? 0));
    await real.rm(path, options);
  };
  return { ...real, rm };
});

const SERVER = 'https://sentinel.example';
const logins = () => join(home, '.config', 'sentinel', 'logins');

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'sentinel-lock-'));
  for (const name of ['HOME', 'USERPROFILE']) vi.stubEnv(name, home);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(home, { recursive: true });
});

/** Makes every lock that is held look as if its holder had died long ago. */
async function ageLocks(): Promise<void> {
  const before = new Date(Date.now() - 120_000);
  const all = await readdir(logins(), { recursive: true });
  for (const name of all.filter((each) => each.includes('.lock'))) await utimes(join(logins(), name), before, before);
}

/** Holds the lock until told to let go. */
async function hold(): Promise<{ readonly letGo: () => Promise<void> }> {
  const [held, over] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const done = withLoginLock(SERVER, async () => {
    held.resolve();
    await over.promise;
  });
  await held.promise;
  return {
    letGo: async () => {
      over.resolve();
      await done;
    },
  };
}

describe('the lock of a stored sign-in', () => {
  it('that was left behind is taken over by one command at a time', async () => {
    for (let round = 0; round < 5; round += 1) {
      const dead = await hold();
      await ageLocks();
      let inside = 0;
      let most = 0;
      const steal = () =>
        withLoginLock(SERVER, async () => {
          inside += 1;
          most = Math.max(most, inside);
          await pause(5);
          inside -= 1;
        });
      await Promise.all(Array.from({ length: 6 }, steal));
      expect(most).toBe(1);
      await dead.letGo();
    }
    expect(await readdir(logins())).toEqual([]);
  });

  it('that two find left behind at the same time is not taken from the one who was faster', async () => {
    await hold();
    await ageLocks();
    let inside = 0;
    let most = 0;
    const steal = () =>
      withLoginLock(SERVER, async () => {
        inside += 1;
        most = Math.max(most, inside);
        await pause(300);
        inside -= 1;
      });
    slow.removals = [0, 150];
    await Promise.all([steal(), steal()]);
    expect(most).toBe(1);
  });

  it('is not let go by whom it was taken from', async () => {
    const slow = await hold();
    await ageLocks();
    const thief = await hold();
    await slow.letGo();
    let entered = false;
    const next = withLoginLock(SERVER, async () => {
      entered = true;
    });
    await pause(200);
    expect(entered).toBe(false);
    await thief.letGo();
    await next;
    expect(entered).toBe(true);
  });

  it('is free again after work that failed', async () => {
    await expect(withLoginLock(SERVER, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await withLoginLock(SERVER, async () => 'in')).toBe('in');
  });
});
