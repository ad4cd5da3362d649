import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { newId, newRandomId, type FamilyId, type PersonId, type WorkspaceId } from '../../platform/ids.ts';
import type { AccessTables } from '../access.tables.ts';
import { insertFamily } from '../tokens/family.store.ts';
import { memberIdOf } from './member.ts';
import {
  openWorkspacesWorld,
  statusesOf,
  SERVICE_KEY,
  type TestPerson,
  type WorkspacesWorld,
} from './workspaces.testing.ts';

let world: WorkspacesWorld;
let home: WorkspaceId;
let owner: TestPerson & { token: string };
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
  owner = await world.member(home, 'owner');
  world.advance(1000);
  admin = await world.member(home, 'admin');
  world.advance(1000);
  viewer = await world.member(home, 'viewer');
});

const members = (path = '') => `/workspaces/${home}/members${path}`;
const invite = (token: string, body: object) => world.ask('POST', members('/invite'), { token, body });
const setRole = (token: string, id: string, role: string) =>
  world.ask('PATCH', members(`/${id}`), { token, body: { role } });
const remove = (token: string, id: string) => world.ask('DELETE', members(`/${id}`), { token });
const rolesNow = async () => {
  const rows = await world.db.control((tx) =>
    tx
      .withTables<AccessTables>()
      .selectFrom('member')
      .select(['person_id', 'role'])
      .where('workspace_id', '=', home)
      .execute(),
  );
  return Object.fromEntries(rows.map((row) => [row.person_id, row.role]));
};

describe('the list of members', () => {
  it('names everybody, by the time they joined', async () => {
    const answer = await world.ask('GET', members(), { token: viewer.token });
    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toEqual(
      [owner, admin, viewer].map((each, index) => ({
        user_id: each.id,
        email: each.email,
        name: ['owner', 'admin', 'viewer'][index],
        avatar_url: null,
        role: ['owner', 'admin', 'viewer'][index],
        joined_at: expect.stringMatching(/^2026-.*Z$/),
      })),
    );
  });

  // Proves: ASVS 39.
  it.each([
    ['ADMIN', 1],
    ['home.example', 3],
    ['%', 0],
    ['_', 0],
    ['\\', 0],
    ["' or 1=1 --", 0],
    ['', 3],
  ])('is searched for %j literally, in any case', async (q, found) => {
    const answer = await world.ask('GET', members(`?q=${encodeURIComponent(q)}`), { token: viewer.token });
    expect(answer.json()).toHaveLength(found);
  });

  it('finds a person whose name holds a wildcard', async () => {
    const odd = await world.person('100%_sure');
    await world.join(home, odd, 'viewer');
    const answer = await world.ask('GET', members('?q=0%25_'), { token: viewer.token });
    expect(answer.json()).toMatchObject([{ user_id: odd.id }]);
  });

  it.each([
    ['limit=2', 2],
    ['limit=0', 1],
    ['limit=-5', 1],
    ['limit=9999', 3],
  ])('is cut by %s to what it allows', async (query, length) => {
    const answer = await world.ask('GET', members(`?${query}`), { token: viewer.token });
    expect(answer.json()).toHaveLength(length);
  });

  // Proves: ASVS 46.
  it.each(['limit=x', 'limit=1.5', `q=${'x'.repeat(101)}`, 'q=%00', 'limit=1&limit=2'])('refuses %s', async (query) => {
    expect((await world.ask('GET', members(`?${query}`), { token: viewer.token })).statusCode).toBe(422);
  });

  it('answers an authz token: with the key of its service, or in X-Authz-Token', async () => {
    const authz = await world.authzToken(viewer, home);
    const asked = (headers: Record<string, string>) => world.ask('GET', members(), { headers });
    const status = async (headers: Record<string, string>) => (await asked(headers)).statusCode;
    expect(await status({ 'x-authz-token': authz, authorization: 'Bearer idp' })).toBe(200);
    expect(await status({ authorization: `Bearer ${authz}`, 'x-service-key': SERVICE_KEY })).toBe(200);
    expect(await status({ authorization: `Bearer ${authz}` })).toBe(401);
    expect(await status({})).toBe(401);
  });
});

