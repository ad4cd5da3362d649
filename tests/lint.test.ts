// Shows that the linter really refuses what the house rules forbid: the settings are run over a made-up package
// in which each rule is broken once.
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ROOT } from '../scripts/source-files.ts';

const BROKEN: Readonly<Record<string, string>> = {
  'typescript(no-floating-promises)': 'export function run(): void {\n  later();\n}',
  'typescript(no-misused-promises)': 'export const run = (): string => (later() ? "a" : "b");',
  'typescript(await-thenable)': 'export const run = async (): Promise<number> => await 1;',
  'typescript(switch-exhaustiveness-check)':
    'export function run(kind: "a" | "b"): number {\n  switch (kind) {\n    case "a":\n      return 1;\n  }\n  return 2;\n}',
  'typescript(only-throw-error)': 'export function run(): never {\n  throw "text";\n}',
  'typescript(no-explicit-any)': `export const run = (value: ${'any'}): unknown => value;`,
  'typescript(no-non-null-assertion)': 'export const run = (value: string | null): number => value!.length;',
  'typescript(consistent-type-imports)':
    'import { Size } from "./later.ts";\nexport const run = (size: Size): Size => size;',
  'eslint(max-lines)': 'export const run = 1;\n'.concat('// a line\n'.repeat(401)),
  'eslint(max-lines-per-function)': `export function run(): number {\n  let sum = 0;\n${'  sum += 1;\n'.repeat(60)}  return sum;\n}`,
  'eslint(max-params)': 'export const run = (a: 1, b: 1, c: 1, d: 1, e: 1): number => a + b + c + d + e;',
  'eslint(max-depth)':
    'export function run(n: number): number {\n  if (n) { if (n > 1) { if (n > 2) { if (n > 3) { return n; } } } }\n  return 0;\n}',
  'eslint(eqeqeq)': 'export const run = (value: unknown): boolean => value == 1;',
  'eslint(no-console)': 'console.log("text");',
  'eslint(no-param-reassign)': 'export function run(n: number): number {\n  n = 1;\n  return n;\n}',
  'import(no-cycle)': 'import { back } from "./back.ts";\nexport const run = (): unknown => back;',
  'import(no-default-export)': 'const run = 1;\nexport default run;',
  'node(no-process-env)': 'export const run = process.env["HOME"];',
  'unicorn(no-abusive-eslint-disable)': `// oxlint-${'disable'}-next-line\nexport const run = 1;`,
};

const folder = mkdtempSync(join(tmpdir(), 'sentinel-lint-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const sources = join(folder, 'packages', 'contract', 'src');
const fileOf = (rule: string): string => `${rule.replace('(', '-').replace(')', '')}.ts`;

function lint(): string {
  mkdirSync(sources, { recursive: true });
  for (const name of ['.oxlintrc.json', 'tsconfig.json', 'tsconfig.base.json'])
    copyFileSync(join(ROOT, name), join(folder, name));
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'), 'dir');
  writeFileSync(
    join(sources, 'later.ts'),
    'export type Size = number;\nexport const later = async (): Promise<void> => {};\n',
  );
  writeFileSync(
    join(sources, 'back.ts'),
    `import { run } from './${fileOf('import(no-cycle)')}';\nexport const back = (): unknown => run;\n`,
  );
  for (const [rule, text] of Object.entries(BROKEN)) {
    const needs = text.includes('later()') ? 'import { later } from "./later.ts";\n' : '';
    writeFileSync(join(sources, fileOf(rule)), `${needs}${text}\n`);
  }
  const tool = join(ROOT, 'node_modules', 'oxlint', 'bin', 'oxlint');
  return spawnSync(process.execPath, [tool, '--format=unix', '.'], { cwd: folder, encoding: 'utf8' }).stdout;
}

describe('the linter', () => {
  const found = lint().split('\n');

  it.each(Object.keys(BROKEN))('refuses what breaks %s', (rule) => {
    expect(found.filter((line) => line.includes(`/${fileOf(rule)}:`) && line.includes(rule))).not.toEqual([]);
  });

  it('finds nothing in a file that breaks no rule', () => {
    expect(found.filter((line) => line.includes('/later.ts:'))).toEqual([]);
  });
});
