// Every provider against every way in which credentials go stale: the connection must end in the state the design says, with
// nothing of a token in the log, the audit log or the events.
import { CONNECTION_PROVIDERS, type ConnectionProvider } from '@sentinel/contract';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { ConnectionId } from '../../../platform/ids.ts';
import { type Answered, withAccess } from './access-to.ts';
import type { ConnectionDeps } from './connection-deps.ts';
import { type ConnectionWorld, openConnectionWorld, testVault } from './connection.testing.ts';
import { takeLease } from './credential.store.ts';
import { disconnect } from './disconnect.ts';
import { startFakeProviders } from './fake-providers.testing.ts';

let world: ConnectionWorld;
let id: ConnectionId;
beforeAll(async () => {
  world = await openConnectionWorld();
}, 120_000);
afterAll(async () => {
  // Whatever happened in this file, nothing of it was written down.
  const stored = (await world.dump()).replaceAll('canary@mail.example', '');
  expect(`${stored}${world.lines.join('\n')}`).not.toContain('canary');
  expect(world.lines.length).toBeGreaterThan(0);
  await world.close();
});

const use = (deps: ConnectionDeps = world.deps): Promise<Answered<unknown>> =>
  withAccess(deps, { workspaceId: world.workspaceId, connectionId: id }, (access) =>
    access.ask({
      ...(world.deps.providers.find(provider)?.probe ?? { path: '/', method: 'GET' }),
      answer: z.unknown(),
      retry: 'never',
    }),
  );
let provider: ConnectionProvider;
const fake = () => world.fake.account(provider);
const refreshes = () => world.fake.count(provider, 'refresh');
const standing = async () => {
  const { state, reason, trouble } = await world.row(id);
  return [state, reason, trouble?.kind ?? null];
};
/** The access token at hand has run out. */
const expire = () => world.advance(13 * 3_600_000);
/** The provider no longer takes the access token, whatever its end. */
const cutOff = () => void (fake().access = 'canary-other');
const revokeAll = () => void Object.assign(fake(), { access: null, refresh: null });

async function connected(name: ConnectionProvider): Promise<void> {
  provider = name;
  const steady = { token: 'ok', data: 'ok', revoke: 'ok', refreshable: true, withheld: [], hold: null } as const;
  Object.assign(fake(), steady, { rotates: name === 'salesforce' || name === 'slack' });
  id = await world.connect(name);
  world.fake.asked.length = 0;
}

