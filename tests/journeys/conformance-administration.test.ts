// Conformance with the access contract: what administrators and workspace admins change, and that it counts at once; and what
// is refused when too much is asked. Numbers are the contract's rows.
import { sandboxUser } from '@sentinel/sandbox/identity';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { adminClient, signInAdmin } from '../conformance/admin-client.ts';
import { openBrowser, openPage } from '../conformance/page.ts';
import { createProxyClient, postJson, type ProxyClient } from '../conformance/proxy-client.ts';
import { createServiceClient } from '../conformance/service-client.ts';
import { ClientApp, Group, GroupMember, Member, Refusal, ServiceAppSecret, Workspace } from '../conformance/shapes.ts';
import { APP, openWorld, PEOPLE, type World } from '../conformance/world.ts';

const NOWHERE = '00000000-0000-4000-8000-000000000000';
let world: World;

beforeAll(async () => {
  world = await openWorld();
});
afterAll(async () => {
  await world?.close();
});

async function signedIn(sub: string, slug = 'acme'): Promise<ProxyClient> {
  const client = world.proxy();
  await client.signIn('google', sub, slug);
  return client;
}

/** With the access token alone, so that nothing is renewed on the way. */
async function statusOf(client: ProxyClient, path: string, init: RequestInit = {}): Promise<number> {
  const headers = new Headers(init.headers);
  headers.set('authorization', `Bearer ${client.page.storage.get('sentinel_access_token') ?? ''}`);
  return (await fetch(`${world.base}${path}`, { ...init, headers })).status;
}

/** Tokens tell their time in whole seconds, so whoever signs in again right after being signed out waits for the next one. */
const nextSecond = () => new Promise((resolve) => setTimeout(resolve, 1000 - (Date.now() % 1000) + 20));

const inAcme = (path: string) => `/workspaces/${world.workspace.id}${path}`;
const adminOfAcme = (path: string) => `/admin/workspaces/${world.workspace.id}${path}`;

