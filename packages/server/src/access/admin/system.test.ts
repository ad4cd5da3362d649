import { AdminHealth, AdminSettings, AdminStats } from '@sentinel/contract';
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId, type TokenId } from '../../platform/ids.ts';
import type { AccessTables } from '../access.tables.ts';
import { revokeToken } from '../tokens/family.store.ts';
import { type AdminWorld, openAdminWorld, type TestPerson } from './admin.testing.ts';
import { readHealth } from './system.ts';

let world: AdminWorld;
let root: TestPerson;
beforeAll(async () => {
  world = await openAdminWorld();
  root = await world.person('Root', { admin: true });
}, 120_000);
afterAll(() => world.close());

const get = async (path: string) => (await world.ask('GET', path, { as: root })).json();

describe('GET /admin/stats', () => {
  it('counts, and names the newest people and the largest workspaces', async () => {
    const people = [];
    for (let n = 1; n <= 6; n += 1) {
      world.advance(1000);
      people.push(await world.person(`Person ${n}`, { active: n > 2 }));
    }
    const [first, second] = people;
    if (first === undefined || second === undefined) throw new Error('nobody');
    await world.workspace('empty');
    const large = await world.workspace('large', [
      [first, 'owner'],
      [second, 'viewer'],
    ]);
    const stats = AdminStats.parse(await get('/admin/stats'));
    expect(stats).toMatchObject({
      total_users: 7,
      active_users: 5,
      inactive_users: 2,
      total_workspaces: 2,
      total_groups: 0,
      total_resources: 0,
    });
    expect(stats.recent_users.map((each) => each.name)).toEqual([6, 5, 4, 3, 2].map((n) => `Person ${n}`));
    expect(stats.top_workspaces[0]).toEqual({ id: large, name: 'The large', slug: 'large', member_count: 2 });
    expect(stats.top_workspaces[1]?.member_count).toBe(0);
  });
});

describe('GET /admin/system/health', () => {
  it('says how the database is, how long we run and which version', async () => {
    const health = AdminHealth.parse(await get('/admin/system/health'));
    expect(health).toMatchObject({
      status: 'healthy',
      version: '1.2.3',
      checks: { database: { status: 'healthy', error: null }, redis: { status: 'not_used' } },
    });
    expect(health.uptime_seconds).toBeGreaterThanOrEqual(90);
  });

  // Proves: OAuth 32.
  it('is degraded without a database, and says nothing of why', async () => {
    const deps = {
      db: { control: () => Promise.reject(new Error('password of sentinel is wrong')) },
      clock: { now: world.now },
      installation: { version: '1', startedAt: world.now() },
    };
    const health = await readHealth(deps);
    expect(health).toMatchObject({ status: 'degraded', checks: { database: { status: 'unhealthy' } } });
    expect(JSON.stringify(health)).not.toContain('password');
  });
});

describe('GET /admin/system/settings', () => {
  // Proves: ASVS 51.
  it('shows settings and the beginnings of keys, never a key, and is recorded', async () => {
    const hash = randomBytes(32);
    await world.db.control(async (tx) => {
      const tables = tx.withTables<AccessTables>();
      const [service, now] = [newId<string>(), world.now()];
      const times = { created_at: now, updated_at: now };
      const app = { id: service, name: 'Docs', service_name: 'docs', created_by: null };
      await tables
        .insertInto('service_app')
        .values({ ...app, ...times, allowed_origins: ['https://docs.example'] })
        .execute();
      const key = { id: newId<string>(), service_app_id: service, key_hash: hash, prefix: 'sk_abcd' };
      await tables
        .insertInto('service_key')
        .values({ ...key, created_at: now })
        .execute();
      const client = { id: newId<string>(), name: 'App', created_by: null, ...times };
      const redirect_uris = ['https://app.example/callback', 'https://app.example/other', 'com.example:/back'];
      await tables
        .insertInto('client_app')
        .values({ ...client, redirect_uris })
        .execute();
      await revokeToken(tx, newId<TokenId>(), new Date(now.getTime() + 60_000), now);
    });
    const settings = AdminSettings.parse(await get('/admin/system/settings'));
    expect(settings.oauth_providers).toEqual([
      { name: 'google', configured: true },
      { name: 'github', configured: false },
      { name: 'entra_id', configured: false },
    ]);
    expect(settings.jwt).toMatchObject({
      algorithm: 'RS256',
      access_token_expire_minutes: 15,
      refresh_token_expire_days: 7,
      denylist_count: 1,
    });
    expect(settings.security).toEqual({
      cookie_secure: false,
      allowed_hosts: ['localhost:9003'],
      cors_origins: ['https://app.example', 'https://docs.example'],
      session_secret_configured: true,
      admin_emails: ['root@home.example'],
    });
    expect(settings.service_keys).toEqual([{ name: 'docs', preview: 'sk_abcd…' }]);
    expect(settings.rate_limits).toContainEqual({ endpoint: 'sign-in', limit: '20/minute' });
    expect(settings.service.base_url).toBe('http://localhost:9003');
    expect(JSON.stringify(settings)).not.toContain(hash.toString('hex'));
    expect((await world.actions()).at(-1)).toMatchObject({ action: 'view_system_settings', actor_id: root.id });
  });
});
