// The whole command line in one place: every command, its flags and its help. The reference page is made from this.
import { loadConfig, readProcessSources, type ConfigSources, type LoadedConfig } from '@sentinel/server/config';
import { VERSION } from '@sentinel/server/version';
import { Command } from 'commander';
import { addAuditCommands } from './audit.command.ts';
import { addBookCommands } from './book.command.ts';
import { addGateCommands } from './gate.command.ts';
import { addKeysCommands } from './keys.command.ts';
import { addLoginCommands } from './login.command.ts';
import { serverAddress } from './server-address.ts';
import type { Session } from './session.ts';
import { addSandboxCommand } from './sandbox.command.ts';
import { addSetupCommand } from './setup.command.ts';
import { addSigningKeyCommands } from './signing-key.command.ts';
import { addSourceCommands } from './source.command.ts';
import { addSystemCommands } from './system.command.ts';
import { createTerminal, type Terminal } from './terminal.ts';
import { addTryCommand } from './try.command.ts';
import { addUpCommand } from './up.command.ts';

interface GlobalFlags {
  readonly data?: string;
  readonly databaseUrl?: string;
  readonly workspace?: string;
  readonly server?: string;
  readonly quiet?: boolean;
  readonly color?: boolean;
  readonly port?: string;
  readonly host?: string;
  readonly publicUrl?: string;
  readonly logLevel?: string;
  readonly demo?: boolean;
  readonly open?: boolean;
}

const EXAMPLES = `
Examples:
  sentinel try --book contacts.csv --mail inbox.mbox --mailbox me@company.com
  sentinel up --demo
  npx --no sentinel gate import inbox.mbox --mailbox me@company.com`;

const EXIT_CODES = `
Exit codes: 0 done or yes · 1 failed · 2 wrong usage · 3 the answer is no · 4 sign-in needed · 130 interrupted`;

export function buildProgram(): Command {
  const program = new Command('sentinel')
    .description('Decides which messages may be kept, and can always tell you why.')
    .option('--data <dir>', 'data folder (SENTINEL_DATA)')
    .option('--database-url <url>', 'PostgreSQL server instead of the embedded database (DATABASE_URL)')
    .option('--workspace <slug>', 'which workspace; not needed when there is only one')
    .option('--server <url>', 'another server, as the person who signed in there with `sentinel login`')
    .option('--quiet', 'say only the result')
    .option('--no-color', 'no colours (also NO_COLOR)')
    .addHelpText('beforeAll', '')
    .addHelpText('after', EXAMPLES + EXIT_CODES)
    .version(VERSION, '--version', 'print the version')
    .showSuggestionAfterError()
    .showHelpAfterError('Run with --help for usage.')
    .exitOverride();
  const session = (flags: object): Session => ({
    reach: {
      config: configOf(flags).config,
      workspace: (flags as GlobalFlags).workspace ?? null,
      server: serverOf(flags as GlobalFlags),
    },
    terminal: terminalOf(flags),
  });
  addTryCommand(program, () => terminalOf(program.opts()));
  addUpCommand(program, session);
  addSetupCommand(program, session);
  addBookCommands(program, session);
  addGateCommands(program, session);
  addSourceCommands(program, session);
  addAuditCommands(program, session);
  addLoginCommands(program, session);
  addKeysCommands(program, session);
  addSigningKeyCommands(program, session);
  addSystemCommands(program, session, configOf);
  addSandboxCommand(program, () => terminalOf(program.opts()));
  return program;
}

function serverOf({ server }: GlobalFlags): string | null {
  return server === undefined ? null : serverAddress(server);
}

function terminalOf(flags: object): Terminal {
  const { quiet, color } = flags as GlobalFlags;
  return createTerminal(
    { out: process.stdout, err: process.stderr },
    { quiet: quiet === true, noColor: color === false },
  );
}

function configOf(flags: object): LoadedConfig {
  const given = flags as GlobalFlags;
  const texts: ConfigSources['flags'] = {
    ...(given.data === undefined ? {} : { dataDir: given.data }),
    ...(given.databaseUrl === undefined ? {} : { databaseUrl: given.databaseUrl }),
    ...(given.port === undefined ? {} : { port: given.port }),
    ...(given.host === undefined ? {} : { host: given.host }),
    ...(given.publicUrl === undefined ? {} : { publicUrl: given.publicUrl }),
    ...(given.logLevel === undefined ? {} : { logLevel: given.logLevel }),
    ...(given.demo === true ? { demo: 'true' } : {}),
    ...(given.open === false ? { open: 'false' } : {}),
  };
  return loadConfig(readProcessSources(texts));
}
