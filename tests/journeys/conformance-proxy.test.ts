// Conformance with the access contract, proxy mode: an application's page signs people in through the server. The client is
// written from the contract alone, and asks the started server as a browser would. Numbers are the contract's rows.
import { randomBytes } from 'node:crypto';
import { entraUser, SANDBOX_TENANT, sandboxUser } from '@sentinel/sandbox/identity';
import { decodeProtectedHeader } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openPage } from '../conformance/page.ts';
import { claimsIn, loginUrl, postJson, type ProxyClient } from '../conformance/proxy-client.ts';
import { tokenVerifier } from '../conformance/service-client.ts';
import { Jwks, Refusal, TokenPair, User, Workspace } from '../conformance/shapes.ts';
import { APP, CALLBACK, openWorld, PEOPLE, type World } from '../conformance/world.ts';

const ACCESS = 'sentinel_access_token';
const REFRESH = 'sentinel_refresh_token';
let world: World;

beforeAll(async () => {
  world = await openWorld();
});
afterAll(async () => {
  await world?.close();
});

/** At the provider, about to come back: the address and the browser. */
async function backUrl(provider: string, sub: string) {
  const login = loginUrl({ base: world.base, redirectUri: CALLBACK }, openPage(APP).storage, provider);
  const { browser } = openPage(`${world.base}/auth/callback`);
  return { url: (await browser.goAs(login, sub)).url, browser };
}

/** Signed in up to the code. */
async function withCode(sub: string, provider = 'google') {
  const client = world.proxy();
  const landing = await client.login(provider, sub);
  return { client, landing, code: landing.url.searchParams.get('code') ?? '' };
}

async function signedIn(sub: string): Promise<ProxyClient> {
  const client = world.proxy();
  await client.signIn('google', sub, 'acme');
  return client;
}

const tokenOf = (client: ProxyClient, name: string) => client.page.storage.get(name) ?? '';

describe('signing in through the server', () => {
  it('1: names the providers that are set up', async () => {
    expect(await world.proxy().getProviders()).toEqual({
      providers: expect.arrayContaining(['google', 'github', 'entra_id']),
    });
  });

  it('2 and 3: comes back to the application with a code and the same state', async () => {
    const { client, landing } = await withCode(PEOPLE.viewer.sub);
    expect(`${landing.url.origin}${landing.url.pathname}`).toBe(CALLBACK);
    expect(landing.url.searchParams.get('code')).toMatch(/^[\w-]{43}$/);
    expect(() => client.verifyCallbackState(landing.url)).not.toThrow();
  });

  it('2: returns a state of any characters unchanged', async () => {
    const page = openPage(APP);
    const url = new URL(loginUrl({ base: world.base, redirectUri: CALLBACK }, page.storage, 'google'));
    const state = 'a b+c/d=e&f#g?h%20ü"\'<';
    url.searchParams.set('state', state);
    const { url: back } = await page.browser.goAs(url, PEOPLE.viewer.sub);
    expect(back.searchParams.get('state')).toBe(state);
  });

  it('4: tells the workspaces of the code without using it up, by code alone and with the verifier', async () => {
    const { client, code } = await withCode(PEOPLE.owner.sub);
    const first = await client.getWorkspaces(code);
    expect(first.map(({ slug, role }) => [slug, role])).toEqual([
      ['acme', 'owner'],
      ['globex', 'owner'],
    ]);
    expect(await client.getWorkspaces(code)).toEqual(first);
    const verifier = client.page.storage.get('sentinel_pkce_verifier');
    const ask = (proof: unknown) =>
      client.page.fetch(`${world.base}/auth/workspaces`, postJson({ code, code_verifier: proof }));
    expect(await (await ask(verifier)).json()).toEqual(first);
    expect((await ask(randomBytes(32).toString('base64url'))).status).toBe(400);
    expect((await client.getWorkspaces('x'.repeat(43)).catch((error: unknown) => error)) as object).toMatchObject({
      status: 400,
    });
    await client.selectWorkspace(code, world.workspace.id);
  });

  it('5: stores two tokens, and knows seven things about the person', async () => {
    const client = await signedIn(PEOPLE.editor.sub);
    expect(tokenOf(client, REFRESH)).not.toBe('');
    expect(client.getUser()).toEqual({
      userId: world.ids.editor,
      email: PEOPLE.editor.email,
      name: PEOPLE.editor.name,
      workspaceId: world.workspace.id,
      workspaceSlug: 'acme',
      workspaceRole: 'editor',
      groups: [],
    });
  });

  // Proves: OAuth 41.
  it('6: has its tokens verified with the published keys, by key id, for the bare origin as issuer', async () => {
    const token = tokenOf(await signedIn(PEOPLE.viewer.sub), ACCESS);
    const { keys } = Jwks.parse(await (await fetch(`${world.base}/.well-known/jwks.json`)).json());
    expect(decodeProtectedHeader(token)).toMatchObject({ alg: 'RS256', kid: keys[0]?.kid });
    const payload = await tokenVerifier(world.base)(token, { issuer: world.base });
    expect(payload).toMatchObject({ aud: 'sentinel:access', type: 'access', sub: world.ids.viewer, wrole: 'viewer' });
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(900);
    expect(JSON.stringify(keys)).not.toMatch(/"(d|p|q|dp|dq|qi)":/);
  });

  // Proves: OAuth 7, ASVS 15.
  it('7: has no access token taken for an authz token, and no refresh token for an access token', async () => {
    const client = await signedIn(PEOPLE.viewer.sub);
    const verify = tokenVerifier(world.base);
    await expect(verify(tokenOf(client, ACCESS), { audience: 'sentinel:authz' })).rejects.toThrow('"aud"');
    await expect(verify(tokenOf(client, REFRESH))).rejects.toThrow('"aud"');
    const me = (bearer: string) => fetch(`${world.base}/users/me`, { headers: { authorization: `Bearer ${bearer}` } });
    expect((await me(tokenOf(client, REFRESH))).status).toBe(401);
    const asRefresh = { refresh_token: tokenOf(client, ACCESS) };
    expect((await client.page.fetch(`${world.base}/auth/refresh`, postJson(asRefresh))).status).toBe(401);
  });

  it('8: reads the profile and the workspaces of the person', async () => {
    const client = await signedIn(PEOPLE.owner.sub);
    const me = User.parse(await client.fetchJson('/users/me'));
    expect(me).toMatchObject({ id: world.ids.owner, email: PEOPLE.owner.email, is_active: true });
    const workspaces = Workspace.array().parse(await client.fetchJson('/workspaces'));
    expect(workspaces.map(({ slug }) => slug)).toEqual(['acme', 'globex']);
  });

  it('8: keeps the profile that a person gave themselves through the next sign-in', async () => {
    const person = await world.newMember('viewer');
    const client = await signedIn(person.sub);
    const change = { ...postJson({ name: '<b>Nilo</b> Farran', avatar_url: 'javascript:alert(1)' }, 'PATCH') };
    expect(User.parse(await client.fetchJson('/users/me', change))).toMatchObject({
      name: 'Nilo Farran',
      avatar_url: null,
    });
    expect((await signedIn(person.sub)).getUser()?.name).toBe('Nilo Farran');
  });
});

