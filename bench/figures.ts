// What a benchmark says: figures, one JSON line each on stdout, and the same as a table on stderr.
// A ratio compares two roads within one run, so it means the same on every machine; everything else is only recorded.
import { execFileSync } from 'node:child_process';
import { arch, availableParallelism, platform, totalmem } from 'node:os';

export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** `pglite 0.5.16`, `postgres 15.1, fsync on`, or `-` where no database takes part. */
  readonly engine: string;
  readonly machine: string;
  readonly commit: string;
  /** Which direction is better, for ratios; null for what is only recorded. */
  readonly better: 'higher' | 'lower' | null;
  /** Least and greatest value over the rounds of this run: the noise. */
  readonly low: number;
  readonly high: number;
  /** What the product promises, where it promises something. */
  readonly target: number | null;
}

/** The measured part; the machine and the commit are added when it is said. */
export interface Finding {
  readonly name: string;
  readonly unit: string;
  readonly engine?: string;
  /** One value per round. */
  readonly rounds: readonly number[];
  readonly better?: 'higher' | 'lower';
  readonly target?: number;
}

export const isQuick = process.argv.includes('--quick');

const MACHINE = `${availableParallelism()} cores, ${Math.round(totalmem() / 2 ** 30)} GiB, ${platform()} ${arch()}, Node ${process.versions.node}`;

/** Says the medians of these findings. */
export function sayFigures(findings: readonly Finding[]): void {
  const commit = currentCommit();
  const figures = findings.map((finding) => figureOf(finding, commit));
  for (const figure of figures) console.log(JSON.stringify(figure));
  console.error(tableOf(figures));
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.ceil(sorted.length / 2) - 1];
  if (upper === undefined || lower === undefined) throw new Error('a median of nothing');
  return (upper + lower) / 2;
}

/** Milliseconds that pass while the work is done. */
export async function wallTime(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

/** Milliseconds this process computes while the work is done: a busy neighbour does not count. */
export async function cpuTime(work: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

function figureOf(finding: Finding, commit: string): Figure {
  const { name, unit, rounds } = finding;
  return {
    name,
    value: rounded(median(rounds)),
    unit,
    engine: finding.engine ?? '-',
    machine: MACHINE,
    commit,
    better: finding.better ?? null,
    low: rounded(Math.min(...rounds)),
    high: rounded(Math.max(...rounds)),
    target: finding.target ?? null,
  };
}

/** Three digits say all that a benchmark knows. */
function rounded(value: number): number {
  return Number(value.toPrecision(value >= 1000 ? 4 : 3));
}

function currentCommit(): string {
  try {
    const git = (...args: string[]): string =>
      execFileSync('git', args, {
        cwd: import.meta.dirname,
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      }).trim();
    return `${git('rev-parse', '--short', 'HEAD')}${git('status', '--porcelain', '--untracked-files=no') === '' ? '' : '+'}`;
  } catch {
    return 'unknown'; // an unpacked archive has no history
  }
}

function tableOf(figures: readonly Figure[]): string {
  const rows = figures.map(({ name, value, unit, engine, low, high, target }) => [
    name,
    `${value.toLocaleString('en')} ${unit}`,
    `(${low.toLocaleString('en')} … ${high.toLocaleString('en')})`,
    target === null ? '' : `target ${target.toLocaleString('en')}`,
    engine,
  ]);
  const widths = [0, 1, 2, 3].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) => `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd())
    .join('\n');
}
