// Compares the figures of a run with the baseline and answers Markdown: node bench/report.ts <figures.jsonl> [--accept]
// Only ratios can fail a run: one that is 10 % worse than the baseline while its best round was worse than the worst of the
// baseline, so that noise alone fails nothing, neither that of this run nor that of the baseline. Seconds and messages per second belong to one machine; they are shown and not judged.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Figure } from './figures.ts';

export const BASELINE = join(import.meta.dirname, 'baseline.jsonl');

export type Verdict = 'new' | 'recorded' | 'same' | 'better' | 'worse, within the noise' | 'worse';

export interface Compared {
  readonly figure: Figure;
  readonly before: Figure | null;
  readonly verdict: Verdict;
}

const TOLERANCE = 0.1;

/** Judges each figure of a run by the baseline's figure of the same name and engine. */
export function compare(figures: readonly Figure[], baseline: readonly Figure[]): readonly Compared[] {
  const known = new Map(baseline.map((figure) => [keyOf(figure), figure]));
  return figures.map((figure) => {
    const before = known.get(keyOf(figure)) ?? null;
    return { figure, before, verdict: judge(figure, before) };
  });
}

function judge(figure: Figure, before: Figure | null): Verdict {
  if (figure.better === null) return 'recorded';
  if (before === null) return 'new';
  const isLowerBetter = figure.better === 'lower';
  const loss = isLowerBetter ? figure.value / before.value - 1 : 1 - figure.value / before.value;
  if (loss < -TOLERANCE) return 'better';
  if (loss < TOLERANCE) return 'same';
  const isEveryRoundWorse = isLowerBetter ? figure.low > before.high : figure.high < before.low;
  return isEveryRoundWorse ? 'worse' : 'worse, within the noise';
}

/** A release of the engine changes the version in its name; it is still the same engine. */
function keyOf({ name, engine }: Figure): string {
  return `${name} | ${engine.replace(/ [\d.]+/, '')}`;
}

export function markdownOf(compared: readonly Compared[]): string {
  const lines = compared.map(({ figure, before, verdict }) =>
    row([
      figure.name,
      figure.engine,
      `**${text(figure.value)}** ${figure.unit}`,
      `${text(figure.low)} … ${text(figure.high)}`,
      figure.target === null ? '' : `${figure.better === 'lower' ? '≤' : '≥'} ${text(figure.target)}`,
      before === null ? '' : text(before.value),
      verdict,
    ]),
  );
  return [
    row(['Figure', 'Engine', 'Median', 'Rounds', 'Target', 'Baseline', '']),
    row(['---', '---', '---:', '---:', '---:', '---:', '---']),
    ...lines,
  ].join('\n');
}

/** Figures that this run did not measure keep their baseline. */
function accept(figures: readonly Figure[]): void {
  const all = new Map([...readFigures(BASELINE), ...figures].map((figure) => [keyOf(figure), figure]));
  writeFileSync(BASELINE, `${[...all.values()].map((figure) => JSON.stringify(figure)).join('\n')}\n`);
}

export function readFigures(path: string): readonly Figure[] {
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, 'utf8').split('\n');
  return lines.filter((line) => line.startsWith('{')).map((line): Figure => JSON.parse(line));
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

function text(value: number): string {
  return value.toLocaleString('en', { maximumSignificantDigits: 4 });
}

if (import.meta.main) {
  const [path = '', flag] = process.argv.slice(2);
  const compared = compare(readFigures(path), readFigures(BASELINE));
  if (compared.length === 0) throw new Error(`there are no figures in ${path || 'no file'}`);
  console.log(markdownOf(compared));
  const worse = compared.filter(({ verdict }) => verdict === 'worse');
  for (const { figure, before } of worse)
    console.error(`✗ ${figure.name} (${figure.engine}): ${figure.value} ${figure.unit}, was ${before?.value}`);
  if (flag === '--accept') accept(compared.map(({ figure }) => figure));
  else if (worse.length > 0) process.exitCode = 1;
}
