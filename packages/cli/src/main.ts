#!/usr/bin/env node
// The `sentinel` command: runs the program and turns whatever happens into an exit code and a readable sentence.
import { enableCompileCache } from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { CommanderError } from 'commander';
import { CommandFailed, EXIT } from './exit-codes.ts';

// Compiled code of earlier runs; without it every command would compile the whole program again.
enableCompileCache(join(homedir(), '.cache', 'sentinel', 'code'));

process.once('SIGINT', () => process.exit(EXIT.interrupted));

try {
  const { buildProgram } = await import('./program.ts');
  await buildProgram().parseAsync();
} catch (error) {
  process.exitCode = report(error);
}

function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
  if (error instanceof CommandFailed) {
    say([
      `✗ ${error.message}`,
      ...(error.why === null ? [] : [`  ${error.why}`]),
      ...error.tryThis.map((hint) => `  Try: ${hint}`),
    ]);
    return error.exitCode;
  }
  // Problems and start-up errors carry sentences written for people; anything else is a fault and shows its stack.
  const expected =
    error instanceof Error &&
    ['ProblemError', 'ConfigInvalid', 'VaultError', 'DatabaseUnusable', 'DataFolderInUse', 'PortInUse'].includes(
      error.name,
    );
  if (expected) say([`✗ ${error.message}`]);
  else console.error(error);
  return EXIT.failed;
}

function say(lines: readonly string[]): void {
  process.stderr.write(`${lines.join('\n')}\n`);
}
