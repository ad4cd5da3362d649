// Turns whatever a command threw into sentences on stderr and an exit code.
import { errorFields } from '@sentinel/server/log';
import { CommanderError } from 'commander';
import { CommandFailed, EXIT } from './exit-codes.ts';

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

/** @returns the exit code */
export function reportError(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
  if (error instanceof CommandFailed) {
    const hints = error.tryThis.map((hint) => `  Try: ${hint}`);
    say([`✗ ${error.message}`, ...(error.why === null ? [] : [`  ${error.why}`]), ...hints]);
    return error.exitCode;
  }
  if (!(error instanceof Error)) return fault(error);
  if (error.name === 'ConfigInvalid') return sentence(error.message, EXIT.usage);
  if (error.name === 'ProblemError')
    return sentence(error.message, 'status' in error && error.status === 422 ? EXIT.usage : EXIT.failed);
  if (START_ERRORS.includes(error.name)) return sentence(error.message, EXIT.failed);
  const system = systemSentence(error);
  return system === null ? fault(error) : sentence(system, EXIT.failed);
}

/** The path was named by the person at the terminal, so it may be said back. */
function systemSentence(error: Error): string | null {
  if (!('code' in error) || typeof error.code !== 'string') return null;
  const meaning = SYSTEM_ERRORS[error.code];
  if (meaning === undefined) return null;
  return 'path' in error && typeof error.path === 'string'
    ? `${error.path} ${meaning}.`
    : `A file or folder ${meaning}.`;
}

/** A fault of ours: its class and our frames are what a report needs; its text may quote a value of the database. */
function fault(error: unknown): number {
  const fields = Object.entries(errorFields(error)).map(([name, value]) => `  ${name}: ${value}`);
  return sentence(['Something went wrong inside Sentinel.', ...fields].join('\n'), EXIT.failed);
}

function sentence(text: string, code: number): number {
  say([`✗ ${text}`]);
  return code;
}

function say(lines: readonly string[]): void {
  process.stderr.write(`${lines.join('\n')}\n`);
}