describe.each(CONNECTION_PROVIDERS)('%s', (name) => {
  beforeEach(() => connected(name));

  it('expired: is renewed once, before it is used', async () => {
    expire();
    expect(await use()).toMatchObject({ kind: 'ok' });
    expect(await use()).toMatchObject({ kind: 'ok' });
    expect(refreshes()).toBe(1);
    expect(await standing()).toEqual(['connected', null, null]);
  });

  it('refused before its end: is renewed once and the request made again', async () => {
    cutOff();
    expect(await use()).toMatchObject({ kind: 'ok' });
    expect(refreshes()).toBe(1);
  });

  it('refused for ever: one refresh for each request, and the connection stays', async () => {
    fake().data = 'unauthorised';
    expect(await use()).toMatchObject({ kind: 'trouble', trouble: 'unreachable' });
    expect(refreshes()).toBe(1);
    expect(world.fake.count(provider, 'data')).toBe(2);
    expect(await standing()).toEqual(['connected', null, 'unreachable']);
  });

  it('run out and then refused for ever: still one refresh for each request', async () => {
    expire();
    fake().data = 'unauthorised';
    expect(await use()).toMatchObject({ kind: 'trouble', trouble: 'unreachable' });
    expect(refreshes()).toBe(1);
    expect(world.fake.count(provider, 'data')).toBe(1);
  });

  it('revoked: needs attention, and says so once', async () => {
    const before = (await world.audit()).length;
    revokeAll();
    expect(await use()).toMatchObject({ kind: 'not_connected', reason: 'revoked' });
    expect(await use()).toMatchObject({ kind: 'not_connected', reason: 'revoked' });
    expect(await standing()).toEqual(['needs_attention', 'revoked', null]);
    expect((await world.audit()).slice(before).map(({ event }) => event)).toEqual(['connection.needs_attention']);
    expect(refreshes()).toBe(1);
  });

  it('rotated: the new refresh token is kept, and the next refresh uses it', async () => {
    fake().rotates = true;
    for (let round = 1; round <= 3; round += 1) {
      expire();
      expect(await use()).toMatchObject({ kind: 'ok' });
    }
    expect(refreshes()).toBe(3);
  });

  it('raced by two processes: one of them refreshes, both go on', async () => {
    fake().rotates = true;
    expire();
    const other = world.secondProcess();
    const answers = await Promise.all([use(), use(other), use(), use(other), use(other)]);
    expect(answers.map(({ kind }) => kind)).toEqual(['ok', 'ok', 'ok', 'ok', 'ok']);
    expect(refreshes()).toBe(1);
  });

  it('wrong client secret: nobody is disconnected, and it mends by itself', async () => {
    expire();
    fake().token = 'wrong_secret';
    expect(await use()).toMatchObject({ kind: 'trouble', trouble: 'client_refused' });
    expect(await standing()).toEqual(['connected', null, 'client_refused']);
    fake().token = 'ok';
    expect(await use()).toMatchObject({ kind: 'ok' });
    expect(await standing()).toEqual(['connected', null, null]);
  });

  it('429 storm at the token endpoint: waits, and mends by itself', async () => {
    expire();
    fake().token = 'limited';
    expect(await use()).toMatchObject({ kind: 'trouble', trouble: 'limited' });
    expect(await standing()).toEqual(['connected', null, 'limited']);
    fake().token = 'ok';
    expect(await use()).toMatchObject({ kind: 'ok' });
  });

  it('429 storm at the data: waits, without a refresh', async () => {
    fake().data = 'limited';
    expect(await use()).toMatchObject({ kind: 'trouble', trouble: 'limited' });
    expect(refreshes()).toBe(0);
    expect(await standing()).toEqual(['connected', null, 'limited']);
  });

  it.each(['down', 'broken'] as const)('outage (%s): nobody is disconnected, and it mends by itself', async (how) => {
    fake().data = how;
    expect(await use()).toMatchObject({ kind: 'trouble', trouble: 'unreachable' });
    expire();
    fake().token = how;
    expect(await use()).toMatchObject({ kind: 'trouble', trouble: 'unreachable' });
    expect(await standing()).toEqual(['connected', null, 'unreachable']);
    Object.assign(fake(), { data: 'ok', token: 'ok' });
    expect(await use()).toMatchObject({ kind: 'ok' });
    expect(await standing()).toEqual(['connected', null, null]);
  });

  it.each(['lost', 'garbage'] as const)(
    'answer of a refresh lost (%s): told for what it is, and asked once',
    async (how) => {
      expire();
      fake().token = how;
      expect(await use()).toMatchObject({ kind: 'trouble', trouble: 'unreachable' });
      fake().token = 'ok';
      const rotates = name === 'salesforce' || name === 'slack';
      expect(await use()).toMatchObject(rotates ? { kind: 'not_connected', reason: 'refresh_lost' } : { kind: 'ok' });
      expect(await use()).toMatchObject(rotates ? { kind: 'not_connected', reason: 'refresh_lost' } : { kind: 'ok' });
      expect(refreshes()).toBe(2);
    },
  );

  it('killed in the middle of a refresh: the next process waits for the lease, then tries once', async () => {
    expire();
    await dieRefreshing();
    if (fake().rotates) fake().refresh = 'canary-never-arrived';
    await endLeases();
    const expected = fake().rotates ? { kind: 'not_connected', reason: 'refresh_lost' } : { kind: 'ok' };
    expect(await use(world.secondProcess())).toMatchObject(expected);
    expect(refreshes()).toBe(1);
  });

  it('killed before the provider was asked: the old token is still good', async () => {
    expire();
    await dieRefreshing();
    await endLeases();
    expect(await use()).toMatchObject({ kind: 'ok' });
    expect(await standing()).toEqual(['connected', null, null]);
  });

  it('overtaken while it slept: a stale process writes nothing over newer credentials', async () => {
    const held = hold();
    expire();
    const late = use();
    await arrived(() => refreshes() === 1);
    // Connected anew meanwhile: other credentials stand in the row.
    fake().hold = null;
    await world.connect(provider);
    const newer = await world.row(id);
    held.release();
    await late;
    expect((await world.row(id)).sealed).toEqual(newer.sealed);
    expect(await standing()).toEqual(['connected', null, null]);
  });

  it('taken for dead while its refresh was only slow: works again once the answer is there', async () => {
    fake().rotates = true;
    const held = hold();
    expire();
    const slow = use();
    await arrived(() => refreshes() === 1);
    fake().hold = null;
    await endLeases();
    // The other process holds the token that the answer under way has already replaced.
    expect(await use(world.secondProcess())).toMatchObject({ kind: 'not_connected', state: 'needs_attention' });
    held.release();
    expect(await slow).toMatchObject({ kind: 'ok' });
    expect(await standing()).toEqual(['connected', null, null]);
  });

  it('paused during a refresh: stays paused', async () => {
    const held = hold();
    expire();
    const slow = use();
    await arrived(() => refreshes() === 1);
    await world.ask('POST', `/v1/connections/${id}/pause`);
    held.release();
    expect(await slow).toMatchObject({ kind: 'not_connected', state: 'paused' });
  });

  it('disconnected during a refresh: what was given out is given back', async () => {
    const held = hold();
    expire();
    const late = use();
    await arrived(() => refreshes() === 1);
    fake().hold = null;
    const ref = { workspaceId: world.workspaceId, connectionId: id };
    const entry = {
      event: 'connection.removed',
      actor: world.caller.actor,
      requestId: null,
      recorded: false,
      record: async () => {},
    } as const;
    await disconnect(world.deps, { ref, data: 'keep', entry });
    held.release();
    expect(await late).toMatchObject({ kind: 'gone' });
    expect(fake()).toMatchObject({ access: null, refresh: null });
  });

  it('paused: nothing is asked', async () => {
    expect((await world.ask('POST', `/v1/connections/${id}/pause`)).json()).toMatchObject({ state: 'paused' });
    expect(await use()).toEqual({ kind: 'not_connected', state: 'paused', reason: null });
    expect(world.fake.asked).toEqual([]);
  });

  it('sealed with a key that this process lacks: the operator is told, others go on', async () => {
    const keyless = world.secondProcess({ vault: testVault() });
    const before = world.lines.length;
    expect(await use(keyless)).toMatchObject({ kind: 'trouble', trouble: 'key_missing' });
    expect(await standing()).toEqual(['connected', null, 'key_missing']);
    expect(world.lines.slice(before).join('')).toMatch(/"level":50.*connection\.key_missing/);
    expect(await use()).toMatchObject({ kind: 'ok' });
    expect(await standing()).toEqual(['connected', null, null]);
    expect(await use(keyless)).toMatchObject({ kind: 'trouble', trouble: 'key_missing' });
  });

  it('that no key opens: says so, and works again once it opens', async () => {
    const { sealed } = await world.row(id);
    await write('access_token', `${sealed.access?.slice(0, -4) ?? ''}AAA=`);
    expect(await use()).toMatchObject({ reason: 'secret_unreadable' });
    expect(await standing()).toEqual(['needs_attention', 'secret_unreadable', null]);
    await write('access_token', sealed.access ?? '');
    expect((await world.ask('POST', `/v1/connections/${id}/check`)).json()).toMatchObject({ state: 'connected' });
  });

  it('replaced while it was read: is read once more before anybody is called', async () => {
    const { sealed } = await world.row(id);
    await write('access_token', `${sealed.access?.slice(0, -4) ?? ''}AAA=`);
    let reads = 0;
    const workspace: ConnectionDeps['db']['workspace'] = async (workspaceId, work, as) => {
      const result = await world.db.workspace(workspaceId, work, as);
      reads += 1;
      if (reads === 1) await write('access_token', sealed.access ?? '');
      return result;
    };
    expect(await use({ ...world.deps, db: { ...world.db, workspace } })).toMatchObject({ kind: 'ok' });
    expect(await standing()).toEqual(['connected', null, null]);
  });

  it('granted less at a refresh: needs attention', async () => {
    expire();
    fake().scopes = ['something-else'];
    expect(await use()).toMatchObject({ kind: 'not_connected', reason: 'scopes_missing' });
  });

  /** A process took the lease and was never heard of again. */
  async function dieRefreshing(): Promise<void> {
    const { version } = await world.row(id);
    const lease = { by: '0190f3a0-0000-7000-8000-00000000dead', forMs: 60_000 };
    expect(await world.db.workspace(world.workspaceId, (tx) => takeLease(tx, { id, version }, lease))).not.toBeNull();
  }
});

