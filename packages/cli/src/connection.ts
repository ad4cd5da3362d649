// Reaches a Sentinel to work with: the one that `--server` names, the one that serves from the data folder, or else one
// started inside this process for the length of the command. Each way the command talks HTTP, so all do exactly the same.
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Config } from '@sentinel/server/config';
import { folderHolder } from '@sentinel/server/folder';
import { ApiClient, ServerStops, ServerWentAway } from './api-client.ts';
import { CommandFailed, EXIT } from './exit-codes.ts';
import { accessTokenFor, signInAgain } from './login-access.ts';

const OPERATOR_KEY_FILE = 'operator.key';
const WAIT_MS = 30_000;
const RETRY_MS = 200;

export interface Reach {
  readonly config: Config;
  readonly workspace: string | null;
  /** Origin of the server to work with as the person who signed in there; null is the one of the data folder. */
  readonly server: string | null;
  /** Whether the command may make the data folder and its database; others only look into what is there. */
  readonly mayCreate?: boolean;
}

const ATTEMPTS = 5;

/**
 * Runs `work` against a running or a passing server; a passing one is closed afterwards, whatever happens.
 * The server found may itself be a passing one, of another command that is just ending: then `work` is done again,
 * so it must be safe to repeat (imports are: they go on where they stopped).
 */
export async function withServer<T>(reach: Reach, work: (api: ApiClient) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const running = await findRunning(reach);
      return running === null ? await withPassingServer(reach, work) : await closing(running, work);
    } catch (error) {
      if (attempt === ATTEMPTS || !isPassing(error)) throw error;
      await pause(RETRY_MS * attempt);
    }
  }
}

function isPassing(error: unknown): boolean {
  return (
    error instanceof ServerWentAway ||
    error instanceof ServerStops ||
    (error instanceof Error && error.name === 'DataFolderInUse')
  );
}

async function withPassingServer<T>(reach: Reach, work: (api: ApiClient) => Promise<T>): Promise<T> {
  const { config } = reach;
  if (reach.mayCreate !== true && config.databaseUrl === null && !(await exists(join(config.dataDir, 'database')))) {
    throw new CommandFailed(`There is no Sentinel in ${config.dataDir} yet.`, {
      tryThis: ['npm start', 'or npx --no sentinel setup --help'],
    });
  }
  const { startSystem } = await import('@sentinel/server');
  // Warnings are for who runs the server, not for who asks it something.
  const logLevel = config.logLevel === 'warn' ? 'error' : config.logLevel;
  const system = await startSystem(
    { ...config, logLevel, host: '127.0.0.1', port: 0, publicUrl: null },
    { jobs: false },
  );
  try {
    return await closing(await clientOf(reach, system.url), work);
  } finally {
    await system.close();
  }
}

async function closing<T>(api: ApiClient, work: (api: ApiClient) => Promise<T>): Promise<T> {
  try {
    return await work(api);
  } finally {
    api.close();
  }
}

/** @returns a client of the server named, or of the one that holds the data folder, or null when nobody does */
export async function findRunning(reach: Reach): Promise<ApiClient | null> {
  if (reach.server !== null) return await signedInClient(reach, reach.server);
  const until = Date.now() + WAIT_MS;
  while (true) {
    const holder = await folderHolder(reach.config.dataDir);
    if (holder === null) return null;
    if (holder.url !== null) return await clientOf(reach, holder.url);
    if (Date.now() > until) {
      throw new CommandFailed(`The data folder is in use by process ${holder.pid}, which does not answer.`, {
        why: reach.config.dataDir,
        tryThis: ['npx --no sentinel status', 'or wait until it is done'],
      });
    }
    await pause(RETRY_MS);
  }
}

/** With the operator key where it can be read, else as the person who signed in. */
async function clientOf(reach: Reach, url: string): Promise<ApiClient> {
  const path = join(reach.config.dataDir, OPERATOR_KEY_FILE);
  const key = await readFile(path, 'utf8').catch(() => null);
  if (key !== null) return new ApiClient({ url, key: key.trim(), workspace: reach.workspace });
  const token = await accessTokenFor(new URL(url).origin);
  if (token !== null) return new ApiClient({ url, key: token, workspace: reach.workspace });
  throw new CommandFailed('The operator key cannot be read, and you are not signed in.', {
    why: path,
    tryThis: ['npx --no sentinel login', 'or run the command as the user that Sentinel runs as'],
    exitCode: EXIT.signInNeeded,
  });
}

async function signedInClient({ workspace }: Reach, server: string): Promise<ApiClient> {
  const token = await accessTokenFor(server);
  if (token === null) throw signInAgain(server);
  return new ApiClient({ url: server, key: token, workspace });
}

export async function exists(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  );
}
