// Every route × every role, and every id of another workspace: what is refused must leave no trace.
import type { WorkspaceRole } from '@sentinel/contract';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { newId, type WorkspaceId } from '../../platform/ids.ts';
import type { AccessTables } from '../access.tables.ts';
import { announce } from '../standing/change.store.ts';
import { listActiveWorkspaces } from './workspace.store.ts';
import {
  type Method,
  openWorkspacesWorld,
  SERVICE_KEY,
  type TestPerson,
  type WorkspacesWorld,
} from './workspaces.testing.ts';
import { workspaceRoutes } from './workspaces.routes.ts';

type Someone = TestPerson & { readonly token: string };
interface Place {
  readonly id: WorkspaceId;
  readonly owner: Someone;
  readonly admin: Someone;
  readonly editor: Someone;
  readonly viewer: Someone;
  /** Somebody to act upon. */
  readonly other: TestPerson;
  readonly group: string;
  readonly invitation: string;
}

let world: WorkspacesWorld;
let settled: Place | undefined;
let here: Place;
let there: Place;
let count = 0;

beforeAll(async () => {
  world = await openWorkspacesWorld();
  there = await settle(await world.workspace('there'));
});
afterAll(() => world.close());
beforeEach(async () => {
  count += 1;
  const isKnown = (await world.db.control((tx) => listActiveWorkspaces(tx))).some((each) => each.id === settled?.id);
  settled = await settle(settled !== undefined && isKnown ? settled.id : await world.workspace(`here-${count}`));
  here = settled;
});

/** A workspace with new people. Making its plane takes longest, so one that is still there is cleared and used again. */
async function settle(id: WorkspaceId): Promise<Place> {
  await world.db.control(async (tx) => {
    for (const table of ['member', 'member_group', 'invitation', 'workspace_domain'] as const)
      await tx.withTables<AccessTables>().deleteFrom(table).where('workspace_id', '=', id).execute();
    await announce(tx, [{ kind: 'workspace', subject: id }], world.now());
  });
  const [owner, admin, editor] = [
    await world.member(id, 'owner'),
    await world.member(id, 'admin'),
    await world.member(id, 'editor'),
  ];
  const [viewer, other] = [await world.member(id, 'viewer'), await world.member(id, 'viewer')];
  const make = async (url: string, body: object) =>
    (await world.ask('POST', url, { token: owner.token, body })).json().id;
  const group = await make(`/workspaces/${id}/groups`, { name: 'Sales' });
  await world.ask('POST', `/workspaces/${id}/groups/${group}/members/${viewer.id}`, { token: owner.token });
  const invitation = await make('/v1/invitations', { email: `new@${id}.example` });
  return { id, owner, admin, editor, viewer, other, group, invitation };
}

interface Row {
  readonly method: Method;
  /** The route's pattern, which must be one that is served. */
  readonly path: string;
  url(place: Place): string;
  body?(): object;
  readonly least: WorkspaceRole | 'anybody';
  readonly status: number;
  readonly flex?: true;
}

