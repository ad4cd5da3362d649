import { Session } from '@sentinel/contract';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parseId, type WorkspaceId } from '../../platform/ids.ts';
import { createSetupLink, listActiveWorkspaces, listMemberAddresses } from '../access.ts';
import { LINK_LIFETIME_MS } from '../identity/sign-in-link.ts';
import { type AccessWorld, cookieOf, openAccessWorld, tokenOf, withCookie } from '../testing.ts';
import { claimSetup } from './set-up.store.ts';

let world: AccessWorld;
beforeAll(async () => {
  world = await openAccessWorld();
}, 120_000);
beforeEach(() => world.reset());
afterAll(() => world.close());

const owner = {
  workspaceName: 'Höfer & Söhne',
  ownerName: 'Ada Example',
  ownerEmail: 'Ada@Bücher.example',
  ownDomains: ['home.example'],
};
const setUp = (token: string, changes: object = {}) =>
  world.ask('POST', '/v1/setup', { payload: { ...owner, token, ...changes } });
const newLink = async () => tokenOf(await createSetupLink(world.deps));
const workspaces = () => world.db.control(listActiveWorkspaces);
const isNeeded = async () => (await world.ask('GET', '/v1/setup')).json().needed;

async function theWorkspace(): Promise<WorkspaceId> {
  const [workspace] = await workspaces();
  if (workspace === undefined) throw new Error('no workspace');
  return workspace.id;
}

describe('the setup', () => {
  it('makes the workspace and its owner and signs the owner in', async () => {
    expect(await isNeeded()).toBe(true);
    const answer = await setUp(await newLink());
    expect(answer.statusCode).toBe(201);
    const session = Session.parse(answer.json());
    expect(session).toMatchObject({
      role: 'owner',
      demo: false,
      person: { name: 'Ada Example', email: 'Ada@xn--bcher-kva.example' },
      workspace: { name: 'Höfer & Söhne', slug: 'hofer-sohne' },
    });
    expect(await isNeeded()).toBe(false);
    expect((await world.ask('GET', '/v1/session', withCookie(cookieOf(answer)))).json()).toEqual(session);
    const id = await theWorkspace();
    expect(await listMemberAddresses(world.db, id)).toEqual(['Ada@xn--bcher-kva.example']);
    expect(world.created).toMatchObject([
      { workspaceId: id, ownDomains: ['home.example'], ownerEmail: 'Ada@xn--bcher-kva.example' },
    ]);
    expect((await world.audit(id)).map((row) => row.event)).toEqual([
      'workspace.created',
      'member.added',
      'session.started',
    ]);
  });

  it('is won by exactly one of many simultaneous claims', async () => {
    const token = await newLink();
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, n) => setUp(token, { ownerEmail: `owner${n}@home.example` })),
    );
    expect(answers.filter((each) => each.statusCode === 201)).toHaveLength(1);
    for (const each of answers.filter((one) => one.statusCode !== 201))
      expect(['already_set_up', 'link_invalid']).toContain(each.json().code);
    expect(await workspaces()).toHaveLength(1);
    expect(await listMemberAddresses(world.db, await theWorkspace())).toHaveLength(1);
    expect(world.created).toHaveLength(1);
  });

  it('cannot be done a second time, with the used link or any other', async () => {
    const token = await newLink();
    await setUp(token);
    expect((await setUp(token)).statusCode).toBeGreaterThanOrEqual(400);
    expect(await createSetupLink(world.deps)).toBeNull();
  });

  it.each(['provision', 'created', 'workspace'] as const)(
    'goes on after a crash at the step %s, with the same link',
    async (step) => {
      const token = await newLink();
      world.breakOnce(step);
      expect((await setUp(token)).json()).toMatchObject({ status: 500, code: 'internal' });
      expect(await isNeeded()).toBe(true);
      expect((await setUp(token)).statusCode).toBe(201);
      expect(await workspaces()).toHaveLength(1);
      expect((await world.audit(await theWorkspace())).filter((row) => row.event === 'workspace.created')).toHaveLength(
        1,
      );
    },
  );

  it('goes on after the process died while it held the claim, with a new link', async () => {
    const token = await newLink();
    // Dying leaves the claim behind: nothing after this point runs, not even the release.
    const { deps } = world;
    const left = await world.db.control((tx) => claimSetup(tx, deps.clock.now()));
    if (typeof left === 'string') throw new Error('the claim was not given');
    await world.db.provision(left.workspaceId);
    expect((await setUp(await newLink())).statusCode).toBe(201);
    expect(await theWorkspace()).toBe(left.workspaceId);
    expect((await setUp(token)).statusCode).toBeGreaterThanOrEqual(400);
  });

  it('records nothing twice when it died after its audit rows, but says that it was resumed', async () => {
    const token = await newLink();
    // The slug is taken, so the last transaction fails after the rows are written.
    const blocker = parseId<WorkspaceId>('0190f3a0-0000-7000-8000-000000000000');
    if (blocker === null) throw new Error('no id');
    await world.db.control((tx) =>
      tx
        .insertInto('workspace')
        .values({ id: blocker, slug: 'hofer-sohne', name: 'x', state: 'suspended', created_at: world.now() })
        .execute(),
    );
    expect((await setUp(token)).statusCode).toBe(500);
    await world.db.control((tx) => tx.deleteFrom('workspace').where('id', '=', blocker).execute());
    expect((await setUp(token)).statusCode).toBe(201);
    const rows = await world.audit(await theWorkspace());
    expect(rows.filter((row) => row.event === 'workspace.created').map((row) => row.detail)).toEqual([
      '{}',
      '{"resumed":true}',
    ]);
    expect(world.created).toHaveLength(1);
  });

  it('answers a problem of the first policy and can be sent again', async () => {
    const token = await newLink();
    const bad = await setUp(token, { ownerEmail: 'no address' });
    expect(bad.json()).toMatchObject({
      status: 422,
      code: 'invalid_request',
      errors: [{ pointer: '/body/ownerEmail' }],
    });
    expect((await setUp(token)).statusCode).toBe(201);
  });

  it('takes only the newest link, for thirty minutes', async () => {
    const first = await newLink();
    const second = await newLink();
    expect((await setUp(first)).json()).toMatchObject({ code: 'link_invalid' });
    world.advance(LINK_LIFETIME_MS);
    expect((await setUp(second)).json()).toMatchObject({ code: 'link_invalid' });
    world.advance(-1);
    expect((await setUp(second)).statusCode).toBe(201);
  });

  it('is refused from another machine and behind a proxy', async () => {
    const token = await newLink();
    const from = (how: object) => world.ask('POST', '/v1/setup', { payload: { ...owner, token }, ...how });
    expect((await from({ remoteAddress: '192.0.2.9' })).json()).toMatchObject({ code: 'link_invalid' });
    expect((await from({ headers: { 'x-forwarded-for': '192.0.2.9' } })).json()).toMatchObject({
      code: 'link_invalid',
    });
    expect((await from({})).statusCode).toBe(201);
  });

  it('puts the secret only into the fragment of the link', async () => {
    const link = await createSetupLink(world.deps);
    const url = new URL(link?.url ?? '');
    expect(url.pathname + url.search).toBe('/console/setup');
    expect(url.hash).toMatch(/^#[A-Za-z0-9_-]{43}$/);
  });
});
