// `sentinel sandbox`: the stand-ins for the providers alone, for whoever develops against them: a Sentinel of their own, or an
// application with a provider's SDK. Everything is made up, and only this machine can reach it.
import type { ConnectionProvider } from '@sentinel/contract';
import type { Command } from 'commander';
import { CommandFailed, EXIT } from './exit-codes.ts';
import type { Terminal } from './terminal.ts';
import { untilStopped } from './up.command.ts';

const CLIENT = { id: 'sentinel-sandbox', secret: 'made-up-client-secret', signingSecret: 'made-up-signing-secret' };
const HIGHEST_PORT = 65_535;
/** The sandbox's own limits. */
const CONTACTS = { least: 100, most: 1_000_000 };

interface Flags {
  readonly port: string;
  readonly contacts: string;
  readonly seed?: string;
  readonly redirect?: readonly string[];
  readonly json?: boolean;
}

export function addSandboxCommand(program: Command, terminal: () => Terminal): void {
  program
    .command('sandbox')
    .description('run stand-ins for HubSpot, Salesforce, Google, Slack, Stripe and OpenRouter on this machine')
    .option(
      '--port <port>',
      'first of three ports: most providers, then Google, then Stripe; 0 takes free ones',
      '9005',
    )
    .option('--contacts <n>', 'how many contacts the made-up company knows', '400')
    .option('--seed <n>', 'another made-up company; the same number always makes the same one')
    .option('--redirect <url>', "where browsers are sent back to; repeatable (a Sentinel's on port 9003)", collect)
    .option('--json', 'machine-readable addresses and client')
    .action(async (flags: Flags) => await runSandbox(flags, terminal()));
}

const collect = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];

async function runSandbox(flags: Flags, terminal: Terminal): Promise<void> {
  const port = wholeNumber('--port', flags.port, { least: 0, most: HIGHEST_PORT - 2 });
  const contacts = wholeNumber('--contacts', flags.contacts, CONTACTS);
  const seed = flags.seed === undefined ? {} : { seed: wholeNumber('--seed', flags.seed, { least: 0, most: 2 ** 31 }) };
  const redirects = flags.redirect?.map(redirectOf) ?? null;
  const { startSandbox } = await import('@sentinel/sandbox/providers');
  const sandbox = await startSandbox({
    port,
    googlePort: port === 0 ? 0 : port + 1,
    stripePort: port === 0 ? 0 : port + 2,
    world: { now: new Date(), contacts, live: true, ...seed },
    apps: appsFor(redirects),
  }).catch((cause: unknown) => {
    throw portFailure(cause, port);
  });
  const found = {
    page: sandbox.origin,
    endpoints: sandbox.urls,
    clientId: CLIENT.id,
    clientSecret: CLIENT.secret,
    signingSecret: CLIENT.signingSecret,
    redirects: redirects ?? ANY_CALLBACK,
  };
  if (flags.json === true) terminal.json(found);
  else terminal.result(textOf(found, terminal));
  await untilStopped();
  await sandbox.close();
}

/** The same client everywhere. @param redirects null for the addresses of a Sentinel on its usual port */
function appsFor(redirects: readonly string[] | null) {
  const app = (...providers: readonly ConnectionProvider[]) => [
    {
      clientId: CLIENT.id,
      clientSecret: CLIENT.secret,
      signingSecret: CLIENT.signingSecret,
      redirectUris: redirects ?? providers.flatMap(callbacks),
    },
  ];
  return {
    hubspot: app('hubspot'),
    salesforce: app('salesforce'),
    google: app('gmail', 'calendar'),
    slack: app('slack'),
    stripe: app(),
    openrouter: app(),
  };
}

const OWN = ['http://127.0.0.1:9003', 'http://localhost:9003'];
const callbacks = (provider: ConnectionProvider): readonly string[] =>
  OWN.map((origin) => `${origin}/connect/callback/${provider}`);
const ANY_CALLBACK = OWN.map((origin) => `${origin}/connect/callback/<provider>`);

interface Found {
  readonly page: string;
  readonly endpoints: Readonly<Record<string, string>>;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly signingSecret: string;
  readonly redirects: readonly string[];
}

function textOf({ page, endpoints, redirects, ...client }: Found, { paint }: Terminal): string {
  const settings = ['HUBSPOT', 'SALESFORCE', 'GOOGLE_SOURCES', 'SLACK'].flatMap((name) => [
    `  export ${name}_CLIENT_ID=${client.clientId} ${name}_CLIENT_SECRET=${client.clientSecret}`,
  ]);
  return [
    `${paint.yes('✓')} The sandbox runs. What it is made to do: ${page}`,
    '',
    ...Object.entries(endpoints).map(([name, url]) => `  ${name.padEnd(11)} ${url}`),
    '',
    `  client id       ${client.clientId}`,
    `  client secret   ${client.clientSecret}`,
    `  signing secret  ${client.signingSecret}`,
    ...redirects.map((uri, index) => `  ${(index === 0 ? 'redirects to' : '').padEnd(14)}  ${uri}`),
    '',
    paint.dim('For a Sentinel that connects accounts here:'),
    `  export SENTINEL_PROVIDERS_SANDBOX=${page} SENTINEL_PROVIDERS_SANDBOX_GOOGLE=${endpoints['google'] ?? ''}`,
    ...settings,
    '',
  ].join('\n');
}

function wholeNumber(flag: string, text: string, { least, most }: { least: number; most: number }): number {
  const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw new CommandFailed(`${flag} is a whole number from ${least} to ${most}.`, { exitCode: EXIT.usage });
}

function redirectOf(text: string): string {
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return text;
  throw new CommandFailed(`--redirect needs a whole address: ${text} is none.`, {
    tryThis: ['--redirect http://127.0.0.1:3000/callback'],
    exitCode: EXIT.usage,
  });
}

function portFailure(cause: unknown, port: number): unknown {
  const isTaken = cause instanceof Error && 'code' in cause && cause.code === 'EADDRINUSE';
  if (!isTaken) return cause;
  return new CommandFailed(`One of the ports ${port}, ${port + 1} and ${port + 2} is taken.`, {
    why: 'A demo that runs has its own sandbox there.',
    tryThis: ['another: --port 9105', 'or free ones: --port 0'],
  });
}
