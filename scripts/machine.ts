// Finds the programs on this machine that some tests need: a browser and a PostgreSQL server.
import { accessSync, constants, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';

type Environment = Readonly<Record<string, string | undefined>>;

const BROWSERS = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'];
const POSTGRES_HOMES = '/usr/lib/postgresql';

/** Path of a Chromium, or null. `CHROMIUM_PATH` wins over what stands in `PATH`. */
export function findChromium(environment: Environment): string | null {
  const named = environment['CHROMIUM_PATH'];
  if (named !== undefined && named !== '') return isExecutable(named) ? named : null;
  return findInPath(BROWSERS, environment);
}

/** Folder that holds `initdb` and `pg_ctl`, newest version first, or null. */
export function findPostgres(environment: Environment): string | null {
  const folders = [...postgresFolders(), ...(environment['PATH'] ?? '').split(delimiter)];
  return folders.find((folder) => ['initdb', 'pg_ctl'].every((name) => isExecutable(join(folder, name)))) ?? null;
}

function postgresFolders(): string[] {
  try {
    const versions = readdirSync(POSTGRES_HOMES).sort((left, right) => Number(right) - Number(left));
    return versions.map((version) => join(POSTGRES_HOMES, version, 'bin'));
  } catch {
    return []; // not a Debian machine: only PATH is left to look at
  }
}

function findInPath(names: readonly string[], environment: Environment): string | null {
  const folders = (environment['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  const paths = names.flatMap((name) => folders.map((folder) => join(folder, name)));
  return paths.find(isExecutable) ?? null;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
