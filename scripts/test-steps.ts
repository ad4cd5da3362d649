// The steps of `npm test` as one table: what runs, how it proves that it looked at something, and what it needs.
import { findChromium, findPostgres } from './machine.ts';
import { isTest, isTestSupport, listFiles, readSource, resolveImport, type SourceFile } from './source-files.ts';

interface StepShape {
  readonly name: string;
  /** Arguments for Node: a script and what follows. */
  readonly run: readonly string[];
  /** What the step needs and this machine lacks, or null. */
  readonly lacks: string | null;
}

/** A check passes or fails as a whole; its output must show how many files it read, where it can say so. */
export interface CheckStep extends StepShape {
  readonly kind: 'check';
  readonly proof: RegExp | null;
}

/** A run of tests; its counts are added up. */
export interface TestStep extends StepShape {
  readonly kind: 'tests';
}

export type Step = CheckStep | TestStep;

const BIN = {
  biome: 'node_modules/@biomejs/biome/bin/biome',
  oxlint: 'node_modules/oxlint/bin/oxlint',
  knip: 'node_modules/knip/bin/knip.js',
  tsc: 'node_modules/typescript/bin/tsc',
  vitest: 'node_modules/vitest/vitest.mjs',
};

const REPORTERS = ['--reporter=default', '--reporter=./scripts/count-reporter.ts'];

/** All steps in the order they run: cheap answers first. */
export function testSteps(environment: Readonly<Record<string, string | undefined>>): readonly Step[] {
  const postgres = findPostgres(environment);
  const suites = databaseSuites();
  return [
    check('format', [BIN.biome, 'format', '.'], /Checked (\d+) files?/),
    check('lint', [BIN.oxlint], /on (\d+) files? with/),
    check('dead-code', [BIN.knip, '--no-progress'], null),
    check('types', [BIN.tsc, '-p', 'tsconfig.json', '--diagnostics'], /Files:\s+(\d+)/),
    check('console-types', [BIN.tsc, '-p', 'packages/console/tsconfig.json', '--diagnostics'], /Files:\s+(\d+)/),
    check('console-build', ['packages/console/build.ts', '--if-changed'], null),
    tests('house', [
      '--project',
      'journeys',
      ...listFiles('tests').filter((path) => /^tests\/[^/]+\.test\.ts$/.test(path)),
    ]),
    tests('unit', ['--project', 'unit']),
    tests('journeys', ['--project', 'journeys', 'tests/journeys/']),
    {
      ...tests('browser', ['--project', 'browser']),
      lacks: findChromium(environment) === null ? 'no Chromium found' : null,
    },
    {
      name: 'postgres',
      kind: 'tests',
      run: [
        'scripts/with-postgres.ts',
        process.execPath,
        BIN.vitest,
        'run',
        ...REPORTERS,
        '--project',
        'unit',
        '--project',
        'journeys',
        ...suites,
      ],
      lacks: postgres === null ? 'no PostgreSQL server binaries found' : null,
    },
  ];
}

/** Test files whose answers depend on the database: they run once on each engine. */
export function databaseSuites(): string[] {
  const files = new Map(
    [...listFiles('packages'), ...listFiles('tests')]
      .filter((path) => path.endsWith('.ts'))
      .map((path) => [path, readSource(path)]),
  );
  const suites = [...files.values()].filter((file) => isTest(file.path) && !file.path.endsWith('.test-d.ts'));
  return suites
    .filter((file) => !file.path.startsWith('tests/browser/') && reachesDatabase(file, files, new Set()))
    .map((file) => file.path);
}

function reachesDatabase(file: SourceFile, files: ReadonlyMap<string, SourceFile>, seen: Set<string>): boolean {
  if (/\bopenTestDatabase\b|\bSENTINEL_TEST_DATABASE_URL\b/.test(file.text)) return true;
  seen.add(file.path);
  return file.imports.some(({ specifier }) => {
    const next = specifier === null ? undefined : files.get(resolveImport(file.path, specifier) ?? '');
    if (next === undefined || seen.has(next.path)) return false;
    return (isTestSupport(next.path) || next.path.startsWith('tests/')) && reachesDatabase(next, files, seen);
  });
}

function check(name: string, run: readonly string[], proof: RegExp | null): CheckStep {
  return { name, kind: 'check', run, proof, lacks: null };
}

function tests(name: string, args: readonly string[]): TestStep {
  return { name, kind: 'tests', run: [BIN.vitest, 'run', ...REPORTERS, ...args], lacks: null };
}
