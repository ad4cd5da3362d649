import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { newId, type InvitationId, type WorkspaceId } from '../../platform/ids.ts';
import type { AccessTables } from '../access.tables.ts';
import { INVITATION_LIFETIME_MS } from './invitations.ts';
import { openWorkspacesWorld, statusesOf, type TestPerson, type WorkspacesWorld } from './workspaces.testing.ts';

let world: WorkspacesWorld;
let home: WorkspaceId;
let admin: TestPerson & { token: string };
let count = 0;

beforeAll(async () => {
  world = await openWorkspacesWorld();
});
afterAll(() => world.close());
beforeEach(async () => {
  count += 1;
  home = await world.workspace(`home-${count}`);
  admin = await world.member(home, 'admin');
});

const invite = (body: object, token = admin.token) => world.ask('POST', '/v1/invitations', { token, body });
const invited = async (token = admin.token) => (await world.ask('GET', '/v1/invitations', { token })).json().items;
const revoke = (id: string, token = admin.token) => world.ask('DELETE', `/v1/invitations/${id}`, { token });

describe('an invitation', () => {
  it('is good for two weeks', async () => {
    const answer = await invite({ email: ' New@Home.example ', role: 'editor' });
    expect(answer.statusCode).toBe(201);
    expect(answer.json()).toEqual({
      id: expect.any(String),
      email: 'New@home.example',
      role: 'editor',
      invited_by: admin.id,
      created_at: world.now().toISOString(),
      expires_at: new Date(world.now().getTime() + INVITATION_LIFETIME_MS).toISOString(),
    });
    expect(await invited()).toEqual([answer.json()]);
    expect(await world.audit(home)).toMatchObject([{ event: 'invitation.created', target: answer.json().id }]);
    expect(await world.activity(home)).toEqual(['invitation_created']);
    world.advance(INVITATION_LIFETIME_MS);
    const token = await world.accessToken(admin, home);
    expect(await invited(token)).toEqual([]);
    const again = await invite({ email: 'new@home.example' }, token);
    expect(again.json()).toMatchObject({ role: 'viewer', email: 'new@home.example' });
    expect(await invited(token)).toEqual([again.json()]);
  });

  it('does not outlive the power of who made it', async () => {
    const owner = await world.member(home, 'owner');
    const second = await world.member(home, 'owner');
    const other = await world.workspace(`elsewhere-${count}`);
    await world.join(other, second, 'owner');
    const of = { owner: { email: 'o@home.example', role: 'owner' }, admin: { email: 'a@home.example', role: 'admin' } };
    for (const body of Object.values(of)) expect((await invite(body, second.token)).statusCode).toBe(201);
    await invite({ email: 'mine@home.example', role: 'owner' }, owner.token);
    const kept = { email: 'kept@home.example', role: 'owner' };
    expect((await invite(kept, await world.accessToken(second, other))).statusCode).toBe(201);
    const emails = async (token = owner.token) =>
      (await invited(token)).map((each: { email: string }) => each.email).toSorted();
    const setRole = (role: string) =>
      world.ask('PATCH', `/workspaces/${home}/members/${second.id}`, { token: owner.token, body: { role } });
    expect((await setRole('admin')).statusCode).toBe(200);
    expect(await emails()).toEqual(['a@home.example', 'mine@home.example']);
    expect((await setRole('editor')).statusCode).toBe(200);
    expect(await emails()).toEqual(['mine@home.example']);
    expect((await world.activity(home)).filter((action) => action === 'invitation_revoked')).toHaveLength(2);
    await setRole('owner');
    await invite(of.admin, second.token);
    expect(
      (await world.ask('DELETE', `/workspaces/${home}/members/${second.id}`, { token: owner.token })).statusCode,
    ).toBe(204);
    expect(await emails()).toEqual(['mine@home.example']);
    expect(await emails(await world.accessToken(second, other))).toEqual(['kept@home.example']);
  });

  it('is refused for who is invited or a member already, whatever the case, also at the same time', async () => {
    const same = [{ email: 'two@home.example' }, { email: 'TWO@HOME.example' }, { email: 'Two@home.EXAMPLE' }];
    const answers = await Promise.all(same.map((body) => invite(body)));
    expect(statusesOf(answers)).toEqual([201, 409, 409]);
    expect((await invite({ email: admin.email.toUpperCase() })).statusCode).toBe(409);
    const other = await world.workspace(`other-${count}`);
    const theirs = await world.member(other, 'admin');
    expect((await invite({ email: 'two@home.example' }, theirs.token)).statusCode).toBe(201);
  });

  it('waits for a person who has signed in elsewhere, too', async () => {
    const known = await world.person('Known');
    expect((await invite({ email: known.email })).statusCode).toBe(201);
  });

  it('to be owner comes from an owner only', async () => {
    const boss = await world.member(home, 'owner');
    const body = { email: 'boss@home.example', role: 'owner' };
    expect((await invite(body)).json()).toMatchObject({ status: 403, code: 'owner_required' });
    expect((await invite(body, boss.token)).statusCode).toBe(201);
  });

  it.each(['no address', 'a@b', 'x'.repeat(300), 'a@b.example\r\nBcc: c@d.example', 5, null])(
    'is refused for %j',
    async (email) => {
      expect((await invite({ email })).statusCode).toBe(422);
    },
  );

  it('is withdrawn once, and only in its own workspace', async () => {
    const { id } = (await invite({ email: 'gone@home.example' })).json();
    const other = await world.member(await world.workspace(`other-${count}`), 'owner');
    expect((await revoke(id, other.token)).statusCode).toBe(404);
    expect(await invited(other.token)).toEqual([]);
    expect((await revoke(id)).statusCode).toBe(204);
    expect((await revoke(id)).statusCode).toBe(404);
    expect((await revoke(newId<InvitationId>())).statusCode).toBe(404);
    expect((await revoke('__proto__')).statusCode).toBe(422);
    expect(await invited()).toEqual([]);
  });
});

