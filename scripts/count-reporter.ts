// Counts what a vitest run did and writes it as JSON to the file named by SENTINEL_TEST_COUNTS,
// so that several runs can be summed and every skipped test can be named with its reason.
import { writeFileSync } from 'node:fs';
import type { Reporter, TestModule } from 'vitest/node';

export interface RunCounts {
  readonly passed: number;
  /** Those that ran, by file and name: another step may have skipped them. */
  readonly ran: readonly string[];
  readonly failed: number;
  readonly skipped: readonly { readonly id: string; readonly name: string; readonly reason: string }[];
  /** Test files that ran. */
  readonly files: number;
}

/** Sums a finished run. A file that could not be loaded, and an error outside any test, each count as one failure. */
export function countModules(modules: readonly TestModule[], unhandledErrors: number): RunCounts {
  const skipped: { id: string; name: string; reason: string }[] = [];
  const ran: string[] = [];
  let failed = unhandledErrors;
  for (const module of modules) {
    if (module.errors().length > 0) failed += 1;
    for (const test of module.children.allTests()) {
      const result = test.result();
      const id = `${module.relativeModuleId} > ${test.fullName}`;
      if (result.state === 'passed') ran.push(id);
      else if (result.state === 'skipped') {
        skipped.push({ id, name: test.fullName, reason: result.note ?? 'its file gives no reason' });
      } else failed += 1;
    }
  }
  return { passed: ran.length, ran, failed, skipped, files: modules.length };
}

export default class CountReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const file = process.env['SENTINEL_TEST_COUNTS'];
    if (file !== undefined) writeFileSync(file, JSON.stringify(countModules(modules, unhandledErrors.length)));
  }
}
