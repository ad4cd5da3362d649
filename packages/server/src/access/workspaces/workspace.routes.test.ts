import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { WorkspaceId } from '../../platform/ids.ts';
import type { AccessTables } from '../access.tables.ts';
import { openWorkspacesWorld, statusesOf, type TestPerson, type WorkspacesWorld } from './workspaces.testing.ts';

let world: WorkspacesWorld;
let home: WorkspaceId;
let owner: TestPerson & { token: string };
let viewer: TestPerson & { token: string };
let count = 0;

beforeAll(async () => {
  world = await openWorkspacesWorld();
});
afterAll(() => world.close());
beforeEach(async () => {
  count += 1;
  home = await world.workspace(`home-${count}`);
  owner = await world.member(home, 'owner');
  viewer = await world.member(home, 'viewer');
});

const make = (body: object, token = viewer.token) => world.ask('POST', '/workspaces', { token, body });

describe('who one is', () => {
  it('is told to an access token and to an authz token', async () => {
    const answer = await world.ask('GET', '/users/me', { token: viewer.token });
    expect(answer.json()).toEqual({
      id: viewer.id,
      email: viewer.email,
      name: 'viewer',
      avatar_url: null,
      is_active: true,
      created_at: '2026-03-01T12:00:00.000Z',
    });
    const authz = { 'x-authz-token': await world.authzToken(viewer, home) };
    expect((await world.ask('GET', '/users/me', { headers: authz })).json()).toEqual(answer.json());
    expect((await world.ask('PATCH', '/users/me', { headers: authz, body: { name: 'x' } })).statusCode).toBe(401);
    expect((await world.ask('GET', '/users/me')).statusCode).toBe(401);
  });

  it('changes in what is named; the name stays when the provider says another', async () => {
    const patch = (body: object) => world.ask('PATCH', '/users/me', { token: viewer.token, body });
    expect((await patch({ name: ' <b>Vi</b> ', avatar_url: 'https://img.example/v.png' })).json()).toMatchObject({
      name: 'Vi',
      avatar_url: 'https://img.example/v.png',
    });
    expect((await patch({ name: null, avatar_url: 'javascript:alert(1)' })).json()).toMatchObject({
      name: 'Vi',
      avatar_url: 'https://img.example/v.png',
    });
    expect((await patch({})).statusCode).toBe(200);
    const [row] = await world.db.control((tx) =>
      tx.withTables<AccessTables>().selectFrom('person').select('name_chosen').where('id', '=', viewer.id).execute(),
    );
    expect(row).toEqual({ name_chosen: true });
    for (const name of ['', '<b></b>', 'x'.repeat(121), 5]) expect((await patch({ name })).statusCode).toBe(422);
  });

  it('does not mark a name as chosen when only the picture changed', async () => {
    await world.ask('PATCH', '/users/me', { token: viewer.token, body: { avatar_url: 'http://img.example/v.png' } });
    const [row] = await world.db.control((tx) =>
      tx.withTables<AccessTables>().selectFrom('person').select('name_chosen').where('id', '=', viewer.id).execute(),
    );
    expect(row).toEqual({ name_chosen: false });
  });
});

