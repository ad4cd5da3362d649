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
  if (error instanceof Error && error.name === 'ConfigInvalid') return fail(error.message, EXIT.usage);
  if (error instanceof Error && error.name === 'ProblemError')
    return fail(error.message, 'status' in error && error.status === 422 ? EXIT.usage : EXIT.failed);
  if (error instanceof Error && START_ERRORS.includes(error.name)) return fail(error.message, EXIT.failed);
  const sentence = systemErrorSentence(error);
  if (sentence !== null) return fail(sentence, EXIT.failed);
  // Anything else is a fault of ours; its stack is what a report needs.
  console.error(error);
  return EXIT.failed;
}

const START_ERRORS = ['VaultError', 'DatabaseUnusable', 'DataFolderInUse', 'PortInUse'];

const SYSTEM_ERRORS: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist',
  EISDIR: 'is a folder, not a file',
  ENOTDIR: 'is not a folder',
  EACCES: 'may not be read or written by this user',
  EPERM: 'may not be changed by this user',
  EROFS: 'lies on a read-only disk',
  ENOSPC: 'has no room left on its disk',
  EEXIST: 'exists already',
};

/** The path was named by the person at the terminal, so it may be said back. */
function systemErrorSentence(error: unknown): string | null {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return null;
  const meaning = SYSTEM_ERRORS[error.code];
  if (meaning === undefined) return null;
  return 'path' in error && typeof error.path === 'string'
    ? `${error.path} ${meaning}.`
    : `A file or folder ${meaning}.`;
}

function fail(sentence: string, code: number): number {
  say([`✗ ${sentence}`]);
  return code;
}

function say(lines: readonly string[]): void {
  process.stderr.write(`${lines.join('\n')}\n`);
}
