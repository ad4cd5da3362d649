import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { newId, type PersonId, type WorkspaceId } from '../../platform/ids.ts';
import type { AccessTables } from '../access.tables.ts';
import { announce } from '../standing/change.store.ts';
import { insertFamily } from '../tokens/family.store.ts';
import { CREATION_LEASE_MS } from './workspace-life.store.ts';
import { createWorkspace, deleteWorkspace, finishWorkspaces } from './workspace-life.ts';
import { openWorkspacesWorld, statusesOf, type TestPerson, type WorkspacesWorld } from './workspaces.testing.ts';

let world: WorkspacesWorld;
let home: WorkspaceId;
let owner: TestPerson & { token: string };
let count = 0;

beforeAll(async () => {
  world = await openWorkspacesWorld();
});
afterAll(() => world.close());
beforeEach(async () => {
  count += 1;
  home = await world.workspace(`home-${count}`);
  owner = await world.member(home, 'owner');
});

const make = (slug: string) => world.ask('POST', '/workspaces', { token: owner.token, body: { name: 'x', slug } });
const remove = (id: string, token: string) => world.ask('DELETE', `/workspaces/${id}`, { token });
const rowsOf = (slug: string) =>
  world.db.control((tx) =>
    tx.withTables<AccessTables>().selectFrom('workspace').select(['id', 'state']).where('slug', '=', slug).execute(),
  );
const hasPlane = async (id: string): Promise<boolean> => {
  const { rows } = await world.db.engine.run('select 1 from pg_roles where rolname = $1', [
    `ws_${id.replaceAll('-', '')}`,
  ]);
  return rows.length > 0;
};
const planes = async (): Promise<number> => {
  const { rows } = await world.db.engine.run(`select count(*)::int as n from pg_namespace where nspname like 'ws\\_%'`);
  return Number(rows[0]?.['n']);
};

describe('a making that fails', () => {
  // Proves: ASVS 42.
  it.each(['provision', 'workspace', 'opened'] as const)('at the step %s leaves nothing behind', async (step) => {
    const before = await planes();
    const slug = `broken-${count}`;
    world.breakOnce(step);
    expect((await make(slug)).json()).toMatchObject({ status: 500, code: 'internal' });
    expect(await rowsOf(slug)).toEqual([]);
    expect(await planes()).toBe(before);
    expect((await make(slug)).statusCode).toBe(201);
  });

  it('and cannot be taken back at once is nobody’s workspace, and is ended later', async () => {
    const slug = `stuck-${count}`;
    world.breakOnce('opened');
    world.breakOnce('deprovision');
    expect((await make(slug)).statusCode).toBe(500);
    const [left] = await rowsOf(slug);
    expect(left?.state).toBe('deleting');
    expect((await world.ask('GET', '/workspaces', { token: owner.token })).json()).toHaveLength(1);
    await finishWorkspaces(world.deps);
    expect(await rowsOf(slug)).toEqual([]);
    expect(await hasPlane(left?.id ?? '')).toBe(false);
  });
});

describe('the number one person may make', () => {
  // Only a server runs transactions at the same time, so only there can this fail.
  it('holds when they make several at the same time', async () => {
    const made = Array.from({ length: 99 }, (_, n) => ({
      id: newId<WorkspaceId>(),
      slug: `full-${count}-${n}`,
      name: 'x',
      demo: false,
      created_by: owner.id,
      created_at: world.now(),
    }));
    await world.db.control((tx) => tx.withTables<AccessTables>().insertInto('workspace').values(made).execute());
    const answers = await Promise.all(Array.from({ length: 6 }, (_, n) => make(`more-${count}-${n}`)));
    expect(statusesOf(answers)).toEqual([201, 400, 400, 400, 400, 400]);
  });
});

