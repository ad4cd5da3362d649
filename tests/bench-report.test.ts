// The benchmark report judges ratios only, and noise alone fails nothing.
import { describe, expect, it } from 'vitest';
import type { Figure } from '../bench/figures.ts';
import { compare, markdownOf } from '../bench/report.ts';

const ratio = (value: number, over: Partial<Figure> = {}): Figure => ({
  name: 'pages vs single messages',
  value,
  unit: '×',
  engine: 'postgres 15.1, fsync on',
  machine: 'any',
  commit: 'any',
  better: 'higher',
  low: value,
  high: value,
  target: null,
  ...over,
});
const verdict = (figure: Figure, before: Figure) => compare([figure], [before])[0]?.verdict;

describe('the benchmark report', () => {
  it('fails a ratio that is 10 % worse in every round', () => {
    expect(verdict(ratio(17.9, { high: 19 }), ratio(20))).toBe('worse');
    expect(verdict(ratio(1.2, { better: 'lower', low: 1.1 }), ratio(1, { better: 'lower' }))).toBe('worse');
  });

  it('does not fail one whose rounds reach the baseline, or that is less than 10 % off', () => {
    expect(verdict(ratio(15, { low: 10, high: 21 }), ratio(20))).toBe('worse, within the noise');
    expect(verdict(ratio(15), ratio(20, { low: 14, high: 26 }))).toBe('worse, within the noise');
    expect(verdict(ratio(18.5), ratio(20))).toBe('same');
    expect(verdict(ratio(30), ratio(20))).toBe('better');
  });

  it('records what belongs to one machine and compares engines by name, not by version', () => {
    expect(verdict(ratio(1, { better: null }), ratio(20, { better: null }))).toBe('recorded');
    expect(verdict(ratio(10), ratio(20, { engine: 'postgres 18.4, fsync on' }))).toBe('worse');
    expect(verdict(ratio(10), ratio(20, { engine: 'postgres 15.1, fsync off' }))).toBe('new');
    expect(markdownOf(compare([ratio(10)], [ratio(20)]))).toContain('| **10** × | 10 … 10 |  | 20 | worse |');
  });
});
