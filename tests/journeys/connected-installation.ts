// An installation with an account connected at every provider, all of them stand-ins: its processes can be killed, its clock
// moves, and everything that it left anywhere or said to anybody can be searched for what passed over the wire.
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { Connection, CONNECTION_PROVIDERS, ConnectionList, type ConnectionProvider } from '@sentinel/contract';
import { type Ask, setUpInBrowser, signInInBrowser } from './connecting.ts';
import { install, type Installation } from './installation.ts';
import { type Leaks, openLeaks } from './leaks.ts';
import { type MovedServer, startMovedServer } from './moved-server.ts';
import { freePort, openProviderSandbox, type ProviderSandbox } from './provider-sandbox.ts';

/** How a connection stands: state, reason, kind of trouble. */
export type Standing = readonly [Connection['state'], Connection['reason'], string | null];
export type Standings = Readonly<Record<ConnectionProvider, Standing>>;

export interface ConnectedOptions {
  /** How many servers on one database; the embedded one belongs to one process. */
  readonly processes: 1 | 2;
  /** Where the master key is. */
  readonly keyIn: 'setting' | 'file';
  /** See `openProviderSandbox`. */
  readonly rotating: boolean;
  /** Whether background work runs in the servers. */
  readonly jobs: boolean;
}

export interface ConnectedInstallation extends Servers, Leaks, Omit<ProviderSandbox, 'settings'> {
  readonly here: Installation;
  /** Tries every connection out at once. @param by the first server unless said */
  checkAll(by?: MovedServer): Promise<Standings>;
  /** Tries one out. */
  check(provider: ConnectionProvider): Promise<Standing>;
  /** As the list has them. */
  standings(): Promise<Standings>;
  /** Connects these anew. */
  connect(providers: readonly ConnectionProvider[]): Promise<void>;
  /** Goes once more to where providers sent the browser, as whoever found it in a history would. @returns the statuses */
  returnAgain(): Promise<readonly number[]>;
  close(): Promise<void>;
}

export async function openConnectedInstallation(options: ConnectedOptions): Promise<ConnectedInstallation> {
  const port = await freePort();
  const base = `http://127.0.0.1:${port}`;
  const wire = await openProviderSandbox(base, options.rotating);
  const here = await install({
    ...wire.settings,
    SENTINEL_PUBLIC_URL: base,
    ...(options.keyIn === 'setting' ? { SENTINEL_VAULT_KEY: randomBytes(32).toString('base64') } : {}),
  });
  const closing: (() => Promise<void>)[] = [() => wire.sandbox.close(), () => here.remove()];
  const close = async () => {
    for (const end of closing.splice(0)) await end();
  };
  try {
    const servers = await startServers(here, port, options);
    closing.unshift(() => servers.stop());
    const heard: string[] = [];
    const talk = await openTalk(base, servers, heard);
    const ask = async (path: string) => (servers.stopped() ? null : await talk.asOperator(path));
    return { ...wire, ...servers, ...talk, ...openLeaks({ here, secrets: wire.secrets, heard, ask }), here, close };
  } catch (error) {
    await close();
    throw error;
  }
}

export interface Servers {
  /** Those that run. */
  servers(): readonly [MovedServer, ...MovedServer[]];
  /** Time passes for the servers and not for the providers. */
  pass(ms: number): Promise<void>;
  /** Kills the first server in the middle of whatever it does. */
  crash(): Promise<void>;
  /** Ends the first server in good order. */
  end(): Promise<void>;
  /** Starts the first one again, when so much time has passed for all. */
  restart(ms: number): Promise<void>;
  /** Ends all in good order. */
  stop(): Promise<void>;
  stopped(): boolean;
}

