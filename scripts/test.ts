// `npm test`: every check and every test, in order, with the time each took and a plain last line that counts tests.
// With CI=true or --nothing-skipped, a suite that cannot run here is a failure. Names of steps choose only those.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { RunCounts } from './count-reporter.ts';
import { ROOT } from './source-files.ts';
import { type CheckStep, type Step, type TestStep, testSteps } from './test-steps.ts';

interface Totals {
  passed: number;
  failed: number;
  readonly ran: Set<string>;
  readonly skipped: { id?: string; name: string; reason: string }[];
  readonly failedSteps: string[];
}

const chosen = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
const nothingSkipped = process.env['CI'] === 'true' || process.argv.includes('--nothing-skipped');
const scratch = mkdtempSync(join(tmpdir(), 'sentinel-test-'));
const environment = {
  ...process.env,
  // Programs started by a tool's own `#!/usr/bin/env node` must meet the same Node as npm scripts do.
  PATH: [join(ROOT, 'node_modules', '.bin'), process.env['PATH'] ?? ''].join(delimiter),
  TZ: 'UTC',
};

process.exitCode = await main();

async function main(): Promise<number> {
  const all = testSteps(environment);
  const unknown = chosen.filter((name) => !all.some((step) => step.name === name));
  if (unknown.length > 0) {
    console.error(`No such step: ${unknown.join(', ')}. There are: ${all.map((step) => step.name).join(', ')}`);
    return 2;
  }
  const totals: Totals = { passed: 0, ran: new Set(), failed: 0, skipped: [], failedSteps: [] };
  const steps = chosen.length === 0 ? all : all.filter((step) => chosen.includes(step.name));
  for (const step of steps) await runStep(step, totals);
  rmSync(scratch, { recursive: true, force: true });
  return report(totals, steps);
}

async function runStep(step: Step, totals: Totals): Promise<void> {
  if (step.lacks !== null) {
    totals.skipped.push({ name: `the whole suite "${step.name}"`, reason: step.lacks });
    if (nothingSkipped) fail(totals, step, `${step.lacks}, and nothing may be skipped`);
    return;
  }
  const startedAt = performance.now();
  const finding = step.kind === 'check' ? await runCheck(step, totals) : await runTests(step, totals);
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  console.log(`${finding.ok ? '✓' : '✗'} ${step.name.padEnd(14)} ${seconds.padStart(6)} s  ${finding.text}`);
}

async function runCheck(step: CheckStep, totals: Totals): Promise<{ ok: boolean; text: string }> {
  const { code, output } = await execute(step, { quiet: true, counts: null });
  const files = step.proof === null ? null : Number(step.proof.exec(output)?.[1] ?? 0);
  if (code === 0 && files !== 0) return { ok: true, text: files === null ? '' : `${files} files` };
  console.log(output);
  fail(totals, step, code === 0 ? 'it passed without having read a file' : `exit code ${code}`);
  return { ok: false, text: '' };
}

async function runTests(step: TestStep, totals: Totals): Promise<{ ok: boolean; text: string }> {
  console.log(`\n— ${step.name}`);
  const file = join(scratch, `${step.name}.json`);
  const { code } = await execute(step, { quiet: false, counts: file });
  const counts = readCounts(file);
  totals.passed += counts?.passed ?? 0;
  for (const id of counts?.ran ?? []) totals.ran.add(id);
  totals.skipped.push(...(counts?.skipped ?? []).map((test) => ({ ...test, name: `${step.name}: ${test.name}` })));
  if (counts === null || counts.passed + counts.failed === 0) fail(totals, step, 'no test ran');
  else if (counts.failed > 0) fail(totals, step, `${counts.failed} failed`, counts.failed);
  else if (code !== 0) fail(totals, step, `the run ended with code ${code}`);
  else return { ok: true, text: `${counts.passed} tests in ${counts.files} files` };
  return { ok: false, text: '' };
}

function execute(
  step: Step,
  how: { quiet: boolean; counts: string | null },
): Promise<{ code: number; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...step.run], {
      cwd: ROOT,
      env: how.counts === null ? environment : { ...environment, SENTINEL_TEST_COUNTS: how.counts },
      stdio: ['ignore', how.quiet ? 'pipe' : 'inherit', how.quiet ? 'pipe' : 'inherit'],
    });
    const chunks: Buffer[] = [];
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code: code ?? 1, output: Buffer.concat(chunks).toString('utf8') }));
  });
}

function readCounts(file: string): RunCounts | null {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as RunCounts;
  } catch {
    return null; // the run died before it could count; the caller makes that a failure
  }
}

function fail(totals: Totals, step: Step, why: string, count = 1): void {
  totals.failed += count;
  totals.failedSteps.push(`${step.name}: ${why}`);
}

function report(totals: Totals, steps: readonly Step[]): number {
  const wanted = steps.some((step) => step.kind === 'tests');
  if (wanted && totals.passed + totals.failed === 0) {
    totals.failed = 1;
    totals.failedSteps.push('no test ran at all');
  }
  // What one step left to the other engine's step is not skipped when that one did it.
  const skipped = totals.skipped.filter(({ id }) => id === undefined || !totals.ran.has(id));
  if (skipped.length > 0) console.log('\nSkipped:');
  for (const { name, reason } of skipped) console.log(`  ${name} (${reason})`);
  if (totals.failedSteps.length > 0) console.log('\nFailed:');
  for (const line of totals.failedSteps) console.log(`  ${line}`);
  if (wanted || totals.failedSteps.length > 0) {
    console.log(`\ntests: ${totals.passed} passed, ${totals.failed} failed, ${skipped.length} skipped`);
  }
  return totals.failedSteps.length > 0 ? 1 : 0;
}
