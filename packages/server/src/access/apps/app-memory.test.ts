// What one process remembers of applications while others change them.
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { MAX_AGE_MS } from '../standing/standing.ts';
import { createApps } from './app-memory.ts';
import { type AppsProcess, type AppsWorld, openAppsWorld } from './apps-world.testing.ts';

let world: AppsWorld;
let other: AppsProcess;
beforeAll(async () => {
  world = await openAppsWorld();
  other = await world.startAnother();
});
afterEach(async () => {
  await world.reset();
  await other.standing.catchUp();
});
afterAll(() => world.close());

const ORIGIN = 'https://notes.example';

async function create(): Promise<{ id: string; api_key: string }> {
  const body = { name: 'Notes', service_name: 'notes', allowed_origins: [ORIGIN] };
  return (await world.ask('POST', '/admin/service-apps', body)).json();
}

describe('applications in two processes', () => {
  // Proves: ASVS 7.
  it('a key rotated in one is dead in the other within a quarter of a second', async () => {
    const { id, api_key } = await create();
    await other.standing.catchUp();
    expect((await other.apps.byKey(api_key))?.serviceName).toBe('notes');
    const rotated = (await world.ask('POST', `/admin/service-apps/${id}/rotate-key`)).json();
    world.advance(MAX_AGE_MS + 1);
    const headers = { 'x-service-key': api_key };
    expect((await other.server.inject({ method: 'GET', url: '/realm/whoami', headers })).statusCode).toBe(401);
    expect((await other.apps.byKey(rotated.api_key))?.serviceName).toBe('notes');
  });

  it('an app switched off, an origin, a realm: all are heard of', async () => {
    const { id, api_key } = await create();
    world.advance(MAX_AGE_MS + 1);
    expect(await other.apps.isAllowedOrigin(ORIGIN)).toBe(true);
    const realm = (await world.ask('POST', '/admin/realms', { name: 'Suite', slug: 'suite' })).json();
    await world.ask('POST', `/admin/realms/${realm.id}/members/${id}`);
    world.advance(MAX_AGE_MS + 1);
    expect((await other.apps.byKey(api_key))?.scope).toBe('suite');
    await world.ask('PATCH', `/admin/service-apps/${id}`, { is_active: false });
    world.advance(MAX_AGE_MS + 1);
    expect(await other.apps.byKey(api_key)).toBeNull();
    expect(await other.apps.isAllowedOrigin(ORIGIN)).toBe(false);
  });

  // Proves: ASVS 42.
  it('a change that is refused is not heard of, and changes nothing', async () => {
    const { id, api_key } = await create();
    const second = (await world.ask('POST', '/admin/service-apps', { name: 'B', service_name: 'second' })).json();
    const refused = await world.ask('PATCH', `/admin/service-apps/${second.id}`, { allowed_origins: [ORIGIN] });
    expect(refused.statusCode).toBe(409);
    world.advance(MAX_AGE_MS + 1);
    expect((await other.apps.byOrigin(ORIGIN))?.id).toBe(id);
    expect((await other.apps.byKey(api_key))?.id).toBe(id);
  });
});

describe('what is remembered', () => {
  it('costs no query while it is fresh, and one look at the changes when it is not', async () => {
    const { api_key } = await create();
    await world.apps.byKey(api_key);
    const asked = vi.spyOn(world.db, 'control');
    for (let use = 0; use < 100; use += 1) {
      await world.apps.byKey(api_key);
      await world.apps.isAllowedOrigin(ORIGIN);
    }
    expect(asked).toHaveBeenCalledTimes(0);
    world.advance(MAX_AGE_MS + 1);
    await Promise.all(Array.from({ length: 50 }, () => world.apps.isAllowedOrigin(ORIGIN)));
    expect(asked).toHaveBeenCalledTimes(1);
  });

  it('is read once by all who ask first at the same time', async () => {
    await create();
    const asked = vi.spyOn(world.db, 'control');
    const fresh = await world.startAnother();
    await Promise.all(Array.from({ length: 50 }, () => fresh.apps.byOrigin(ORIGIN)));
    expect(asked).toHaveBeenCalledTimes(2);
  });

  it('read while a change came in is answered, and forgotten', async () => {
    const { id } = await create();
    let changed = (): void => {};
    const standing = {
      onChange: (_kind: string, forget: () => void) => void (changed = forget),
      refresh: async () => {},
    };
    const db: Pick<typeof world.db, 'control'> = {
      control: async (work) => {
        const read = await world.db.control(work);
        changed();
        return read;
      },
    };
    const apps = createApps({ db, clock: world.clock, standing });
    expect((await apps.byOrigin(ORIGIN))?.id).toBe(id);
    await world.ask('PATCH', `/admin/service-apps/${id}`, { is_active: false });
    expect(await apps.byOrigin(ORIGIN)).toBeNull();
  });

  // Proves: ASVS 57.
  it('is not believed when it cannot be known whether it still holds', async () => {
    const { api_key } = await create();
    await world.apps.byKey(api_key);
    world.advance(MAX_AGE_MS + 1);
    vi.spyOn(world.db, 'control').mockRejectedValue(new Error('the database is away'));
    const answer = await world.askWith(api_key, 'GET', '/realm/whoami');
    expect([answer.statusCode, answer.json().code]).toEqual([503, 'cannot_decide']);
    vi.restoreAllMocks();
    expect((await world.askWith(api_key, 'GET', '/realm/whoami')).statusCode).toBe(200);
  });

  it('serves although the time of a use cannot be noted, which is logged', async () => {
    const { api_key } = await create();
    const warn = vi.fn<(event: string, fields?: object) => void>();
    const log = { debug: warn, info: warn, warn, error: warn };
    let away = false;
    const db: Pick<typeof world.db, 'control'> = {
      control: (work) => (away ? Promise.reject(new Error('away')) : world.db.control(work)),
    };
    const standing = { onChange: () => {}, refresh: async () => {} };
    const apps = createApps({ db, clock: world.clock, standing, log });
    await apps.isAllowedOrigin(ORIGIN);
    away = true;
    expect((await apps.byKey(api_key))?.serviceName).toBe('notes');
    await vi.waitFor(() => expect(warn).toHaveBeenCalledWith('apps.use_not_noted', expect.anything()));
  });
});
