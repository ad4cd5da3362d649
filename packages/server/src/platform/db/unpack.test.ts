import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { PGlite } from '@electric-sql/pglite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TEST_CACHE } from './cache.testing.ts';
import { controlMigrations } from './control.migrations.ts';
import { preparedLately } from './prepared.ts';
import { UnpackedInMemory, type UnpackedFile, unpack, unpackInto } from './unpack.ts';

const HEADER = { path: 0, size: 124, type: 156, prefix: 345 };

/** A tar of one entry, as PGlite writes them. */
function archiveOf({ path = 'a', prefix = '', type = '0', size = '00000000003' }): Uint8Array {
  const tar = Buffer.alloc(3 * 512);
  tar.write(path, HEADER.path);
  tar.write(size, HEADER.size);
  tar.write(type, HEADER.type);
  tar.write(prefix, HEADER.prefix);
  if (type === '0') tar.write('abc', 512);
  return gzipSync(tar);
}

describe('unpacking a prepared database', () => {
  it('finds files and folders, with the part of a long name that stands elsewhere', () => {
    expect(unpack(archiveOf({ path: '/x', prefix: 'base/5' }))).toEqual([
      { path: 'base/5/x', content: Buffer.from('abc') },
    ]);
    expect(unpack(archiveOf({ path: '/pg_wal', type: '5', size: '0' }))).toEqual([{ path: 'pg_wal', content: null }]);
  });

  it.each([
    ['a name that leads out of the folder', archiveOf({ path: '../x' }), 'damaged'],
    ['an entry without a name', archiveOf({ path: '' }), 'empty'],
    ['an entry without a length', archiveOf({ size: 'much' }), 'damaged'],
    ['an archive without entries', gzipSync(Buffer.alloc(1024)), 'empty'],
    ['something that is not compressed', gunzipSync(archiveOf({})), 'header'],
  ])('refuses %s', (_what, archive, why) => {
    expect(() => unpack(archive)).toThrow(why);
  });
});

function hashOf(files: readonly UnpackedFile[]): string {
  const hash = createHash('sha256');
  for (const { content } of files) hash.update(content ?? '');
  return hash.digest('hex');
}

describe('a database that was unpacked', () => {
  let files: readonly UnpackedFile[];
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sentinel-unpack-'));
    files = await preparedLately(TEST_CACHE, { control: controlMigrations, workspace: [] });
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('is in a folder for its owner alone, whole', async () => {
    unpackInto(folder, files);
    const paths = (await readdir(folder, { recursive: true })).sort();
    expect(paths).toEqual(files.map(({ path }) => path).sort());
    for (const { path, content } of files) {
      expect((await stat(join(folder, path))).mode & 0o077).toBe(0);
      if (content !== null) expect((await readFile(join(folder, path))).equals(content)).toBe(true);
    }
  });

  it('belongs to one database in memory: another one from the same files sees none of its writes', async () => {
    const before = hashOf(files);
    const [one, two] = await Promise.all([0, 1].map(() => PGlite.create({ fs: new UnpackedInMemory(files) })));
    await one?.exec('create table mine (x int); checkpoint');
    const found = async (lite: PGlite | undefined) =>
      (await lite?.query(`select to_regclass('mine') is not null as found`))?.rows;
    expect([await found(one), await found(two)]).toEqual([[{ found: true }], [{ found: false }]]);
    await Promise.all([one?.close(), two?.close()]);
    const later = await PGlite.create({ fs: new UnpackedInMemory(files) });
    expect(await found(later)).toEqual([{ found: false }]);
    await later.close();
    expect(hashOf(files)).toBe(before);
  });
});