describe('the code', () => {
  const redeem = (client: ProxyClient, code: string, verifier: string) =>
    client.page.fetch(
      `${world.base}/auth/token`,
      postJson({ code, workspace_id: world.workspace.id, code_verifier: verifier }),
    );
  const verifierOf = (client: ProxyClient) => client.page.storage.get('sentinel_pkce_verifier') ?? '';

  it('10: is burned by the wrong verifier', async () => {
    const { client, code } = await withCode(PEOPLE.viewer.sub);
    const wrong = await redeem(client, code, randomBytes(32).toString('base64url'));
    expect(wrong.status).toBe(400);
    Refusal.parse(await wrong.json());
    expect((await redeem(client, code, verifierOf(client))).status).toBe(400);
  });

  // Proves: OAuth 26.
  it('11: works once, and a second use takes back what the first was given', async () => {
    const { client, code } = await withCode(PEOPLE.viewer.sub);
    const verifier = verifierOf(client);
    await client.selectWorkspace(code, world.workspace.id);
    expect((await client.fetch('/users/me')).status).toBe(200);
    expect((await redeem(client, code, verifier)).status).toBe(400);
    expect((await client.fetch('/users/me')).status).toBe(401);
    expect(client.getUser()).toBeNull();
  });

  it('11: gives one of many simultaneous uses tokens at most', async () => {
    const { client, code } = await withCode(PEOPLE.viewer.sub);
    const verifier = verifierOf(client);
    const all = await Promise.all(Array.from({ length: 8 }, () => redeem(client, code, verifier)));
    const statuses = all.map(({ status }) => status);
    expect(statuses.filter((status) => status === 200).length).toBeLessThanOrEqual(1);
    expect(statuses.every((status) => status === 200 || status === 400)).toBe(true);
  });

  it('is of no use for a workspace that the person is not a member of, or that is not there', async () => {
    const { client, code } = await withCode(PEOPLE.viewer.sub);
    await expect(client.selectWorkspace(code, world.otherWorkspace.id)).rejects.toMatchObject({ status: 403 });
    const again = await withCode(PEOPLE.viewer.sub);
    const nowhere = '00000000-0000-4000-8000-000000000000';
    await expect(again.client.selectWorkspace(again.code, nowhere)).rejects.toMatchObject({ status: 404 });
  });

  it('takes identifiers in upper case and without hyphens', async () => {
    const { client, code } = await withCode(PEOPLE.viewer.sub);
    await client.selectWorkspace(code, world.workspace.id.replaceAll('-', '').toUpperCase());
    expect(client.getUser()?.workspaceId).toBe(world.workspace.id);
  });
});

