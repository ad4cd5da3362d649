// Everything that processes of an installation left on the disk: data folder, temporary files, output, and the files of the
// PostgreSQL server where the tests run on one.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import type { Installation } from './installation.ts';

/** @throws Error when the server's files cannot be read, since then nothing would be proven */
export async function filesLeftBehind(here: Installation): Promise<readonly string[]> {
  const folders = [here.dataDir, here.tempDir, ...(await serverFolders(here))];
  return [...(await Promise.all(folders.map(filesBelow))).flat(), here.outputFile];
}

/** Folder by folder: databases of other tests come and go meanwhile, and one that is gone must not end the whole listing. */
async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(folder, entry.name));
  const folders = entries.filter((entry) => entry.isDirectory());
  return [...files, ...(await Promise.all(folders.map(({ name }) => filesBelow(join(folder, name))))).flat()];
}

/** The data folder and log of the PostgreSQL server, where the tests run on one. */
async function serverFolders(here: Installation): Promise<string[]> {
  if (here.server === null) return [];
  const client = new pg.Client({ connectionString: here.server.directUrl });
  await client.connect();
  await client.query('checkpoint');
  const { rows } = await client.query<{ data_directory: string }>('show data_directory');
  await client.end();
  const folder = rows[0]?.data_directory;
  if (folder === undefined) throw new Error('the server does not say where its data is');
  if ((await filesBelow(folder)).length === 0)
    throw new Error('the data folder of the server cannot be read, so nothing would be proven');
  return [join(folder, '..')];
}
