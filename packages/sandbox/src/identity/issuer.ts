// One stand-in OpenID Connect issuer: the certified `oidc-provider`, with a page to pick a made-up person from, its own keys
// and its own clients. It answers the code flow with PKCE and, for pages that ask the provider themselves, an ID token at once.
import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Configuration, KoaContextWithOIDC, Provider } from 'oidc-provider';
import { answerPage, readFields } from './form.ts';
import { memoryStore } from './memory-store.ts';
import { peoplePage, refusalPage } from './people-page.ts';
import { claimsOf, EXTRA_CLAIMS, type SandboxUser } from './sandbox-user.ts';
import { makeSigningKey, type SigningKey } from './signed-token.ts';

export interface SandboxClient {
  readonly clientId: string;
  readonly clientSecret: string;
  /** Https, or http on a loopback address; there the port does not matter (RFC 8252 §7.3). */
  readonly redirectUris: readonly string[];
}

export interface IssuerOptions {
  /** Unique among the issuers of one origin; used in cookie names. */
  readonly name: string;
  readonly title: string;
  /** The whole `iss`; its path is where the issuer is mounted. */
  readonly issuer: string;
  readonly clients: readonly SandboxClient[];
  readonly users: ReadonlyMap<string, SandboxUser>;
}

export interface Issuer {
  readonly issuer: string;
  readonly clients: readonly SandboxClient[];
  /** The newest first; that one signs. */
  readonly keys: readonly SigningKey[];
  /** Answers a request whose path lies under the issuer's. */
  handle(request: IncomingMessage, response: ServerResponse): Promise<void>;
  /** Signs with a new key from now on. With `keepOld` the others stay published, so that older tokens still verify. */
  rotateKeys(keepOld: boolean): Promise<void>;
}

const PEOPLE = '/people/';

export async function openIssuer(options: IssuerOptions): Promise<Issuer> {
  const store = memoryStore(Date.now);
  const cookieKeys = [randomBytes(32).toString('base64url')];
  const make = async (keys: readonly SigningKey[]) => await makeProvider(options, { keys, adapter: store, cookieKeys });
  let keys: readonly SigningKey[] = [await makeSigningKey()];
  let provider = await make(keys);
  return {
    issuer: options.issuer,
    clients: options.clients,
    get keys() {
      return keys;
    },
    handle: async (request, response) => await handle(options, provider, { request, response }),
    rotateKeys: async (keepOld) => {
      keys = [await makeSigningKey(), ...(keepOld ? keys : [])];
      provider = await make(keys);
    },
  };
}

interface Held {
  readonly keys: readonly SigningKey[];
  readonly adapter: NonNullable<Configuration['adapter']>;
  readonly cookieKeys: readonly string[];
}

/** Loaded when it is needed: who only wants made-up mail should not wait for it. */
async function makeProvider(options: IssuerOptions, held: Held): Promise<Provider> {
  const { Provider: Made, interactionPolicy } = await import('oidc-provider');
  const policy = interactionPolicy.base();
  policy.remove('consent');
  return new Made(options.issuer, {
    ...configurationOf(options, held),
    interactions: { policy, url: peopleUrl(options) },
  });
}

function configurationOf({ name, clients, users }: IssuerOptions, { keys, adapter, cookieKeys }: Held): Configuration {
  const hour = 3600;
  return {
    adapter,
    clients: clients.map(registration),
    jwks: { keys: keys.map(({ jwk }) => ({ ...jwk, kty: 'RSA' })) },
    claims: {
      openid: ['sub', ...EXTRA_CLAIMS],
      email: ['email', 'email_verified'],
      profile: ['name', 'picture'],
    },
    // The great providers put the claims into the ID token of the code flow too.
    conformIdTokenClaims: false,
    cookies: {
      keys: [...cookieKeys],
      names: { session: `${name}_session`, interaction: `${name}_people`, resume: `${name}_resume` },
    },
    features: { devInteractions: { enabled: false }, rpInitiatedLogout: { enabled: false } },
    findAccount: (_ctx, sub) => {
      const user = users.get(sub);
      return user === undefined ? undefined : { accountId: sub, claims: () => claimsOf(user) };
    },
    loadExistingGrant: grantEverything,
    clientBasedCORS: () => false,
    pkce: { required: ({ oidc }) => oidc.params?.['response_type'] !== 'id_token' },
    responseTypes: ['code', 'id_token'],
    scopes: ['openid', 'email', 'profile'],
    ttl: { AccessToken: hour, AuthorizationCode: 60, Grant: hour, IdToken: hour, Interaction: hour, Session: hour },
    renderError: (ctx, out) => {
      ctx.type = 'html';
      ctx.body = refusalPage(out.error, out.error_description ?? 'The request cannot be answered.');
    },
  };
}

function registration({ clientId, clientSecret, redirectUris }: SandboxClient) {
  return {
    client_id: clientId,
    client_secret: clientSecret,
    redirect_uris: [...redirectUris],
    // The kind whose loopback redirects may have any port, also for an ID token at once.
    application_type: 'native' as const,
    grant_types: ['authorization_code', 'implicit'],
    response_types: ['code' as const, 'id_token' as const],
    token_endpoint_auth_method: 'client_secret_basic' as const,
  };
}

/** Nobody is asked what the application may know: choosing the person is the consent. */
async function grantEverything({ oidc }: KoaContextWithOIDC) {
  const { client, session, provider } = oidc;
  if (client === undefined || session?.accountId === undefined) return undefined;
  const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId });
  grant.addOIDCScope('openid email profile');
  await grant.save();
  return grant;
}

const mountOf = ({ issuer }: IssuerOptions): string => new URL(issuer).pathname;

const peopleUrl =
  (options: IssuerOptions) =>
  (_ctx: unknown, { uid }: { uid: string }): string =>
    `${mountOf(options)}${PEOPLE}${uid}`;

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

async function handle(options: IssuerOptions, provider: Provider, { request, response }: Exchange): Promise<void> {
  const path = (request.url ?? '/').slice(mountOf(options).length);
  if (path.startsWith(PEOPLE)) return await people(options, provider, { request, response });
  // Nobody stays signed in here: whoever tries things out wants to be somebody else the next time.
  const cookie = (request.headers.cookie ?? '')
    .split('; ')
    .filter((each) => !each.startsWith(`${options.name}_session`));
  Object.assign(request.headers, { cookie: cookie.join('; ') });
  // How a mounted application is told apart from its mount point; the provider builds its own addresses from both.
  Object.assign(request, { originalUrl: request.url, url: path });
  await provider.callback()(request, response);
}

async function people(options: IssuerOptions, provider: Provider, { request, response }: Exchange): Promise<void> {
  const users = [...options.users.values()];
  try {
    const { params } = await provider.interactionDetails(request, response);
    if (request.method !== 'POST') {
      const page = { title: options.title, clientId: String(params['client_id']), action: request.url ?? '', users };
      return answerPage(response, 200, peoplePage(page));
    }
    const chosen = (await readFields(request)).get('sub');
    const result =
      chosen !== null && options.users.has(chosen)
        ? { login: { accountId: chosen, remember: false } }
        : { error: 'access_denied', error_description: 'Nobody was chosen.' };
    await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
  } catch {
    answerPage(response, 400, refusalPage('Too late', 'This sign-in is over, or was begun in another browser.'));
  }
}
