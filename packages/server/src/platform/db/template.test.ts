import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { template } from './template.ts';

let folder: string;
beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), 'sentinel-template-')), 'cache');
});
afterEach(() => rm(join(folder, '..'), { recursive: true, force: true }));

const KEY = 'abc123';
let built = 0;
const build = (content: string) => async () => {
  built += 1;
  return new Blob([content]);
};
const files = async () => (await readdir(folder)).sort();

describe('the cache of prepared databases', () => {
  beforeEach(() => {
    built = 0;
  });

  it('makes one once and then answers with it', async () => {
    const first = await template(folder, KEY, build('one'));
    const second = await template(folder, KEY, build('two'));
    expect([await first.archive.text(), first.cached, await second.archive.text(), second.cached]).toEqual([
      'one',
      false,
      'one',
      true,
    ]);
    expect(await files()).toEqual([expect.stringMatching(/^template-abc123-[0-9a-f]{32}\.tar\.gz$/)]);
  });

  it('is closed to other accounts, also when its folder was open before', async () => {
    await mkdir(folder);
    await chmod(folder, 0o755);
    await template(folder, KEY, build('one'));
    const paths = [folder, ...(await files()).map((name) => join(folder, name))];
    const modes = await Promise.all(paths.map(async (path) => (await stat(path)).mode & 0o777));
    expect(modes).toEqual([0o700, 0o600]);
  });

  it('keeps different ones apart', async () => {
    await template(folder, KEY, build('one'));
    expect(await (await template(folder, 'def456', build('two'))).archive.text()).toBe('two');
  });

  it('makes a damaged one anew', async () => {
    await template(folder, KEY, build('one'));
    const [name] = await files();
    await writeFile(join(folder, String(name)), (await readFile(join(folder, String(name)))).subarray(1));
    expect(await (await template(folder, KEY, build('anew'))).archive.text()).toBe('anew');
    expect(await files()).toHaveLength(1);
  });

  it('lets one of many build while the others wait', async () => {
    const slow = async () => {
      built += 1;
      await new Promise((resolve) => setTimeout(resolve, 300));
      return new Blob(['slow']);
    };
    const all = await Promise.all(Array.from({ length: 6 }, () => template(folder, KEY, slow)));
    expect(built).toBe(1);
    expect(await Promise.all(all.map(({ archive }) => archive.text()))).toEqual(Array(6).fill('slow'));
    expect(await files()).toHaveLength(1);
  });

  it('lets the next one build when a builder failed or died', async () => {
    await expect(template(folder, KEY, () => Promise.reject(new Error('no room')))).rejects.toThrow('no room');
    expect(await (await template(folder, KEY, build('second'))).archive.text()).toBe('second');
    const left = join(folder, 'template-def456.building');
    await writeFile(left, '');
    await utimes(left, new Date(), new Date(Date.now() - 121_000));
    expect(await (await template(folder, 'def456', build('third'))).archive.text()).toBe('third');
  });

  it('forgets what nobody used for two weeks', async () => {
    await template(folder, KEY, build('one'));
    const [name] = await files();
    const old = new Date(Date.now() - 15 * 24 * 3600 * 1000);
    await utimes(join(folder, String(name)), old, old);
    await template(folder, 'def456', build('two'));
    expect(await files()).toEqual([expect.stringMatching(/^template-def456/)]);
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
  });
});
