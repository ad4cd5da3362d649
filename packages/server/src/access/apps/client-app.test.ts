import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type ClientAppId, newId, newRandomId, type TokenId, type WorkspaceId } from '../../platform/ids.ts';
import type { AccessTables } from '../access.tables.ts';
import { insertFamily } from '../tokens/family.store.ts';
import { type AppsWorld, openAppsWorld } from './apps-world.testing.ts';

let world: AppsWorld;
beforeAll(async () => {
  world = await openAppsWorld();
});
afterEach(() => world.reset());
afterAll(() => world.close());

const URI = 'https://app.example/auth/callback';
const draft = { name: 'Notes', redirect_uris: [URI] };
const UNKNOWN = '0190f3a0-0000-7000-8000-000000000000';

async function create(body: object = draft): Promise<{ id: ClientAppId; [name: string]: unknown }> {
  const answer = await world.ask('POST', '/admin/client-apps', body);
  expect(answer.statusCode, answer.body).toBe(201);
  return answer.json();
}

describe('a client app', () => {
  it('is registered, listed newest first, read, and written into the activity log', async () => {
    const made = await create();
    expect(made).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      name: 'Notes',
      redirect_uris: [URI],
      is_active: true,
      created_by: world.adminId,
      created_at: world.clock.now().toISOString(),
      updated_at: world.clock.now().toISOString(),
    });
    const second = await create({ ...draft, name: '<b>Second</b>' });
    expect(second['name']).toBe('Second');
    expect((await world.ask('GET', '/admin/client-apps')).json()).toEqual([second, made]);
    const spelled = made.id.toUpperCase().replaceAll('-', '');
    expect((await world.ask('GET', `/admin/client-apps/${spelled}`)).json()).toEqual(made);
    expect(await world.activity()).toContainEqual({
      action: 'client_app_created',
      target_type: 'client_app',
      target_id: made.id,
      detail: {},
    });
  });

  // Proves: ASVS 45.
  it('may be called __proto__, and nothing is called constructor', async () => {
    const made = await create({ ...draft, name: '__proto__' });
    expect(made['name']).toBe('__proto__');
    expect(await world.apps.byRedirect('constructor', null)).toBeNull();
    expect(await world.apps.byRedirect(URI, '__proto__')).toBeNull();
    expect(await world.apps.isAllowedOrigin('__proto__')).toBe(false);
  });

  // Proves: ASVS 42.
  it.each([
    ['a name of tags only', { name: '<b></b>' }, '/body/name'],
    ['no name', { name: undefined }, '/body/name'],
    ['no address', { redirect_uris: [] }, '/body/redirect_uris'],
    ['a wildcard', { redirect_uris: [URI, 'https://*.app.example/cb'] }, '/body/redirect_uris/1'],
    ['another scheme', { redirect_uris: ['ftp://app.example'] }, '/body/redirect_uris/0'],
  ])('is refused with %s, naming the place', async (_what, change, pointer) => {
    const answer = await world.ask('POST', '/admin/client-apps', { ...draft, ...change });
    expect(answer.statusCode).toBe(422);
    expect(answer.json()).toMatchObject({ code: 'invalid_request', errors: [{ pointer }] });
    expect((await world.ask('GET', '/admin/client-apps')).json()).toEqual([]);
  });

  it('is changed in what is given, and counts at once', async () => {
    const { id } = await create();
    world.advance(1000);
    const other = 'http://localhost:3000/cb';
    const answer = await world.ask('PATCH', `/admin/client-apps/${id}`, { redirect_uris: [other], name: null });
    expect(answer.json()).toMatchObject({ name: 'Notes', redirect_uris: [other], is_active: true });
    expect(answer.json().updated_at).toBe(world.clock.now().toISOString());
    expect(await world.apps.byRedirect(URI, null)).toBeNull();
    expect((await world.apps.byRedirect(other, null))?.id).toBe(id);
    expect((await world.activity()).at(-1)).toMatchObject({
      action: 'client_app_updated',
      detail: { changed: ['redirect_uris'], revoked: 0 },
    });
  });

  it('switched off is nobody: no redirect, no origin, no app', async () => {
    const { id } = await create();
    expect(await world.apps.isAllowedOrigin('https://app.example')).toBe(true);
    await world.ask('PATCH', `/admin/client-apps/${id}`, { is_active: false });
    expect(await world.apps.byRedirect(URI, id)).toBeNull();
    expect(await world.apps.clientApp(id)).toBeNull();
    expect(await world.apps.isAllowedOrigin('https://app.example')).toBe(false);
  });

  it.each(['GET', 'PATCH', 'DELETE'] as const)('that is unknown is 404 for %s, and no id is 422', async (method) => {
    const body = method === 'PATCH' ? {} : undefined;
    expect((await world.ask(method, `/admin/client-apps/${UNKNOWN}`, body)).statusCode).toBe(404);
    expect((await world.ask(method, '/admin/client-apps/__proto__', body)).statusCode).toBe(422);
  });

  it('of several with one address the oldest is meant, unless one is named', async () => {
    const older = await create();
    world.advance(1000);
    const newer = await create();
    expect((await world.apps.byRedirect(URI, null))?.id).toBe(older.id);
    expect((await world.apps.byRedirect(URI, newer.id.toUpperCase()))?.id).toBe(newer.id);
    await world.ask('PATCH', `/admin/client-apps/${older.id}`, { is_active: false });
    expect((await world.apps.byRedirect(URI, null))?.id).toBe(newer.id);
  });
});

