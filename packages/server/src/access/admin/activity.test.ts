import { ActivityInsights, ActivityPage, ActivitySummary } from '@sentinel/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ActivityDraft, recordActivity } from '../../platform/audit/activity.ts';
import { newId, type WorkspaceId } from '../../platform/ids.ts';
import { type AdminWorld, openAdminWorld, type TestPerson } from './admin.testing.ts';

const HOUR = 60 * 60 * 1000;

let world: AdminWorld;
let root: TestPerson;
let ada: TestPerson;
const workspaceId = newId<WorkspaceId>();
beforeAll(async () => {
  world = await openAdminWorld();
  root = await world.person('Root', { admin: true });
  ada = await world.person('Ada');
  for (const hoursAgo of [49, 25, 1]) {
    const at = new Date(world.now().getTime() - hoursAgo * HOUR);
    await record({ action: 'user_login', actorId: ada.id, detail: { browser: 'Firefox', os: 'Linux' } }, at);
    await record({ action: 'member_invited', actorId: root.id, workspaceId }, at);
  }
  await record({ action: 'member_role_changed', actorId: null, workspaceId }, world.now());
  await record({ action: 'members_counted', actorId: root.id, targetType: 'system' }, world.now());
  await record({ action: 'user_login', actorId: root.id, detail: { browser: 'Chrome' } }, world.now());
}, 120_000);
afterAll(() => world.close());

function record(draft: Pick<ActivityDraft, 'action' | 'actorId'> & Partial<ActivityDraft>, at: Date): Promise<void> {
  const whole = { targetType: 'user', targetId: ada.id, workspaceId: null, ...draft } as const;
  return world.db.control((tx) => recordActivity(tx, whole, at));
}

const get = (query: string) => world.ask('GET', `/admin/activity${query}`, { as: root });
const list = async (query = '') => ActivityPage.parse((await get(query)).json());
const totalOf = async (query: string) => (await list(query)).total;

describe('GET /admin/activity', () => {
  it('gives the newest first, with the names of who did it, page by page', async () => {
    const first = await list('?page_size=2');
    expect(first).toMatchObject({ total: 9, page: 1, page_size: 2 });
    expect(first.items).toMatchObject([
      {
        action: 'user_login',
        actor_id: root.id,
        actor_name: 'Root',
        actor_email: root.email,
        target_type: 'user',
        target_id: ada.id,
        workspace_id: null,
        detail: { browser: 'Chrome' },
        created_at: world.now().toISOString(),
      },
      { action: 'members_counted', detail: null, target_type: 'system' },
    ]);
    const all = await list('?page_size=100');
    const times = all.items.map((each) => Date.parse(each.created_at));
    expect(times).toEqual(times.toSorted((a, b) => b - a));
    const pages = [first, await list('?page_size=2&page=2'), await list('?page_size=2&page=5')];
    expect(pages.map((each) => each.items.length)).toEqual([2, 2, 1]);
    expect(pages.at(-1)?.items[0]?.id).toBe(all.items.at(-1)?.id);
  });

  it('shows what nobody in particular did', async () => {
    expect((await list('?action=member_role_changed')).items).toMatchObject([
      { actor_id: null, actor_name: null, actor_email: null, workspace_id: workspaceId },
    ]);
  });

  it('filters by action, by the beginning of actions, by target, workspace, actor and time', async () => {
    expect(await totalOf('?action=user_login')).toBe(4);
    expect(await totalOf('?action=member_')).toBe(4);
    expect(await totalOf('?action=member')).toBe(0);
    expect(await totalOf('?target_type=system')).toBe(1);
    expect(await totalOf(`?workspace_id=${workspaceId.toUpperCase()}`)).toBe(4);
    expect(await totalOf(`?actor_id=${ada.id}&action=user_login`)).toBe(3);
    expect(await totalOf(`?actor_id=${newId<string>()}`)).toBe(0);
    expect(await totalOf('?from_date=2026-03-01')).toBe(5);
    expect(await totalOf('?to_date=2026-02-28')).toBe(4);
    expect(await totalOf('?from_date=2026-02-28&to_date=2026-02-28')).toBe(2);
    expect(await totalOf('?from_date=2026-03-01T11:00:00Z&to_date=2026-03-01T11:00:00Z')).toBe(2);
    expect(await totalOf('?from_date=2026-03-01T11:00:00&to_date=2026-03-01T12:00:00%2B01:00')).toBe(2);
  });

  it('refuses filters and pages that are none', async () => {
    const bad = ["action='or'1", 'action=Member', 'target_type=a b', 'workspace_id=x', 'actor_id=1', 'page=0'];
    bad.push('page_size=101', 'from_date=yesterday', 'to_date=2026-02-30', 'from_date=0000-01-01', 'action=a%00');
    for (const query of bad)
      expect([query, (await get(`?${query.replaceAll(' ', '%20')}`)).statusCode]).toEqual([query, 422]);
  });
});

describe('GET /admin/activity/summary', () => {
  it('counts by day in UTC and action, today included', async () => {
    const answer = await get('/summary?days=2');
    expect(ActivitySummary.parse(answer.json())).toEqual({
      days: 2,
      items: [
        { day: '2026-03-01', action: 'user_login', count: 2 },
        { day: '2026-03-01', action: 'member_invited', count: 1 },
        { day: '2026-03-01', action: 'member_role_changed', count: 1 },
        { day: '2026-03-01', action: 'members_counted', count: 1 },
        { day: '2026-02-28', action: 'member_invited', count: 1 },
        { day: '2026-02-28', action: 'user_login', count: 1 },
      ],
    });
    expect((await get('/summary')).json()).toMatchObject({ days: 30 });
  });

  it('looks back at most 90 days', async () => {
    for (const days of ['0', '91', 'x', '1.5']) expect((await get(`/summary?days=${days}`)).statusCode).toBe(422);
    expect((await get('/summary?days=90')).statusCode).toBe(200);
  });
});

describe('GET /admin/activity/insights', () => {
  it('counts browsers and systems of sign-ins; their countries are not known', async () => {
    expect(ActivityInsights.parse((await get('/insights?days=30')).json())).toEqual({
      days: 30,
      total: 4,
      browsers: [
        { name: 'Firefox', count: 3 },
        { name: 'Chrome', count: 1 },
      ],
      os: [
        { name: 'Linux', count: 3 },
        { name: 'unknown', count: 1 },
      ],
      countries: [],
      unresolved: 4,
    });
    const mine = (await get(`/insights?days=1&user_id=${ada.id}`)).json();
    expect(mine).toMatchObject({ total: 1, browsers: [{ name: 'Firefox', count: 1 }] });
  });
});
