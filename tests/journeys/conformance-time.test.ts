// Conformance with the access contract: what ends by itself, and what goes on. The server's clock is moved; the clients' is not.
// Numbers are the contract's rows.
import { decodeProtectedHeader } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTimedWorld, type TimedWorld } from '../conformance/moved-clock.ts';
import { openPage } from '../conformance/page.ts';
import { loginUrl, postJson, type ProxyClient } from '../conformance/proxy-client.ts';
import { tokenVerifier } from '../conformance/service-client.ts';
import { Jwks } from '../conformance/shapes.ts';
import { APP, CALLBACK, PEOPLE } from '../conformance/world.ts';

let world: TimedWorld;
/** Signed in before the clock was moved: the provider's tokens of today are too old for a server of tomorrow. */
let early: ProxyClient;

beforeAll(async () => {
  world = await openTimedWorld({ SENTINEL_REFRESH_GRACE: '0' });
  early = await signedIn(PEOPLE.editor.sub);
});
afterAll(async () => {
  await world?.close();
});

async function signedIn(sub: string): Promise<ProxyClient> {
  const client = world.proxy();
  await client.signIn('google', sub, 'acme');
  return client;
}

const tokenOf = (client: ProxyClient, kind: 'access' | 'refresh') =>
  client.page.storage.get(`sentinel_${kind}_token`) ?? '';
const meWith = async (token: string) =>
  (await fetch(`${world.base}/users/me`, { headers: { authorization: `Bearer ${token}` } })).status;
const kidOf = (token: string) => decodeProtectedHeader(token).kid;

describe('what ends by itself', () => {
  it('9: without a grace, a refresh token comes back once and its family is dead, access tokens included', async () => {
    const client = await signedIn(PEOPLE.viewer.sub);
    const old = tokenOf(client, 'refresh');
    expect(await client.refresh()).toBe(true);
    const [newest, access] = [tokenOf(client, 'refresh'), tokenOf(client, 'access')];
    const refresh = async (token: string) =>
      (await client.page.fetch(`${world.base}/auth/refresh`, postJson({ refresh_token: token }))).status;
    expect([await refresh(old), await refresh(newest), await meWith(access)]).toEqual([401, 401, 401]);
  });

  it('11: a code, after five minutes', async () => {
    const client = world.proxy();
    const { url } = await client.login('google', PEOPLE.viewer.sub);
    const code = url.searchParams.get('code') ?? '';
    world.advance(290);
    expect(await client.getWorkspaces(code)).toHaveLength(1);
    world.advance(11);
    await expect(client.getWorkspaces(code)).rejects.toMatchObject({ status: 400 });
    await expect(client.selectWorkspace(code, world.workspace.id)).rejects.toMatchObject({ status: 400 });
  });

  it('a sign-in that was begun, after ten minutes', async () => {
    const browser = openPage(`${world.base}/auth/callback`).browser;
    const login = loginUrl({ base: world.base, redirectUri: CALLBACK }, openPage(APP).storage, 'google');
    const back = await browser.goAs(login, PEOPLE.viewer.sub);
    world.advance(601);
    expect((await browser.fetch(back.url)).status).toBe(400);
  });

  it('an access token, after fifteen minutes; the page renews it and goes on', async () => {
    const client = await signedIn(PEOPLE.viewer.sub);
    const first = tokenOf(client, 'access');
    world.advance(899);
    expect(await meWith(first)).toBe(200);
    // A minute is allowed for clocks that differ.
    world.advance(62);
    expect(await meWith(first)).toBe(401);
    expect((await client.fetch('/users/me')).status).toBe(200);
    expect(tokenOf(client, 'access')).not.toBe(first);
  });

  // Proves: OAuth 18.
  it('an authz token, after five minutes; the page has another one minted', async () => {
    const client = world.authz();
    await client.selectWorkspace(await client.login('google', PEOPLE.viewer.sub), 'google', world.workspace.id);
    const first = client.authzToken();
    world.advance(362);
    expect((await world.service.call('/users/me', first)).status).toBe(401);
    expect((await client.fetch('/users/me')).status).toBe(200);
    expect(client.authzToken()).not.toBe(first);
  });

  // Proves: OAuth 21.
  it('a provider’s token, when the provider says so', async () => {
    const exp = Math.floor(world.now().getTime() / 1000) + 30;
    const idpToken = world.standIns.idToken({ issuer: 'google', user: PEOPLE.viewer, changes: { exp } });
    const ask = async () =>
      (await world.service.call('/authz/resolve', null, postJson({ idp_token: idpToken, provider: 'google' }))).status;
    expect(await ask()).toBe(200);
    world.advance(91);
    expect(await ask()).toBe(400);
  });
});

describe('37: keys change without anybody noticing', () => {
  it('a provider’s new key is fetched when a token names it', async () => {
    await world.standIns.rotateKeys('google');
    world.advance(31);
    const idpToken = world.standIns.idToken({ issuer: 'google', user: PEOPLE.viewer });
    const answer = await world.service.call(
      '/authz/resolve',
      null,
      postJson({ idp_token: idpToken, provider: 'google' }),
    );
    expect(answer.status).toBe(200);
  });

  // Proves: OAuth 17, ASVS 49.
  it('our next key is published before it signs; older tokens verify until they end', async () => {
    const verify = tokenVerifier(world.base);
    const client = await signedIn(PEOPLE.viewer.sub);
    const before = tokenOf(client, 'access');
    await verify(before, { issuer: world.base, currentDate: world.now() });
    const readKeys = async () => Jwks.parse(await (await fetch(`${world.base}/.well-known/jwks.json`)).json()).keys;
    const begins = await world.rotateKeys();
    expect((await readKeys()).map(({ kid }) => kid)).toHaveLength(2);
    expect((await readKeys())[0]?.kid).toBe(kidOf(before));
    world.advance((begins.getTime() - world.now().getTime()) / 1000 - 60);
    expect(await client.refresh()).toBe(true);
    const published = tokenOf(client, 'access');
    expect(kidOf(published)).toBe(kidOf(before));
    world.advance(61);
    expect(await client.refresh()).toBe(true);
    const after = tokenOf(client, 'access');
    expect(kidOf(after)).not.toBe(kidOf(before));
    expect((await readKeys())[0]?.kid).toBe(kidOf(after));
    expect([await meWith(published), await meWith(after)]).toEqual([200, 200]);
    // The verifier that fetched the keys before picks the new one up, and two keys do not confuse it.
    for (const token of [published, after]) await verify(token, { issuer: world.base, currentDate: world.now() });
  });
});

describe('what ends after longer', () => {
  it('an administrator’s cookie, after an hour', async () => {
    expect((await world.admin.ask('GET', '/auth/admin/me')).status).toBe(200);
    world.advance(3662);
    expect((await world.admin.ask('GET', '/auth/admin/me')).status).toBe(401);
  });

  // Proves: OAuth 34.
  it('a sign-in, after seven days, however often it was renewed', async () => {
    for (let day = 0; day < 6; day += 1) {
      world.advance(24 * 3600);
      expect(await early.refresh()).toBe(true);
    }
    world.advance(24 * 3600);
    expect(await early.refresh()).toBe(false);
    expect(early.getUser()).toBeNull();
  });
});
