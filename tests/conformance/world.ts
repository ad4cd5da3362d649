// A whole installation with the stand-in identity providers, set up as an operator would: an administrator signs in, registers
// an application and two services, makes two workspaces and brings people in. Everything goes through the public addresses.
import {
  type SandboxUser,
  SANDBOX_TENANT,
  sandboxUser,
  startIdentityProviders,
  type StandIns,
} from '@sentinel/sandbox/identity';
import { install, type Installation, type Running } from '../journeys/installation.ts';
import { type AdminClient, signInAdmin } from './admin-client.ts';
import { type AuthzClient, createAuthzClient } from './authz-client.ts';
import { openPage, type Page } from './page.ts';
import { createProxyClient, type ProxyClient } from './proxy-client.ts';
import { createServiceClient, type ServiceClient } from './service-client.ts';
import { AdminUser, AdminWs, ClientApp, page as pageOf, ServiceAppSecret } from './shapes.ts';

/** The application's own pages. */
export const APP = 'https://app.example';
export const CALLBACK = `${APP}/auth/callback`;
const CLIENT = { clientId: 'sentinel-at-the-provider', clientSecret: 'known to both of them' };

/** Who there is, by their `sub` at every provider. */
export const PEOPLE = {
  operator: sandboxUser('100', 'op.erator@platform.example'),
  owner: sandboxUser('101', 'olivia.owner@acme.example'),
  admin: sandboxUser('102', 'ada.admin@acme.example'),
  editor: sandboxUser('103', 'ed.editor@acme.example'),
  viewer: sandboxUser('104', 'vera.viewer@acme.example'),
} as const satisfies Record<string, SandboxUser>;
export type MemberName = 'owner' | 'admin' | 'editor' | 'viewer';

export interface Service {
  readonly id: string;
  readonly name: string;
  readonly key: string;
  readonly origin: string;
  readonly call: ServiceClient;
}

export interface Person {
  /** At every stand-in provider. */
  readonly sub: string;
  readonly email: string;
  readonly id: string;
}

export interface World extends Clients {
  readonly base: string;
  readonly installation: Installation;
  readonly running: Running;
  readonly standIns: StandIns;
  /** Ours at every provider. */
  readonly clientId: string;
  readonly admin: AdminClient;
  readonly app: { readonly id: string };
  /** The service whose pages are the application's, and another one. */
  readonly service: Service;
  readonly otherService: Service;
  /** All four are members; of the other one the owner alone is. */
  readonly workspace: Place;
  readonly otherWorkspace: Place;
  readonly ids: Readonly<Record<MemberName, string>>;
  /** Somebody new at the stand-in Google, who has signed in once and is a member of nothing. */
  newPerson(): Promise<Person>;
  /** Somebody new who was made a member of the workspace. */
  newMember(role: MemberName): Promise<Person>;
  close(): Promise<void>;
}

interface Place {
  readonly id: string;
  readonly slug: string;
}

interface Clients {
  /** The application's page in proxy mode, in a fresh browser unless told otherwise. */
  proxy(page?: Page): ProxyClient;
  /** The application's page in AuthZ mode. */
  authz(page?: Page): AuthzClient;
}

/**
 * @param settings beside those of the identity providers
 * @param flags of `up`
 */
export async function openWorld(
  settings: Readonly<Record<string, string>> = {},
  flags: readonly string[] = [],
): Promise<World> {
  const standIns = await startStandIns();
  const installation = await install({ ...settingsFor(standIns), ...settings });
  let running: Running | null = null;
  const close = async () => {
    await running?.stop();
    await standIns.close();
    await installation.remove();
  };
  try {
    running = await installation.up(...flags);
    const { url: base } = running;
    const clients = clientsOf(base, standIns);
    const set = await setUpAsOperator(base, clients, standIns);
    return { base, installation, running, standIns, clientId: CLIENT.clientId, ...clients, ...set, close };
  } catch (error) {
    await close();
    throw error;
  }
}

export async function startStandIns(): Promise<StandIns> {
  const people = Object.values(PEOPLE);
  const clients = [
    { ...CLIENT, redirectUris: [CALLBACK, ...['google', 'entra_id', 'github', 'company'].flatMap(callbacks)] },
  ];
  return await startIdentityProviders({
    clients: { google: clients, entra: clients, oidc: clients, github: clients },
    users: { google: people, github: [], oidc: [], entra: [] },
  });
}

/** The server's own, on any port of this machine. */
function callbacks(provider: string): string[] {
  const paths = [`/auth/callback/${provider}`, `/auth/admin/callback/${provider}`, `/authz/idp/${provider}/callback`];
  return paths.map((path) => `http://127.0.0.1${path}`);
}

