// Test support: identity providers that say whatever a test wants, and a server with the sign-in routes on a real database.
import { createHash, randomBytes } from 'node:crypto';
import type { FastifyInstance, LightMyRequestResponse } from 'fastify';
import { auditControlMigrations, auditWorkspaceMigrations } from '../../platform/audit/audit.migrations.ts';
import { controlMigrations } from '../../platform/db/control.migrations.ts';
import type { Database } from '../../platform/db/database.ts';
import { openTestDatabase } from '../../platform/db/testing.ts';
import { testHttp } from '../../platform/http/testing.ts';
import { type ClientAppId, newId } from '../../platform/ids.ts';
import { silentLogger } from '../../platform/log.ts';
import { problem } from '../../platform/problem.ts';
import { accessMigrations } from '../access.migrations.ts';
import type { AccessTables } from '../access.tables.ts';
import { serviceApp, someApps } from '../apps/apps.testing.ts';
import type { Apps, ClientApp, ServiceApp } from '../apps/apps.ts';
import { createStanding, type Standing } from '../standing/standing.ts';
import type { Tokens } from '../tokens/token.ts';
import { readableTokens } from '../tokens/tokens.testing.ts';
import { createAdmissions } from './admissions.ts';
import type { IdentityProvider, IdentityProviders, IdpIdentity, LoginSecrets } from '../providers/identity-provider.ts';
import { loginRoutes, type LoginRouteDeps } from './login.routes.ts';
import { resolveRoutes } from './resolve.routes.ts';

export const ISSUER = 'http://localhost:9003';
export const HOST = { host: 'localhost:9003' };
export const VERIFIER = 'a-verifier-of-forty-three-letters-or-longer';
export const CHALLENGE = createHash('sha256').update(VERIFIER).digest('base64url');
export const KEY = 'sk_notes';

export function identityOf(name: string, changes: Partial<IdpIdentity> = {}): IdpIdentity {
  return {
    provider: 'google',
    issuer: 'https://accounts.example',
    subject: `subject-${name}`,
    wireSubject: `subject-${name}`,
    email: `${name}@home.example`,
    name: name.charAt(0).toUpperCase() + name.slice(1),
    avatarUrl: null,
    ...changes,
  };
}

export interface FakeToken extends IdpIdentity {
  readonly nonce?: string;
  readonly aud?: string;
}

/** What stands in the place of a provider's token, or of the code it sends people back with. */
export function sealed(identity: FakeToken | { readonly fails: Parameters<typeof problem> }): string {
  return Buffer.from(JSON.stringify(identity)).toString('base64url');
}

function opened(text: string): FakeToken {
  let read: FakeToken & { fails?: Parameters<typeof problem> };
  try {
    read = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
  } catch {
    throw problem('idp_token_refused', 'This is no token.');
  }
  if (read.fails !== undefined) throw problem(...read.fails);
  return read;
}

/** A provider that remembers what it was asked with, and holds the return against it as a real one does. */
export function fakeProvider(name: string): IdentityProvider {
  const asked = new Map<string, LoginSecrets & { readonly redirectUri: string }>();
  const authorizationUrl: IdentityProvider['authorizationUrl'] = async (secrets, redirectUri) => {
    asked.set(secrets.state, { ...secrets, redirectUri });
    return new URL(`https://${name.replace('_', '-')}.example/authorize?state=${secrets.state}&nonce=${secrets.nonce}`);
  };
  const check = (callback: URL, secrets: LoginSecrets, redirectUri: string): string => {
    const known = asked.get(callback.searchParams.get('state') ?? '');
    if (known === undefined || known.state !== secrets.state || known.nonce !== secrets.nonce)
      throw problem('idp_refused', 'The answer belongs to another question.');
    if (
      known.verifier !== secrets.verifier ||
      known.redirectUri !== redirectUri ||
      `${callback.origin}${callback.pathname}` !== redirectUri
    )
      throw problem('idp_refused', 'The verifier is wrong.');
    const code = callback.searchParams.get('code');
    if (code === null) throw problem('idp_refused', 'The person said no.');
    return code;
  };
  return {
    name,
    title: name,
    authorizationUrl,
    finish: async (callback, secrets, redirectUri) => ({
      ...opened(check(callback, secrets, redirectUri)),
      provider: name,
    }),
    async verifyToken(token, { audiences, nonce }) {
      const { nonce: said, aud = 'ours', ...identity } = opened(token);
      if (nonce !== null && nonce !== said) throw problem('idp_token_refused', 'The nonce is another one.');
      if (!(audiences.length === 0 ? ['ours'] : audiences).includes(aud))
        throw problem('idp_token_refused', 'The token is for somebody else.');
      return { ...identity, provider: name };
    },
    ...(name === 'github'
      ? {
          relay: {
            authorizationUrl,
            exchange: async (...came: Parameters<typeof check>) => `gho_${check(...came).slice(0, 8)}`,
          },
        }
      : {}),
  };
}

export function fakeProviders(...names: string[]): IdentityProviders {
  const known = new Map(names.map((name) => [name, fakeProvider(name)]));
  return {
    names,
    get(name) {
      const provider = known.get(name);
      if (provider === undefined) throw problem('provider_unknown', 'There is no such provider.');
      return provider;
    },
  };
}

export interface LoginWorld {
  readonly app: FastifyInstance;
  readonly db: Database;
  readonly standing: Standing;
  readonly tokens: Tokens;
  /** Changed by tests; looked at for every request. */
  readonly clients: ClientApp[];
  readonly services: Record<string, ServiceApp>;
  readonly adminEmails: string[];
  /** Adds a client application, to the database too. */
  register(client: ClientApp): Promise<ClientApp>;
  now(): Date;
  advance(ms: number): void;
  close(): Promise<void>;
}

