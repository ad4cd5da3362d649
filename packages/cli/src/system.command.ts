// `sentinel status`, `doctor`, `config` and `open`: is it well, what is it set to, and how do I get in?
import { Health, SetupState, SignInLink, SystemState, type Check } from '@sentinel/contract';
import { SETTING_NAMES, SETTINGS, type LoadedConfig } from '@sentinel/server/config';
import type { Command } from 'commander';
import { exists, findRunning, withServer } from './connection.ts';
import { localChecks } from './doctor.ts';
import { CommandFailed, EXIT } from './exit-codes.ts';
import { openInBrowser } from './browser.ts';
import type { Session } from './session.ts';
import { table, type Terminal } from './terminal.ts';

const MARKS = { ok: '✓', warning: '!', failed: '✗' } as const satisfies Record<Check['state'], string>;

export function addSystemCommands(
  program: Command,
  session: (flags: object) => Session,
  loaded: (flags: object) => LoadedConfig,
): void {
  program
    .command('status')
    .description('is Sentinel running here, and is it well? exit code 3 when not')
    .option('--json', 'machine-readable answer')
    .action(
      async (flags: { json?: boolean }, command: Command) =>
        await showStatus(flags, session(command.optsWithGlobals())),
    );
  program
    .command('doctor')
    .description('check everything Sentinel needs, each with its fix')
    .option('--json', 'machine-readable answer')
    .action(
      async (flags: { json?: boolean }, command: Command) => await runDoctor(flags, session(command.optsWithGlobals())),
    );
  program
    .command('config')
    .description('every setting with its value and where it comes from')
    .option('--json', 'machine-readable list')
    .action((flags: { json?: boolean }, command: Command) =>
      showConfig(flags, loaded(command.optsWithGlobals()), session(command.optsWithGlobals())),
    );
  program
    .command('open')
    .description('print a one-time sign-in link for the console, and open it')
    .option('--print', 'only print it')
    .action(
      async (flags: { print?: boolean }, command: Command) =>
        await openConsole(flags, session(command.optsWithGlobals())),
    );
}

async function showStatus(flags: { json?: boolean }, { reach, terminal }: Session): Promise<void> {
  const api = await findRunning(reach);
  if (api === null) {
    if (flags.json === true) terminal.json({ running: false, dataDir: reach.config.dataDir });
    else terminal.result(`Sentinel is not running on ${reach.config.dataDir}. Start it: npm start`);
    process.exitCode = EXIT.no;
    return;
  }
  const health = await api.call(Health, { method: 'GET', path: '/health' });
  const { needed } = await api.call(SetupState, { method: 'GET', path: '/v1/setup' });
  if (needed) {
    if (flags.json === true) terminal.json({ running: true, url: api.url, well: health.status === 'ok', setUp: false });
    else terminal.result(`Sentinel is running at ${api.url} and waits for its setup: npx --no sentinel open`);
    return;
  }
  const state = await api.call(SystemState, { method: 'GET', path: '/v1/system' });
  const well = health.status === 'ok' && state.checks.every((check) => check.state !== 'failed');
  if (flags.json === true) terminal.json({ running: true, url: api.url, well, ...state });
  else {
    const rows = [
      ['console', `${api.url}/console`],
      ['api', `${api.url}/docs/api`],
      ['version', state.version],
      ['since', state.startedAt],
      [
        'database',
        `${state.database.kind}, ${state.database.version}, ${(state.database.bytes / 1_048_576).toFixed(0)} MiB`,
      ],
      ['jobs', `${state.jobs.waiting} waiting, ${state.jobs.running} running, ${state.jobs.failed} failed`],
    ];
    terminal.result(`${well ? terminal.paint.yes('✓ well') : terminal.paint.broken('✗ unwell')}\n${table(rows)}`);
  }
  if (!well) process.exitCode = EXIT.no;
}

async function runDoctor(flags: { json?: boolean }, { reach, terminal }: Session): Promise<void> {
  const checks = [...(await localChecks(reach.config))];
  if (checks.every((check) => check.state !== 'failed')) checks.push(...(await serverChecks({ reach, terminal })));
  if (flags.json === true) terminal.json({ checks });
  else terminal.result(checksText(checks, terminal));
  if (checks.some((check) => check.state === 'failed')) process.exitCode = EXIT.no;
}

async function serverChecks({ reach }: Session): Promise<readonly Check[]> {
  if (reach.config.databaseUrl === null && !(await exists(reach.config.dataDir))) return [];
  try {
    return (await withServer(reach, (api) => api.call(SystemState, { method: 'GET', path: '/v1/system' }))).checks;
  } catch (error) {
    // A wide-open catch is right here: whatever stops a start is the finding.
    const finding = error instanceof Error ? error.message : 'it does not start';
    return [
      {
        name: 'start',
        state: 'failed',
        finding,
        fix: error instanceof CommandFailed ? (error.tryThis[0] ?? null) : null,
      },
    ];
  }
}

function checksText(checks: readonly Check[], { paint }: Terminal): string {
  const paints = { ok: paint.yes, warning: paint.no, failed: paint.broken };
  return checks
    .map(
      (check) =>
        `${paints[check.state](MARKS[check.state])} ${check.name.padEnd(12)} ${check.finding}${check.fix === null ? '' : `\n  ${paint.dim(`fix: ${check.fix}`)}`}`,
    )
    .join('\n');
}

function showConfig(flags: { json?: boolean }, { config, origins }: LoadedConfig, { terminal }: Session): void {
  const rows = SETTING_NAMES.map((name) => ({
    name,
    value: SETTINGS[name].secret ? (config[name] === null ? 'unset' : 'set') : String(config[name] ?? 'unset'),
    origin: origins[name],
    env: SETTINGS[name].env[0],
  }));
  if (flags.json === true) terminal.json(rows);
  else
    terminal.result(
      table([
        ['setting', 'value', 'from', 'environment'],
        ...rows.map((row) => [row.name, row.value, row.origin, row.env]),
      ]),
    );
}

async function openConsole(flags: { print?: boolean }, { reach, terminal }: Session): Promise<void> {
  const api = await findRunning(reach);
  if (api === null)
    throw new CommandFailed('Sentinel is not running here.', {
      why: reach.config.dataDir,
      tryThis: ['npm start'],
      exitCode: EXIT.no,
    });
  const { needed } = await api.call(SetupState, { method: 'GET', path: '/v1/setup' });
  const { url } = await api.call(SignInLink, {
    method: 'POST',
    path: needed ? '/v1/setup-links' : '/v1/sign-in-links',
    json: {},
  });
  terminal.result(url);
  if (flags.print !== true) openInBrowser(url);
}
