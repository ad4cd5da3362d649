// `npm run bench`: every benchmark one after the other, then the comparison with the baseline.
// --quick uses small sizes (a smoke run, nothing is judged), --accept makes this run the baseline; names choose some.
import { spawn } from 'node:child_process';
import { createWriteStream, mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { findPostgres } from '../scripts/machine.ts';

const BENCHES = ['gate-throughput', 'lookup', 'tokens', 'resolve', 'outbound', 'try', 'start'] as const;
const NEEDS_DATABASE: ReadonlySet<string> = new Set(['gate-throughput', 'lookup', 'tokens', 'resolve']);

const flags = process.argv.slice(2).filter((argument) => argument.startsWith('--'));
const names = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
const isQuick = flags.includes('--quick');
const hasServer = findPostgres(process.env) !== null;
const folder = mkdtempSync(join(tmpdir(), 'sentinel-bench-'));
const figures = join(folder, 'figures.jsonl');

process.exitCode = await main();
rmSync(folder, { recursive: true, force: true });

async function main(): Promise<number> {
  const unknown = names.filter((name) => !BENCHES.some((bench) => bench === name));
  if (unknown.length > 0) {
    console.error(`No such benchmark: ${unknown.join(', ')}. There are: ${BENCHES.join(', ')}`);
    return 2;
  }
  if ((loadavg()[0] ?? 0) > 1)
    console.error(`The machine is busy (load ${loadavg()[0]?.toFixed(1)}): ratios hold, times will be too long.\n`);
  if (!hasServer) console.error('There are no PostgreSQL server binaries here: only PGlite is measured.\n');
  for (const bench of BENCHES) {
    if (names.length > 0 && !names.includes(bench)) continue;
    for (const command of commandsOf(bench)) {
      const code = await run(command);
      if (code !== 0) return code;
    }
  }
  if (isQuick) return 0;
  return await run(
    [join(import.meta.dirname, 'report.ts'), figures, ...flags.filter((flag) => flag === '--accept')],
    'inherit',
  );
}

/** A server that waits for the disk, as one in use does; and for the throughput one that does not, to show the difference. */
function commandsOf(bench: string): string[][] {
  const script = [join(import.meta.dirname, `${bench}.bench.ts`), ...(isQuick ? ['--quick'] : [])];
  if (!NEEDS_DATABASE.has(bench) || !hasServer) return [script];
  const withPostgres = (...options: string[]): string[] => [
    join(import.meta.dirname, '../scripts/with-postgres.ts'),
    ...options,
    process.execPath,
    ...script,
  ];
  return bench === 'gate-throughput' && !isQuick
    ? [withPostgres('--durable'), [...withPostgres(), '--server-only']]
    : [withPostgres('--durable')];
}

function run(command: readonly string[], output: 'collect' | 'inherit' = 'collect'): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...command], {
      stdio: ['ignore', output === 'collect' ? 'pipe' : 'inherit', 'inherit'],
    });
    if (child.stdout !== null) {
      const file = createWriteStream(figures, { flags: 'a' });
      child.stdout.pipe(file);
      child.stdout.pipe(process.stdout, { end: false });
    }
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 1));
  });
}
