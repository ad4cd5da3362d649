// One consent at a provider, several connections on it, in one workspace and in others: it is given back with the last of them,
// and nobody's attempt, disconnecting or bad moment ends what somebody else has.
import { CONNECTION_PROVIDERS, type ConnectionProvider, Disconnected } from '@sentinel/contract';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type ConnectionId, newId, type WorkspaceId } from '../../../platform/ids.ts';
import { withAccess } from './access-to.ts';
import { addWorkspace, type ConnectionWorld, openConnectionWorld } from './connection.testing.ts';
import { disconnect } from './disconnect.ts';
import { claim } from './grant-holder.store.ts';

let world: ConnectionWorld;
let here: WorkspaceId;
let there: WorkspaceId;
beforeAll(async () => {
  world = await openConnectionWorld();
}, 120_000);
afterAll(() => world.close());
beforeEach(async () => {
  [here, there] = [newId<WorkspaceId>(), newId<WorkspaceId>()];
  await world.db.control((tx) => sql`delete from grant_holder`.execute(tx));
  for (const id of [here, there]) await addWorkspace(world.db, id);
  for (const provider of CONNECTION_PROVIDERS) Object.assign(world.fake.account(provider), STEADY);
  world.session.live = true;
  enter(here);
  world.fake.asked.length = 0;
});

const STEADY = {
  token: 'ok',
  data: 'ok',
  revoke: 'ok',
  refreshable: true,
  withheld: [],
  hold: null,
  subject: 'one-person',
} as const;
const SHARING = ['hubspot', 'gmail', 'calendar', 'slack'] as const;

const enter = (workspaceId: WorkspaceId) => void (world.session.caller = { ...world.caller, workspaceId });
const connectIn = async (workspaceId: WorkspaceId, provider: ConnectionProvider): Promise<ConnectionId> => {
  enter(workspaceId);
  return await world.connect(provider);
};
const disconnectIn = async (workspaceId: WorkspaceId, id: ConnectionId) => {
  enter(workspaceId);
  return Disconnected.parse((await world.ask('DELETE', `/v1/connections/${id}`)).json()).revocation;
};
const refusedIn = async (workspaceId: WorkspaceId, provider: ConnectionProvider) => {
  enter(workspaceId);
  return (await world.finish(provider, await world.begin(provider))).headers.location;
};
const revocations = () => world.fake.asked.filter((each) => each.endsWith(' revoke')).length;
const countIn = async (workspaceId: WorkspaceId) => {
  const { rows } = await world.db.workspace(workspaceId, (tx) => sql`select from connection`.execute(tx));
  return rows.length;
};
const check = (workspaceId: WorkspaceId, connectionId: ConnectionId, provider: ConnectionProvider) =>
  withAccess(world.deps, { workspaceId, connectionId }, (access) =>
    access.ask({
      ...(world.deps.providers.find(provider)?.probe ?? { path: '/', method: 'GET' }),
      answer: z.unknown(),
    }),
  );

describe.each(SHARING)('%s of one account in two workspaces', (provider) => {
  it('is given back with the last, whichever that is', async () => {
    const [mine, theirs] = [await connectIn(here, provider), await connectIn(there, provider)];
    expect(await disconnectIn(here, mine)).toBe('shared');
    expect(revocations()).toBe(0);
    expect(await check(there, theirs, provider)).toMatchObject({ kind: 'ok' });
    expect(await disconnectIn(there, theirs)).toBe('revoked');
  });

  it('disconnected in both at once: exactly one gives it back', async () => {
    const ids = [await connectIn(here, provider), await connectIn(there, provider)] as const;
    const order = (workspaceId: WorkspaceId, connectionId: ConnectionId) =>
      disconnect(world.deps, { ref: { workspaceId, connectionId }, data: 'keep', entry: ENTRY });
    const done = await Promise.all([order(here, ids[0]), order(there, ids[1])]);
    expect(done.filter(({ revocation }) => revocation === 'shared')).toHaveLength(1);
    expect(revocations()).toBeGreaterThan(0);
  });

  it('is not ended by an attempt elsewhere that is refused', async () => {
    const theirs = await connectIn(there, provider);
    const before = world.fake.account(provider).scopes ?? [];
    world.fake.account(provider).withheld = [...before];
    expect(await refusedIn(here, provider)).toBe('/console/sources?refused=scopes_missing');
    expect(revocations()).toBe(0);
    expect(await disconnectIn(there, theirs)).not.toBe('shared');
  });

  it('that was removed with its workspace holds nothing', async () => {
    const mine = await connectIn(here, provider);
    await connectIn(there, provider);
    await world.db.control((tx) => sql`delete from workspace where id = ${there}`.execute(tx));
    expect(await disconnectIn(here, mine)).not.toBe('shared');
    expect(revocations()).toBeGreaterThan(0);
  });

  it('asked for while the other was given back: is refused, as it may be dead, and connects at the next attempt', async () => {
    const theirs = await connectIn(there, provider);
    enter(here);
    const begun = await world.begin(provider);
    const held = hold(provider);
    const coming = world.finish(provider, begun);
    await arrived(() => world.fake.asked.filter((each) => each === `${provider} authorization_code`).length === 2);
    world.fake.account(provider).hold = null;
    const ref = { workspaceId: there, connectionId: theirs };
    await disconnect(world.deps, { ref, data: 'keep', entry: ENTRY });
    held.release();
    expect((await coming).headers.location).toBe('/console/sources?refused=provider_unreachable');
    expect(await countIn(here)).toBe(0);
    expect(await check(here, await connectIn(here, provider), provider)).toMatchObject({ kind: 'ok' });
  });
});

