import { AdminWsDetail, AdminWsNames, AdminWsPage, Group, GroupMembers, Groups, Members } from '@sentinel/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Method } from '../../platform/http/route.ts';
import { newId, type WorkspaceId } from '../../platform/ids.ts';
import { type AdminWorld, openAdminWorld, type TestPerson } from './admin.testing.ts';

let world: AdminWorld;
let root: TestPerson;
let ada: TestPerson;
let bob: TestPerson;
beforeAll(async () => {
  world = await openAdminWorld();
  root = await world.person('Root', { admin: true });
  ada = await world.person('Ada');
  bob = await world.person('Bob');
  await world.workspace('standing');
}, 120_000);
afterAll(() => world.close());

const ask = (method: Method, url: string, payload?: object) =>
  world.ask(method, url, { as: root, ...(payload === undefined ? {} : { payload }) });
const statusOf = async (method: Method, url: string, payload?: object) => (await ask(method, url, payload)).statusCode;
const membersOf = async (id: WorkspaceId) =>
  Members.parse((await ask('GET', `/admin/workspaces/${id}/members`)).json()).map((each) => [each.name, each.role]);
const lastAction = async () => (await world.actions()).at(-1);

describe('/admin/workspaces', () => {
  it('makes one whose owner is the administrator, changes it and removes it', async () => {
    const made = await ask('POST', '/admin/workspaces', { name: 'Made <i>here</i>', slug: 'made-here' });
    expect(made.statusCode).toBe(201);
    const workspace = AdminWsDetail.parse(made.json());
    expect(workspace).toMatchObject({ name: 'Made here', slug: 'made-here', description: null, member_count: 1 });
    expect(workspace).toMatchObject({ group_count: 0, created_by: root.id });
    expect(await lastAction()).toMatchObject({ action: 'workspace_created', target_id: workspace.id });
    const url = `/admin/workspaces/${workspace.id}`;
    expect(AdminWsDetail.parse((await ask('GET', url)).json())).toEqual(workspace);
    const patched = await ask('PATCH', url, { description: 'What it is for', name: null });
    expect(patched.json()).toEqual({ ...workspace, description: 'What it is for' });
    expect(await statusOf('DELETE', url)).toBe(204);
    expect(await statusOf('GET', url)).toBe(404);
    expect(await lastAction()).toMatchObject({ action: 'workspace_deleted', actor_id: root.id });
  });

  it('refuses a slug that is taken, and what is no slug or name', async () => {
    expect(await statusOf('POST', '/admin/workspaces', { name: 'Again', slug: 'standing' })).toBe(400);
    for (const slug of ['x', 'Upper', '-a', 'a-', 'a b', "a'b", ''])
      expect([slug, await statusOf('POST', '/admin/workspaces', { name: 'New', slug })]).toEqual([slug, 422]);
    expect(await statusOf('POST', '/admin/workspaces', { name: '<b></b>', slug: 'empty-name' })).toBe(422);
  });

  it('lists them page by page, searches names and slugs, and names them all', async () => {
    world.advance(1000);
    const odd = await world.workspace('odd-100', [[ada, 'owner']]);
    const page = AdminWsPage.parse((await ask('GET', '/admin/workspaces?search=ODD&page_size=1')).json());
    expect(page).toMatchObject({ total: 1, page: 1, page_size: 1, items: [{ id: odd, member_count: 1 }] });
    expect((await ask('GET', '/admin/workspaces?search=%25')).json().total).toBe(0);
    expect((await ask('GET', `/admin/workspaces?search=${encodeURIComponent("' or ''='")}`)).json().total).toBe(0);
    expect(await statusOf('GET', '/admin/workspaces?page_size=101')).toBe(422);
    const names = AdminWsNames.parse((await ask('GET', '/admin/workspaces/all')).json());
    expect(names.map((each) => each.name)).toEqual(names.map((each) => each.name).toSorted());
    expect(names).toContainEqual({ id: odd, name: 'The odd-100', slug: 'odd-100' });
  });

  it('answers 404 for none', async () => {
    const url = `/admin/workspaces/${newId<string>()}`;
    expect(await statusOf('GET', url)).toBe(404);
    expect(await statusOf('PATCH', url, { name: 'New' })).toBe(404);
    expect(await statusOf('DELETE', url)).toBe(404);
    expect(await statusOf('GET', `${url}/members`)).toBe(404);
    expect(await statusOf('GET', `${url}/groups`)).toBe(404);
    expect(await statusOf('POST', `${url}/groups`, { name: 'Readers' })).toBe(404);
    expect(await statusOf('POST', `${url}/members/invite`, { email: ada.email, role: 'viewer' })).toBe(404);
    expect(await statusOf('GET', '/admin/workspaces/x')).toBe(422);
  });
});

