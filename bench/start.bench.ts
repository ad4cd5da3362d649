// From the command to "ready", and the memory held then: a first start that has to make its database from nothing, one
// that finds the prepared template in the cache, and a later start of the same folder. Recorded, not judged.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Finding, isQuick, sayFigures } from './figures.ts';

const ROUNDS = isQuick ? 1 : 3;
const CLI = join(import.meta.dirname, '../packages/cli/src/main.ts');
const READY_WITHIN_MS = 120_000;
const KINDS = ['first start, empty cache', 'first start, template cached', 'later start'] as const;

interface Start {
  readonly seconds: number;
  readonly residentMiB: number | null;
}

const starts = new Map<string, Start[]>(KINDS.map((kind) => [kind, []]));
for (let round = 0; round < ROUNDS; round += 1) {
  const folder = await mkdtemp(join(tmpdir(), 'sentinel-bench-'));
  const cache = join(folder, 'cache');
  try {
    starts.get(KINDS[0])?.push(await start(join(folder, 'one'), cache));
    starts.get(KINDS[1])?.push(await start(join(folder, 'two'), cache));
    starts.get(KINDS[2])?.push(await start(join(folder, 'two'), cache));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
sayFigures([...starts].flatMap(([kind, runs]) => findings(kind, runs)));

function findings(kind: string, runs: readonly Start[]): Finding[] {
  const resident = runs.flatMap(({ residentMiB }) => (residentMiB === null ? [] : [residentMiB]));
  return [
    { name: `${kind}: to ready`, unit: 's', engine: 'pglite', rounds: runs.map(({ seconds }) => seconds) },
    ...(resident.length === 0
      ? []
      : [{ name: `${kind}: resident memory`, unit: 'MiB', engine: 'pglite', rounds: resident }]),
  ];
}

async function start(dataDir: string, cacheDir: string): Promise<Start> {
  const startedAt = performance.now();
  const child = spawn(process.execPath, [CLI, 'up', '--no-open', '--port', '0', '--data', dataDir], {
    // None of the settings of whoever runs the benchmark.
    env: { PATH: process.env['PATH'], HOME: dataDir, SENTINEL_CACHE: cacheDir },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    await ready(child);
    return { seconds: (performance.now() - startedAt) / 1000, residentMiB: residentMiB(child.pid) };
  } finally {
    if (child.exitCode === null) {
      child.kill('SIGTERM');
      await once(child, 'exit');
    }
  }
}

function ready(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let output = '';
    const timer = setTimeout(() => reject(new Error('the start took too long')), READY_WITHIN_MS);
    child.stdout?.on('data', (chunk: Buffer) => {
      output += chunk.toString('utf8');
      if (!/✓ ready\b/.test(output)) return;
      clearTimeout(timer);
      resolve();
    });
    child.once('exit', (code) => {
      clearTimeout(timer);
      reject(new Error(`the start ended with code ${code}`));
    });
  });
}

/** Linux tells; elsewhere the figure is left out. */
function residentMiB(pid: number | undefined): number | null {
  try {
    const [, kib] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid ?? 0}/status`, 'utf8')) ?? [];
    return kib === undefined ? null : Number(kib) / 1024;
  } catch {
    return null;
  }
}