// Proves: OAuth 44, ASVS 30.
describe('32: what ends tokens, ends them at once', () => {
  it('signing out ends every sign-in of the person, on all devices', async () => {
    const person = await world.newMember('viewer');
    const [one, two] = [await signedIn(person.sub), await signedIn(person.sub)];
    const answer = await one.fetch('/auth/logout', { method: 'POST' });
    expect(await answer.json()).toEqual({ ok: true });
    expect(answer.headers.get('clear-site-data')).toBe('"cookies", "storage"');
    expect([await statusOf(one, '/users/me'), await statusOf(two, '/users/me')]).toEqual([401, 401]);
    expect([await one.refresh(), await two.refresh()]).toEqual([false, false]);
    expect(one.getUser()).toBeNull();
    expect(await statusOf(await signedIn(person.sub), '/users/me')).toBe(200);
  });

  it('deactivating somebody ends access and authz tokens, and every way in', async () => {
    const person = await world.newMember('editor');
    const client = await signedIn(person.sub);
    const page = world.authz();
    const idpToken = await page.login('google', person.sub);
    await page.selectWorkspace(idpToken, 'google', world.workspace.id);
    await world.admin.json('PATCH', `/admin/users/${person.id}`, { is_active: false });
    expect(await statusOf(client, '/users/me')).toBe(401);
    expect((await world.service.call('/users/me', page.authzToken())).status).toBe(401);
    expect(await client.refresh()).toBe(false);
    await expect(page.resolve(idpToken, 'google')).rejects.toMatchObject({ status: 403 });
    expect((await world.proxy().login('google', person.sub)).status).toBe(403);
    await world.admin.json('PATCH', `/admin/users/${person.id}`, { is_active: true });
    await nextSecond();
    expect(await statusOf(await signedIn(person.sub), '/users/me')).toBe(200);
    expect(await statusOf(client, '/users/me')).toBe(401);
  });

  // Proves: ASVS 7.
  it('another role counts for tokens that were made before', async () => {
    const person = await world.newMember('admin');
    const client = await signedIn(person.sub);
    const rename = { ...postJson({ description: 'renamed' }, 'PATCH') };
    expect(await statusOf(client, inAcme(''), rename)).toBe(200);
    await world.admin.json('PATCH', adminOfAcme(`/members/${person.id}`), { role: 'viewer' });
    expect(await statusOf(client, inAcme(''), rename)).toBe(403);
    expect(await statusOf(client, inAcme('/members'))).toBe(200);
    await world.admin.json('PATCH', adminOfAcme(`/members/${person.id}`), { role: 'admin' });
    expect(await statusOf(client, inAcme(''), rename)).toBe(200);
  });

  it('removing a member ends the tokens of that workspace, and of no other', async () => {
    const person = await world.newMember('viewer');
    const other = `/admin/workspaces/${world.otherWorkspace.id}/members`;
    await world.admin.json('POST', `${other}/invite`, { email: person.email, role: 'viewer' });
    const [here, there] = [await signedIn(person.sub), await signedIn(person.sub, 'globex')];
    const page = world.authz();
    await page.selectWorkspace(await page.login('google', person.sub), 'google', world.workspace.id);
    await world.admin.json('DELETE', adminOfAcme(`/members/${person.id}`));
    expect([401, 403]).toContain(await statusOf(here, inAcme('/members')));
    expect([401, 403]).toContain((await world.service.call(inAcme('/members'), page.authzToken())).status);
    expect(await here.refresh()).toBe(false);
    expect(await statusOf(there, `/workspaces/${world.otherWorkspace.id}/members`)).toBe(200);
    expect(await there.refresh()).toBe(true);
  });

  it('revoking somebody’s tokens leaves the person, and signs them out', async () => {
    const person = await world.newMember('viewer');
    const client = await signedIn(person.sub);
    const answer = await world.admin.json('POST', `/admin/users/${person.id}/revoke-tokens`);
    expect(answer).toMatchObject({ status: 'ok', tokens_revoked: expect.any(Number) });
    expect(await statusOf(client, '/users/me')).toBe(401);
    await nextSecond();
    expect(await statusOf(await signedIn(person.sub), '/users/me')).toBe(200);
  });

  it('an application that is switched off gives no codes, and its sign-ins end when that is asked', async () => {
    const person = await world.newMember('viewer');
    const uri = `${APP}/second/callback`;
    const made = ClientApp.parse(
      await world.admin.json('POST', '/admin/client-apps', { name: 'Second', redirect_uris: [uri] }),
    );
    const client = createProxyClient(openPage(APP), { base: world.base, redirectUri: uri });
    await client.signIn('google', person.sub, 'acme');
    const elsewhere = await signedIn(person.sub);
    await world.admin.json('PATCH', `/admin/client-apps/${made.id}`, { is_active: false });
    expect(await statusOf(client, '/users/me')).toBe(200);
    await world.admin.json('PATCH', `/admin/client-apps/${made.id}`, { is_active: false, revoke_sessions: true });
    expect(await statusOf(client, '/users/me')).toBe(401);
    expect(await statusOf(elsewhere, '/users/me')).toBe(200);
    const again = createProxyClient(openPage(APP), { base: world.base, redirectUri: uri });
    await expect(again.login('google', person.sub)).rejects.toThrow('no people to pick from: 400');
  });
});