describe('a workspace’s own domains', () => {
  const put = (domains: unknown, token = admin.token) =>
    world.ask('PUT', '/v1/workspace-domains', { token, body: { domains } });
  const get = async (token = admin.token) => (await world.ask('GET', '/v1/workspace-domains', { token })).json();

  it('are replaced as a whole', async () => {
    expect(await get()).toEqual({ domains: [] });
    const answer = await put([{ domain: ' HOME.Example ', role: 'editor' }]);
    expect(answer.json()).toEqual({ domains: [{ domain: 'home.example', role: 'editor' }] });
    expect(await get()).toEqual(answer.json());
    expect((await put([{ domain: 'home.example' }])).json()).toEqual({
      domains: [{ domain: 'home.example', role: 'viewer' }],
    });
    expect((await put([])).json()).toEqual({ domains: [] });
    expect((await world.audit(home)).map((row) => row.event)).toEqual(Array(3).fill('workspace_domains.changed'));
  });

  it.each([
    'gmail.com',
    'GMail.com',
    'outlook.com',
    'localhost',
    '192.0.2.1',
    'home.example.',
    '*.home.example',
    'a@home.example',
    'home..example',
    '-home.example',
    'home.example/x',
    'home.ex%61mple',
    'home.example:25',
  ])('refuse %s with a sentence', async (domain) => {
    const answer = await put([{ domain }]);
    expect(answer.json()).toMatchObject({
      status: 400,
      code: 'bad_request',
      detail: expect.stringMatching(/^One of .+\.$/),
    });
  });

  it('refuse one twice, and a role that could invite', async () => {
    expect((await put([{ domain: 'home.example' }, { domain: 'Home.example' }])).statusCode).toBe(400);
    expect((await put([{ domain: 'home.example', role: 'admin' }])).statusCode).toBe(422);
    expect((await put('home.example')).statusCode).toBe(422);
  });

  it('refuse what is somebody else’s, unless an administrator of the installation names it', async () => {
    expect((await put([{ domain: 'other.example' }])).json()).toMatchObject({ code: 'bad_request' });
    const root = await world.person('Root', { isAdmin: true });
    await world.join(home, root, 'admin');
    expect((await put([{ domain: 'other.example' }], await world.accessToken(root, home))).statusCode).toBe(200);
    // Whoever is admin of the workspace may keep it.
    expect((await put([{ domain: 'other.example' }, { domain: 'home.example' }])).statusCode).toBe(200);
  });

  it('take an international name', async () => {
    const umlaut = await world.person('Umlaut', { email: 'u@xn--bcher-kva.example' });
    await world.join(home, umlaut, 'admin');
    const answer = await put([{ domain: 'Bücher.example' }], await world.accessToken(umlaut, home));
    expect(answer.json()).toEqual({ domains: [{ domain: 'xn--bcher-kva.example', role: 'viewer' }] });
  });

  it('are kept apart by workspace', async () => {
    await put([{ domain: 'home.example' }]);
    const other = await world.member(await world.workspace(`other-${count}`), 'admin');
    expect(await get(other.token)).toEqual({ domains: [] });
    const rows = await world.db.control((tx) =>
      tx
        .withTables<AccessTables>()
        .selectFrom('workspace_domain')
        .select('domain')
        .where('workspace_id', '=', home)
        .execute(),
    );
    expect(rows).toEqual([{ domain: 'home.example' }]);
  });
});
