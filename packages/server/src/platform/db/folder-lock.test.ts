import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DataFolderInUse } from './errors.ts';
import { folderHolder, lockFolder } from './folder-lock.ts';

let parent: string;
let folder: string;
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'sentinel-lock-'));
  folder = join(parent, 'deep', 'data');
});
afterEach(() => rm(parent, { recursive: true, force: true }));

const lockPath = () => join(folder, 'lock.json');
const content = async (): Promise<Record<string, unknown>> => JSON.parse(await readFile(lockPath(), 'utf8'));
const change = async (to: Record<string, unknown>) =>
  writeFile(lockPath(), JSON.stringify({ ...(await content()), ...to }));
/** Leaves a lock behind, as a process does that was killed. */
async function abandoned(to: Record<string, unknown>): Promise<void> {
  const lock = await lockFolder(folder);
  const text = JSON.stringify({ ...(await content()), ...to });
  await lock.release();
  await writeFile(lockPath(), text);
}
const aged = (seconds: number) => utimes(lockPath(), new Date(), new Date(Date.now() - seconds * 1000));

describe('the lock of a data folder', () => {
  it('makes a folder that only its owner can read', async () => {
    const lock = await lockFolder(folder);
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    expect((await stat(lockPath())).mode & 0o777).toBe(0o600);
    await lock.release();
  });

  it('refuses a second opener, naming process and address', async () => {
    const lock = await lockFolder(folder);
    await lock.setUrl('http://127.0.0.1:7000');
    const refusal = await lockFolder(folder).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(DataFolderInUse);
    expect(refusal).toMatchObject({
      pid: process.pid,
      url: 'http://127.0.0.1:7000',
      message: expect.stringContaining(folder),
    });
    expect(await folderHolder(folder)).toMatchObject({ pid: process.pid });
    await lock.release();
    expect(await folderHolder(folder)).toBeNull();
    await (await lockFolder(folder)).release();
  });

  it('is let go only once, so that it never removes the next holder’s lock', async () => {
    const first = await lockFolder(folder);
    await first.release();
    const second = await lockFolder(folder);
    await first.release();
    expect(await folderHolder(folder)).not.toBeNull();
    await second.release();
  });

  it('is taken over from a process that was killed', async () => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    await abandoned({ pid: child.pid, birth: null });
    await expect(lockFolder(folder)).rejects.toBeInstanceOf(DataFolderInUse);
    child.kill('SIGKILL');
    await new Promise((resolve) => child.once('exit', resolve));
    await (await lockFolder(folder)).release();
  });

  it('is taken over when the process id was given to another program', async () => {
    await abandoned({ pid: process.pid, birth: '1' });
    expect(await folderHolder(folder)).toBeNull();
    await (await lockFolder(folder)).release();
  });

  it('of another machine counts while it is being touched, and no longer', async () => {
    await abandoned({ host: 'elsewhere', pid: 999_999 });
    await expect(lockFolder(folder)).rejects.toMatchObject({ pid: 999_999 });
    await aged(31);
    await (await lockFolder(folder)).release();
  });

  it('that cannot be read counts while it is fresh', async () => {
    const lock = await lockFolder(folder);
    await lock.release();
    await writeFile(lockPath(), '{"pid":');
    await expect(lockFolder(folder)).rejects.toBeInstanceOf(DataFolderInUse);
    await aged(31);
    await (await lockFolder(folder)).release();
  });

  it('goes to exactly one of many who find a dead one', async () => {
    await abandoned({ pid: 2 ** 22 - 1, birth: '1' });
    const outcomes = await Promise.allSettled(Array.from({ length: 8 }, () => lockFolder(folder)));
    const won = outcomes.filter((outcome) => outcome.status === 'fulfilled');
    expect(won).toHaveLength(1);
    for (const outcome of outcomes)
      if (outcome.status === 'rejected') expect(outcome.reason).toBeInstanceOf(DataFolderInUse);
    for (const { value } of won) await value.release();
    expect(await readdir(folder)).toEqual([]);
  });

  it('keeps its url when it is written again', async () => {
    const lock = await lockFolder(folder);
    await change({ url: null });
    await lock.setUrl('http://localhost:1');
    expect((await content())['url']).toBe('http://localhost:1');
    expect(await readdir(folder)).toEqual(['lock.json']);
    await lock.release();
  });
});