describe('making a workspace', () => {
  it('makes whoever asks its owner, with a plane, a first policy and a log of its own', async () => {
    const slug = `made-${count}`;
    const answer = await make({ name: '<b>Made</b> & more', slug, description: ' For <i>tests</i> ' });
    expect(answer.statusCode).toBe(201);
    const made = answer.json();
    expect(made).toEqual({
      id: expect.any(String),
      slug,
      name: 'Made & more',
      description: 'For tests',
      created_by: viewer.id,
      created_at: expect.stringMatching(/Z$/),
    });
    expect(world.opened.at(-1)).toEqual({ workspaceId: made.id, ownDomains: ['home.example'] });
    expect((await world.audit(made.id)).map((row) => row.event)).toEqual(['workspace.created', 'member.added']);
    expect(await world.activity(made.id)).toEqual(['workspace_created']);
    // The token at hand is of another workspace; a new one is of this.
    const read = (token: string) => world.ask('GET', `/workspaces/${made.id}`, { token });
    expect((await read(viewer.token)).json()).toMatchObject({ code: 'wrong_workspace' });
    const token = await world.accessToken(viewer, made.id);
    expect((await read(token)).json()).toEqual(made);
    expect((await world.ask('GET', `/workspaces/${made.id}/members`, { token })).json()).toMatchObject([
      { user_id: viewer.id, role: 'owner' },
    ]);
  });

  it('takes no domain for the company’s that everybody can have a mailbox at', async () => {
    const person = await world.person('Gee', { email: `gee${count}@gmail.com` });
    await world.join(home, person, 'viewer');
    await make({ name: 'G', slug: `gee-${count}` }, await world.accessToken(person, home));
    expect(world.opened.at(-1)?.ownDomains).toEqual([]);
  });

  it('refuses a slug that is taken, also at the same time', async () => {
    expect((await make({ name: 'x', slug: `home-${count}` })).json()).toMatchObject({
      status: 409,
      code: 'already_exists',
    });
    const answers = await Promise.all(Array.from({ length: 4 }, () => make({ name: 'x', slug: `race-${count}` })));
    expect(statusesOf(answers)).toEqual([201, 409, 409, 409]);
  });

  it.each(['a', '', '-ab', 'ab-', 'Ab', 'a b', 'a_b', 'é1', 'x'.repeat(101), '__proto__', null])(
    'refuses the slug %j',
    async (slug) => {
      expect((await make({ name: 'x', slug })).statusCode).toBe(422);
    },
  );

  it.each(['ab', '7z', `${'x'.repeat(98)}-y`])('takes the slug %s', async (slug) => {
    expect((await make({ name: 'x'.repeat(255), slug })).statusCode).toBe(201);
  });
});

describe('one’s workspaces', () => {
  it('are all of the person’s that are active, the oldest first, whichever the token is of', async () => {
    world.advance(1000);
    const second = (await make({ name: 'Second', slug: `second-${count}` })).json();
    await world.workspace(`foreign-${count}`);
    const list = await world.ask('GET', '/workspaces', { token: viewer.token });
    expect(list.json().map((each: { id: string }) => each.id)).toEqual([home, second.id]);
    expect(list.json()[0]).toMatchObject({ description: null, created_by: null, name: `The home-${count}` });
    await setState(second.id, 'suspended');
    expect((await world.ask('GET', '/workspaces', { token: viewer.token })).json()).toHaveLength(1);
  });
});

describe('a workspace', () => {
  it('changes in what is named', async () => {
    const patch = (body: object) => world.ask('PATCH', `/workspaces/${home}`, { token: owner.token, body });
    expect((await patch({ name: 'New', description: 'About' })).json()).toMatchObject({
      name: 'New',
      description: 'About',
      slug: `home-${count}`,
    });
    expect((await patch({ name: null, slug: 'other' })).json()).toMatchObject({ name: 'New', slug: `home-${count}` });
    expect((await patch({ name: '<p> </p>' })).statusCode).toBe(422);
    expect(await world.audit(home)).toMatchObject([{ event: 'workspace.updated', target: home }, {}]);
  });

  it('that is suspended lets nobody in', async () => {
    await setState(home, 'suspended');
    await world.deps.standing.catchUp();
    world.advance(300);
    const fresh = await world.person('Fresh');
    await world.join(home, fresh, 'owner');
    const token = await world.accessToken(fresh, home);
    expect((await world.ask('GET', `/workspaces/${home}`, { token })).json()).toMatchObject({ code: 'not_a_member' });
  });
});

async function setState(id: string, state: 'active' | 'suspended'): Promise<void> {
  await world.db.control((tx) =>
    tx.withTables<AccessTables>().updateTable('workspace').set({ state }).where('id', '=', id).execute(),
  );
}