describe('33: the administrator’s cookie', () => {
  it('tells who it is, and is needed', async () => {
    expect(await world.admin.json('GET', '/auth/admin/me')).toMatchObject({ email: PEOPLE.operator.email });
    expect((await adminClient(world.base, openBrowser()).ask('GET', '/auth/admin/me')).status).toBe(401);
    expect(
      (await adminClient(world.base, openBrowser()).ask('POST', '/admin/workspaces', { name: 'x', slug: 'xx' })).status,
    ).toBe(401);
  });

  // Proves: ASVS 34.
  it('changes nothing without the header that forms lack, or for another site’s page', async () => {
    const send = async (headers: Record<string, string>) =>
      await world.admin.browser.fetch(`${world.base}/admin/client-apps`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify({ name: 'Forged', redirect_uris: ['https://forged.example/'] }),
      });
    const own = { origin: world.base, 'sec-fetch-site': 'same-origin' };
    expect((await send(own)).status).toBe(403);
    expect((await send({ ...own, 'x-requested-with': '' })).status).toBe(403);
    const foreign = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site', 'x-requested-with': 'x' };
    expect((await send(foreign)).status).toBe(403);
    const apps = ClientApp.array().parse(await world.admin.json('GET', '/admin/client-apps'));
    expect(apps.map(({ name }) => name)).not.toContain('Forged');
  });

  it('is not for people who are no administrators, and leaves no trace of them', async () => {
    world.standIns.setUser('google', sandboxUser('999', 'stranger@visitor.example'));
    const browser = openBrowser([`${world.base}/console`]);
    const landing = await browser.goAs(`${world.base}/auth/admin/login/google`, '999');
    expect(landing.url.searchParams.get('error')).toBe('not_admin');
    expect(browser.cookie(world.base, 'admin_token')).toBeNull();
    expect(await world.admin.json('GET', '/admin/users?search=stranger')).toMatchObject({ total: 0 });
  });

  it('is good for nothing after signing out, and for nobody who is an administrator no more', async () => {
    world.standIns.setUser('google', sandboxUser('998', 'second.op@platform.example'));
    await world.proxy().login('google', '998');
    const found = await world.admin.json('GET', '/admin/users?search=second.op');
    const { items } = found as { items: { id: string }[] };
    const path = `/admin/users/${items[0]?.id ?? ''}`;
    await world.admin.json('PATCH', path, { is_admin: true });
    const second = await signInAdmin(world.base, '998');
    expect((await second.ask('GET', '/auth/admin/me')).status).toBe(200);
    await world.admin.json('PATCH', path, { is_admin: false });
    expect([401, 403]).toContain((await second.ask('GET', '/auth/admin/me')).status);
    await world.admin.json('PATCH', path, { is_admin: true });
    await nextSecond();
    const third = await signInAdmin(world.base, '998');
    const cookie = third.browser.cookie(world.base, 'admin_token') ?? '';
    expect(await third.json('POST', '/auth/admin/logout')).toEqual({ ok: true });
    expect(third.browser.cookie(world.base, 'admin_token')).toBeNull();
    third.browser.setCookie(world.base, `admin_token=${cookie}; Path=/`);
    expect((await third.ask('GET', '/auth/admin/me')).status).toBe(401);
  });

  // Proves: OAuth 7, ASVS 15.
  it('opens nothing that is for people’s tokens, nor the other way round', async () => {
    const cookie = world.admin.browser.cookie(world.base, 'admin_token') ?? '';
    const asBearer = await fetch(`${world.base}/users/me`, { headers: { authorization: `Bearer ${cookie}` } });
    expect(asBearer.status).toBe(401);
    const access = (await signedIn(PEOPLE.owner.sub)).page.storage.get('sentinel_access_token') ?? '';
    const browser = openBrowser();
    browser.setCookie(world.base, `admin_token=${access}; Path=/`);
    expect((await adminClient(world.base, browser).ask('GET', '/auth/admin/me')).status).toBe(401);
  });
});

