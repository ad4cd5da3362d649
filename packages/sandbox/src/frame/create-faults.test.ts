// The switchboard counts: exactly the ordered requests fail, and no others.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createFaults } from './create-faults.ts';
import type { FaultOrder } from './faults.ts';

describe('the switchboard', () => {
  it('lets the first pass, then happens as often as ordered, then never again', () => {
    fc.assert(
      fc.property(fc.nat(6), fc.integer({ min: 1, max: 6 }), (after, times) => {
        const faults = createFaults();
        faults.set({ provider: 'slack', kind: 'reset', after, times });
        const taken = Array.from({ length: 15 }, () => faults.take('slack', ['reset'], 'POST /api/x') !== null);
        expect(taken).toEqual(Array.from({ length: 15 }, (_, index) => index >= after && index < after + times));
        expect(faults.list()[0]?.taken).toBe(times);
      }),
    );
  });

  it('happens until it is cleared when no number is said', () => {
    const faults = createFaults();
    const { id } = faults.set({ provider: 'slack', kind: 'hang' });
    for (let count = 0; count < 50; count += 1) expect(faults.take('slack', ['hang'], 'GET /')).not.toBeNull();
    faults.clear({ id });
    expect(faults.take('slack', ['hang'], 'GET /')).toBeNull();
  });

  it('concerns one provider, one kind and one road only, and counts nothing else', () => {
    const faults = createFaults();
    faults.set({ provider: 'google', kind: 'status', match: 'POST /token', times: 1 });
    expect(faults.take('slack', ['status'], 'POST /token')).toBeNull();
    expect(faults.take('google', ['reset', 'cut'], 'POST /token')).toBeNull();
    expect(faults.take('google', ['status'], 'GET /token')).toBeNull();
    expect(faults.take('google', ['reset', 'status'], 'POST /token')).toMatchObject({ kind: 'status', taken: 1 });
  });

  it('matches a part of the road, or the whole of it with a star', () => {
    const faults = createFaults();
    faults.set({ provider: 'google', kind: 'status', match: 'GET /v1/*/messages' });
    const isTaken = (road: string) => faults.take('google', ['status'], road) !== null;
    expect(isTaken('GET /v1/me/messages')).toBe(true);
    expect(isTaken('GET /v1/me/messages/7')).toBe(false);
    expect(isTaken('GET /v1xme/messages')).toBe(false);
  });

  it('takes the oldest first, and clears one, those of a provider, or all', () => {
    const faults = createFaults();
    const [first, second] = [
      faults.set({ provider: 'slack', kind: 'hang' }),
      faults.set({ provider: 'slack', kind: 'slow' }),
    ];
    faults.set({ provider: 'stripe', kind: 'slow' });
    expect(faults.take('slack', ['slow', 'hang'], 'GET /')?.id).toBe(first.id);
    faults.clear({ id: first.id });
    expect(faults.list().map(({ id }) => id)).toContain(second.id);
    faults.clear({ provider: 'slack' });
    expect(faults.list().map(({ provider }) => provider)).toEqual(['stripe']);
    faults.clear();
    expect(faults.list()).toEqual([]);
  });

  it.each<[string, Partial<Record<keyof FaultOrder, unknown>>]>([
    ['a provider nobody knows', { provider: 'teams' }],
    ['a kind nobody knows', { kind: 'earthquake' }],
    ['no times at all', { times: 0 }],
    ['half a time', { times: 1.5 }],
    ['a status that is no fault', { status: 200 }],
    ['a delay beyond all patience', { delayMs: 3_600_000 }],
    ['a negative wait', { retryAfterSeconds: -1 }],
  ])('refuses %s', (_, wrong) => {
    const faults = createFaults();
    const order: FaultOrder = JSON.parse(JSON.stringify({ provider: 'slack', kind: 'status', ...wrong }));
    expect(() => faults.set(order)).toThrow('not a fault');
    expect(faults.list()).toEqual([]);
  });
});
