import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../../platform/ids.ts';
import { type AdminWorld, openAdminWorld, type TestPerson } from './admin.testing.ts';

let world: AdminWorld;
let root: TestPerson;
let nobody: TestPerson;
beforeAll(async () => {
  world = await openAdminWorld();
  root = await world.person('Root', { admin: true });
  nobody = await world.person('Nobody');
}, 120_000);
afterAll(() => world.close());

/** Of the access contract §1.6, without permissions and roles. */
const CONTRACT = [
  'GET /admin/stats',
  'GET /admin/activity',
  'GET /admin/activity/summary',
  'GET /admin/activity/insights',
  'GET /admin/system/health',
  'GET /admin/system/settings',
  'GET /admin/users',
  'GET /admin/users/:id',
  'PATCH /admin/users/:id',
  'POST /admin/users/bulk-status',
  'POST /admin/users/:id/workspaces',
  'POST /admin/users/:id/revoke-tokens',
  'GET /admin/workspaces',
  'GET /admin/workspaces/all',
  'POST /admin/workspaces',
  'GET /admin/workspaces/:id',
  'PATCH /admin/workspaces/:id',
  'DELETE /admin/workspaces/:id',
  'GET /admin/workspaces/:id/members',
  'POST /admin/workspaces/:id/members/invite',
  'PATCH /admin/workspaces/:id/members/:uid',
  'DELETE /admin/workspaces/:id/members/:uid',
  'GET /admin/workspaces/:id/groups',
  'POST /admin/workspaces/:id/groups',
  'PATCH /admin/groups/:gid',
  'DELETE /admin/groups/:gid',
  'GET /admin/groups/:gid/members',
  'POST /admin/groups/:gid/members/:uid',
  'DELETE /admin/groups/:gid/members/:uid',
  'POST /admin/import/csv/preview',
  'POST /admin/import/csv/execute',
  'GET /admin/export/users',
  'GET /admin/export/workspaces',
];

const urlOf = (path: string) => path.replaceAll(/:\w+/g, newId<string>());
const everyRoute = () => world.routes.map(({ method, path }) => ({ method, url: urlOf(path) }));
const answersOf = async (asked: Parameters<AdminWorld['ask']>[2], changesOnly = false) => {
  const statuses = new Set<string>();
  for (const { method, url } of everyRoute()) {
    if (changesOnly && method === 'GET') continue;
    const answer = await world.ask(method, url, asked);
    statuses.add(`${answer.statusCode} ${answer.json().code}`);
  }
  return [...statuses];
};

describe('every route of platform administrators', () => {
  // Proves: ASVS 60.
  it('is one of the contract', () => {
    const paths = world.routes.map(({ method, path }) => `${method} ${path}`);
    expect(new Set(paths).size).toBe(paths.length);
    expect(paths.toSorted()).toEqual([...CONTRACT].toSorted());
    expect(world.routes.every((each) => each.unaudited === 'Recorded in the activity log.' && !each.cross)).toBe(true);
  });

  // Proves: ASVS 2.
  it('answers 401 without a cookie and for one that is no token', async () => {
    expect(await answersOf({ as: null })).toEqual(['401 token_missing']);
    expect(await answersOf({ headers: { cookie: 'admin_token=nonsense' } })).toEqual(['401 token_invalid']);
    const { token } = await world.tokens.mint('refresh', { sub: root.id, fid: newId() }, { seconds: 600 });
    expect(await answersOf({ headers: { cookie: `admin_token=${token}` } })).toEqual(['401 token_invalid']);
  });

  // Proves: ASVS 2.
  it('answers 403 to whoever is no administrator, whatever the token says', async () => {
    expect(await answersOf({ as: nobody })).toEqual(['403 action_denied']);
    const away = await world.person('Away', { admin: true, active: false });
    expect(await answersOf({ as: away })).toEqual(['403 action_denied']);
  });

  // Proves: ASVS 34.
  it('answers 403 to a change without the header that other sites cannot send', async () => {
    expect(await answersOf({ as: root, headers: { 'x-requested-with': '' } }, true)).toEqual(['403 cross_site']);
    expect(await answersOf({ as: root, headers: { 'x-requested-with': ' ' } }, true)).toEqual(['403 cross_site']);
    expect(await answersOf({ as: root, headers: { origin: 'http://evil.example' } }, true)).toEqual(['403 cross_site']);
  });

  it('looks at the header before the body', async () => {
    const answer = await world.ask('POST', '/admin/users/bulk-status', {
      as: root,
      payload: { user_ids: 'x' },
      headers: { 'x-requested-with': '' },
    });
    expect(answer.statusCode).toBe(403);
  });

  it('ends with the power of who asks, at once', async () => {
    const second = await world.person('Second', { admin: true });
    world.advance(1000);
    expect((await world.ask('GET', '/admin/stats', { as: second })).statusCode).toBe(200);
    await world.ask('PATCH', `/admin/users/${second.id}`, { as: root, payload: { is_admin: false } });
    expect(await answersOf({ as: second })).toEqual(['403 action_denied']);
    await world.ask('PATCH', `/admin/users/${second.id}`, { as: root, payload: { is_admin: true } });
    expect(await answersOf({ as: second })).toEqual(['401 token_invalid']);
    expect((await world.ask('GET', '/admin/stats', { as: await world.signIn(second) })).statusCode).toBe(200);
  });

  it('does not believe a cookie that is older than the last sign-out everywhere', async () => {
    const third = await world.person('Third', { admin: true });
    world.advance(1000);
    await world.ask('POST', `/admin/users/${third.id}/revoke-tokens`, { as: root });
    expect(await answersOf({ as: third })).toEqual(['401 token_invalid']);
    expect((await world.ask('GET', '/admin/stats', { as: await world.signIn(third) })).statusCode).toBe(200);
  });
});
