import { performance } from 'node:perf_hooks';
import { describe, expect, it } from 'vitest';
import { newId, type WorkspaceId } from '../../platform/ids.ts';
import type { Change } from './change.store.ts';
import { REMEMBERED, Remembered, StandingMemory } from './standing-memory.ts';
import type { Membership } from './standing.ts';

const FACTS: Membership = { role: 'viewer', slug: 'w', groups: [] };
let revision = 0;
const learn = (memory: StandingMemory, changes: readonly Change[], revoked: readonly string[] | null = null) =>
  memory.learn({ revision: (revision += 1), changes, incomplete: false }, revoked);

describe('what is remembered of memberships', () => {
  it('is forgotten by person and by workspace, and nothing else is', () => {
    const memory = new StandingMemory();
    for (const key of ['w1 p1', 'w1 p2', 'w2 p1', 'w2 p2']) memory.memberships.put(key, FACTS);
    const known = () => ['w1 p1', 'w1 p2', 'w2 p1', 'w2 p2'].filter((key) => memory.memberships.get(key) !== undefined);
    learn(memory, [{ kind: 'person', subject: 'p1' }]);
    expect(known()).toEqual(['w1 p2', 'w2 p2']);
    learn(memory, [{ kind: 'workspace', subject: 'w2' }]);
    expect(known()).toEqual(['w1 p2']);
    learn(memory, [{ kind: 'member', subject: 'w1 p2' }]);
    expect([known(), memory.memberships.parts]).toEqual([[], 0]);
  });

  it('costs a change what it forgets, however much is remembered', () => {
    const memory = new StandingMemory();
    const workspaceId = newId<WorkspaceId>();
    for (let n = 0; n < REMEMBERED; n += 1) memory.memberships.put(`${workspaceId} p${n}`, FACTS);
    const changes = Array.from(
      { length: 20_000 },
      (_, n): Change => ({
        kind: n % 2 === 0 ? 'person' : 'workspace',
        subject: n % 2 === 0 ? `p${n}` : `nobody${n}`,
      }),
    );
    const start = performance.now();
    learn(memory, changes);
    // Looking at every key for every change would be a thousand million looks, more than a minute.
    expect(performance.now() - start).toBeLessThan(8000);
    expect(memory.memberships.size).toBe(REMEMBERED - 10_000);
  });

  it('is bounded, and so is its index', () => {
    const remembered = new Remembered<number>((key) => key.split(' '));
    for (let n = 0; n < REMEMBERED + 100; n += 1) remembered.put(`w${n} p${n}`, n);
    expect([remembered.size, remembered.parts]).toEqual([REMEMBERED, 2 * REMEMBERED]);
    expect([remembered.get('w99 p99'), remembered.get('w100 p100')]).toEqual([undefined, { facts: 100 }]);
    remembered.put('w100 p100', 1);
    remembered.forgetPart('p100');
    expect([remembered.get('w100 p100'), remembered.parts]).toEqual([undefined, 2 * REMEMBERED - 2]);
    remembered.clear();
    expect([remembered.size, remembered.parts]).toEqual([0, 0]);
  });
});

describe('what is remembered of the revoked', () => {
  it('is replaced by what is read anew', () => {
    const memory = new StandingMemory();
    learn(memory, [], []);
    learn(
      memory,
      Array.from({ length: 1000 }, (_, n): Change => ({ kind: 'family', subject: `f${n}` })),
    );
    expect([memory.revoked?.size, memory.isRevoked('f1')]).toEqual([1000, true]);
    learn(memory, [{ kind: 'family', subject: 'f1000' }], ['f1000']);
    expect([memory.revoked?.size, memory.isRevoked('f1'), memory.isRevoked('f1000')]).toEqual([1, false, true]);
  });
});
