// `sentinel source`: the accounts at providers. Connecting ends in a browser, where the yes is said; the command prints the
// page to open and waits until the account is there.
import { setTimeout as pause } from 'node:timers/promises';
import {
  Connection,
  CONNECTION_PROVIDERS,
  ConnectionList,
  type ConnectionProvider,
  Disconnected,
  sharingGrant,
} from '@sentinel/contract';
import type { Command } from 'commander';
import type { ApiClient } from './api-client.ts';
import { openInBrowser } from './browser.ts';
import { findRunning, withServer } from './connection.ts';
import { CommandFailed, EXIT } from './exit-codes.ts';
import type { Session } from './session.ts';
import { table } from './terminal.ts';

const LOOK_EVERY_MS = 1_000;
const WAIT_MS = 10 * 60_000;

interface Flags {
  readonly json?: boolean;
  readonly purge?: boolean;
  readonly wait?: boolean;
}

const ACTS = [
  ['check', 'ask the provider something harmless, to see whether the connection works; exit code 3 when it does not'],
  ['pause', 'stop asking the provider until resumed'],
  ['resume', 'take a paused connection up again'],
] as const;

export function addSourceCommands(program: Command, session: (flags: object) => Session): void {
  const group = program.command('source').description('accounts at providers: CRM, mail, calendar, chat');
  const inform = (command: Command) => session(command.optsWithGlobals());
  group
    .command('list')
    .description('which are connected, and how they are')
    .option('--json', 'machine-readable list')
    .action(async (flags: Flags, command: Command) => await list(inform(command), flags));
  group
    .command('connect <provider>')
    .description(`connect an account: ${CONNECTION_PROVIDERS.join(', ')}`)
    .option('--no-wait', 'print the page to open and end')
    .option('--json', 'machine-readable connection')
    .action(async (provider: string, flags: Flags, command: Command) => {
      await connect(inform(command), providerNamed(provider), flags);
    });
  for (const [act, description] of ACTS) {
    group
      .command(`${act} <source>`)
      .description(description)
      .option('--json', 'machine-readable connection')
      .action(async (source: string, flags: Flags, command: Command) => {
        await change(inform(command), { act, source }, flags);
      });
  }
  group
    .command('disconnect <source>')
    .description('give the tokens back to the provider and remove them here')
    .option('--purge', 'also delete the messages and contacts it brought')
    .option('--json', 'machine-readable answer')
    .action(async (source: string, flags: Flags, command: Command) => await disconnect(inform(command), source, flags));
}

function providerNamed(name: string): ConnectionProvider {
  const provider = CONNECTION_PROVIDERS.find((each) => each === name);
  if (provider !== undefined) return provider;
  throw new CommandFailed(`There is no provider called ${name}.`, {
    tryThis: [`one of ${CONNECTION_PROVIDERS.join(', ')}`],
    exitCode: EXIT.usage,
  });
}

const PATH = '/v1/connections';

const listOf = (api: ApiClient): Promise<ConnectionList> => api.call(ConnectionList, { method: 'GET', path: PATH });

const connectionsOf = async (api: ApiClient): Promise<readonly Connection[]> => (await listOf(api)).connections;

async function list({ reach, terminal }: Session, flags: Flags): Promise<void> {
  const found = await withServer(reach, listOf);
  if (flags.json === true) return terminal.json(found);
  if (found.connections.length === 0) {
    const ready = found.providers.filter(({ configured }) => configured).map(({ provider }) => provider);
    terminal.result('No account is connected.');
    terminal.note(
      `Ready to connect: ${ready.length === 0 ? 'none; set a client id and secret first' : ready.join(', ')}.`,
    );
    return;
  }
  const rows = found.connections.map((each) => [
    each.provider,
    each.account.name ?? each.account.id,
    wordsOf(each),
    each.checkedAt ?? '–',
    each.id,
  ]);
  terminal.result(table([['provider', 'account', 'state', 'last answer', 'id'], ...rows]));
}

function wordsOf({ state, reason, trouble }: Connection): string {
  const why = reason ?? trouble?.kind ?? null;
  return why === null ? state.replace('_', ' ') : `${state.replace('_', ' ')} (${why})`;
}

async function connect(session: Session, provider: ConnectionProvider, flags: Flags): Promise<void> {
  const api = await findRunning(session.reach);
  if (api === null) {
    throw new CommandFailed('Sentinel is not running, so a provider could not send a browser back.', {
      tryThis: ['npm start', 'and then this command in another terminal'],
    });
  }
  try {
    await connectAt(api, session, provider, flags);
  } finally {
    api.close();
  }
}