describe('making a person a member', () => {
  it('answers the member, who can enter at once', async () => {
    const bea = await world.person('Bea', { email: `Bea.${count}@Other.example` });
    const answer = await invite(admin.token, { email: `bea.${count}@OTHER.example`, role: 'editor', unknown: 1 });
    expect(answer.statusCode).toBe(201);
    expect(answer.json()).toMatchObject({ user_id: bea.id, role: 'editor', name: 'Bea', avatar_url: null });
    const hers = await world.accessToken(bea, home);
    expect((await world.ask('GET', members(), { token: hers })).statusCode).toBe(200);
    expect(await world.audit(home)).toMatchObject([{ event: 'member.invited', result: 'ok', target: bea.id }]);
    expect(await world.activity(home)).toEqual(['member_invited']);
  });

  it('makes a viewer when no role is named, and takes back an invitation of the same address', async () => {
    const bea = await world.person('Bea');
    await world.ask('POST', '/v1/invitations', { token: admin.token, body: { email: bea.email } });
    expect((await invite(admin.token, { email: bea.email })).json()).toMatchObject({ role: 'viewer' });
    expect((await world.ask('GET', '/v1/invitations', { token: admin.token })).json()).toEqual({ items: [] });
  });

  it('refuses nobody we know, somebody twice, and an owner made by an admin', async () => {
    const bea = await world.person('Bea');
    const refused = async (token: string, body: object) => {
      const answer = await invite(token, body);
      return [answer.statusCode, answer.json().code, typeof answer.json().detail];
    };
    expect(await refused(admin.token, { email: 'nobody@home.example' })).toEqual([400, 'bad_request', 'string']);
    expect(await refused(admin.token, { email: viewer.email })).toEqual([409, 'already_exists', 'string']);
    expect(await refused(admin.token, { email: bea.email, role: 'owner' })).toEqual([400, 'bad_request', 'string']);
    expect(await refused(admin.token, { email: 'no address' })).toEqual([422, 'invalid_request', 'string']);
    expect(await refused(admin.token, { email: bea.email, role: '__proto__' })).toEqual([
      422,
      'invalid_request',
      'string',
    ]);
    expect(await refused(viewer.token, { email: bea.email })).toEqual([403, 'action_denied', 'string']);
    expect((await invite(owner.token, { email: bea.email, role: 'owner' })).statusCode).toBe(201);
  });

  it('succeeds once of many at the same time', async () => {
    const bea = await world.person('Bea');
    const answers = await Promise.all(Array.from({ length: 6 }, () => invite(admin.token, { email: bea.email })));
    expect(statusesOf(answers)).toEqual([201, 409, 409, 409, 409, 409]);
  });

  it('tells no address to the logs', async () => {
    const bea = await world.person('Bea');
    await invite(admin.token, { email: bea.email });
    const rows = await world.db.control((tx) =>
      tx.withTables<{ activity: { detail: unknown } }>().selectFrom('activity').selectAll().execute(),
    );
    expect(JSON.stringify([rows, await world.audit(home)])).not.toContain('@');
  });
});

describe('the role of a member', () => {
  it('changes at once, and nobody is signed out', async () => {
    const answer = await setRole(admin.token, viewer.id, 'admin');
    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toEqual({
      id: memberIdOf(home, viewer.id),
      workspace_id: home,
      user_id: viewer.id,
      role: 'admin',
      joined_at: expect.stringMatching(/Z$/),
    });
    // The same token as before, whose role was another.
    expect((await setRole(viewer.token, viewer.id, 'editor')).statusCode).toBe(200);
    expect((await setRole(viewer.token, viewer.id, 'admin')).json()).toMatchObject({ code: 'action_denied' });
    expect(await world.activity(home)).toEqual(['member_role_changed', 'member_role_changed']);
  });

  it.each([
    ['an admin makes an owner', 'admin', 'viewer', 'owner', 403, 'owner_required'],
    ['an admin demotes an owner', 'admin', 'owner', 'viewer', 403, 'owner_required'],
    ['a viewer promotes themselves', 'viewer', 'viewer', 'owner', 403, 'action_denied'],
    ['the last owner steps down', 'owner', 'owner', 'admin', 409, 'last_owner'],
  ] as const)('does not change when %s', async (_what, by, whom, to, status, code) => {
    const who = { owner, admin, viewer };
    const before = await rolesNow();
    const answer = await setRole(who[by].token, who[whom].id, to);
    expect([answer.statusCode, answer.json().code]).toEqual([status, code]);
    expect(await rolesNow()).toEqual(before);
  });

  it('changes of an owner by another owner', async () => {
    const other = await world.member(home, 'owner');
    expect((await setRole(other.token, owner.id, 'editor')).statusCode).toBe(200);
    expect((await setRole(owner.token, other.id, 'editor')).json()).toMatchObject({ code: 'action_denied' });
  });

  it('is 404 of nobody and of a person elsewhere', async () => {
    const stranger = await world.person('Stranger');
    expect((await setRole(admin.token, newId<PersonId>(), 'viewer')).statusCode).toBe(404);
    expect((await setRole(admin.token, stranger.id, 'viewer')).statusCode).toBe(404);
  });

  it('counts an owner who is deactivated as none', async () => {
    const other = await world.member(home, 'owner');
    await world.db.control((tx) =>
      tx
        .withTables<AccessTables>()
        .updateTable('person')
        .set({ deactivated_at: world.now() })
        .where('id', '=', other.id)
        .execute(),
    );
    expect((await setRole(owner.token, owner.id, 'viewer')).json()).toMatchObject({ code: 'last_owner' });
    expect((await setRole(owner.token, other.id, 'viewer')).statusCode).toBe(200);
  });
});

