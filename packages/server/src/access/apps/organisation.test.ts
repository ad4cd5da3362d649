import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { newId, type PersonId, type WorkspaceId } from '../../platform/ids.ts';
import type { AccessTables } from '../access.tables.ts';
import { type AppsWorld, openAppsWorld } from './apps-world.testing.ts';
import { parseMailDomain } from './organisation.ts';

let world: AppsWorld;
beforeAll(async () => {
  world = await openAppsWorld();
});
afterEach(() => world.reset());
afterAll(() => world.close());

const UNKNOWN = '0190f3a0-0000-7000-8000-000000000000';

async function create(slug: string, changes: object = {}): Promise<{ id: string; [name: string]: unknown }> {
  const answer = await world.ask('POST', '/admin/organizations', { name: `The ${slug}`, slug, ...changes });
  expect(answer.statusCode, answer.body).toBe(201);
  return answer.json();
}
const addDomain = (id: string, domain: string, include_subdomains?: boolean) =>
  world.ask('POST', `/admin/organizations/${id}/domains`, {
    domain,
    ...(include_subdomains === undefined ? {} : { include_subdomains }),
  });

async function addPerson(organisationId: string, email: string): Promise<PersonId> {
  const id = newId<PersonId>();
  await world.db.control((tx) =>
    tx
      .withTables<AccessTables>()
      .insertInto('person')
      .values({ id, email, name: 'Somebody', created_at: world.clock.now(), organisation_id: organisationId })
      .execute(),
  );
  return id;
}

async function addWorkspace(): Promise<WorkspaceId> {
  const id = newId<WorkspaceId>();
  await world.db.control((tx) =>
    tx
      .withTables<AccessTables>()
      .insertInto('workspace')
      .values({ id, slug: `w${id}`, name: 'W' })
      .execute(),
  );
  return id;
}

describe('an organisation', () => {
  it('is made, listed with the public one first, changed and deleted', async () => {
    const acme = await create('acme');
    expect(acme).toEqual({
      id: expect.any(String),
      name: 'The acme',
      slug: 'acme',
      is_public: false,
      enabled: true,
      domain_count: 0,
      user_count: 0,
    });
    const everybody = await create('public', { is_public: true });
    const listed = (await world.ask('GET', '/admin/organizations')).json();
    expect(listed.map((each: { slug: string }) => each.slug)).toEqual(['public', 'acme']);
    const changed = await world.ask('PATCH', `/admin/organizations/${acme.id}`, { name: 'Acme', slug: 'other' });
    expect(changed.json()).toEqual({
      id: acme.id,
      name: 'Acme',
      slug: 'acme',
      is_public: false,
      enabled: true,
      user_count: 0,
      domains: [],
    });
    expect((await world.ask('PATCH', `/admin/organizations/${everybody.id}`, { enabled: false })).statusCode).toBe(200);
    expect((await world.ask('DELETE', `/admin/organizations/${everybody.id}`)).statusCode).toBe(400);
    expect((await world.ask('DELETE', `/admin/organizations/${acme.id}`)).statusCode).toBe(204);
    expect((await world.ask('GET', `/admin/organizations/${acme.id}`)).statusCode).toBe(404);
    expect((await world.activity()).map((each) => each.action)).toEqual(
      expect.arrayContaining(['org_create', 'org_update', 'org_public_toggle', 'org_delete']),
    );
  });

  it('has a slug of its own, and one of them may be public', async () => {
    await create('acme', { is_public: true });
    for (const body of [
      { name: 'Other', slug: 'acme' },
      { name: 'Other', slug: 'other', is_public: true },
    ]) {
      const answer = await world.ask('POST', '/admin/organizations', body);
      expect([answer.statusCode, answer.json().code]).toEqual([409, 'already_exists']);
    }
  });

  it.each([
    { slug: 'a'.repeat(64) },
    { slug: '__proto__' },
    { slug: '' },
    { name: 'x'.repeat(256) },
    { name: '<b></b>' },
  ])('is refused with %j', async (change) => {
    const answer = await world.ask('POST', '/admin/organizations', { name: 'Acme', slug: 'acme', ...change });
    expect(answer.statusCode).toBe(422);
  });

  it.each([
    ['GET', ''],
    ['PATCH', ''],
    ['DELETE', ''],
    ['GET', '/users'],
    ['POST', '/domains'],
    ['DELETE', `/domains/${UNKNOWN}`],
  ] as const)('that is unknown is 404 for %s %s', async (method, suffix) => {
    const body = { PATCH: {}, POST: { domain: 'acme.example' }, GET: undefined, DELETE: undefined }[method];
    expect((await world.ask(method, `/admin/organizations/${UNKNOWN}${suffix}`, body)).statusCode).toBe(404);
  });
});