describe('refreshing', () => {
  it('9: kills the family when a token comes back that was spent before', async () => {
    const client = await signedIn(PEOPLE.viewer.sub);
    const first = tokenOf(client, REFRESH);
    expect(await client.refresh()).toBe(true);
    expect(await client.refresh()).toBe(true);
    const [newest, access] = [tokenOf(client, REFRESH), tokenOf(client, ACCESS)];
    const refresh = (token: string) =>
      client.page.fetch(`${world.base}/auth/refresh`, postJson({ refresh_token: token }));
    expect((await refresh(first)).status).toBe(401);
    expect((await refresh(newest)).status).toBe(401);
    const answer = await fetch(`${world.base}/users/me`, { headers: { authorization: `Bearer ${access}` } });
    expect(answer.status).toBe(401);
  });

  it('9: answers two tabs at once with one and the same child', async () => {
    const client = await signedIn(PEOPLE.viewer.sub);
    const body = postJson({ refresh_token: tokenOf(client, REFRESH) });
    const [one, two] = await Promise.all([1, 2].map(() => client.page.fetch(`${world.base}/auth/refresh`, body)));
    const pairs = [one, two].map(async (each) => TokenPair.parse(await each?.json()).refresh_token);
    const [first, second] = await Promise.all(pairs);
    expect(first).toBe(second);
  });

  // Proves: OAuth 40.
  it('reads the role anew', async () => {
    const person = await world.newMember('viewer');
    const client = await signedIn(person.sub);
    await world.admin.json('PATCH', `/admin/workspaces/${world.workspace.id}/members/${person.id}`, { role: 'editor' });
    expect(await client.refresh()).toBe(true);
    expect(client.getUser()?.workspaceRole).toBe('editor');
  });

  it('is refused as 401 for whatever is no live refresh token, and as nothing else', async () => {
    const { page } = world.proxy();
    for (const token of ['', 'x', 'a.b.c', 'eyJhbGciOiJub25lIn0.e30.', '\0', 'ü'.repeat(2000)]) {
      const answer = await page.fetch(`${world.base}/auth/refresh`, postJson({ refresh_token: token }));
      expect([401, 422], token).toContain(answer.status);
    }
  });
});

describe('what is refused before anybody goes to the provider', () => {
  const ask = async (change: (query: URLSearchParams) => void, provider = 'google') => {
    const page = openPage(APP);
    const url = new URL(loginUrl({ base: world.base, redirectUri: CALLBACK }, page.storage, provider));
    change(url.searchParams);
    const answer = await page.browser.fetch(url);
    return {
      status: answer.status,
      type: answer.headers.get('content-type') ?? '',
      location: answer.headers.get('location'),
    };
  };
  const page400 = { status: 400, type: expect.stringContaining('text/html'), location: null };

  // Proves: OAuth 23.
  it.each([
    'https://evil.example/auth/callback',
    `${APP}/auth/callback/`,
    `${APP}/auth/callback?x=1`,
    `${APP}/auth/callback#f`,
    'https://app.example.evil.example/auth/callback',
    'https://user@app.example/auth/callback',
    'https://app.example\\@evil.example/auth/callback',
    '//app.example/auth/callback',
    '/auth/callback',
    'HTTPS://APP.EXAMPLE/auth/callback',
    'javascript:alert(1)',
  ])('12: a page instead of a redirect to %s', async (uri) => {
    expect(await ask((query) => query.set('redirect_uri', uri))).toEqual(page400);
  });

  it('12: a page for the method plain, and for a challenge that is none', async () => {
    expect(await ask((query) => query.set('code_challenge_method', 'plain'))).toEqual(page400);
    expect(await ask((query) => query.set('code_challenge', 'short'))).toEqual(page400);
  });

  it('12: 422 when a parameter is missing', async () => {
    for (const name of ['code_challenge', 'redirect_uri'])
      expect(await ask((query) => query.delete(name))).toMatchObject({ status: 422, location: null });
  });

  it('a page for a provider that is not there, and for an application that is not the address’s', async () => {
    expect(await ask(() => {}, 'myspace')).toEqual(page400);
    const foreign = '00000000-0000-4000-8000-000000000000';
    expect(await ask((query) => query.set('client_id', foreign))).toEqual(page400);
    expect((await ask((query) => query.set('client_id', world.app.id))).status).toBe(302);
  });
});