describe('removing a member', () => {
  // Proves: OAuth 44.
  it('takes the groups, sessions and tokens of this workspace, and of no other', async () => {
    const elsewhere = await world.workspace(`elsewhere-${count}`);
    await world.join(elsewhere, viewer, 'viewer');
    const [here, there] = await world.db.control(async (tx) => {
      const family = (workspaceId: WorkspaceId): Promise<FamilyId> =>
        insertFamily(tx, { personId: viewer.id, workspaceId, clientAppId: null, userAgent: null }, world.now());
      for (const workspaceId of [home, elsewhere]) await insertSession(tx, viewer.id, workspaceId);
      return [await family(home), await family(elsewhere)];
    });
    const tokens = [
      await world.accessToken(viewer, home, here),
      await world.accessToken(viewer, elsewhere, there),
    ] as const;
    const group = (
      await world.ask('POST', `/workspaces/${home}/groups`, { token: admin.token, body: { name: 'Sales' } })
    ).json();
    await world.ask('POST', `/workspaces/${home}/groups/${group.id}/members/${viewer.id}`, { token: admin.token });

    expect((await remove(admin.token, viewer.id)).statusCode).toBe(204);

    expect((await world.ask('GET', '/users/me', { token: tokens[0] })).statusCode).toBe(401);
    expect((await world.ask('GET', '/users/me', { token: tokens[1] })).statusCode).toBe(200);
    // A token of no family, such as an authz token, finds no membership.
    expect((await world.ask('GET', members(), { token: viewer.token })).json()).toMatchObject({ code: 'not_a_member' });
    expect(
      (await world.ask('GET', members(), { headers: { 'x-authz-token': await world.authzToken(viewer, home) } }))
        .statusCode,
    ).toBe(403);
    const left = await world.db.control(async (tx) => {
      const tables = tx.withTables<AccessTables>();
      return {
        groups: await tables
          .selectFrom('group_member')
          .select('person_id')
          .where('person_id', '=', viewer.id)
          .execute(),
        sessions: await tables
          .selectFrom('session')
          .select(['workspace_id', 'revoked_at'])
          .where('person_id', '=', viewer.id)
          .execute(),
      };
    });
    expect(left.groups).toEqual([]);
    expect(left.sessions.filter((each) => each.revoked_at === null)).toMatchObject([{ workspace_id: elsewhere }]);
    expect((await remove(admin.token, viewer.id)).statusCode).toBe(404);

    // Coming back brings nothing back.
    await invite(admin.token, { email: viewer.email });
    expect((await world.ask('GET', '/users/me', { token: tokens[0] })).statusCode).toBe(401);
    const again = await world.ask('GET', `/workspaces/${home}/groups/${group.id}/members`, { token: admin.token });
    expect(again.json()).toEqual([]);
  });

  it.each([
    ['an admin an owner', 'admin', 'owner', 403, 'owner_required'],
    ['the last owner themselves', 'owner', 'owner', 409, 'last_owner'],
    ['a viewer anybody', 'viewer', 'admin', 403, 'action_denied'],
  ] as const)('is refused when %s', async (_what, by, whom, status, code) => {
    const who = { owner, admin, viewer };
    const answer = await remove(who[by].token, who[whom].id);
    expect([answer.statusCode, answer.json().code]).toEqual([status, code]);
    expect(Object.keys(await rolesNow())).toHaveLength(3);
  });

  // Proves: ASVS 47.
  it('leaves one of two owners who remove each other at the same time', async () => {
    for (let round = 0; round < 8; round += 1) {
      const other = await world.member(home, 'owner');
      const answers = await Promise.all([remove(owner.token, other.id), remove(other.token, owner.id)]);
      const left = Object.values(await rolesNow()).filter((role) => role === 'owner');
      expect(left).toHaveLength(1);
      expect(answers.map((each) => each.statusCode).filter((status) => status === 204)).toHaveLength(1);
      owner = (await rolesNow())[owner.id] === 'owner' ? owner : other;
    }
  });

  it('leaves one of many owners who all step down at the same time', async () => {
    const owners = [owner, await world.member(home, 'owner'), await world.member(home, 'owner')];
    const answers = await Promise.all(owners.map((each) => setRole(each.token, each.id, 'viewer')));
    expect(statusesOf(answers)).toEqual([200, 200, 409]);
    expect(Object.values(await rolesNow()).filter((role) => role === 'owner')).toHaveLength(1);
  });

  it('by somebody who is removed at the same time happens only if they were first', async () => {
    const other = await world.member(home, 'admin');
    const [first, second] = await Promise.all([remove(admin.token, other.id), remove(other.token, viewer.id)]);
    expect(first.statusCode).toBe(204);
    expect([204, 401, 403]).toContain(second.statusCode);
    expect((await remove(other.token, viewer.id)).statusCode).toBe(403);
    expect(viewer.id in (await rolesNow())).toBe(second.statusCode !== 204);
  });
});

async function insertSession(
  tx: Parameters<Parameters<WorkspacesWorld['db']['control']>[0]>[0],
  personId: PersonId,
  workspaceId: WorkspaceId,
): Promise<void> {
  const id = newRandomId<string>();
  const at = world.now();
  await tx
    .withTables<AccessTables>()
    .insertInto('session')
    .values({
      id,
      token_hash: Buffer.from(id.replaceAll('-', '')),
      person_id: personId,
      workspace_id: workspaceId,
      created_at: at,
      seen_at: at,
      expires_at: new Date(at.getTime() + 3_600_000),
    })
    .execute();
}
