import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { type AppsWorld, openAppsWorld } from './apps-world.testing.ts';

let world: AppsWorld;
beforeAll(async () => {
  world = await openAppsWorld();
});
afterEach(() => world.reset());
afterAll(() => world.close());

const ORIGIN = 'https://notes.example';
const UNKNOWN = '0190f3a0-0000-7000-8000-000000000000';

interface Made {
  readonly id: string;
  readonly api_key: string;
  readonly key_prefix: string;
  readonly [name: string]: unknown;
}

async function create(service_name: string, changes: object = {}): Promise<Made> {
  const answer = await world.ask('POST', '/admin/service-apps', { name: 'Notes', service_name, ...changes });
  expect(answer.statusCode, answer.body).toBe(201);
  return answer.json();
}
const statuses = (answers: readonly { statusCode: number }[]) =>
  answers.map((each) => each.statusCode).toSorted((one, other) => one - other);
const patch = (id: string, body: object) => world.ask('PATCH', `/admin/service-apps/${id}`, body);
const rotate = (id: string, body?: object) => world.ask('POST', `/admin/service-apps/${id}/rotate-key`, body);

describe('a service app', () => {
  // Proves: ASVS 50.
  it('is registered with a key that is shown once', async () => {
    const { api_key, ...made } = await create('notes', { allowed_origins: [ORIGIN] });
    expect(api_key).toMatch(/^sk_[A-Za-z0-9_-]{43}$/);
    const now = world.clock.now().toISOString();
    expect(made).toEqual({
      id: expect.any(String),
      name: 'Notes',
      service_name: 'notes',
      key_prefix: `${api_key.slice(0, 7)}****`,
      is_active: true,
      allowed_origins: [ORIGIN],
      last_used_at: null,
      created_by: world.adminId,
      created_at: now,
      updated_at: now,
      realm_id: null,
      allowed_idp_audiences: [],
      browser_minting: false,
      previous_key_expires_at: null,
    });
    for (const url of ['/admin/service-apps', `/admin/service-apps/${made.id}`]) {
      const answer = await world.ask('GET', url);
      expect(answer.body).not.toContain(api_key.slice(7));
      expect([answer.json()].flat()).toEqual([made]);
    }
    expect((await world.apps.byKey(api_key))?.serviceName).toBe('notes');
    expect(JSON.stringify(await world.activity())).not.toContain(api_key.slice(7));
  });

  it('keeps audiences and the browser switch', async () => {
    const { id, api_key } = await create('notes', { allowed_idp_audiences: ['client-1'], browser_minting: true });
    expect(await world.apps.byKey(api_key)).toMatchObject({ allowedIdpAudiences: ['client-1'], browserMinting: true });
    const answer = await patch(id, { allowed_idp_audiences: [], browser_minting: false });
    expect(answer.json()).toMatchObject({ allowed_idp_audiences: [], browser_minting: false });
  });

  // Proves: ASVS 16.
  it('has a name of its own among services and realms, whoever comes first', async () => {
    await create('notes');
    await world.ask('POST', '/admin/realms', { name: 'Suite', slug: 'suite' });
    for (const service_name of ['notes', 'suite']) {
      const answer = await world.ask('POST', '/admin/service-apps', { name: 'Other', service_name });
      expect([answer.statusCode, answer.json().code]).toEqual([400, 'bad_request']);
    }
    const both = await Promise.all(
      Array.from({ length: 8 }, (_, index) =>
        index % 2 === 0
          ? world.ask('POST', '/admin/service-apps', { name: 'Race', service_name: 'race' })
          : world.ask('POST', '/admin/realms', { name: 'Race', slug: 'race' }),
      ),
    );
    expect(statuses(both)).toEqual([201, ...Array.from({ length: 7 }, () => 400)]);
  });

  // Proves: ASVS 4.
  it('keeps its service name', async () => {
    const { id } = await create('notes');
    const answer = await patch(id, { service_name: 'other', name: 'New' });
    expect(answer.json()).toMatchObject({ service_name: 'notes', name: 'New' });
  });

  it.each([
    ['__proto__ as its service', { service_name: '__proto__' }, '/body/service_name'],
    ['upper case', { service_name: 'Notes' }, '/body/service_name'],
    ['the null origin', { allowed_origins: [ORIGIN, 'null'] }, '/body/allowed_origins/1'],
    ['a path in an origin', { allowed_origins: [`${ORIGIN}/`] }, '/body/allowed_origins/0'],
    ['no name', { name: ' ' }, '/body/name'],
  ])('is refused with %s', async (_what, change, pointer) => {
    const body = { name: 'Notes', service_name: 'notes', ...change };
    const answer = await world.ask('POST', '/admin/service-apps', body);
    expect(answer.statusCode).toBe(422);
    expect(answer.json()).toMatchObject({ code: 'invalid_request', errors: [{ pointer }] });
  });

  it('named to the longest is still written into the activity log', async () => {
    const { id } = await create(`a${'b'.repeat(254)}`);
    expect((await world.ask('DELETE', `/admin/service-apps/${id}`)).statusCode).toBe(204);
    expect((await world.activity()).at(-1)).toMatchObject({ action: 'service_app_deleted', target_id: id });
  });

  it.each([
    ['GET', ''],
    ['PATCH', ''],
    ['DELETE', ''],
    ['POST', '/rotate-key'],
  ] as const)('that is unknown is 404 for %s%s', async (method, suffix) => {
    const body = method === 'PATCH' ? {} : undefined;
    expect((await world.ask(method, `/admin/service-apps/${UNKNOWN}${suffix}`, body)).statusCode).toBe(404);
  });

  it('is gone with its keys when it is deleted', async () => {
    const { id, api_key } = await create('notes');
    expect((await world.ask('DELETE', `/admin/service-apps/${id}`)).statusCode).toBe(204);
    expect(await world.apps.byKey(api_key)).toBeNull();
    await create('notes');
  });
});