const W = '/workspaces/:workspaceId';
const ROWS: readonly Row[] = [
  { method: 'GET', path: '/users/me', url: () => '/users/me', least: 'anybody', status: 200, flex: true },
  { method: 'PATCH', path: '/users/me', url: () => '/users/me', body: () => ({}), least: 'anybody', status: 200 },
  { method: 'GET', path: '/workspaces', url: () => '/workspaces', least: 'anybody', status: 200 },
  {
    method: 'POST',
    path: '/workspaces',
    url: () => '/workspaces',
    body: () => ({ name: 'x', slug: `new-${(count += 1)}` }),
    least: 'anybody',
    status: 201,
  },
  { method: 'GET', path: W, url: ({ id }) => `/workspaces/${id}`, least: 'viewer', status: 200 },
  {
    method: 'PATCH',
    path: W,
    url: ({ id }) => `/workspaces/${id}`,
    body: () => ({ name: 'y' }),
    least: 'admin',
    status: 200,
  },
  { method: 'DELETE', path: W, url: ({ id }) => `/workspaces/${id}`, least: 'owner', status: 204 },
  {
    method: 'GET',
    path: `${W}/members`,
    url: ({ id }) => `/workspaces/${id}/members`,
    least: 'viewer',
    status: 200,
    flex: true,
  },
  {
    method: 'POST',
    path: `${W}/members/invite`,
    url: ({ id }) => `/workspaces/${id}/members/invite`,
    body: () => ({ email: invitee.email }),
    least: 'admin',
    status: 201,
  },
  {
    method: 'PATCH',
    path: `${W}/members/:personId`,
    url: ({ id, other }) => `/workspaces/${id}/members/${other.id}`,
    body: () => ({ role: 'editor' }),
    least: 'admin',
    status: 200,
  },
  {
    method: 'DELETE',
    path: `${W}/members/:personId`,
    url: ({ id, other }) => `/workspaces/${id}/members/${other.id}`,
    least: 'admin',
    status: 204,
  },
  {
    method: 'POST',
    path: `${W}/groups`,
    url: ({ id }) => `/workspaces/${id}/groups`,
    body: () => ({ name: 'Support' }),
    least: 'admin',
    status: 201,
  },
  {
    method: 'GET',
    path: `${W}/groups`,
    url: ({ id }) => `/workspaces/${id}/groups`,
    least: 'viewer',
    status: 200,
    flex: true,
  },
  {
    method: 'PATCH',
    path: `${W}/groups/:groupId`,
    url: ({ id, group }) => `/workspaces/${id}/groups/${group}`,
    body: () => ({ name: 'z' }),
    least: 'admin',
    status: 200,
  },
  {
    method: 'DELETE',
    path: `${W}/groups/:groupId`,
    url: ({ id, group }) => `/workspaces/${id}/groups/${group}`,
    least: 'admin',
    status: 204,
  },
  {
    method: 'GET',
    path: `${W}/groups/:groupId/members`,
    url: ({ id, group }) => `/workspaces/${id}/groups/${group}/members`,
    least: 'viewer',
    status: 200,
    flex: true,
  },
  {
    method: 'POST',
    path: `${W}/groups/:groupId/members/:personId`,
    url: ({ id, group, other }) => `/workspaces/${id}/groups/${group}/members/${other.id}`,
    least: 'admin',
    status: 201,
  },
  {
    method: 'DELETE',
    path: `${W}/groups/:groupId/members/:personId`,
    url: ({ id, group, viewer }) => `/workspaces/${id}/groups/${group}/members/${viewer.id}`,
    least: 'admin',
    status: 204,
  },
  {
    method: 'POST',
    path: '/v1/invitations',
    url: () => '/v1/invitations',
    body: () => ({ email: 'x@home.example' }),
    least: 'admin',
    status: 201,
  },
  { method: 'GET', path: '/v1/invitations', url: () => '/v1/invitations', least: 'admin', status: 200 },
  {
    method: 'DELETE',
    path: '/v1/invitations/:invitationId',
    url: ({ invitation }) => `/v1/invitations/${invitation}`,
    least: 'admin',
    status: 204,
  },
  { method: 'GET', path: '/v1/workspace-domains', url: () => '/v1/workspace-domains', least: 'admin', status: 200 },
  {
    method: 'PUT',
    path: '/v1/workspace-domains',
    url: () => '/v1/workspace-domains',
    body: () => ({ domains: [] }),
    least: 'admin',
    status: 200,
  },
];

const ROLES = ['viewer', 'editor', 'admin', 'owner'] as const;
const ranks = { anybody: 0, viewer: 0, editor: 1, admin: 2, owner: 3 } as const;
let invitee: TestPerson;
beforeEach(async () => {
  invitee = await world.person('Invitee');
});

const ask = (row: Row, token: string | undefined, place: Place = here) =>
  world.ask(row.method, row.url(place), {
    ...(token === undefined ? {} : { token }),
    ...(row.body === undefined ? {} : { body: row.body() }),
  });

/** All that a place has, apart from its log, where refusals are written down. */
async function everythingOf({ id }: Place): Promise<string> {
  const { rows } = await world.db.control((tx) =>
    sql`
      select (select json_agg(w) from workspace w where id = ${id}) as workspace,
             (select json_agg(m order by person_id) from member m where workspace_id = ${id}) as members,
             (select json_agg(g order by id) from member_group g where workspace_id = ${id}) as groups,
             (select json_agg(p order by group_id, person_id) from group_member p where workspace_id = ${id}) as placed,
             (select json_agg(i order by id) from invitation i where workspace_id = ${id}) as invitations,
             (select json_agg(a order by id) from activity a where workspace_id = ${id}) as activity
    `.execute(tx),
  );
  return JSON.stringify(rows);
}

describe('the table below', () => {
  // Proves: ASVS 1.
  it('has every route there is, and each is open to registered pages when the SDKs call it', () => {
    const served = workspaceRoutes(world.deps);
    expect(ROWS.map((row) => `${row.method} ${row.path}`).toSorted()).toEqual(
      served.map((route) => `${route.method} ${route.path}`).toSorted(),
    );
    for (const route of served) expect(route.cross).toBe(!route.path.startsWith('/v1/'));
  });
});