async function startServers(here: Installation, port: number, options: ConnectedOptions): Promise<Servers> {
  let aheadMs = 0;
  let isStopped = false;
  const start = (at: number, dataDir: string, sleptMs = 0) =>
    startMovedServer(here, { port: at, dataDir, aheadMs, sleptMs, jobs: options.jobs });
  let first = await start(port, here.dataDir);
  const others: MovedServer[] = [];
  for (let index = 1; index < options.processes; index += 1)
    others.push(await start(await freePort(), join(here.tempDir, `process-${index}`)));
  const tell = async (servers: readonly MovedServer[]) => {
    await Promise.all(servers.map((server) => server.setAhead(aheadMs)));
  };
  return {
    servers: () => [first, ...others],
    async pass(ms) {
      aheadMs += ms;
      await tell([first, ...others]);
    },
    crash: () => first.kill(),
    end: () => first.stop(),
    async restart(ms) {
      aheadMs += ms;
      await tell(others);
      first = await start(port, here.dataDir, ms);
    },
    async stop() {
      if (!isStopped) await Promise.all([first, ...others].map((server) => server.stop()));
      isStopped = true;
    },
    stopped: () => isStopped,
  };
}

/** Shorter than a person may be away. */
const AWAY_MS = 8 * 3_600_000;

type Talk = Pick<ConnectedInstallation, 'pass' | 'check' | 'checkAll' | 'standings' | 'connect' | 'returnAgain'> & {
  readonly asOperator: Ask;
};

/** Sets up, signs in and connects every provider. @param heard where every answer is kept */
async function openTalk(base: string, { servers, pass }: Servers, heard: string[]): Promise<Talk> {
  const listening =
    (ask: Ask): Ask =>
    async (path, init) => {
      const answer = await ask(path, init);
      heard.push(await answer.clone().text());
      return answer;
    };
  const asOperator = listening((path, init) => servers()[0].ask(path, init));
  const owner = await setUpInBrowser(base, asOperator);
  const connect = async (providers: readonly ConnectionProvider[], signedIn = owner) => {
    for (const provider of providers) await signedIn.connect(provider);
  };
  await connect(CONNECTION_PROVIDERS);
  const again = [await signInInBrowser(base, asOperator), await signInInBrowser(base, asOperator)];
  // Taken in turn, so that nobody asks more often than one may.
  const callers = [asOperator, ...[owner, ...again].map(({ ask }) => listening(ask))];
  const nextCaller = (): Ask => {
    const [next = asOperator] = callers.splice(0, 1);
    callers.push(next);
    return next;
  };
  const list = async () => ConnectionList.parse(await (await asOperator('/v1/connections')).json()).connections;
  const checkOne = async (before: Connection, ask: Ask): Promise<Connection> => {
    const answer = await ask(`/v1/connections/${before.id}/check`, { method: 'POST' });
    if (answer.status === 409 && before.state === 'needs_attention') return before;
    if (answer.status !== 200) throw new Error(`${before.provider}: ${answer.status} ${await answer.text()}`);
    return Connection.parse(await answer.json());
  };
  return {
    asOperator,
    async pass(ms) {
      for (let left = ms; left > 0; left -= AWAY_MS) {
        await pass(Math.min(left, AWAY_MS));
        // Whoever is signed in stays so.
        await Promise.all(callers.map((ask) => ask('/v1/session')));
      }
    },
    standings: async () => standingsOf(await list()),
    async check(provider) {
      const found = (await list()).find((each) => each.provider === provider);
      if (found === undefined) throw new Error(`there is no connection of ${provider}`);
      return standingOf(await checkOne(found, nextCaller()));
    },
    async checkAll(by) {
      const checked = (await list()).map((each) => checkOne(each, by === undefined ? nextCaller() : listening(by.ask)));
      return standingsOf(await Promise.all(checked));
    },
    async returnAgain() {
      const answers = await Promise.all(owner.returns.map((url) => fetch(url)));
      heard.push(...(await Promise.all(answers.map((answer) => answer.text()))));
      return answers.map(({ status }) => status);
    },
    connect: async (providers) => connect(providers, await signInInBrowser(base, asOperator)),
  };
}

const standingOf = ({ state, reason, trouble }: Connection): Standing => [state, reason, trouble?.kind ?? null];

function standingsOf(connections: readonly Connection[]): Standings {
  const of = (provider: ConnectionProvider): Standing => {
    const [found, ...others] = connections.filter((each) => each.provider === provider);
    if (found === undefined || others.length > 0) throw new Error(`there is not exactly one connection of ${provider}`);
    return standingOf(found);
  };
  return {
    hubspot: of('hubspot'),
    salesforce: of('salesforce'),
    gmail: of('gmail'),
    calendar: of('calendar'),
    slack: of('slack'),
  };
}
