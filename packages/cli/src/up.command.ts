// `sentinel up`: everything in one process, ready in seconds, with one link to open.
import type { Command } from 'commander';
import { openInBrowser } from './browser.ts';
import { CommandFailed } from './exit-codes.ts';
import { folderHolder } from '@sentinel/server/folder';
import type { System } from '@sentinel/server';
import type { Session } from './session.ts';
import type { Terminal } from './terminal.ts';

export function addUpCommand(program: Command, session: (flags: object) => Session): void {
  program
    .command('up')
    .description('run everything here: API, console, jobs')
    .option('--port <port>', 'port to listen on; 0 takes a free one (SENTINEL_PORT)')
    .option('--host <address>', 'address to listen on (SENTINEL_HOST)')
    .option('--public-url <url>', 'address people open, behind a proxy (SENTINEL_PUBLIC_URL)')
    .option('--log-level <level>', 'debug, info, warn, error or silent (SENTINEL_LOG_LEVEL)')
    .option('--demo', 'open with a made-up company (SENTINEL_DEMO)')
    .option('--no-open', 'do not open the link in a browser (SENTINEL_OPEN)')
    .action(async (_flags: object, command: Command) => await runUp(session(command.optsWithGlobals())));
}

async function runUp({ reach: { config }, terminal }: Session): Promise<void> {
  const startedAt = performance.now();
  await refuseSecondStart(config.dataDir);
  const { startSystem } = await import('@sentinel/server');
  const { paint } = terminal;
  const demo = config.demo ? await (await import('./demo.ts')).startDemoCompany(config) : null;
  const system = await startSystem(demo?.config ?? config, {
    jobs: true,
    exitOnFault: true,
    onStep: (step) => terminal.note(`${paint.yes('✓')} ${step.name.padEnd(9)} ${paint.dim(step.finding)}`),
  });
  if (config.demo) await openDemo(system, terminal);
  else await sayIfDemo(system, terminal);
  const link = await system.createLink();
  const sandboxUrl = demo?.sandboxUrl ?? null;
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  terminal.result(
    [
      `${paint.yes('✓')} ready     ${paint.dim(`in ${seconds} s`)}`,
      '',
      `  Console   ${system.url}/console`,
      `  API       ${system.url}/docs/api`,
      ...(sandboxUrl === null ? [] : [`  Sandbox   ${sandboxUrl}`]),
      '',
      `  ${link.kind === 'setup' ? 'First time? Open this once' : 'Sign in once with'}: ${link.url}`,
      paint.dim(`  (30 minutes, ${whereLinksWork(system)}; \`npx --no sentinel open\` prints another)`),
      '',
    ].join('\n'),
  );
  if (config.open && process.stdout.isTTY) openInBrowser(link.url);
  await untilStopped();
  terminal.note('Stopping…');
  await system.close();
  await demo?.close();
}

function whereLinksWork({ access }: System): string {
  return access.links.remote ? 'once' : 'from this machine';
}

async function openDemo(system: System, terminal: Terminal): Promise<void> {
  const { fillDemo } = await import('./demo.ts');
  try {
    const messages = await fillDemo(system);
    const finding =
      messages === null
        ? 'the made-up company of an earlier start'
        : `a made-up company, ${messages.toLocaleString('en')} messages decided`;
    terminal.note(`${terminal.paint.yes('✓')} demo      ${terminal.paint.dim(finding)}`);
  } catch (error) {
    await system.close();
    throw error;
  }
}

/** A folder begun with --demo stays the made-up company's; whoever starts it again should know. */
async function sayIfDemo(system: System, terminal: Terminal): Promise<void> {
  const { listActiveWorkspaces } = await import('@sentinel/server/demo');
  const [workspace] = await system.db.control(listActiveWorkspaces);
  if (workspace?.demo !== true) return;
  terminal.note('! This folder holds the made-up company of --demo. For your own: npm start -- --data ./my-data');
}

async function refuseSecondStart(dataDir: string): Promise<void> {
  const holder = await folderHolder(dataDir);
  if (holder === null) return;
  throw new CommandFailed(`Could not start: the data folder is in use by process ${holder.pid}.`, {
    why: holder.url === null ? dataDir : `Sentinel is already running at ${holder.url}.`,
    tryThis: ['npx --no sentinel open', 'or another folder: npm start -- --data ./other --port 9004'],
  });
}

/** Until somebody ends the process; without this it would end at once. */
export async function untilStopped(): Promise<void> {
  process.removeAllListeners('SIGINT');
  await new Promise<void>((resolve) => {
    process.once('SIGINT', () => resolve());
    process.once('SIGTERM', () => resolve());
  });
}