describe.each(ROWS.map((row) => [`${row.method} ${row.path}`, row] as const))('%s', (_name, row) => {
  // Proves: ASVS 2.
  it.each(ROLES)('asked by a %s', async (role) => {
    const before = await everythingOf(here);
    const answer = await ask(row, here[role].token);
    if (ranks[role] >= ranks[row.least]) {
      expect([answer.statusCode, answer.statusCode === 204 ? answer.body : '']).toEqual([row.status, '']);
    } else {
      expect(answer.statusCode).toBe(403);
      expect(['action_denied', 'owner_required']).toContain(answer.json().code);
      expect(answer.json().detail).toEqual(expect.any(String));
      expect(await everythingOf(here)).toBe(before);
    }
  });

  it('asked without a token, with a made-up one, and with an authz token', async () => {
    expect((await ask(row, undefined)).statusCode).toBe(401);
    expect((await ask(row, 'made-up')).statusCode).toBe(401);
    const authz = await world.authzToken(here.owner, here.id);
    const headers = { 'x-service-key': SERVICE_KEY };
    const payload = row.body === undefined ? {} : { body: row.body() };
    const answer = await world.ask(row.method, row.url(here), { token: authz, headers, ...payload });
    expect(answer.statusCode).toBe(row.flex === true ? row.status : 401);
  });

  // Proves: OAuth 20, ASVS 3, ASVS 9.
  it('asked with the ids of another workspace changes and tells nothing of it', async () => {
    if (!/:/.test(row.path)) return;
    const before = await everythingOf(there);
    // All ids of the other one; then each id alone in a path that is ours otherwise.
    const mixes: Place[] = [
      there,
      { ...here, group: there.group },
      { ...here, other: there.other, viewer: there.viewer },
      { ...here, invitation: there.invitation },
      { ...there, id: here.id },
    ];
    for (const mix of mixes.filter((each) => row.url(each) !== row.url(here))) {
      const answer = await ask(row, here.owner.token, mix);
      expect([400, 403, 404]).toContain(answer.statusCode);
      expect(answer.body).not.toMatch(new RegExp(`The there|${there.viewer.id}|${there.other.email}`));
    }
    expect(await everythingOf(there)).toBe(before);
  });

  // Proves: ASVS 45.
  it('asked with what is no id, or of nothing', async () => {
    if (!/:/.test(row.path)) return;
    const wrong = ['__proto__', 'constructor', '%00', '..%2f..', "'%20or%201=1--", '0'.repeat(31), `${'0'.repeat(36)}`];
    for (const text of wrong) {
      const bad = (path: string) => path.replace(/[0-9a-f]{8}-[0-9a-f-]{27}(?=$|[^0-9a-f-][^0-9]*$)/, text);
      const url = bad(row.url(here));
      const payload = row.body === undefined ? {} : { body: row.body() };
      const answer = await world.ask(row.method, url, { token: here.owner.token, ...payload });
      expect([404, 422]).toContain(answer.statusCode);
    }
    const nothing = { ...here, id: newId<WorkspaceId>(), group: newId<string>(), invitation: newId<string>() };
    expect([403, 404]).toContain((await ask(row, here.owner.token, nothing)).statusCode);
  });
});

describe('a session of the console', () => {
  it('is as good as a token, from our own pages', async () => {
    const { insertSession } = await import('../identity/session.store.ts');
    const { mintToken } = await import('../identity/secret-token.ts');
    const { randomBytes } = await import('node:crypto');
    const secret = mintToken(randomBytes);
    await world.db.control((tx) =>
      insertSession(
        tx,
        secret,
        { personId: here.admin.id, workspaceId: here.id, label: null, via: 'link' },
        world.now(),
      ),
    );
    const from = (origin: string) => ({ cookie: `sentinel_session_9003=${secret.token}`, origin });
    const make = (origin: string) =>
      world.ask('POST', '/v1/invitations', { headers: from(origin), body: { email: 'new@console.example' } });
    expect((await make('https://evil.example')).json()).toMatchObject({ code: 'cross_site' });
    expect((await make('http://localhost:9003')).statusCode).toBe(201);
    const list = await world.ask('GET', `/workspaces/${here.id}/members`, { headers: from('http://localhost:9003') });
    expect(list.json()).toHaveLength(5);
  });
});