describe('mail domains of an organisation', () => {
  it('are claimed by one, in the spelling that addresses have', async () => {
    const [acme, other] = [await create('acme'), await create('other')];
    const added = await addDomain(acme.id, ' Bücher.Example ', true);
    expect([added.statusCode, added.json()]).toEqual([
      201,
      { id: expect.any(String), domain: 'xn--bcher-kva.example', include_subdomains: true },
    ]);
    for (const id of [acme.id, other.id])
      expect((await addDomain(id, 'xn--bcher-kva.example')).json().code).toBe('already_exists');
    expect((await world.ask('GET', `/admin/organizations/${acme.id}`)).json().domains).toEqual([added.json()]);
    const url = `/domains/${added.json().id}`;
    expect((await world.ask('DELETE', `/admin/organizations/${other.id}${url}`)).statusCode).toBe(404);
    expect((await world.ask('DELETE', `/admin/organizations/${acme.id}${url}`)).statusCode).toBe(204);
    expect((await addDomain(other.id, 'xn--bcher-kva.example')).statusCode).toBe(201);
  });

  it.each([
    'acme',
    '*.acme.example',
    'mira@acme.example',
    '@acme.example',
    '192.0.2.1',
    'a..example',
    '',
    '-a.example',
  ])('may not be %j', async (domain) => {
    const { id } = await create('acme');
    const answer = await addDomain(id, domain);
    expect([answer.statusCode, answer.json().code]).toEqual([400, 'bad_request']);
  });

  it('are not for the public organisation', async () => {
    const { id } = await create('public', { is_public: true });
    expect((await addDomain(id, 'acme.example')).statusCode).toBe(400);
  });

  it('are the same however often they are parsed', () => {
    fc.assert(
      fc.property(fc.oneof(fc.domain(), fc.string({ unit: 'grapheme' })), (text) => {
        const once = parseMailDomain(text);
        if (once !== null) expect(parseMailDomain(once)).toBe(once);
      }),
    );
  });
});

describe('people of an organisation', () => {
  it('are counted and listed in pages', async () => {
    const acme = await create('acme');
    const first = await addPerson(acme.id, 'one@acme.example');
    const second = await addPerson(acme.id, 'two@acme.example');
    const listed = (await world.ask('GET', '/admin/organizations')).json();
    expect(listed).toMatchObject([{ slug: 'acme', user_count: 2 }]);
    const url = `/admin/organizations/${acme.id}/users`;
    expect((await world.ask('GET', url)).json()).toMatchObject({
      total: 2,
      page: 1,
      page_size: 50,
      items: [
        { id: second, email: 'two@acme.example', is_active: true, is_admin: false, workspace_count: 0 },
        { id: first },
      ],
    });
    expect((await world.ask('GET', `${url}?page=2&page_size=1`)).json().items).toMatchObject([{ id: first }]);
    for (const query of ['page=0', 'page_size=201', 'page_size=0'])
      expect((await world.ask('GET', `${url}?${query}`)).statusCode, query).toBe(422);
    await world.ask('DELETE', `/admin/organizations/${acme.id}`);
    expect((await world.standing.person(first))?.organisation).toBeNull();
  });
});

describe('the organisations a workspace is open to', () => {
  const allow = (workspace: string, organization_ids: readonly string[]) =>
    world.ask('PUT', `/admin/workspaces/${workspace}/allowed-organizations`, { organization_ids });
  const read = async (workspace: string) =>
    (await world.ask('GET', `/admin/workspaces/${workspace}/allowed-organizations`)).json();

  it('are set and read; none is all', async () => {
    const workspace = await addWorkspace();
    const [one, two] = [await create('one'), await create('two')];
    expect(await read(workspace)).toEqual({ organization_ids: [] });
    expect((await allow(workspace, [two.id.toUpperCase(), one.id, one.id])).json()).toEqual({
      organization_ids: [one.id, two.id],
    });
    expect((await world.ask('DELETE', `/admin/organizations/${one.id}`)).statusCode).toBe(400);
    expect((await allow(workspace, [])).json()).toEqual({ organization_ids: [] });
    expect((await world.ask('DELETE', `/admin/organizations/${one.id}`)).statusCode).toBe(204);
    expect((await world.activity()).filter((each) => each.action === 'workspace_allowed_orgs_set')).toMatchObject([
      { target_id: workspace, detail: { count: 2 } },
      { target_id: workspace, detail: { count: 0 } },
    ]);
  });

  // Proves: ASVS 42.
  it('are known, enabled and not the public one; else nothing changes', async () => {
    const workspace = await addWorkspace();
    const [good, off] = [await create('good'), await create('off')];
    const everybody = await create('public', { is_public: true });
    await world.ask('PATCH', `/admin/organizations/${off.id}`, { enabled: false });
    await allow(workspace, [good.id]);
    for (const bad of [off.id, everybody.id, UNKNOWN]) {
      const answer = await allow(workspace, [bad]);
      expect([answer.statusCode, answer.json().code]).toEqual([400, 'bad_request']);
    }
    expect(await read(workspace)).toEqual({ organization_ids: [good.id] });
    expect((await allow(UNKNOWN, [])).statusCode).toBe(404);
    expect((await world.ask('GET', `/admin/workspaces/${UNKNOWN}/allowed-organizations`)).statusCode).toBe(404);
    const many = Array.from({ length: 501 }, () => good.id);
    expect((await allow(workspace, many)).statusCode).toBe(422);
  });
});

describe('the directory for services', () => {
  it('names the enabled organisations, and the others on request', async () => {
    const { api_key } = (await world.ask('POST', '/admin/service-apps', { name: 'App', service_name: 'notes' })).json();
    const [acme, off] = [await create('acme'), await create('off')];
    await world.ask('PATCH', `/admin/organizations/${off.id}`, { enabled: false });
    const first = { id: acme.id, slug: 'acme', name: 'The acme', is_public: false, enabled: true };
    const second = { id: off.id, slug: 'off', name: 'The off', is_public: false, enabled: false };
    expect((await world.askWith(api_key, 'GET', '/organizations')).json()).toEqual([first]);
    expect((await world.askWith(api_key, 'GET', '/organizations?include_disabled=false')).json()).toEqual([first]);
    expect((await world.askWith(api_key, 'GET', '/organizations?include_disabled=true')).json()).toEqual([
      first,
      second,
    ]);
    expect((await world.askWith(api_key, 'GET', '/organizations?include_disabled=perhaps')).statusCode).toBe(422);
    expect((await world.askWith('sk_wrong', 'GET', '/organizations')).statusCode).toBe(401);
    expect((await world.ask('GET', '/organizations')).statusCode).toBe(401);
  });
});
