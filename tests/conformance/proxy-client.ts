// The browser client of the contract's proxy mode (§5.2), written from its description: it sends people to sign in through
// the server, exchanges the code with PKCE, keeps two tokens and renews them.
import { createHash, randomBytes } from 'node:crypto';
import type { Landing } from '@sentinel/sandbox/identity';
import type { Page } from './page.ts';
import { TokenPair, WsOption } from './shapes.ts';

export interface ClientUser {
  readonly userId: string;
  readonly email: string;
  readonly name: string;
  readonly workspaceId: string;
  readonly workspaceSlug: string;
  readonly workspaceRole: string;
  readonly groups: readonly string[];
}

/** What a client throws when the server says no: the status, and what it says about it. */
export class Refused extends Error {
  readonly status: number;
  constructor(status: number, detail: string) {
    super(detail);
    this.status = status;
  }
}

export interface ProxyClient {
  readonly page: Page;
  getProviders(): Promise<unknown>;
  /** Sends the person to a provider and comes back with them; picks a made-up person there, null says no. */
  login(provider: string, sub: string | null): Promise<Landing>;
  verifyCallbackState(back: URL): void;
  getWorkspaces(code: string): Promise<WsOption[]>;
  selectWorkspace(code: string, workspaceId: string): Promise<void>;
  refresh(): Promise<boolean>;
  getUser(): ClientUser | null;
  fetch(path: string, init?: RequestInit): Promise<Response>;
  fetchJson(path: string, init?: RequestInit): Promise<unknown>;
  logout(): void;
  /** Everything of the above: signs in and enters the workspace with this slug, or the only one. */
  signIn(provider: string, sub: string, slug?: string): Promise<ClientUser>;
}

const ACCESS = 'sentinel_access_token';
const REFRESH = 'sentinel_refresh_token';
const VERIFIER = 'sentinel_pkce_verifier';
const STATE = 'sentinel_oauth_state';

export interface ProxyConfig {
  readonly base: string;
  readonly redirectUri: string;
}

export function createProxyClient(page: Page, { base, redirectUri }: ProxyConfig): ProxyClient {
  const { storage } = page;
  const ask = async (path: string, init?: RequestInit) => await page.fetch(`${base}${path}`, init);
  const keepTokens = (answer: unknown) => {
    const tokens = TokenPair.parse(answer);
    storage.set(ACCESS, tokens.access_token);
    storage.set(REFRESH, tokens.refresh_token);
  };
  const client: ProxyClient = {
    page,
    getProviders: async () => await jsonOf(await ask('/auth/providers')),
    login: async (provider, sub) => await page.browser.goAs(loginUrl({ base, redirectUri }, storage, provider), sub),
    verifyCallbackState: (back) => {
      const stored = storage.get(STATE);
      storage.delete(STATE);
      if (stored === undefined || back.searchParams.get('state') !== stored) throw new Error('the state is not ours');
    },
    getWorkspaces: async (code) =>
      WsOption.array().parse(await jsonOf(await ask(`/auth/workspaces?code=${encodeURIComponent(code)}`))),
    selectWorkspace: async (code, workspaceId) => {
      const body = { code, workspace_id: workspaceId, code_verifier: storage.get(VERIFIER) };
      keepTokens(await jsonOf(await ask('/auth/token', postJson(body))));
      storage.delete(VERIFIER);
    },
    refresh: async () => {
      const answer = await ask('/auth/refresh', postJson({ refresh_token: storage.get(REFRESH) }));
      if (answer.status === 401) client.logout();
      if (!answer.ok) return false;
      keepTokens(await answer.json());
      return true;
    },
    getUser: () => userOf(storage.get(ACCESS)),
    fetch: async (path, init = {}) => {
      const send = async () =>
        await ask(path, withHeader(init, 'authorization', `Bearer ${storage.get(ACCESS) ?? ''}`));
      const answer = await send();
      return answer.status === 401 && storage.has(REFRESH) && (await client.refresh()) ? await send() : answer;
    },
    fetchJson: async (path, init) => await jsonOf(await client.fetch(path, init)),
    logout: () => {
      storage.delete(ACCESS);
      storage.delete(REFRESH);
    },
    signIn: async (provider, sub, slug) => await signIn(client, { provider, sub, slug }),
  };
  return client;
}

/** Where `login` navigates to; keeps verifier and state in the tab. */
export function loginUrl({ base, redirectUri }: ProxyConfig, storage: Map<string, string>, provider: string): string {
  const verifier = randomBytes(32).toString('base64url');
  const state = randomBytes(16).toString('hex');
  storage.set(VERIFIER, verifier);
  storage.set(STATE, state);
  const query = new URLSearchParams({
    redirect_uri: redirectUri,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    state,
  });
  return `${base}/auth/login/${provider}?${query.toString()}`;
}

async function signIn(
  client: ProxyClient,
  { provider, sub, slug }: { provider: string; sub: string; slug: string | undefined },
): Promise<ClientUser> {
  const { url } = await client.login(provider, sub);
  client.verifyCallbackState(url);
  const code = url.searchParams.get('code') ?? '';
  const offered = await client.getWorkspaces(code);
  const chosen = slug === undefined ? offered[0] : offered.find((each) => each.slug === slug);
  if (chosen === undefined) throw new Error('no such workspace to enter');
  await client.selectWorkspace(code, chosen.id);
  const user = client.getUser();
  if (user === null) throw new Error('no user after signing in');
  return user;
}

/** Reads the token without verifying it, as pages do. */
function userOf(token: string | undefined): ClientUser | null {
  if (token === undefined) return null;
  const claims = claimsIn(token);
  return {
    userId: String(claims['sub']),
    email: String(claims['email']),
    name: String(claims['name']),
    workspaceId: String(claims['wid']),
    workspaceSlug: String(claims['wslug']),
    workspaceRole: String(claims['wrole']),
    groups: Array.isArray(claims['groups']) ? claims['groups'].map(String) : [],
  };
}

export function claimsIn(token: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'));
}

/** @throws Refused with the server's `detail` when the answer is no success */
export async function jsonOf(response: Response): Promise<unknown> {
  const body: unknown = await response.json().catch(() => null);
  if (response.ok) return body;
  const detail =
    typeof body === 'object' && body !== null && 'detail' in body ? String(body.detail) : response.statusText;
  throw new Refused(response.status, detail);
}

export function postJson(body: unknown, method = 'POST'): RequestInit {
  return { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}

export function withHeader(init: RequestInit, name: string, value: string): RequestInit {
  const headers = new Headers(init.headers);
  headers.set(name, value);
  return { ...init, headers };
}
