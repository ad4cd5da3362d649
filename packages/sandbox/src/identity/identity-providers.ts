// Stand-ins for the identity providers, on one port of this machine: Google, Entra ID and a generic OpenID Connect issuer
// (the certified `oidc-provider` three times), and GitHub. For tests and the demo; the people are made up, and no password
// is asked. What a real provider would never say, such as a token of the day before yesterday, can be had on request.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { openGitHub, type GitHub } from './github.ts';
import { openIssuer, type Issuer, type SandboxClient } from './issuer.ts';
import { assertKnownClaims, entraUser, madeUpUsers, type SandboxUser } from './sandbox-user.ts';
import { testToken, type TokenOrder } from './test-token.ts';

export { type Browser, createBrowser, type Landing } from './browser.ts';
export type { SandboxClient } from './issuer.ts';
export { entraUser, EXTRA_CLAIMS, madeUpUsers, sandboxUser, type SandboxUser } from './sandbox-user.ts';
export type { SignsWith } from './signed-token.ts';
export type { TokenOrder } from './test-token.ts';

export type IssuerName = 'google' | 'entra' | 'oidc';
export type StandInName = IssuerName | 'github';

/** The Entra tenant the stand-in plays. */
export const SANDBOX_TENANT = '3f1c0f5e-7a52-4c1e-9f6e-2b1d8a9c4e01';

export interface StandInOptions {
  /** 0 or nothing: a free one. */
  readonly port?: number;
  readonly clients: Readonly<Partial<Record<StandInName, readonly SandboxClient[]>>>;
  /** Who is known where; {@link madeUpUsers} at whatever is not named. */
  readonly users?: Readonly<Partial<Record<StandInName, readonly SandboxUser[]>>>;
}

export interface StandIns {
  /** Such as `http://127.0.0.1:41234`. */
  readonly origin: string;
  /** `iss` of an issuer; its metadata lies under `/.well-known/openid-configuration` of it. */
  issuer(name: IssuerName): string;
  /** Where GitHub's pages and its API are, without a trailing slash. */
  readonly gitHub: { readonly web: string; readonly api: string } & Pick<GitHub, 'issueToken' | 'revokeToken'>;
  /**
   * Adds a person, or says anew what is said about one with this `sub`.
   *
   * @throws Error for claims that would not be passed on
   */
  setUser(name: StandInName, user: SandboxUser): void;
  /** From now on an issuer signs with a new key; without `keepOld` the older ones are published no more. */
  rotateKeys(name: IssuerName, keepOld?: boolean): Promise<void>;
  /** Whether requests find nobody there: the connection is closed without an answer. All stand-ins, or one. */
  down(isDown: boolean, name?: StandInName): void;
  /** What was asked of a stand-in so far, such as `GET /jwks`. */
  asked(name: StandInName): readonly string[];
  /** Signs an ID token by hand: a good one, or any wrong one. */
  idToken(order: TokenOrder<IssuerName>): string;
  close(): Promise<void>;
}

interface StandIn {
  readonly mount: string;
  handle(request: IncomingMessage, response: ServerResponse): Promise<void>;
  readonly users: Map<string, SandboxUser>;
  readonly asked: string[];
  isDown: boolean;
}

const TITLES = { google: 'Google', entra: 'Entra ID', oidc: 'Company sign-in' } as const satisfies Record<
  IssuerName,
  string
>;
const MOUNTS = {
  google: '/google',
  entra: `/entra/${SANDBOX_TENANT}/v2.0`,
  oidc: '/oidc',
  github: '/github',
} as const satisfies Record<StandInName, string>;

/**
 * Starts all four on 127.0.0.1.
 *
 * @throws when the port is taken, or a client's redirect URI is neither https nor on a loopback address
 */
export async function startIdentityProviders(options: StandInOptions): Promise<StandIns> {
  const server = createServer();
  const origin = await listen(server, options.port ?? 0);
  try {
    const { issuers, gitHub, all } = await openAll(options, origin);
    server.on('request', (request, response) => void dispatch(all, request, response));
    return {
      origin,
      issuer: (name) => issuers[name].issuer,
      gitHub: { web: `${origin}${MOUNTS.github}`, api: `${origin}${MOUNTS.github}/api`, ...gitHub },
      setUser: (name, user) => {
        assertKnownClaims(name, user);
        all[name].users.set(user.sub, user);
      },
      rotateKeys: async (name, keepOld = true) => await issuers[name].rotateKeys(keepOld),
      down: (isDown, name) => {
        for (const each of name === undefined ? Object.values(all) : [all[name]]) each.isDown = isDown;
      },
      asked: (name) => [...all[name].asked],
      idToken: (order) => testToken(issuers[order.issuer], order, new Date()),
      close: async () => await close(server),
    };
  } catch (error) {
    await close(server);
    throw error;
  }
}

async function openAll({ clients, users }: StandInOptions, origin: string) {
  const usersOf = (name: StandInName) => {
    const known = users?.[name] ?? usualUsers(name);
    for (const user of known) assertKnownClaims(name, user);
    return new Map(known.map((user) => [user.sub, user]));
  };
  const known = {
    google: usersOf('google'),
    entra: usersOf('entra'),
    oidc: usersOf('oidc'),
    github: usersOf('github'),
  };
  const open = async (name: IssuerName): Promise<Issuer> =>
    await openIssuer({
      name,
      title: TITLES[name],
      issuer: `${origin}${MOUNTS[name]}`,
      clients: clients[name] ?? [],
      users: known[name],
    });
  const [google, entra, oidc] = await Promise.all([open('google'), open('entra'), open('oidc')]);
  const gitHub = openGitHub({ mount: MOUNTS.github, clients: clients.github ?? [], users: known.github });
  const issuers = { google, entra, oidc };
  const standIn = (name: StandInName, { handle }: Pick<StandIn, 'handle'>): StandIn => ({
    mount: MOUNTS[name],
    handle,
    users: known[name],
    asked: [],
    isDown: false,
  });
  const all = {
    google: standIn('google', google),
    entra: standIn('entra', entra),
    oidc: standIn('oidc', oidc),
    github: standIn('github', gitHub),
  };
  return { issuers, gitHub, all };
}

function usualUsers(name: StandInName): readonly SandboxUser[] {
  return name === 'entra'
    ? madeUpUsers().map(({ sub, email, name: called }) => ({
        ...entraUser(sub, email ?? '', SANDBOX_TENANT),
        name: called,
      }))
    : madeUpUsers();
}

async function dispatch(
  all: Readonly<Record<StandInName, StandIn>>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const path = (request.url ?? '/').split('?')[0] ?? '/';
  const found = Object.values(all).find(({ mount }) => path.startsWith(`${mount}/`));
  if (found === undefined) {
    response.writeHead(404).end();
    return;
  }
  found.asked.push(`${request.method ?? 'GET'} ${path.slice(found.mount.length)}`);
  if (found.isDown) {
    request.socket.destroy();
    return;
  }
  try {
    await found.handle(request, response);
  } catch {
    if (!response.headersSent) response.writeHead(500);
    response.end();
  }
}

async function listen(server: Server, port: number): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the stand-ins have no port');
  return `http://127.0.0.1:${address.port}`;
}

async function close(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise<void>((resolve) => server.close(() => resolve()));
}
