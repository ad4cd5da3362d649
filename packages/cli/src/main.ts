// The `sentinel` command: runs the program and turns whatever happens into an exit code and a readable sentence.
import { enableCompileCache } from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { EXIT } from './exit-codes.ts';

// Compiled code of earlier runs; without it every command would compile the whole program again.
enableCompileCache(join(homedir(), '.cache', 'sentinel', 'code'));

process.once('SIGINT', () => process.exit(EXIT.interrupted));

try {
  const { buildProgram } = await import('./program.ts');
  await buildProgram().parseAsync();
} catch (error) {
  const { reportError } = await import('./report-error.ts');
  process.exitCode = reportError(error);
}