export function clientApp(redirectUri: string, changes: Partial<ClientApp> = {}): ClientApp {
  const at = new Date('2026-02-01T00:00:00Z');
  return {
    id: newId<ClientAppId>(),
    name: 'Notes',
    redirectUris: [redirectUri],
    active: true,
    createdBy: null,
    createdAt: at,
    updatedAt: at,
    ...changes,
  };
}

export function openLoginDatabase(): Promise<Database> {
  return openTestDatabase({
    control: [...controlMigrations, ...auditControlMigrations, ...accessMigrations],
    workspace: auditWorkspaceMigrations,
  });
}

export async function openLoginWorld(issuer = ISSUER): Promise<LoginWorld> {
  const db = await openLoginDatabase();
  let nowMs = Date.parse('2026-03-01T12:00:00Z');
  const clock = { now: () => new Date(nowMs) };
  const standing = createStanding({ db, clock });
  const tokens = readableTokens(clock);
  const clients: ClientApp[] = [];
  const services = {
    [KEY]: serviceApp('notes', { allowedOrigins: ['https://notes.example'] }),
    sk_board: serviceApp('board', { allowedOrigins: ['https://board.example'], browserMinting: true }),
  };
  const apps = currentApps(services, clients);
  const adminEmails: string[] = [];
  const deps: LoginRouteDeps = {
    db,
    log: silentLogger,
    randomBytes,
    providers: fakeProviders('google', 'entra_id', 'github'),
    settings: { issuer, adminEmails, refreshGraceMs: 0, adminUrl: 'https://admin.example' },
    standing,
    apps,
    tokens,
    admissions: createAdmissions({ tokens, standing, apps, session: async () => null }),
  };
  const app = await testHttp([...loginRoutes(deps), ...resolveRoutes(deps)], {
    db,
    clock,
    publicUrl: new URL(issuer),
    isAllowedOrigin: (origin) => apps.isAllowedOrigin(origin),
    limits: { 'sign-in': 10_000, token: 10_000 },
  });
  return {
    app,
    db,
    standing,
    tokens,
    clients,
    services,
    adminEmails,
    register: (client) => register(db, clients, client),
    now: () => clock.now(),
    advance: (ms) => void (nowMs += ms),
    async close() {
      await app.close();
      await db.close();
    },
  };
}

/** Asks anew each time, so that a test may change what is registered. */
function currentApps(services: Record<string, ServiceApp>, clients: readonly ClientApp[]): Apps {
  const current = (): Apps => someApps(services, clients);
  return {
    byKey: (key) => current().byKey(key),
    byOrigin: (origin) => current().byOrigin(origin),
    byRedirect: (uri, id) => current().byRedirect(uri, id),
    clientApp: (id) => current().clientApp(id),
    isAllowedOrigin: (origin) => current().isAllowedOrigin(origin),
  };
}

async function register(db: Database, clients: ClientApp[], client: ClientApp): Promise<ClientApp> {
  const { id, name, redirectUris, createdAt } = client;
  const times = { created_at: createdAt, updated_at: createdAt };
  const row = { id, name, redirect_uris: [...redirectUris], created_by: null, ...times };
  await db.control((tx) => tx.withTables<AccessTables>().insertInto('client_app').values(row).execute());
  clients.push(client);
  return client;
}

/** A browser: keeps cookies, follows nothing by itself. */
export class Browser {
  readonly cookies = new Map<string, string>();
  readonly #app: FastifyInstance;
  readonly #headers: Record<string, string>;

  constructor({ app }: Pick<LoginWorld, 'app'>, headers: Record<string, string> = {}) {
    this.#app = app;
    this.#headers = { ...HOST, ...headers };
  }

  async ask(
    url: string,
    how: { method?: 'GET' | 'POST'; headers?: Record<string, string> } = {},
  ): Promise<LightMyRequestResponse> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await this.#app.inject({
      method: how.method ?? 'GET',
      url,
      headers: { ...this.#headers, ...(cookie === '' ? {} : { cookie }), ...how.headers },
    });
    for (const { name, value, maxAge, expires } of answer.cookies) {
      if (maxAge === 0 || (expires !== undefined && expires.getTime() === 0)) this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
    return answer;
  }

  /** Starts a sign-in; answers our own state. */
  async start(query: Record<string, string>, path = '/auth/login/google'): Promise<string> {
    const answer = await this.ask(`${path}?${new URLSearchParams(query).toString()}`);
    if (answer.statusCode !== 302) throw new Error(`the sign-in did not start: ${answer.statusCode} ${answer.body}`);
    return stateOf(answer);
  }
}

/** Our own state, as the provider is sent it. */
export function stateOf(answer: LightMyRequestResponse): string {
  return new URL(String(answer.headers.location)).searchParams.get('state') ?? '';
}

export interface ActivityFacts {
  readonly action: string;
  readonly actor_id: string | null;
  readonly target_id: string;
  readonly workspace_id: string | null;
  readonly detail: Record<string, unknown>;
}

/** The activity log, oldest first. */
export function activityOf(db: Database): Promise<readonly ActivityFacts[]> {
  return db.control((tx) =>
    tx
      .withTables<{ activity: ActivityFacts & { id: string } }>()
      .selectFrom('activity')
      .select(['action', 'actor_id', 'target_id', 'workspace_id', 'detail'])
      .orderBy('id')
      .execute(),
  );
}
