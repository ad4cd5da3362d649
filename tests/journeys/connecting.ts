// Connects accounts as a person does: signed in with a one-time link, in a browser, through the providers' consent pages.
import { type ConnectionProvider, ConnectionAuthorization, SignInLink } from '@sentinel/contract';
import { answerConsent, createBrowser } from '@sentinel/sandbox/providers';

export type Ask = (path: string, init?: RequestInit) => Promise<Response>;

export interface SignedIn {
  /** Addresses at which providers sent the browser back, each with a code in it. */
  readonly returns: readonly URL[];
  /** Asks as a page of the console does. */
  readonly ask: Ask;
  /** Goes through the whole journey with the first account that the provider offers. @returns the id of the connection */
  connect(provider: ConnectionProvider): Promise<string>;
}

const OWNER = { workspaceName: 'Acme', ownerName: 'Mira Okafor', ownerEmail: 'mira@acme.example' } as const;

/**
 * Makes the first workspace; whoever makes it is its owner, and signed in.
 *
 * @param ask with the operator's key
 */
export async function setUpInBrowser(base: string, ask: Ask): Promise<SignedIn> {
  return await redeemed(base, ask, {
    links: '/v1/setup-links',
    path: '/v1/setup',
    fields: { ...OWNER, ownDomains: ['acme.example'] },
  });
}

/** The owner in a fresh browser. @param ask with the operator's key */
export async function signInInBrowser(base: string, ask: Ask): Promise<SignedIn> {
  return await redeemed(base, ask, { links: '/v1/sign-in-links', path: '/v1/session', fields: {} });
}

interface Link {
  readonly links: string;
  readonly path: string;
  readonly fields: object;
}

async function redeemed(base: string, ask: Ask, { links, path, fields }: Link): Promise<SignedIn> {
  const made = await ask(links, post({}));
  const token = new URL(SignInLink.parse(await made.json()).url).hash.slice(1);
  const browser = createBrowser([`${base}/console`]);
  const own: Ask = (path, init = {}) => {
    const headers = new Headers(init.headers);
    headers.set('origin', base);
    return browser.fetch(`${base}${path}`, { ...init, headers });
  };
  const answer = await own(path, post({ token, ...fields }));
  if (answer.status !== 201) throw new Error(`not signed in: ${answer.status} ${await answer.text()}`);
  await answer.body?.cancel();
  const returns: URL[] = [];
  return {
    returns,
    ask: own,
    async connect(provider) {
      const begun = await own('/v1/connections/authorize', post({ provider }));
      const { location } = ConnectionAuthorization.parse(await begun.json());
      const landed = await answerConsent(browser, location);
      returns.push(...landed.road.flatMap(({ url }) => (url.pathname.startsWith('/connect/callback/') ? [url] : [])));
      const id = landed.url.searchParams.get('connected');
      if (id === null) throw new Error(`${provider} was not connected: ${landed.status} at ${landed.url.pathname}`);
      return id;
    },
  };
}

export function post(body: object): RequestInit {
  return { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}
