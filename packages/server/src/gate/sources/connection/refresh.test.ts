// Renewing among several: processes whose clocks differ, fifty who wait at once, a token endpoint that is down while the token
// is still good, and a process that stops in the middle.
import type { ConnectionProvider } from '@sentinel/contract';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { ConnectionId } from '../../../platform/ids.ts';
import { type Answered, withAccess } from './access-to.ts';
import { endsAt } from './connection.ts';
import type { ConnectionDeps } from './connection-deps.ts';
import { type ConnectionWorld, openConnectionWorld } from './connection.testing.ts';
import { takeLease } from './credential.store.ts';
import { makeReady } from './make-ready.ts';

let world: ConnectionWorld;
let id: ConnectionId;
let provider: ConnectionProvider;
beforeAll(async () => {
  world = await openConnectionWorld();
}, 120_000);
afterAll(() => world.close());

const use = (deps: ConnectionDeps = world.deps): Promise<Answered<unknown>> =>
  withAccess(deps, { workspaceId: world.workspaceId, connectionId: id }, (access) =>
    access.ask({
      ...(world.deps.providers.find(provider)?.probe ?? { path: '/', method: 'GET' }),
      answer: z.unknown(),
      retry: 'never',
    }),
  );
const fake = () => world.fake.account(provider);
const refreshes = () => world.fake.count(provider, 'refresh');
/** The access token at hand has run out. */
const expire = () => world.advance(13 * 3_600_000);
/** The provider no longer takes the access token, whatever its end. */
const cutOff = () => void (fake().access = 'canary-other');

describe.each(['hubspot', 'salesforce', 'gmail', 'slack'] as const)('%s', (name) => {
  beforeEach(async () => {
    provider = name;
    Object.assign(fake(), { token: 'ok', data: 'ok', hold: null, rotates: name === 'salesforce' || name === 'slack' });
    id = await world.connect(name);
    world.fake.asked.length = 0;
  });

  it('held by another process: is not taken by one whose clock is ahead', async () => {
    await dieRefreshing();
    world.advance(3_600_000);
    const { version } = await world.row(id);
    const lease = { by: '0190f3a0-0000-7000-8000-00000000beef', forMs: 60_000 };
    expect(await world.db.workspace(world.workspaceId, (tx) => takeLease(tx, { id, version }, lease))).toBeNull();
  });

  it.each(['down', 'wrong_secret'] as const)(
    'about to run out while the token endpoint is %s: the token at hand is used to its end',
    async (how) => {
      const row = await world.row(id);
      const life = world.deps.providers.find(name)?.assumedLifeMs ?? null;
      const end = endsAt(row, life)?.getTime() ?? 0;
      world.advance(end - world.deps.clock.now().getTime() - 60_000);
      fake().token = how;
      expect(await use()).toMatchObject({ kind: 'ok' });
      expect(refreshes()).toBeGreaterThan(0);
      cutOff();
      expect(await use()).toMatchObject({ kind: 'trouble' });
      world.advance(60_000);
      expect(await use()).toMatchObject({ kind: 'trouble' });
    },
  );

  it('waited for by fifty in one process: one of them looks', async () => {
    await dieRefreshing();
    expire();
    let looks = 0;
    const sleep = async (ms: number): Promise<void> => {
      looks += 1;
      if (looks === 4) await endLeases();
      await world.deps.sleep(ms);
    };
    const other = { ...world.secondProcess(), sleep };
    const ref = { workspaceId: world.workspaceId, connectionId: id };
    const ready = await Promise.all(Array.from({ length: 50 }, () => makeReady(other, ref, null)));
    expect(new Set(ready.map(({ kind }) => kind))).toEqual(new Set(['ready']));
    expect(looks).toBe(4);
    expect(refreshes()).toBe(1);
  });

  it('renewed while the process stops: is waited for and kept, and no other renewal begins', async () => {
    fake().rotates = true;
    const process = world.secondProcess();
    const before = await world.row(id);
    const held = hold();
    expire();
    const under = use(process);
    await arrived(() => refreshes() === 1);
    let settled = false;
    const settling = process.connections.settle().then(() => void (settled = true));
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(settled).toBe(false);
    held.release();
    await settling;
    expect((await world.row(id)).version).toBe(before.version + 1);
    expect(await under).toMatchObject({ kind: 'ok' });
    expire();
    expect(await use(process)).toMatchObject({ kind: 'trouble' });
    expect(refreshes()).toBe(1);
    expect(await use()).toMatchObject({ kind: 'ok' });
  });

  /** A process took the lease and was never heard of again. */
  async function dieRefreshing(): Promise<void> {
    const { version } = await world.row(id);
    const lease = { by: '0190f3a0-0000-7000-8000-00000000dead', forMs: 60_000 };
    expect(await world.db.workspace(world.workspaceId, (tx) => takeLease(tx, { id, version }, lease))).not.toBeNull();
  }
});

/** A minute passes at the database. */
async function endLeases(): Promise<void> {
  await world.db.workspace(world.workspaceId, (tx) => sql`update connection set lease_until = now()`.execute(tx));
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
