// The browser client of the contract's AuthZ mode (§5.3), written from its description: the page gets an ID token from the
// provider itself, and has the server say who that is here and what may be done.
import { randomUUID } from 'node:crypto';
import type { z } from 'zod';
import type { Page } from './page.ts';
import { claimsIn, jsonOf, postJson, withHeader } from './proxy-client.ts';
import { ResolveOut } from './shapes.ts';

export interface AuthzClient {
  readonly page: Page;
  /** Goes to the provider, picks a person and comes back with the ID token. */
  login(provider: string, sub: string): Promise<string>;
  resolve(idpToken: string, provider: string): Promise<z.infer<typeof ResolveOut>>;
  selectWorkspace(idpToken: string, provider: string, workspaceId: string): Promise<void>;
  getUser(): { readonly email: string; readonly name: string; readonly workspaceId: string } | null;
  refresh(): Promise<boolean>;
  fetch(path: string, init?: RequestInit): Promise<Response>;
  getProfile(): Promise<unknown>;
  searchMembers(query: string): Promise<unknown>;
  listGroups(): Promise<unknown>;
  getGroupMembers(groupId: string): Promise<unknown>;
  authzToken(): string;
  logout(): void;
}

export interface AuthzConfig {
  readonly base: string;
  readonly redirectUri: string;
  readonly idps: Readonly<Record<string, { readonly clientId: string; readonly authorizationUrl: string }>>;
}

const IDP_TOKEN = 'sentinel_idp_token';
const AUTHZ_TOKEN = 'sentinel_authz_token';
const PROVIDER = 'sentinel_idp_provider';
const WORKSPACE = 'sentinel_workspace_id';
const EMAIL = 'sentinel_user_email';
const NAME = 'sentinel_user_name';
const NONCE = 'sentinel_authz_nonce';

export function createAuthzClient(page: Page, config: AuthzConfig): AuthzClient {
  const { storage } = page;
  const { base } = config;
  const resolveAt = async (body: object) =>
    ResolveOut.parse(await jsonOf(await page.fetch(`${base}/authz/resolve`, postJson(body))));
  const get = async (path: string) => await jsonOf(await client.fetch(path));
  const ofWorkspace = (path: string) => `/workspaces/${storage.get(WORKSPACE) ?? ''}${path}`;
  const client: AuthzClient = {
    page,
    login: async (provider, sub) => {
      const landing = await page.browser.goAs(authorizationUrl(config, storage, provider), sub);
      return tokenFrom(landing.url, storage);
    },
    resolve: async (idpToken, provider) => await resolveAt({ idp_token: idpToken, provider }),
    selectWorkspace: async (idpToken, provider, workspaceId) => {
      const { authz_token: token, user } = await resolveAt({
        idp_token: idpToken,
        provider,
        workspace_id: workspaceId,
      });
      if (token === null) throw new Error('no authz token');
      const kept = { [IDP_TOKEN]: idpToken, [AUTHZ_TOKEN]: token, [PROVIDER]: provider, [WORKSPACE]: workspaceId };
      for (const [name, value] of Object.entries({ ...kept, [EMAIL]: user.email, [NAME]: user.name }))
        storage.set(name, value);
    },
    getUser: () =>
      storage.has(AUTHZ_TOKEN)
        ? { email: storage.get(EMAIL) ?? '', name: storage.get(NAME) ?? '', workspaceId: storage.get(WORKSPACE) ?? '' }
        : null,
    refresh: async () => {
      try {
        const kept = [IDP_TOKEN, PROVIDER, WORKSPACE].map((name) => storage.get(name) ?? '');
        await client.selectWorkspace(kept[0] ?? '', kept[1] ?? '', kept[2] ?? '');
        return true;
      } catch {
        client.logout();
        return false;
      }
    },
    fetch: async (path, init = {}) => {
      const send = async () =>
        await page.fetch(
          `${base}${path}`,
          withHeader(
            withHeader(init, 'authorization', `Bearer ${storage.get(IDP_TOKEN) ?? ''}`),
            'x-authz-token',
            client.authzToken(),
          ),
        );
      const answer = await send();
      return answer.status === 401 && (await client.refresh()) ? await send() : answer;
    },
    getProfile: async () => await get('/users/me'),
    searchMembers: async (query) => await get(ofWorkspace(`/members?q=${encodeURIComponent(query)}`)),
    listGroups: async () => await get(ofWorkspace('/groups')),
    getGroupMembers: async (groupId) => await get(ofWorkspace(`/groups/${groupId}/members`)),
    authzToken: () => storage.get(AUTHZ_TOKEN) ?? '',
    logout: () => storage.clear(),
  };
  return client;
}

function authorizationUrl({ redirectUri, idps }: AuthzConfig, storage: Map<string, string>, provider: string): string {
  const idp = idps[provider];
  if (idp === undefined) throw new Error(`no ${provider} here`);
  const nonce = randomUUID();
  storage.set(NONCE, nonce);
  const query = new URLSearchParams({
    client_id: idp.clientId,
    redirect_uri: redirectUri,
    response_type: 'id_token',
    scope: 'openid email profile',
    nonce,
  });
  return `${idp.authorizationUrl}?${query.toString()}`;
}

/** What came back in the fragment; the nonce stands there, or else in the token. */
function tokenFrom(back: URL, storage: Map<string, string>): string {
  const hash = new URLSearchParams(back.hash.slice(1));
  const token = hash.get('id_token');
  if (token === null) throw new Error(`no token came back: ${hash.get('error') ?? 'nothing at all'}`);
  const nonce = hash.get('nonce') ?? claimsIn(token)['nonce'];
  if (nonce !== storage.get(NONCE)) throw new Error('the nonce is not ours');
  storage.delete(NONCE);
  return token;
}