describe('a Slack bot token that does not end', () => {
  beforeEach(async () => {
    await connected('slack');
    fake().refreshable = false;
    id = await world.connect('slack');
    world.fake.asked.length = 0;
  });

  it('is never renewed', async () => {
    world.advance(400 * 24 * 3_600_000);
    expect(await use()).toMatchObject({ kind: 'ok' });
    expect(world.fake.asked).toEqual(['slack data']);
    expect(await world.row(id)).toMatchObject({ expiresAt: null });
  });

  it('is dead once it is refused', async () => {
    revokeAll();
    expect(await use()).toMatchObject({ kind: 'not_connected', reason: 'revoked' });
    expect(refreshes()).toBe(0);
  });
});

describe('the token at hand', () => {
  it('goes to no other place than the account’s own', async () => {
    await connected('gmail');
    const ref = { workspaceId: world.workspaceId, connectionId: id };
    for (const path of ['@evil.example/', '.evil.example/', 'https://evil.example', ':80/'])
      await expect(
        withAccess(world.deps, ref, (access) => access.ask({ path, method: 'GET', answer: z.unknown() })),
      ).rejects.toThrow(/leads away|Invalid URL/);
    expect(world.fake.asked).toEqual([]);
  });

  it.each(CONNECTION_PROVIDERS)('of %s goes to no address that somebody wrote into the row', async (name) => {
    await connected(name);
    const lookOut = await startFakeProviders();
    await world.db.workspace(world.workspaceId, (tx) =>
      sql`update connection set base_url = ${lookOut.origin} where id = ${id}`.execute(tx),
    );
    await expect(use()).rejects.toThrow(/not the provider/);
    expect(lookOut.asked).toEqual([]);
    await lookOut.close();
  });

  it('opens in no other row', async () => {
    await connected('hubspot');
    const other = await world.connect('gmail');
    await world.db.workspace(world.workspaceId, (tx) =>
      sql`update connection set access_token = (select access_token from connection where id = ${other}) where id = ${id}`.execute(
        tx,
      ),
    );
    expect(await use()).toMatchObject({ reason: 'secret_unreadable' });
  });
});

/** A minute passes at the database. */
async function endLeases(): Promise<void> {
  await world.db.workspace(world.workspaceId, (tx) => sql`update connection set lease_until = now()`.execute(tx));
}

async function write(column: string, value: string): Promise<void> {
  await world.db.workspace(world.workspaceId, (tx) =>
    sql`update connection set ${sql.ref(column)} = ${value} where id = ${id}`.execute(tx),
  );
}

function hold(): { release: () => void } {
  let release = (): void => {};
  fake().hold = new Promise((resolve) => {
    release = resolve;
  });
  return { release: () => release() };
}

async function arrived(happened: () => boolean): Promise<void> {
  while (!happened()) await new Promise((resolve) => setTimeout(resolve, 5));
}