describe('34: members and groups answer with 2xx and 4xx only', () => {
  let admin: ProxyClient;
  let owner: ProxyClient;
  const ask = async (client: ProxyClient, method: string, path: string, body?: unknown) => {
    const init = body === undefined ? { method } : postJson(body, method);
    const answer = await client.fetch(inAcme(path), init);
    const text = await answer.text();
    if (answer.status >= 400) Refusal.parse(JSON.parse(text));
    return { status: answer.status, body: text === '' ? null : (JSON.parse(text) as unknown) };
  };

  beforeAll(async () => {
    admin = await signedIn(PEOPLE.admin.sub);
    owner = await signedIn(PEOPLE.owner.sub);
  });

  it('inviting: somebody known, again, somebody unknown, no address, an owner by an admin', async () => {
    const person = await world.newPerson();
    const made = await ask(admin, 'POST', '/members/invite', { email: person.email });
    expect(made.status).toBe(201);
    expect(Member.parse(made.body)).toMatchObject({ user_id: person.id, role: 'viewer' });
    expect((await ask(admin, 'POST', '/members/invite', { email: person.email.toUpperCase() })).status).toBe(409);
    expect((await ask(admin, 'POST', '/members/invite', { email: 'nobody@visitor.example' })).status).toBe(400);
    expect((await ask(admin, 'POST', '/members/invite', { email: 'nonsense' })).status).toBe(422);
    const another = await world.newPerson();
    expect((await ask(admin, 'POST', '/members/invite', { email: another.email, role: 'owner' })).status).toBe(400);
    expect((await ask(admin, 'POST', '/members/invite', { email: another.email, role: 'king' })).status).toBe(422);
    expect((await ask(owner, 'POST', '/members/invite', { email: another.email, role: 'owner' })).status).toBe(201);
    expect((await ask(owner, 'DELETE', `/members/${another.id}`)).status).toBe(204);
  });

  it('changing and removing: nobody, an owner by an admin, the last owner', async () => {
    const person = await world.newMember('viewer');
    const changed = await ask(admin, 'PATCH', `/members/${person.id}`, { role: 'editor' });
    expect(changed.status).toBe(200);
    expect(changed.body).toMatchObject({ user_id: person.id, workspace_id: world.workspace.id, role: 'editor' });
    expect((await ask(admin, 'PATCH', `/members/${NOWHERE}`, { role: 'editor' })).status).toBe(404);
    expect((await ask(admin, 'DELETE', `/members/${NOWHERE}`)).status).toBe(404);
    expect((await ask(admin, 'PATCH', '/members/nonsense', { role: 'editor' })).status).toBe(422);
    expect((await ask(admin, 'PATCH', `/members/${world.ids.owner}`, { role: 'viewer' })).status).toBe(403);
    expect((await ask(admin, 'PATCH', `/members/${person.id}`, { role: 'owner' })).status).toBe(403);
    expect((await ask(admin, 'DELETE', `/members/${world.ids.owner}`)).status).toBe(403);
    expect((await ask(admin, 'DELETE', `/members/${person.id}`)).status).toBe(204);
    expect((await ask(admin, 'DELETE', `/members/${person.id}`)).status).toBe(404);
  });

  it('the last owner stays one', async () => {
    const { id } = Workspace.parse(await owner.fetchJson('/workspaces', postJson({ name: 'Alone', slug: 'alone' })));
    const path = `/workspaces/${id}/members/${world.ids.owner}`;
    const alone = await signedIn(PEOPLE.owner.sub, 'alone');
    expect((await alone.fetch(path, postJson({ role: 'viewer' }, 'PATCH'))).status).toBe(409);
    expect((await alone.fetch(path, { method: 'DELETE' })).status).toBe(409);
    expect((await alone.fetch(path, postJson({ role: 'owner' }, 'PATCH'))).status).toBe(200);
  });

  it('leaves one owner when two remove each other at once', async () => {
    const made = await owner.fetchJson('/workspaces', postJson({ name: 'Race', slug: 'race' }));
    const { id } = Workspace.parse(made);
    const second = await world.newPerson();
    await world.admin.json('POST', `/admin/workspaces/${id}/members/invite`, { email: second.email, role: 'owner' });
    const [one, two] = [await signedIn(PEOPLE.owner.sub, 'race'), await signedIn(second.sub, 'race')];
    const remove = async (client: ProxyClient, target: string) =>
      (await client.fetch(`/workspaces/${id}/members/${target}`, { method: 'DELETE' })).status;
    const statuses = await Promise.all([remove(one, second.id), remove(two, world.ids.owner)]);
    expect(statuses.filter((status) => status === 204)).toHaveLength(1);
    expect(statuses.filter((status) => ![204, 401, 403, 409].includes(status))).toEqual([]);
    const left = Member.array().parse(await world.admin.json('GET', `/admin/workspaces/${id}/members`));
    expect(left.filter(({ role }) => role === 'owner')).toHaveLength(1);
  });

  it('groups: made, twice, renamed, gone', async () => {
    const made = await ask(admin, 'POST', '/groups', { name: ' <i>Field</i> team ', description: 'x' });
    expect(made.status).toBe(201);
    const group = Group.parse(made.body);
    expect(group).toMatchObject({ name: 'Field team', workspace_id: world.workspace.id, created_by: world.ids.admin });
    expect((await ask(admin, 'POST', '/groups', { name: 'Field team' })).status).toBe(409);
    expect((await ask(admin, 'POST', '/groups', { name: '<b></b>' })).status).toBe(422);
    expect((await ask(admin, 'PATCH', `/groups/${group.id}`, { name: 'Office' })).status).toBe(200);
    expect((await ask(admin, 'PATCH', `/groups/${NOWHERE}`, { name: 'Office' })).status).toBe(404);
    expect((await ask(admin, 'DELETE', `/groups/${group.id}`)).status).toBe(204);
    expect((await ask(admin, 'DELETE', `/groups/${group.id}`)).status).toBe(404);
  });

  it('group members: added, twice, nobody, somebody from elsewhere, taken out', async () => {
    const { id } = Group.parse((await ask(admin, 'POST', '/groups', { name: 'Crew' })).body);
    const path = (person: string, group = id) => `/groups/${group}/members/${person}`;
    const added = await ask(admin, 'POST', path(world.ids.viewer));
    expect(added).toEqual({ status: 201, body: { status: 'ok' } });
    expect((await ask(admin, 'POST', path(world.ids.viewer))).status).toBe(400);
    expect((await ask(admin, 'POST', path((await world.newPerson()).id))).status).toBe(400);
    expect((await ask(admin, 'POST', path(world.ids.viewer, NOWHERE))).status).toBe(404);
    const viewer = await signedIn(PEOPLE.viewer.sub);
    expect(viewer.getUser()?.groups).toEqual([id]);
    const members = GroupMember.array().parse((await ask(viewer, 'GET', `/groups/${id}/members`)).body);
    expect(members.map(({ user_id: person }) => person)).toEqual([world.ids.viewer]);
    expect((await ask(viewer, 'GET', `/groups/${NOWHERE}/members`)).status).toBe(404);
    expect((await ask(admin, 'DELETE', path(world.ids.viewer))).status).toBe(204);
    expect((await ask(admin, 'DELETE', path(world.ids.viewer))).status).toBe(404);
    expect((await ask(admin, 'DELETE', `/groups/${id}`)).status).toBe(204);
  });

  it('everything that changes is for admins', async () => {
    const viewer = await signedIn(PEOPLE.viewer.sub);
    const editor = await signedIn(PEOPLE.editor.sub);
    for (const client of [viewer, editor]) {
      expect((await ask(client, 'POST', '/groups', { name: 'No' })).status).toBe(403);
      expect((await ask(client, 'POST', '/members/invite', { email: 'a@acme.example' })).status).toBe(403);
      expect((await ask(client, 'PATCH', `/members/${world.ids.viewer}`, { role: 'owner' })).status).toBe(403);
      expect((await ask(client, 'DELETE', `/members/${world.ids.viewer}`)).status).toBe(403);
      expect((await ask(client, 'PATCH', '', { name: 'Mine' })).status).toBe(403);
    }
    expect((await ask(admin, 'DELETE', '')).status).toBe(403);
  });

  it('workspaces: made by anybody, twice, entered with a new sign-in, deleted by the owner', async () => {
    const made = await admin.fetchJson('/workspaces', postJson({ name: 'Short-lived', slug: 'short-lived' }));
    const { id } = Workspace.parse(made);
    expect((await admin.fetch('/workspaces', postJson({ name: 'Twice', slug: 'short-lived' }))).status).toBe(409);
    expect((await admin.fetch('/workspaces', postJson({ name: 'x', slug: '-bad-' }))).status).toBe(422);
    expect((await admin.fetch(`/workspaces/${id}`)).status).toBe(403);
    const client = await signedIn(PEOPLE.admin.sub, 'short-lived');
    expect(client.getUser()?.workspaceRole).toBe('owner');
    expect((await client.fetch(`/workspaces/${id}`, { method: 'DELETE' })).status).toBe(204);
    expect([401, 403, 404]).toContain(await statusOf(client, `/workspaces/${id}`));
    expect(await client.refresh()).toBe(false);
  });

  it('the administration: the same mistakes, the same statuses', async () => {
    const status = async (method: string, path: string, body?: unknown) =>
      (await world.admin.ask(method, path, body)).status;
    expect(
      await status('POST', adminOfAcme('/members/invite'), { email: 'nobody@visitor.example', role: 'viewer' }),
    ).toBe(400);
    expect(await status('POST', adminOfAcme('/members/invite'), { email: PEOPLE.viewer.email, role: 'viewer' })).toBe(
      409,
    );
    expect(await status('PATCH', adminOfAcme(`/members/${NOWHERE}`), { role: 'viewer' })).toBe(404);
    expect(await status('DELETE', adminOfAcme(`/members/${NOWHERE}`))).toBe(404);
    expect(await status('DELETE', `/admin/groups/${NOWHERE}`)).toBe(404);
    expect(await status('GET', `/admin/users/${NOWHERE}`)).toBe(404);
    expect(await status('GET', '/admin/users/nonsense')).toBe(422);
    expect(await status('POST', '/admin/workspaces', { name: 'Twice', slug: 'acme' })).toBe(400);
    expect(await status('DELETE', `/admin/client-apps/${NOWHERE}`)).toBe(404);
  });
});