describe('origins of service apps', () => {
  it('belong to one active app', async () => {
    const first = await create('first', { allowed_origins: [ORIGIN] });
    const taken = await world.ask('POST', '/admin/service-apps', {
      name: 'Second',
      service_name: 'second',
      allowed_origins: ['https://other.example', ORIGIN],
    });
    expect([taken.statusCode, taken.json().code]).toEqual([409, 'already_exists']);
    const second = await create('second');
    expect((await patch(second.id, { allowed_origins: [ORIGIN] })).statusCode).toBe(409);
    expect((await patch(first.id, { is_active: false })).statusCode).toBe(200);
    expect((await patch(second.id, { allowed_origins: [ORIGIN] })).statusCode).toBe(200);
    expect((await patch(first.id, { is_active: true })).statusCode).toBe(409);
    expect((await world.apps.byOrigin(ORIGIN))?.serviceName).toBe('second');
    expect((await world.ask('GET', `/admin/service-apps/${first.id}`)).json().is_active).toBe(false);
  });

  it('are taken by exactly one of two that ask at once', async () => {
    const answers = await Promise.all(
      ['one', 'two', 'three', 'four'].map((service_name) =>
        world.ask('POST', '/admin/service-apps', { name: 'App', service_name, allowed_origins: [ORIGIN] }),
      ),
    );
    expect(statuses(answers)).toEqual([201, 409, 409, 409]);
  });

  // Proves: ASVS 33.
  it('may call us as soon as they are registered, and no longer than that', async () => {
    expect(await world.apps.isAllowedOrigin(ORIGIN)).toBe(false);
    const { id } = await create('notes', { allowed_origins: [ORIGIN] });
    expect(await world.apps.isAllowedOrigin(ORIGIN)).toBe(true);
    for (const other of [`${ORIGIN}:443`, `${ORIGIN}.`, 'http://notes.example', 'https://a.notes.example', 'null', ''])
      expect(await world.apps.isAllowedOrigin(other), other).toBe(false);
    await patch(id, { is_active: false });
    expect(await world.apps.isAllowedOrigin(ORIGIN)).toBe(false);
    expect(await world.apps.byOrigin(ORIGIN)).toBeNull();
    await patch(id, { is_active: true, allowed_origins: [] });
    expect(await world.apps.isAllowedOrigin(ORIGIN)).toBe(false);
  });
});