async function connectAt(
  api: ApiClient,
  { reach, terminal }: Session,
  provider: ConnectionProvider,
  flags: Flags,
): Promise<void> {
  const before = await listOf(api);
  refuseUnconfigured(before, provider);
  const page = consolePage(api, reach, provider);
  terminal.note('Open this page where you are signed in, and go on there:');
  terminal.note(`  ${page}`);
  if (flags.wait === false) return flags.json === true ? terminal.json({ page }) : undefined;
  if (reach.config.open && process.stdout.isTTY) openInBrowser(page);
  const made = await awaitNew(api, before, provider);
  if (flags.json === true) return terminal.json(made);
  terminal.result(`${made.provider} is connected: ${made.account.name ?? made.account.id}`);
}

/** At the address that people open: the provider sends their browser back there, and only there its cookie comes along. */
function consolePage(api: ApiClient, { config, server }: Session['reach'], provider: ConnectionProvider): string {
  const base = server ?? config.publicUrl ?? api.url;
  return new URL(`/console/sources?connect=${provider}`, base).href;
}

function refuseUnconfigured({ providers }: ConnectionList, provider: ConnectionProvider): void {
  const found = providers.find((each) => each.provider === provider);
  if (found?.configured === true) return;
  throw new CommandFailed(`${found?.title ?? provider} is not set up in this installation.`, {
    why: `missing: ${(found?.missingSettings ?? []).join(', ')}`,
    tryThis: ['set them in the environment, then start Sentinel again'],
  });
}

/** Waits for a connection of the provider that was not there, or was made anew. */
async function awaitNew(api: ApiClient, before: ConnectionList, provider: ConnectionProvider): Promise<Connection> {
  const known = new Map(before.connections.map(({ id, connectedAt }) => [id, connectedAt]));
  const until = Date.now() + WAIT_MS;
  while (Date.now() < until) {
    await pause(LOOK_EVERY_MS);
    const { connections } = await listOf(api);
    const made = connections.find((each) => each.provider === provider && known.get(each.id) !== each.connectedAt);
    if (made !== undefined) return made;
  }
  throw new CommandFailed('Nothing was connected within ten minutes.', {
    tryThis: [`npx --no sentinel source connect ${provider}`],
  });
}

async function change(
  { reach, terminal }: Session,
  { act, source }: { readonly act: (typeof ACTS)[number][0]; readonly source: string },
  flags: Flags,
): Promise<void> {
  const changed = await withServer(reach, async (api) => {
    const { id } = sourceNamed(await connectionsOf(api), source);
    return await api.call(Connection, { method: 'POST', path: `${PATH}/${id}/${act}` });
  });
  if (act === 'check' && (changed.state !== 'connected' || changed.trouble !== null)) process.exitCode = EXIT.no;
  if (flags.json === true) return terminal.json(changed);
  terminal.result(`${changed.provider}, ${changed.account.name ?? changed.account.id}: ${wordsOf(changed)}`);
  if (changed.sentence !== null) terminal.note(changed.sentence);
}

async function disconnect({ reach, terminal }: Session, source: string, flags: Flags): Promise<void> {
  const { answer, other } = await withServer(reach, async (api) => {
    const connections = await connectionsOf(api);
    const left = sourceNamed(connections, source);
    const data = flags.purge === true ? 'purge' : 'keep';
    const query = { data };
    const said = await api.call(Disconnected, { method: 'DELETE', path: `${PATH}/${left.id}`, query });
    return { answer: said, other: sharingGrant(left, connections)?.provider ?? 'another connection' };
  });
  if (flags.json === true) return terminal.json(answer);
  const { messages, contacts } = answer.purged;
  terminal.result(
    `Disconnected${flags.purge === true ? `; ${messages} messages and ${contacts} contacts removed` : ''}.`,
  );
  const note = AFTERWARDS[answer.revocation](other);
  if (note !== null) terminal.note(note);
}

const AFTERWARDS: Readonly<Record<Disconnected['revocation'], (other: string) => string | null>> = {
  revoked: () => null,
  already_dead: () => 'The provider had ended its access before.',
  unconfirmed: () => 'The provider did not confirm it. Withdraw access there too.',
  shared: (other) => `The provider's grant stays, because ${other} of the same account stays connected.`,
};

/** By id, or by the provider's name where that names one only. */
function sourceNamed(connections: readonly Connection[], name: string): Connection {
  const found = connections.filter(({ id, provider }) => id === name || provider === name);
  const [only] = found;
  if (found.length === 1 && only !== undefined) return only;
  throw new CommandFailed(
    found.length === 0 ? `There is no source ${name}.` : `There are ${found.length} sources of ${name}.`,
    { tryThis: ['npx --no sentinel source list', 'and name one by its id'], exitCode: EXIT.usage },
  );
}