describe('whoever signed in through a client app', () => {
  async function signedIn(clientAppId: ClientAppId) {
    const now = world.clock.now();
    const workspaceId = newId<WorkspaceId>();
    return world.db.control(async (tx) => {
      await tx
        .withTables<AccessTables>()
        .insertInto('workspace')
        .values({ id: workspaceId, slug: `w${workspaceId}`, name: 'W' })
        .execute();
      return insertFamily(tx, { personId: world.adminId, workspaceId, clientAppId, userAgent: null }, now);
    });
  }
  const isRevoked = async (familyId: Awaited<ReturnType<typeof signedIn>>, process = world) =>
    process.standing.isRevoked({ jti: newRandomId<TokenId>(), familyId });

  it('goes on when it is switched off, unless their sessions are to end', async () => {
    const { id } = await create();
    const family = await signedIn(id);
    await world.ask('PATCH', `/admin/client-apps/${id}`, { is_active: false });
    expect(await isRevoked(family)).toBe(false);
    await world.ask('PATCH', `/admin/client-apps/${id}`, { revoke_sessions: true });
    expect(await isRevoked(family)).toBe(false);
    await world.ask('PATCH', `/admin/client-apps/${id}`, { is_active: false, revoke_sessions: true });
    expect(await isRevoked(family)).toBe(true);
    expect((await world.activity()).at(-1)).toMatchObject({ detail: { changed: ['is_active'], revoked: 1 } });
  });

  it('is signed out when it is deleted, also for a process that starts later', async () => {
    const [{ id }, other] = [await create(), await create()];
    const [family, othersFamily] = [await signedIn(id), await signedIn(other.id)];
    expect((await world.ask('DELETE', `/admin/client-apps/${id}`)).statusCode).toBe(204);
    expect((await world.ask('DELETE', `/admin/client-apps/${id}`)).statusCode).toBe(404);
    expect(await isRevoked(family)).toBe(true);
    expect(await isRevoked(othersFamily)).toBe(false);
    const later = await world.startAnother();
    const { standing } = later;
    expect(await standing.isRevoked({ jti: newRandomId<TokenId>(), familyId: family })).toBe(true);
    expect((await world.activity()).at(-1)).toMatchObject({ action: 'client_app_deleted', detail: { revoked: 1 } });
  });
});

describe('who may do that', () => {
  it.each([
    ['GET', '/admin/client-apps'],
    ['POST', '/admin/client-apps'],
    ['POST', '/admin/service-apps'],
    ['POST', '/admin/organizations'],
    ['POST', '/admin/realms'],
    ['PUT', `/admin/workspaces/${UNKNOWN}/allowed-organizations`],
  ] as const)('%s %s is for administrators', async (method, url) => {
    const headers = { host: 'localhost:9003', origin: 'http://localhost:9003', 'x-requested-with': 'test' };
    expect((await world.server.inject({ method, url, headers })).statusCode).toBe(401);
    const claims = { sub: world.adminId, email: 'ada@home.example', name: 'Ada', admin: true } as const;
    const { token } = await world.tokens.mint('admin', claims, { seconds: 60 });
    const bearer = { ...headers, authorization: `Bearer ${token}` };
    expect((await world.server.inject({ method, url, headers: bearer })).statusCode).toBe(401);
    if (method === 'GET') return;
    const cookie = { host: 'localhost:9003', origin: 'http://localhost:9003', cookie: `admin_token=${token}` };
    expect((await world.server.inject({ method, url, headers: cookie, payload: {} })).statusCode).toBe(403);
  });
});