/** What an operator would put into the environment. */
export function settingsFor(standIns: StandIns): Record<string, string> {
  const { clientId, clientSecret } = CLIENT;
  const company = { id: 'company', title: 'Company sign-in', issuer: standIns.issuer('oidc'), clientId, clientSecret };
  return {
    ADMIN_EMAILS: PEOPLE.operator.email ?? '',
    GOOGLE_CLIENT_ID: clientId,
    GOOGLE_CLIENT_SECRET: clientSecret,
    SENTINEL_GOOGLE_ISSUER: standIns.issuer('google'),
    GITHUB_CLIENT_ID: clientId,
    GITHUB_CLIENT_SECRET: clientSecret,
    SENTINEL_GITHUB_URL: standIns.gitHub.web,
    SENTINEL_GITHUB_API_URL: standIns.gitHub.api,
    ENTRA_CLIENT_ID: clientId,
    ENTRA_CLIENT_SECRET: clientSecret,
    ENTRA_TENANT_ID: SANDBOX_TENANT,
    SENTINEL_ENTRA_ISSUER: standIns.issuer('entra'),
    SENTINEL_OIDC_PROVIDERS: JSON.stringify([company]),
    // Everybody in this suite comes from an address of their own.
    SENTINEL_TRUSTED_PROXIES: '127.0.0.1',
  };
}

export function clientsOf(base: string, standIns: StandIns): Clients {
  const { clientId } = CLIENT;
  const idps = {
    google: { clientId, authorizationUrl: `${standIns.issuer('google')}/auth` },
    entra_id: { clientId, authorizationUrl: `${standIns.issuer('entra')}/auth` },
    github: { clientId, authorizationUrl: `${base}/authz/idp/github/login` },
  };
  return {
    proxy: (page = openPage(APP)) => createProxyClient(page, { base, redirectUri: CALLBACK }),
    authz: (page = openPage(APP)) => createAuthzClient(page, { base, redirectUri: CALLBACK, idps }),
  };
}

/** Everything that is made before applications can be used, through the administration's own addresses. */
export async function setUpAsOperator(base: string, { proxy }: Clients, standIns: StandIns) {
  const admin = await signInAdmin(base, PEOPLE.operator.sub);
  const app = ClientApp.parse(
    await admin.json('POST', '/admin/client-apps', { name: 'The application', redirect_uris: [CALLBACK] }),
  );
  const service = await addService(base, admin, { name: 'documents', origin: APP });
  const otherService = await addService(base, admin, { name: 'invoices', origin: 'https://invoices.example' });
  const workspace = await addWorkspace(admin, 'acme');
  const otherWorkspace = await addWorkspace(admin, 'globex');
  const meet = async ({ sub, email }: SandboxUser): Promise<Person> => {
    await proxy().login('google', sub);
    return { sub, email: email ?? '', id: await idOf(admin, email ?? '') };
  };
  const join = async (user: SandboxUser, role: MemberName): Promise<Person> => {
    const person = await meet(user);
    await invite(admin, workspace.id, { email: person.email, role });
    return person;
  };
  const newUser = () => {
    newcomers += 1;
    const user = sandboxUser(`2${newcomers}`, `new.comer${newcomers}@acme.example`);
    standIns.setUser('google', user);
    return user;
  };
  const ids = {
    owner: (await join(PEOPLE.owner, 'owner')).id,
    admin: (await join(PEOPLE.admin, 'admin')).id,
    editor: (await join(PEOPLE.editor, 'editor')).id,
    viewer: (await join(PEOPLE.viewer, 'viewer')).id,
  };
  await invite(admin, otherWorkspace.id, { email: PEOPLE.owner.email, role: 'owner' });
  return {
    admin,
    app: { id: app.id },
    service,
    otherService,
    workspace,
    otherWorkspace,
    ids,
    newPerson: async () => await meet(newUser()),
    newMember: async (role: MemberName) => await join(newUser(), role),
  };
}

let newcomers = 0;

/** What the administration knows somebody as. */
async function idOf(admin: AdminClient, email: string): Promise<string> {
  const found = await admin.json('GET', `/admin/users?search=${encodeURIComponent(email)}`);
  const id = pageOf(AdminUser).parse(found).items[0]?.id;
  if (id === undefined) throw new Error('somebody who signed in is not known');
  return id;
}

async function addService(
  base: string,
  admin: AdminClient,
  { name, origin }: { name: string; origin: string },
): Promise<Service> {
  const asked = { name, service_name: name, allowed_origins: [origin], browser_minting: true };
  const made = ServiceAppSecret.parse(await admin.json('POST', '/admin/service-apps', asked));
  return { id: made.id, name, key: made.api_key, origin, call: createServiceClient(base, made.api_key) };
}

async function addWorkspace(admin: AdminClient, slug: string) {
  const made = await admin.json('POST', '/admin/workspaces', { name: `Workspace ${slug}`, slug });
  const { id } = AdminWs.parse(made);
  return { id, slug };
}

async function invite(admin: AdminClient, workspaceId: string, member: { email: string | null; role: string }) {
  await admin.json('POST', `/admin/workspaces/${workspaceId}/members/invite`, member);
}