describe('one consent', () => {
  it('of Gmail here and Calendar there is given back with the last', async () => {
    const [mail, meetings] = [await connectIn(here, 'gmail'), await connectIn(there, 'calendar')];
    expect(await disconnectIn(here, mail)).toBe('shared');
    expect(await disconnectIn(there, meetings)).toBe('revoked');
  });

  it('of another person is nobody’s business', async () => {
    const mine = await connectIn(here, 'gmail');
    world.fake.account('gmail').subject = 'somebody-else';
    await connectIn(there, 'gmail');
    expect(await disconnectIn(here, mine)).not.toBe('shared');
  });

  it('is each one’s own at Salesforce', async () => {
    const [mine] = [await connectIn(here, 'salesforce'), await connectIn(there, 'salesforce')];
    expect(await disconnectIn(here, mine)).not.toBe('shared');
    expect(revocations()).toBeGreaterThan(0);
  });

  it('is named in the control plane by no account id', async () => {
    await connectIn(here, 'gmail');
    const { rows } = await world.db.control((tx) =>
      sql<{ text: string }>`select row_to_json(g)::text as text from grant_holder g`.execute(tx),
    );
    expect(rows).toHaveLength(1);
    expect(rows[0]?.text).not.toContain('one-person');
    expect(rows[0]?.text).not.toContain(Buffer.from('one-person').toString('hex'));
  });
});

describe('connecting anew', () => {
  it('at Salesforce gives the replaced grant back, once the new one is kept', async () => {
    const id = await connectIn(here, 'salesforce');
    expect(revocations()).toBe(0);
    expect(await connectIn(here, 'salesforce')).toBe(id);
    expect(revocations()).toBeGreaterThan(0);
    expect(await check(here, id, 'salesforce')).toMatchObject({ kind: 'ok' });
  });

  it.each(SHARING)('at %s gives nothing back, or the new grant would end with the old', async (provider) => {
    const id = await connectIn(here, provider);
    expect(await connectIn(here, provider)).toBe(id);
    expect(revocations()).toBe(0);
  });

  it.each(CONNECTION_PROVIDERS)('%s while it is disconnected: the new grant stays', async (provider) => {
    const id = await connectIn(here, provider);
    world.fake.asked.length = 0;
    let isFirst = true;
    const control: typeof world.db.control = async (work) => {
      if (isFirst) {
        isFirst = false;
        await world.connect(provider);
        world.fake.asked.length = 0;
      }
      return await world.db.control(work);
    };
    const deps = { ...world.deps, db: { ...world.db, control } };
    const order = { ref: { workspaceId: here, connectionId: id }, data: 'keep', entry: ENTRY } as const;
    await expect(disconnect(deps, order)).rejects.toMatchObject({ code: 'revision_conflict' });
    expect(revocations()).toBe(0);
    expect(await check(here, id, provider)).toMatchObject({ kind: 'ok' });
    expect(await disconnectIn(here, id)).toBe('revoked');
  });

  it('and about to be kept: disconnecting waits for another time', async () => {
    const id = await connectIn(here, 'gmail');
    const holder = { workspaceId: here, provider: 'gmail', accountId: 'one-person' } as const;
    await world.db.control((tx) => claim(tx, ['gmail', 'calendar'], holder, new Date()));
    const order = { ref: { workspaceId: here, connectionId: id }, data: 'keep', entry: ENTRY } as const;
    await expect(disconnect(world.deps, order)).rejects.toMatchObject({ code: 'revision_conflict' });
    expect(revocations()).toBe(0);
  });

  it('for somebody who signed out while the provider was asked keeps nothing', async () => {
    enter(here);
    const begun = await world.begin('hubspot');
    const held = hold('hubspot');
    const coming = world.finish('hubspot', begun);
    await arrived(() => world.fake.asked.includes('hubspot authorization_code'));
    world.session.live = false;
    held.release();
    expect((await coming).headers.location).toBe('/console/sources?refused=not_allowed');
    expect(await countIn(here)).toBe(0);
    expect(revocations()).toBeGreaterThan(0);
  });
});

const ENTRY = {
  event: 'connection.removed',
  actor: { kind: 'system', id: null, name: 'test' },
  requestId: null,
  recorded: false,
  record: async () => {},
} as const;

function hold(provider: ConnectionProvider): { release: () => void } {
  let release = (): void => {};
  world.fake.account(provider).hold = new Promise((resolve) => {
    release = resolve;
  });
  return { release: () => release() };
}

async function arrived(happened: () => boolean): Promise<void> {
  while (!happened()) await new Promise((resolve) => setTimeout(resolve, 5));
}
