// A whole installation in a temporary folder, driven from outside through the real command: what a person would run.
import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TEST_CACHE } from '../../packages/server/src/platform/db/cache.testing.ts';
import {
  createServerDatabase,
  type TestServerDatabase,
  testServerUrl,
} from '../../packages/server/src/platform/db/testing.ts';

const PROGRAM = fileURLToPath(new URL('../../packages/cli/src/main.ts', import.meta.url));

// Most of these processes end before optimizing the embedded database's code pays: that takes half a second of a core and
// half a gigabyte each time.
const QUICK = '--liftoff-only';

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly url: string;
  readonly link: string;
  readonly process: ChildProcess;
  /** Ends it as a crash would. */
  kill(): Promise<void>;
  stop(): Promise<void>;
}

export interface Installation {
  readonly dataDir: string;
  /** Folder that the processes use for temporary files. */
  readonly tempDir: string;
  /** Everything the processes wrote to stdout and stderr. */
  readonly outputFile: string;
  readonly server: TestServerDatabase | null;
  /** Environment of its processes. */
  readonly env: Readonly<NodeJS.ProcessEnv>;
  run(...args: readonly string[]): Promise<Ended>;
  /** Starts a command and leaves it running. */
  begin(...args: readonly string[]): ChildProcess;
  up(...args: readonly string[]): Promise<Running>;
  /** Asks the running server with the operator's key. */
  ask(running: Running, path: string, init?: RequestInit): Promise<Response>;
  remove(): Promise<void>;
}

/** @param settings of the environment, beside those of the test itself */
export async function install(settings: Readonly<Record<string, string>> = {}): Promise<Installation> {
  const root = await mkdtemp(join(tmpdir(), 'sentinel-journey-'));
  const dataDir = join(root, 'data');
  const tempDir = join(root, 'tmp');
  const outputFile = join(root, 'output.log');
  await mkdir(tempDir);
  const testServer = testServerUrl();
  const server = testServer === null ? null : await createServerDatabase(testServer);
  const output = createWriteStream(outputFile, { flags: 'a' });
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    TMPDIR: tempDir,
    SENTINEL_DATA: dataDir,
    SENTINEL_CACHE: TEST_CACHE,
    SENTINEL_LOG_LEVEL: 'debug',
    SENTINEL_OPEN: 'false',
    NO_COLOR: '1',
    ...settings,
  };
  delete env['SENTINEL_TEST_DATABASE_URL'];
  if (server !== null) Object.assign(env, { DATABASE_URL: server.url, DIRECT_URL: server.directUrl });

  const begin = (...args: readonly string[]) => {
    const child = spawn(process.execPath, [QUICK, PROGRAM, ...args], {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child.stdout.pipe(output, { end: false });
    child.stderr.pipe(output, { end: false });
    return child;
  };

  return {
    dataDir,
    tempDir,
    outputFile,
    server,
    env,
    begin,
    run: async (...args) => await ended(begin(...args)),
    up: async (...args) => await started(begin('up', '--port', '0', ...args)),
    ask: async (running, path, init = {}) => {
      const key = (await readFile(join(dataDir, 'operator.key'), 'utf8')).trim();
      return await fetch(new URL(path, running.url), {
        ...init,
        headers: { ...(init.headers as Record<string, string> | undefined), authorization: `Bearer ${key}` },
      });
    },
    remove: async () => {
      output.end();
      await server?.drop();
      await rm(root, { recursive: true, force: true });
    },
  };
}

export async function ended(child: ChildProcess): Promise<Ended> {
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout?.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr?.on('data', (chunk: Buffer) => stderr.push(chunk));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, stdout: Buffer.concat(stdout).toString('utf8'), stderr: Buffer.concat(stderr).toString('utf8') };
}

async function started(child: ChildProcess): Promise<Running> {
  let text = '';
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const link = await new Promise<string>((resolve, reject) => {
    child.stdout?.on('data', (chunk: Buffer) => {
      text += chunk.toString('utf8');
      const found = /(?:this once|once with): (\S+)/.exec(text)?.[1];
      if (found !== undefined) resolve(found);
    });
    child.stderr?.on('data', (chunk: Buffer) => {
      text += chunk.toString('utf8');
    });
    child.once('close', () => reject(new Error(`it ended before it was ready:\n${text}`)));
  });
  const end = async (signal: NodeJS.Signals) => {
    child.kill(signal);
    await closed;
  };
  return { url: new URL(link).origin, link, process: child, kill: () => end('SIGKILL'), stop: () => end('SIGTERM') };
}

/** Sets the installation up as Acme, owned by Mira, and fills its book. */
export async function setUp(installation: Installation, bookFile: string): Promise<void> {
  const made = await installation.run(
    'setup',
    '--name',
    'Acme',
    '--owner',
    'Mira Okafor',
    '--email',
    'mira@acme.example',
    '--own-domain',
    'acme.example',
  );
  if (made.code !== 0) throw new Error(`setup failed: ${made.stderr}`);
  const filled = await installation.run('book', 'import', bookFile);
  if (filled.code !== 0) throw new Error(`book import failed: ${filled.stderr}`);
}
