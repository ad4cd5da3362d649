import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type AppsWorld, openAppsWorld } from './apps-world.testing.ts';

let world: AppsWorld;
beforeAll(async () => {
  world = await openAppsWorld();
});
afterEach(() => world.reset());
afterAll(() => world.close());

const UNKNOWN = '0190f3a0-0000-7000-8000-000000000000';

async function createRealm(slug = 'suite', changes: object = {}): Promise<{ id: string; [name: string]: unknown }> {
  const answer = await world.ask('POST', '/admin/realms', { name: 'Suite', slug, ...changes });
  expect(answer.statusCode, answer.body).toBe(201);
  return answer.json();
}
async function createService(service_name: string): Promise<{ id: string; api_key: string }> {
  const answer = await world.ask('POST', '/admin/service-apps', { name: 'App', service_name });
  expect(answer.statusCode, answer.body).toBe(201);
  return answer.json();
}
const join = (realm: string, app: string) => world.ask('POST', `/admin/realms/${realm}/members/${app}`);
const leave = (realm: string, app: string) => world.ask('DELETE', `/admin/realms/${realm}/members/${app}`);
const whoami = async (key: string) => (await world.askWith(key, 'GET', '/realm/whoami')).json();

describe('a realm', () => {
  it('is made, listed, read, changed and deleted', async () => {
    const made = await createRealm();
    expect(made).toEqual({
      id: expect.any(String),
      slug: 'suite',
      name: 'Suite',
      m2m_ttl_s: 300,
      is_active: true,
      created_at: world.clock.now().toISOString(),
    });
    expect((await world.ask('GET', '/admin/realms')).json()).toEqual([made]);
    expect((await world.ask('GET', `/admin/realms/${made.id}`)).json()).toEqual(made);
    const changed = await world.ask('PATCH', `/admin/realms/${made.id}`, { m2m_ttl_s: 30, slug: 'other', name: null });
    expect(changed.json()).toEqual({ ...made, m2m_ttl_s: 30 });
    expect((await world.ask('DELETE', `/admin/realms/${made.id}`)).statusCode).toBe(204);
    expect((await world.ask('GET', '/admin/realms')).json()).toEqual([]);
    expect((await world.activity()).map((each) => each.action)).toEqual(
      expect.arrayContaining(['realm_created', 'realm_updated', 'realm_deleted']),
    );
  });

  it('shares no name with a realm or a service', async () => {
    await createRealm();
    await createService('notes');
    for (const slug of ['suite', 'notes']) {
      const answer = await world.ask('POST', '/admin/realms', { name: 'Other', slug });
      expect([answer.statusCode, answer.json().code]).toEqual([400, 'bad_request']);
    }
  });

  it.each([{ slug: '2nd' }, { slug: '__proto__' }, { m2m_ttl_s: 29 }, { m2m_ttl_s: 3601 }, { name: '<i></i>' }])(
    'is refused with %j',
    async (change) => {
      const answer = await world.ask('POST', '/admin/realms', { name: 'Suite', slug: 'suite', ...change });
      expect(answer.statusCode).toBe(422);
    },
  );

  it.each([
    ['GET', ''],
    ['PATCH', ''],
    ['DELETE', ''],
    ['GET', '/members'],
    ['POST', `/members/${UNKNOWN}`],
    ['DELETE', `/members/${UNKNOWN}`],
  ] as const)('that is unknown is 404 for %s %s', async (method, suffix) => {
    const body = method === 'PATCH' ? {} : undefined;
    expect((await world.ask(method, `/admin/realms/${UNKNOWN}${suffix}`, body)).statusCode).toBe(404);
  });
});

describe('a member of a realm', () => {
  it('is put in, listed, and taken out', async () => {
    const realm = await createRealm();
    const app = await createService('notes');
    const member = { id: app.id, name: 'App', service_name: 'notes', has_grants: false };
    const joined = await join(realm.id, app.id);
    expect([joined.statusCode, joined.json()]).toEqual([201, member]);
    expect((await join(realm.id, app.id)).statusCode).toBe(201);
    expect((await world.ask('GET', `/admin/realms/${realm.id}/members`)).json()).toEqual([member]);
    expect((await world.ask('GET', `/admin/service-apps/${app.id}`)).json().realm_id).toBe(realm.id);
    expect((await leave(realm.id, app.id)).statusCode).toBe(204);
    expect((await leave(realm.id, app.id)).statusCode).toBe(404);
    const actions = (await world.activity()).filter((each) => each.target_id === realm.id).map((each) => each.action);
    expect(actions).toEqual(['realm_created', 'realm_member_added', 'realm_member_removed']);
  });

  it('is in one realm', async () => {
    const [one, other] = [await createRealm('one'), await createRealm('other')];
    const app = await createService('notes');
    await join(one.id, app.id);
    const answer = await join(other.id, app.id);
    expect([answer.statusCode, answer.json().code]).toEqual([409, 'already_exists']);
    expect((await leave(other.id, app.id)).statusCode).toBe(404);
  });

  it('has the scope of its realm as long as that is active', async () => {
    const realm = await createRealm();
    const { id, api_key } = await createService('notes');
    const alone = { service_name: 'notes', effective_scope: 'notes', realm: null };
    const inside = { service_name: 'notes', effective_scope: 'suite', realm: { slug: 'suite', name: 'Suite' } };
    expect(await whoami(api_key)).toEqual(alone);
    await join(realm.id, id);
    expect(await whoami(api_key)).toEqual(inside);
    await world.ask('PATCH', `/admin/realms/${realm.id}`, { is_active: false });
    expect(await whoami(api_key)).toEqual(alone);
    await world.ask('PATCH', `/admin/realms/${realm.id}`, { is_active: true });
    expect(await whoami(api_key)).toEqual(inside);
    await world.ask('DELETE', `/admin/realms/${realm.id}`);
    expect(await whoami(api_key)).toEqual(alone);
  });
});

describe('a token from service to service', () => {
  const mint = (key: string, body?: object) => world.askWith(key, 'POST', '/realm/m2m-token', body);

  // Proves: ASVS 50.
  it('is for the realm, names who asked, and lasts as long as the realm says', async () => {
    const realm = await createRealm('suite', { m2m_ttl_s: 45 });
    const { id, api_key } = await createService('notes');
    await join(realm.id, id);
    for (const body of [undefined, {}, { target: 'other' }, { target: 7 }]) {
      const answer = await mint(api_key, body);
      expect(answer.statusCode, answer.body).toBe(200);
      expect(answer.json()).toEqual({ token: expect.any(String), expires_in: 45 });
      expect(answer.headers['cache-control']).toContain('no-store');
      expect(await world.tokens.verify(['m2m'], answer.json().token)).toMatchObject({
        svc: 'suite',
        caller: 'notes',
        actions: ['*'],
        aud_target: null,
        expiresAt: new Date(world.clock.now().getTime() + 45_000),
      });
    }
  });

  it('is not given outside a realm, in a realm switched off, or without a key', async () => {
    const realm = await createRealm();
    const { id, api_key } = await createService('notes');
    expect((await mint(api_key)).statusCode).toBe(403);
    await join(realm.id, id);
    await world.ask('PATCH', `/admin/realms/${realm.id}`, { is_active: false });
    expect((await mint(api_key)).statusCode).toBe(403);
    expect((await mint('sk_wrong')).statusCode).toBe(401);
    const nobody = await world.server.inject({ method: 'POST', url: '/realm/m2m-token' });
    expect(nobody.statusCode).toBe(401);
  });
});