describe('a making whose process died', () => {
  /** What is left when nothing runs after the plane was made. */
  async function die(slug: string): Promise<string> {
    const dying = { ...world.deps, onWorkspaceCreated: () => new Promise<never>(() => {}) };
    const act = { actorId: owner.id, power: 'owner', now: world.now() } as const;
    const order = { name: 'x', slug, description: null, owner: { ...owner, name: 'x' }, requestId: null };
    // Stops in the plane's transaction for ever, so it is cut where the row and the plane are there already.
    const stopped = { ...dying, db: { ...dying.db, workspace: () => new Promise<never>(() => {}) } };
    void createWorkspace(stopped, order, act);
    for (;;) {
      const [row] = await rowsOf(slug);
      if (row !== undefined && (await hasPlane(row.id))) return row.id;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  it('lets nobody in, holds the slug for a while, and is then cleared away by the next who wants it', async () => {
    const slug = `dead-${count}`;
    const dead = await die(slug);
    expect((await make(slug)).json()).toMatchObject({ code: 'already_exists' });
    expect(await rowsOf(slug)).toEqual([{ id: dead, state: 'creating' }]);
    expect(
      (await world.ask('GET', `/workspaces/${dead}`, { token: await world.accessToken(owner, toId(dead)) })).statusCode,
    ).toBe(403);
    world.advance(CREATION_LEASE_MS + 1);
    // Its token has expired meanwhile.
    const token = await world.accessToken(owner, home);
    const answer = await world.ask('POST', '/workspaces', { token, body: { name: 'x', slug } });
    expect(answer.statusCode).toBe(201);
    expect(answer.json().id).not.toBe(dead);
    expect(await hasPlane(dead)).toBe(false);
  });

  it('is cleared away by the care, and what is in the making is left alone', async () => {
    const dead = await die(`old-${count}`);
    world.advance(CREATION_LEASE_MS + 1);
    const young = await die(`young-${count}`);
    await finishWorkspaces(world.deps);
    expect([await hasPlane(dead), await hasPlane(young)]).toEqual([false, true]);
    expect(await rowsOf(`young-${count}`)).toEqual([{ id: young, state: 'creating' }]);
    world.advance(CREATION_LEASE_MS + 1);
    await finishWorkspaces(world.deps);
    expect(await hasPlane(young)).toBe(false);
  });
});

describe('removing a workspace', () => {
  it('removes rows, schema and roles; the activity log stays, and so does every other workspace', async () => {
    const other = await world.workspace(`other-${count}`);
    await world.join(other, owner, 'owner');
    await fill(other, owner.id);
    const answer = await remove(other, await world.accessToken(owner, other));
    expect([answer.statusCode, answer.body]).toEqual([204, '']);
    expect(await rowsOf(`other-${count}`)).toEqual([]);
    expect(await hasPlane(other)).toBe(false);
    expect(await world.activity(other)).toContain('workspace_deleted');
    expect((await world.ask('GET', '/workspaces', { token: owner.token })).json()).toMatchObject([{ id: home }]);
    expect((await world.ask('GET', `/workspaces/${home}`, { token: owner.token })).statusCode).toBe(200);
    // The slug is free again.
    expect((await make(`other-${count}`)).statusCode).toBe(201);
  });

  it.each(['viewer', 'editor', 'admin'] as const)('is refused to the role %s', async (role) => {
    const { token } = await world.member(home, role);
    expect((await remove(home, token)).json()).toMatchObject({ status: 403, code: 'owner_required' });
    expect(await hasPlane(home)).toBe(true);
  });

  it('lets nobody in from the first step on, whatever happens to the later ones, and is ended later', async () => {
    const colleague = await world.member(home, 'editor');
    world.breakOnce('deprovision');
    expect((await remove(home, owner.token)).statusCode).toBe(204);
    expect(await rowsOf(`home-${count}`)).toEqual([{ id: home, state: 'deleting' }]);
    for (const token of [owner.token, colleague.token])
      expect((await world.ask('GET', `/workspaces/${home}`, { token })).json()).toMatchObject({ code: 'not_a_member' });
    world.breakOnce('deprovision');
    await finishWorkspaces(world.deps);
    expect(await hasPlane(home)).toBe(true);
    await finishWorkspaces(world.deps);
    expect([await hasPlane(home), await rowsOf(`home-${count}`)]).toEqual([false, []]);
    await finishWorkspaces(world.deps);
  });

  it('may be asked for again by an administrator, and is not_found when it is done', async () => {
    const act = { actorId: owner.id, power: 'platform', now: world.now() } as const;
    world.breakOnce('deprovision');
    await deleteWorkspace(world.deps, home, act);
    expect(await hasPlane(home)).toBe(true);
    await deleteWorkspace(world.deps, home, act);
    expect(await hasPlane(home)).toBe(false);
    await expect(deleteWorkspace(world.deps, home, act)).rejects.toMatchObject({ code: 'not_found' });
  });

  it('twice at the same time succeeds once or twice, and never fails', async () => {
    const answers = await Promise.all([remove(home, owner.token), remove(home, owner.token)]);
    expect(answers.map((each) => each.statusCode)).toContain(204);
    for (const each of answers) expect([204, 403, 404]).toContain(each.statusCode);
    expect(await hasPlane(home)).toBe(false);
  });
});

describe('the only workspace', () => {
  it('of an installation stays, also when the last two go at the same time', async () => {
    const alone = await openWorkspacesWorld();
    try {
      const [a, b] = [await alone.workspace('aa'), await alone.workspace('bb')];
      const [ofA, ofB] = [await alone.member(a, 'owner'), await alone.member(b, 'owner')];
      const answers = await Promise.all([
        alone.ask('DELETE', `/workspaces/${a}`, { token: ofA.token }),
        alone.ask('DELETE', `/workspaces/${b}`, { token: ofB.token }),
      ]);
      expect(statusesOf(answers)).toEqual([204, 400]);
    } finally {
      await alone.close();
    }
  });
});

/** Something of everything that belongs to a workspace. */
async function fill(workspaceId: WorkspaceId, personId: PersonId): Promise<void> {
  const at = world.now();
  await world.db.control(async (tx) => {
    const tables = tx.withTables<AccessTables>();
    await insertFamily(tx, { personId, workspaceId, clientAppId: null, userAgent: null }, at);
    const hash = Buffer.alloc(32, count);
    const times = { created_at: at, expires_at: at };
    const both = { person_id: personId, workspace_id: workspaceId };
    await tables
      .insertInto('session')
      .values({ id: workspaceId, token_hash: hash, ...both, ...times, seen_at: at })
      .execute();
    await tables
      .insertInto('sign_in_link')
      .values({ token_hash: hash, kind: 'sign_in', ...both, ...times, used_at: null })
      .execute();
    await tables
      .insertInto('invitation')
      .values({
        id: workspaceId,
        workspace_id: workspaceId,
        email: 'x@y.example',
        role: 'viewer',
        invited_by: null,
        ...times,
      })
      .execute();
    await tables
      .insertInto('workspace_domain')
      .values({ workspace_id: workspaceId, domain: 'home.example', role: 'viewer' })
      .execute();
    await tables
      .insertInto('member_group')
      .values({
        id: workspaceId,
        workspace_id: workspaceId,
        name: 'g',
        description: null,
        created_by: null,
        created_at: at,
      })
      .execute();
    await tables
      .insertInto('group_member')
      .values({ group_id: workspaceId, ...both, added_at: at })
      .execute();
    await announce(tx, [{ kind: 'member', subject: `${workspaceId} ${personId}` }], at);
  });
}

function toId(text: string): WorkspaceId {
  return text as WorkspaceId;
}