describe('35: service keys and services', () => {
  it('the old key is refused at once, unless it was given time', async () => {
    const asked = { name: 'Keys', service_name: 'key-bearer' };
    const { id, api_key: first } = ServiceAppSecret.parse(await world.admin.json('POST', '/admin/service-apps', asked));
    const status = async (key: string) => (await createServiceClient(world.base, key)('/organizations')).status;
    const rotate = async (body: object) =>
      ServiceAppSecret.parse(await world.admin.json('POST', `/admin/service-apps/${id}/rotate-key`, body)).api_key;
    expect(await status(first)).toBe(200);
    const second = await rotate({});
    expect([await status(first), await status(second)]).toEqual([401, 200]);
    const third = await rotate({ grace_seconds: 60 });
    expect([await status(second), await status(third)]).toEqual([200, 200]);
    const change = async (body: object) => await world.admin.json('PATCH', `/admin/service-apps/${id}`, body);
    await change({ is_active: false });
    expect([await status(second), await status(third)]).toEqual([401, 401]);
    await change({ is_active: true });
    expect(await status(third)).toBe(200);
    await world.admin.json('DELETE', `/admin/service-apps/${id}`);
    expect(await status(third)).toBe(401);
  });

  it('a key differs in one character and is worth nothing', async () => {
    const { key } = world.service;
    const other = key.at(-1) === 'A' ? 'B' : 'A';
    for (const wrong of [key.slice(0, -1) + other, key.slice(0, -1), `${key}A`, key.toLowerCase(), 'sk_', ''])
      expect((await createServiceClient(world.base, wrong)('/organizations')).status).toBe(401);
  });

  it('names and origins are one service’s only, and registered strictly', async () => {
    const status = async (body: object) =>
      (await world.admin.ask('POST', '/admin/service-apps', { name: 'X', ...body })).status;
    expect(await status({ service_name: 'documents' })).toBe(400);
    expect(await status({ service_name: 'thief', allowed_origins: [APP] })).toBe(409);
    for (const origin of [
      'null',
      '*',
      'https://*.example',
      `${APP}/`,
      `${APP}/path`,
      'http://plain.example',
      'ftp://x.example',
    ])
      expect(await status({ service_name: 'strict', allowed_origins: [origin] }), origin).toBe(422);
    for (const uri of [
      'ftp://x.example/',
      'https://x.example/#f',
      'https://u@x.example/',
      'javascript:1',
      '/x',
      'https://*.x.example/',
    ])
      expect(
        (await world.admin.ask('POST', '/admin/client-apps', { name: 'X', redirect_uris: [uri] })).status,
        uri,
      ).toBe(422);
  });
});