describe('what is refused when somebody comes back', () => {
  it('a sign-in that was begun in another browser, or ended before', async () => {
    const { url, browser } = await backUrl('google', PEOPLE.viewer.sub);
    const stranger = await openPage(APP).browser.fetch(url);
    expect(stranger.status).toBe(400);
    expect(stranger.headers.get('content-type')).toContain('text/html');
    const own = await browser.fetch(url);
    expect([302, 303, 307]).toContain(own.status);
    expect((await browser.fetch(url)).status).toBe(400);
  });

  it('a state that was changed, and an answer of another provider', async () => {
    const { url, browser } = await backUrl('google', PEOPLE.viewer.sub);
    const changed = new URL(url);
    changed.searchParams.set('state', randomBytes(32).toString('base64url'));
    expect((await browser.fetch(changed)).status).toBe(400);
    const mixed = new URL(url.href.replace('/callback/google', '/callback/github'));
    expect((await browser.fetch(mixed)).status).toBe(400);
  });

  it('somebody who pressed Cancel', async () => {
    const landing = await world.proxy().login('google', null);
    expect(landing.status).toBe(400);
    expect(landing.text).toContain('<html');
  });

  it.each([
    ['not verified', { email_verified: false }, 403],
    ['verified in words only', { email_verified: 'true' }, 403],
    ['absent', { email: null }, 400],
  ])('an address that is %s', async (_what, changes, status) => {
    const sub = `odd-${randomBytes(4).toString('hex')}`;
    world.standIns.setUser('google', { ...PEOPLE.viewer, sub, email: `${sub}@visitor.example`, ...changes });
    const landing = await world.proxy().login('google', sub);
    expect(landing.status).toBe(status);
    expect(landing.url.pathname).toBe('/auth/callback/google');
  });

  it('30: another person with an address that somebody here has', async () => {
    const sub = 'second-subject';
    world.standIns.setUser('google', { ...PEOPLE.viewer, sub, email: (PEOPLE.viewer.email ?? '').toUpperCase() });
    expect((await world.proxy().login('google', sub)).status).toBe(409);
  });
});

describe('the other providers', () => {
  it('Entra ID signs people of its tenant in, without email_verified', async () => {
    world.standIns.setUser('entra', entraUser('e-1', 'emil@acme.example', SANDBOX_TENANT));
    const { client, code } = await withCode('e-1', 'entra_id');
    expect(await client.getWorkspaces(code)).toEqual([]);
    world.standIns.setUser('entra', entraUser('e-2', 'eve@acme.example', '99999999-0000-4000-8000-000000000000'));
    expect((await world.proxy().login('entra_id', 'e-2')).status).toBe(400);
  });

  it('GitHub signs people in by the number of their account', async () => {
    world.standIns.setUser('github', sandboxUser('7001', 'gina@acme.example'));
    expect((await withCode('7001', 'github')).code).not.toBe('');
    world.standIns.setUser('github', sandboxUser('7002', 'gus@acme.example', { email_verified: false }));
    expect((await world.proxy().login('github', '7002')).status).toBe(403);
  });

  it('an issuer of the operator’s own works like them', async () => {
    world.standIns.setUser('oidc', sandboxUser('c-1', 'carla@acme.example'));
    expect((await withCode('c-1', 'company')).code).not.toBe('');
  });

  // Proves: ASVS 26.
  it('the same subject at two of them is two people', async () => {
    world.standIns.setUser('oidc', sandboxUser(PEOPLE.viewer.sub, 'another.101@acme.example'));
    const { client, code } = await withCode(PEOPLE.viewer.sub, 'company');
    expect(await client.getWorkspaces(code)).toEqual([]);
  });

  it('one that went down meanwhile is a page of 503', async () => {
    const { url, browser } = await backUrl('github', '7001');
    world.standIns.down(true, 'github');
    try {
      const answer = await browser.fetch(url);
      expect(answer.status).toBe(503);
      expect(answer.headers.get('content-type')).toContain('text/html');
    } finally {
      world.standIns.down(false);
    }
  });
});

it('tokens say what the contract lists and nothing else', async () => {
  const { oid, oslug, opub, ...claims } = claimsIn(tokenOf(await signedIn(PEOPLE.viewer.sub), ACCESS));
  expect([oid, oslug, opub].every((each) => each === undefined || oid !== undefined)).toBe(true);
  // Beside them: the family it ends with, and the application (RFC 9068 §2.2).
  const ours = new Set(['fid', 'client_id']);
  const listed = ['aud', 'email', 'exp', 'groups', 'iat', 'iss', 'jti', 'name', 'sub', 'type', 'wid', 'wrole', 'wslug'];
  expect(
    Object.keys(claims)
      .filter((name) => !ours.has(name))
      .toSorted(),
  ).toEqual(listed);
});