describe('/admin/workspaces/:id/members', () => {
  it('adds, changes and removes members with an owner’s power', async () => {
    const id = await world.workspace('crew', [[ada, 'owner']]);
    const url = `/admin/workspaces/${id}/members`;
    const invited = await ask('POST', `${url}/invite`, { email: bob.email.toUpperCase(), role: 'owner' });
    expect([invited.statusCode, invited.json()]).toEqual([201, { status: 'ok' }]);
    expect(await lastAction()).toMatchObject({ action: 'member_invited', actor_id: root.id, target_id: bob.id });
    expect(await membersOf(id)).toEqual([
      ['Ada', 'owner'],
      ['Bob', 'owner'],
    ]);
    expect((await ask('PATCH', `${url}/${ada.id}`, { role: 'viewer' })).json()).toEqual({ status: 'ok' });
    expect(await statusOf('DELETE', `${url}/${ada.id}`)).toBe(204);
    expect(await lastAction()).toMatchObject({ action: 'member_removed', target_id: ada.id });
    expect(await membersOf(id)).toEqual([['Bob', 'owner']]);
    expect(await statusOf('DELETE', `${url}/${bob.id}`)).toBe(409);
    expect(await statusOf('PATCH', `${url}/${bob.id}`, { role: 'admin' })).toBe(409);
  });

  it('answers in 4xx for nobody, for members already and for what is no role', async () => {
    const id = await world.workspace('strict', [[ada, 'owner']]);
    const url = `/admin/workspaces/${id}/members`;
    expect(await statusOf('POST', `${url}/invite`, { email: 'nobody@home.example', role: 'viewer' })).toBe(400);
    expect(await statusOf('POST', `${url}/invite`, { email: ada.email, role: 'viewer' })).toBe(409);
    expect(await statusOf('POST', `${url}/invite`, { email: bob.email, role: 'god' })).toBe(422);
    expect(await statusOf('POST', `${url}/invite`, { email: 'no address', role: 'viewer' })).toBe(422);
    expect(await statusOf('PATCH', `${url}/${bob.id}`, { role: 'viewer' })).toBe(404);
    expect(await statusOf('DELETE', `${url}/${bob.id}`)).toBe(404);
    expect(await statusOf('DELETE', `${url}/x`)).toBe(422);
  });
});

describe('/admin/groups', () => {
  it('makes, changes and deletes groups and their members', async () => {
    const id = await world.workspace('grouped', [[ada, 'owner']]);
    const made = await ask('POST', `/admin/workspaces/${id}/groups`, { name: 'Readers', description: null });
    expect(made.statusCode).toBe(201);
    const group = Group.parse(made.json());
    expect(group).toMatchObject({ workspace_id: id, name: 'Readers', description: null, created_by: root.id });
    expect(Groups.parse((await ask('GET', `/admin/workspaces/${id}/groups`)).json())).toEqual([group]);
    const url = `/admin/groups/${group.id}`;
    expect((await ask('PATCH', url, { name: 'Writers' })).json()).toEqual({ ...group, name: 'Writers' });
    const added = await ask('POST', `${url}/members/${ada.id}`);
    expect([added.statusCode, added.json()]).toEqual([201, { status: 'ok' }]);
    const listed = GroupMembers.parse((await ask('GET', `${url}/members`)).json());
    expect(listed).toMatchObject([{ user_id: ada.id, email: ada.email, name: 'Ada' }]);
    expect((await ask('GET', `/admin/workspaces/${id}`)).json()).toMatchObject({ group_count: 1 });
    expect(await statusOf('DELETE', `${url}/members/${ada.id}`)).toBe(204);
    expect(await statusOf('DELETE', `${url}/members/${ada.id}`)).toBe(404);
    expect(await statusOf('DELETE', url)).toBe(204);
    expect(await lastAction()).toMatchObject({ action: 'group_deleted', target_id: group.id });
  });

  it('answers in 4xx for names that are taken, for strangers, and for groups that are not there', async () => {
    const id = await world.workspace('strict-groups', [[ada, 'owner']]);
    const { id: gid } = (await ask('POST', `/admin/workspaces/${id}/groups`, { name: 'Readers' })).json();
    expect(await statusOf('POST', `/admin/workspaces/${id}/groups`, { name: 'Readers' })).toBe(409);
    expect(await statusOf('POST', `/admin/groups/${gid}/members/${bob.id}`)).toBe(400);
    expect(await statusOf('POST', `/admin/groups/${gid}/members/${ada.id}`)).toBe(201);
    expect(await statusOf('POST', `/admin/groups/${gid}/members/${ada.id}`)).toBe(400);
    const none = `/admin/groups/${newId<string>()}`;
    expect(await statusOf('PATCH', none, { name: 'New' })).toBe(404);
    expect(await statusOf('DELETE', none)).toBe(404);
    expect(await statusOf('GET', `${none}/members`)).toBe(404);
    expect(await statusOf('POST', `${none}/members/${ada.id}`)).toBe(404);
    expect(await statusOf('DELETE', `${none}/members/${ada.id}`)).toBe(404);
  });
});
