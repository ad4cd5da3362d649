import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { newId, type GroupId, type PersonId, type WorkspaceId } from '../../platform/ids.ts';
import { openWorkspacesWorld, statusesOf, type TestPerson, type WorkspacesWorld } from './workspaces.testing.ts';

let world: WorkspacesWorld;
let home: WorkspaceId;
let admin: TestPerson & { token: string };
let viewer: TestPerson & { token: string };
let count = 0;

beforeAll(async () => {
  world = await openWorkspacesWorld();
});
afterAll(() => world.close());
beforeEach(async () => {
  count += 1;
  home = await world.workspace(`home-${count}`);
  admin = await world.member(home, 'admin');
  viewer = await world.member(home, 'viewer');
});

const groups = (path = '') => `/workspaces/${home}/groups${path}`;
const make = (name: unknown, rest: object = {}) =>
  world.ask('POST', groups(), { token: admin.token, body: { name, ...rest } });
const made = async (name: string): Promise<GroupId> => (await make(name)).json().id;
const change = (id: string, body: object) => world.ask('PATCH', groups(`/${id}`), { token: admin.token, body });
const put = (group: string, person: string) =>
  world.ask('POST', groups(`/${group}/members/${person}`), { token: admin.token });
const take = (group: string, person: string) =>
  world.ask('DELETE', groups(`/${group}/members/${person}`), { token: admin.token });
const groupsOf = async (person: TestPerson) => (await world.standing.membership(home, person.id))?.groups;

describe('a group', () => {
  it('is made by an admin and seen by every member, by age', async () => {
    const answer = await make('  <b>Sales</b> ', { description: '<i>Who sells</i>', extra: true });
    expect(answer.statusCode).toBe(201);
    expect(answer.json()).toEqual({
      id: expect.any(String),
      workspace_id: home,
      name: 'Sales',
      description: 'Who sells',
      created_by: admin.id,
      created_at: '2026-03-01T12:00:00.000Z',
    });
    world.advance(1000);
    await make('Support');
    const list = (await world.ask('GET', groups(), { token: viewer.token })).json();
    expect(list.map((each: { name: string }) => each.name)).toEqual(['Sales', 'Support']);
    expect(list[1].description).toBeNull();
    const authz = await world.ask('GET', groups(), {
      headers: { 'x-authz-token': await world.authzToken(viewer, home) },
    });
    expect(authz.json()).toEqual(list);
    expect(await world.audit(home)).toMatchObject([{ event: 'group.created', target: list[0].id }, {}]);
    expect(await world.activity(home)).toEqual(['group_created', 'group_created']);
  });

  it.each(['', '   ', '<b></b>', 'x'.repeat(256), 7, null, 'a\u0000b'])('is refused the name %j', async (name) => {
    expect((await make(name)).statusCode).toBe(422);
  });

  it('has its name to itself, also when made or renamed at the same time', async () => {
    const answers = await Promise.all(Array.from({ length: 5 }, () => make('Sales')));
    expect(statusesOf(answers)).toEqual([201, 409, 409, 409, 409]);
    const [a, b] = [await made('A'), await made('B')];
    const renames = await Promise.all([change(a, { name: 'C' }), change(b, { name: 'C' })]);
    expect(statusesOf(renames)).toEqual([200, 409]);
    expect((await change(a, { name: 'Sales' })).json()).toMatchObject({ code: 'already_exists' });
  });

  it('may be called as one of another workspace is', async () => {
    await make('Sales');
    const other = await world.workspace(`other-${count}`);
    const theirs = await world.member(other, 'admin');
    const answer = await world.ask('POST', `/workspaces/${other}/groups`, {
      token: theirs.token,
      body: { name: 'Sales' },
    });
    expect(answer.statusCode).toBe(201);
  });

  it('changes in what is named, and not in what is null', async () => {
    const id = (await make('Sales', { description: 'Who sells' })).json().id;
    expect((await change(id, { name: 'Selling', description: null })).json()).toMatchObject({
      name: 'Selling',
      description: 'Who sells',
    });
    expect((await change(id, { description: '' })).json()).toMatchObject({ name: 'Selling', description: '' });
    expect((await change(id, {})).json()).toMatchObject({ name: 'Selling' });
    expect((await change(newId<GroupId>(), { name: 'x' })).statusCode).toBe(404);
  });

  it('is removed with what it gave its members', async () => {
    const id = await made('Sales');
    await put(id, viewer.id);
    expect(await groupsOf(viewer)).toEqual([id]);
    const remove = () => world.ask('DELETE', groups(`/${id}`), { token: admin.token });
    expect((await remove()).statusCode).toBe(204);
    expect(await groupsOf(viewer)).toEqual([]);
    expect((await remove()).statusCode).toBe(404);
    expect((await world.ask('GET', groups(`/${id}/members`), { token: viewer.token })).statusCode).toBe(404);
  });
});

