// Runs a command with a throw-away PostgreSQL server: node scripts/with-postgres.ts [--optional|--durable] <command> [arguments]
// The command finds the superuser's URL in SENTINEL_TEST_DATABASE_URL; afterwards the server and its files are gone.
// Without PostgreSQL on this machine it says so and fails; with --optional it says "skipped" and succeeds.
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findPostgres } from './machine.ts';

const [, , ...args] = process.argv;
const optional = args[0] === '--optional';
// For benchmarks: the server waits for the disk at every commit, as one in use does.
const durable = args[0] === '--durable';
const [command, ...rest] = optional || durable ? args.slice(1) : args;
if (command === undefined) {
  console.error('usage: node scripts/with-postgres.ts [--optional|--durable] <command> [arguments]');
  process.exit(2);
}

const binaries = findPostgres(process.env);
if (binaries === null) {
  const reason = 'no PostgreSQL server binaries (initdb, pg_ctl) in /usr/lib/postgresql/*/bin or on PATH';
  console.error(optional ? `skipped: ${reason}` : `${reason}; install the package postgresql`);
  process.exit(optional ? 0 : 1);
}
process.exitCode = await withServer(binaries, command, rest);

async function withServer(bin: string, program: string, programArgs: readonly string[]): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'sentinel-postgres-'));
  const data = join(folder, 'data');
  const port = await freePort();
  let running = false;
  const stop = (): void => {
    if (running) asServerUser(bin, 'pg_ctl', ['-D', data, '-m', 'immediate', '-w', 'stop']);
    running = false;
    rmSync(folder, { recursive: true, force: true });
  };
  process.once('exit', stop);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
  if (isRoot()) {
    chmodSync(folder, 0o755);
    execFileSync('chown', ['postgres', folder]);
  }
  asServerUser(bin, 'initdb', [
    '-D',
    data,
    '-U',
    'postgres',
    '-A',
    'trust',
    '--no-sync',
    '-E',
    'UTF8',
    '--locale',
    'C',
  ]);
  // Nothing here must survive a crash, so nothing waits for the disk.
  const hasty = durable ? '' : '-c fsync=off -c synchronous_commit=off -c full_page_writes=off';
  const settings = `-p ${port} -k ${folder} -h 127.0.0.1 -c max_connections=200 ${hasty}`;
  asServerUser(bin, 'pg_ctl', ['-D', data, '-l', join(folder, 'log'), '-o', settings, '-w', 'start']);
  running = true;
  return run(program, programArgs, `postgres://postgres@127.0.0.1:${port}/postgres`);
}

function run(program: string, programArgs: readonly string[], url: string): Promise<number> {
  return new Promise((resolve) => {
    const child = spawn(program, programArgs, {
      stdio: 'inherit',
      env: { ...process.env, SENTINEL_TEST_DATABASE_URL: url },
    });
    child.once('error', (error) => {
      console.error(`${program} cannot be run: ${error.message}`);
      resolve(127);
    });
    child.once('exit', (code, signal) => resolve(code ?? (signal === null ? 1 : 128)));
  });
}

function isRoot(): boolean {
  return process.getuid?.() === 0;
}

/** The server refuses to run as root; the package brings the account `postgres`. */
function asServerUser(bin: string, program: string, programArgs: readonly string[]): void {
  const path = join(bin, program);
  const [file, list] = isRoot()
    ? ['runuser', ['-u', 'postgres', '--', path, ...programArgs]]
    : [path, [...programArgs]];
  try {
    execFileSync(file, list, { stdio: ['ignore', 'ignore', 'pipe'], cwd: tmpdir() });
  } catch (error) {
    if (program !== 'pg_ctl' || !programArgs.includes('stop')) throw error;
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() =>
        address !== null && typeof address === 'object' ? resolve(address.port) : reject(new Error('no free port')),
      );
    });
  });
}