describe('the key of a service', () => {
  it('is refused at once when the app is switched off', async () => {
    const { id, api_key } = await create('notes');
    expect((await world.askWith(api_key, 'GET', '/realm/whoami')).statusCode).toBe(200);
    await patch(id, { is_active: false });
    expect((await world.askWith(api_key, 'GET', '/realm/whoami')).statusCode).toBe(401);
  });

  // Proves: ASVS 23.
  it('gets one answer for all that it may be wrong in', async () => {
    const { id, api_key } = await create('notes');
    const off = await create('off');
    await patch(off.id, { is_active: false });
    const old = api_key;
    const { api_key: fresh } = (await rotate(id)).json();
    const wrong = [old, off.api_key, `sk_${'a'.repeat(43)}`, `${fresh.slice(0, -1)}_`, 'sk_', '__proto__', 'x'];
    const answers = await Promise.all(wrong.map((key) => world.askWith(key, 'GET', '/realm/whoami')));
    const bodies = answers.map((each) => {
      const { instance: _, ...rest } = each.json();
      return JSON.stringify([each.statusCode, rest]);
    });
    expect(new Set(bodies).size).toBe(1);
    expect(answers[0]?.statusCode).toBe(401);
  });

  it('dies at once when it is rotated, and the new one is good', async () => {
    const { id, api_key } = await create('notes');
    const answer = await rotate(id);
    expect(answer.statusCode).toBe(200);
    const rotated: Made = answer.json();
    expect(rotated.api_key).not.toBe(api_key);
    expect(rotated.key_prefix).toBe(`${rotated.api_key.slice(0, 7)}****`);
    expect(rotated['previous_key_expires_at']).toBeNull();
    expect(await world.apps.byKey(api_key)).toBeNull();
    expect((await world.apps.byKey(rotated.api_key))?.id).toBe(id);
    expect((await world.activity()).at(-1)).toMatchObject({
      action: 'service_app_key_rotated',
      target_id: id,
      detail: { grace_seconds: 0 },
    });
  });

  it('lives on for the seconds named, to the second', async () => {
    const { id, api_key } = await create('notes');
    const rotated: Made = (await rotate(id, { grace_seconds: 60 })).json();
    expect(rotated['previous_key_expires_at']).toBe(new Date(world.clock.now().getTime() + 60_000).toISOString());
    world.advance(59_999);
    expect((await world.apps.byKey(api_key))?.id).toBe(id);
    world.advance(1);
    expect(await world.apps.byKey(api_key)).toBeNull();
    expect((await world.apps.byKey(rotated.api_key))?.id).toBe(id);
    expect((await world.ask('GET', `/admin/service-apps/${id}`)).json().previous_key_expires_at).toBeNull();
  });

  it('without grace ends those that were living on, too', async () => {
    const { id, api_key } = await create('notes');
    const second: Made = (await rotate(id, { grace_seconds: 86_400 })).json();
    const third: Made = (await rotate(id, {})).json();
    expect(await world.apps.byKey(api_key)).toBeNull();
    expect(await world.apps.byKey(second.api_key)).toBeNull();
    expect((await world.apps.byKey(third.api_key))?.id).toBe(id);
  });

  it('lives on for a day at most', async () => {
    const { id } = await create('notes');
    for (const grace_seconds of [86_401, -1, 1.5, '60', null])
      expect((await rotate(id, { grace_seconds })).statusCode, String(grace_seconds)).toBe(422);
  });

  it('is one current key after many rotations at once', async () => {
    const { id } = await create('notes');
    const answers = await Promise.all(Array.from({ length: 6 }, () => rotate(id)));
    const alive = await Promise.all(answers.map((each) => world.apps.byKey(each.json().api_key)));
    expect(alive.filter((each) => each !== null)).toHaveLength(1);
    expect((await world.ask('GET', '/admin/service-apps')).statusCode).toBe(200);
  });
});

describe('when a key was last used', () => {
  const lastUsed = async (id: string) => (await world.ask('GET', `/admin/service-apps/${id}`)).json().last_used_at;

  it('is noted, at most once a minute, and wrong keys note nothing', async () => {
    const { id, api_key } = await create('notes');
    await world.apps.byKey(`sk_${'a'.repeat(43)}`);
    expect(await lastUsed(id)).toBeNull();
    const first = world.clock.now().toISOString();
    await world.apps.byKey(api_key);
    await vi.waitFor(async () => expect(await lastUsed(id)).toBe(first));
    world.advance(59_000);
    const noted = vi.spyOn(world.db, 'control');
    for (let use = 0; use < 20; use += 1) await world.apps.byKey(api_key);
    expect(await lastUsed(id)).toBe(first);
    // Looking at the changes and reading the app: nothing was written.
    expect(noted.mock.calls.length).toBeLessThan(5);
    world.advance(1_000);
    await world.apps.byKey(api_key);
    await vi.waitFor(async () => expect(await lastUsed(id)).toBe(world.clock.now().toISOString()));
  });
});