describe('the members of a group', () => {
  it('are added and taken out at once, and listed by the time they came', async () => {
    const id = await made('Sales');
    const added = await put(id, viewer.id);
    expect([added.statusCode, added.json()]).toEqual([201, { status: 'ok' }]);
    world.advance(1000);
    await put(id, admin.id);
    expect((await world.ask('GET', groups(`/${id}/members`), { token: viewer.token })).json()).toEqual(
      [viewer, admin].map((each) => ({
        user_id: each.id,
        email: each.email,
        name: each === admin ? 'admin' : 'viewer',
        added_at: expect.stringMatching(/Z$/),
      })),
    );
    expect(await groupsOf(viewer)).toEqual([id]);
    expect((await take(id, viewer.id)).statusCode).toBe(204);
    expect(await groupsOf(viewer)).toEqual([]);
    expect((await take(id, viewer.id)).statusCode).toBe(404);
    expect((await world.audit(home)).map((row) => `${row.event} ${row.result}`)).toEqual([
      'group.created ok',
      'group.member_added ok',
      'group.member_added ok',
      'group.member_removed ok',
      'group.member_removed failed',
    ]);
  });

  it('must be members of the workspace, there once, in a group that exists', async () => {
    const id = await made('Sales');
    const stranger = await world.person('Stranger');
    await put(id, viewer.id);
    const statuses = [
      await put(id, viewer.id),
      await put(id, stranger.id),
      await put(id, newId<PersonId>()),
      await put(newId<GroupId>(), viewer.id),
      await take(newId<GroupId>(), viewer.id),
    ].map((each) => each.statusCode);
    expect(statuses).toEqual([400, 400, 400, 404, 404]);
  });

  it('are added once of many at the same time, and never after their removal', async () => {
    const id = await made('Sales');
    const answers = await Promise.all(Array.from({ length: 4 }, () => put(id, viewer.id)));
    expect(statusesOf(answers)).toEqual([201, 400, 400, 400]);
    for (let round = 0; round < 5; round += 1) {
      const leaving = await world.member(home, 'viewer');
      const [, added] = await Promise.all([
        world.ask('DELETE', `/workspaces/${home}/members/${leaving.id}`, { token: admin.token }),
        put(id, leaving.id),
      ]);
      expect([201, 400]).toContain(added.statusCode);
      const left = await world.ask('GET', groups(`/${id}/members`), { token: viewer.token });
      expect(left.json()).toMatchObject([{ user_id: viewer.id }]);
    }
  });

  it('are named in any spelling of their id', async () => {
    const id = await made('Sales');
    expect((await put(id.toUpperCase(), viewer.id.replaceAll('-', ''))).statusCode).toBe(201);
    const spelt = `/workspaces/${home.replaceAll('-', '').toUpperCase()}/groups/${id.replaceAll('-', '')}/members`;
    expect((await world.ask('GET', spelt, { token: viewer.token })).json()).toMatchObject([{ user_id: viewer.id }]);
  });
});
