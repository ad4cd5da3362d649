// A world is the same for the same seed and steps, and its lists are told whole: nothing twice, nothing left out.
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { makeContacts } from '../people.ts';
import { createWorld } from './create-world.ts';
import type { Contact, Happening, RecordState, World } from './world.ts';

const NOW = new Date('2026-03-02T08:00:00Z');
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const ALL: readonly RecordState[] = ['live', 'archived', 'erased', 'merged'];

const step = fc.oneof(
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('advance'), by: fc.integer({ min: 0, max: 3 * DAY_MS }) }) },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constantFrom('create', 'update', 'archive', 'restore', 'erase', 'merge'),
      by: fc.nat(1000),
    }),
  },
);
const steps = fc.array(step, { maxLength: 25 });
type Step = typeof step extends fc.Arbitrary<infer Made> ? Made : never;

const at = (state: RecordState, { contacts }: World, by: number): Contact | undefined => {
  const all = contacts.list({ from: 0, limit: contacts.count, states: [state] });
  return all[by % Math.max(1, all.length)];
};

const take = (world: World, { kind, by }: Step) => {
  const live = at('live', world, by);
  const other = at('live', world, by * 7 + 1);
  if (kind === 'advance') world.advance(by);
  if (kind === 'create') world.contacts.create({ given: `New ${by}`, address: `new.${by}@customer.example` });
  if (live === undefined || other === undefined) return;
  if (kind === 'update') world.contacts.update(live.n, { title: `Title ${by}` });
  if (kind === 'archive') world.contacts.archive(live.n);
  if (kind === 'restore') world.contacts.restore(at('archived', world, by)?.n ?? live.n);
  if (kind === 'erase') world.contacts.erase(live.n);
  if (kind === 'merge' && live.n !== other.n) world.contacts.merge(live.n, [other.n]);
};

const told = (world: World) =>
  JSON.stringify([
    world.now(),
    world.contacts.list({ from: 0, limit: world.contacts.count, states: ALL }),
    world.deals.list({ from: 0, limit: world.deals.count, states: ALL }),
  ]);

const pages = (
  world: World,
  query: { by: 'updatedAt' | 'touchedAt'; states: readonly RecordState[]; since: Date; limit: number },
) => {
  const found: Contact[] = [];
  for (;;) {
    const last = found.at(-1);
    const after = last === undefined ? {} : { after: { at: last[query.by], n: last.n } };
    const page = world.contacts.changed({ ...query, ...after });
    if (page.length === 0) return found;
    if (found.length > world.contacts.count) throw new Error('the pages never end');
    found.push(...page);
  }
};

describe('a world', () => {
  it('is the same for the same seed and the same steps', () => {
    fc.assert(
      fc.property(fc.nat(), steps, (seed, taken) => {
        const [one, two] = [0, 1].map(() => {
          const world = createWorld({ seed, contacts: 120, now: NOW });
          const happenings: Happening[] = [];
          world.listen((happening) => happenings.push(happening));
          for (const each of taken) take(world, each);
          return [told(world), JSON.stringify(happenings)];
        });
        expect(one).toEqual(two);
      }),
      { numRuns: 15 },
    );
  });

  it('brings the same day whether it passes at once or in pieces', () => {
    fc.assert(
      fc.property(fc.nat(), fc.array(fc.integer({ min: 0, max: 9 * HOUR_MS }), { maxLength: 8 }), (seed, pieces) => {
        const whole = createWorld({ seed, contacts: 400, now: NOW });
        const inPieces = createWorld({ seed, contacts: 400, now: NOW });
        whole.advance(pieces.reduce((sum, piece) => sum + piece, 0));
        for (const piece of pieces) inPieces.advance(piece);
        expect(told(inPieces)).toBe(told(whole));
      }),
      { numRuns: 15 },
    );
  });

  it('is another one for another seed', () => {
    const [one, two] = [1, 2].map((seed) => told(createWorld({ seed, now: NOW })));
    expect(one).not.toBe(two);
  });

  it('has the people of the contact book, in its order', () => {
    const { contacts } = createWorld({ contacts: 400, now: NOW });
    const known = makeContacts(100);
    expect(
      contacts
        .list({ from: 0, limit: 100, states: ['live'] })
        .map(({ given, family, address }) => ({ name: `${given} ${family}`, address })),
    ).toEqual(known.map(({ name, address }) => ({ name, address })));
  });

  it('lets a plausible number of things happen on a working day, in order, and each is over before it is heard of', () => {
    const world = createWorld({ contacts: 2000, now: NOW });
    const heard: Happening[] = [];
    world.listen((happening) => {
      expect(world.now()).toEqual(happening.at);
      heard.push(happening);
    });
    world.advance(DAY_MS);
    expect(heard.length).toBeGreaterThan(10);
    expect(heard.length).toBeLessThan(60);
    expect(heard.map((each) => each.at.getTime())).toEqual(
      heard.map((each) => each.at.getTime()).toSorted((a, b) => a - b),
    );
    expect(world.now()).toEqual(new Date(NOW.getTime() + DAY_MS));
  });

  it('moves deals through their pipelines to an end', () => {
    const world = createWorld({ now: NOW });
    const moves: string[] = [];
    world.listen(({ what, n, kind }) => {
      if (what === 'deal' && kind === 'updated') moves.push(world.deals.get(n)?.stage ?? '');
    });
    world.advance(60 * DAY_MS);
    const known = world.pipelines.flatMap(({ stages }) => stages.map(({ id }) => id));
    expect(new Set(moves).size).toBeGreaterThan(5);
    expect(known).toEqual(expect.arrayContaining([...new Set(moves)]));
    expect(moves).toContain('won');
  });

  it('tells the steps of time without a gap, and no longer to one who stopped listening', () => {
    const world = createWorld({ now: NOW });
    const heard: (readonly [number, number])[] = [];
    const stop = world.onTime((from, to) => heard.push([from.getTime(), to.getTime()]));
    world.advance(2.5 * HOUR_MS);
    stop();
    world.advance(HOUR_MS);
    expect(heard.map(([from]) => from).slice(1)).toEqual(heard.map(([, to]) => to).slice(0, -1));
    expect(heard.at(0)?.[0]).toBe(NOW.getTime());
    expect(heard.at(-1)?.[1]).toBe(NOW.getTime() + 2.5 * HOUR_MS);
  });

  it('tells happenings in order also when a listener brings one about', () => {
    const world = createWorld({ now: NOW });
    const heard: string[] = [];
    world.listen(({ kind, n }) => {
      if (kind === 'created') world.contacts.update(n, { title: 'Met' });
    });
    world.listen(({ kind }) => heard.push(kind));
    world.contacts.create({ given: 'Nova' });
    expect(heard).toEqual(['created', 'updated']);
  });

  it('follows the machine when it lives, until it is closed', () => {
    vi.useFakeTimers();
    let machine = 5000;
    const world = createWorld({ now: NOW, live: true }, () => machine);
    machine += DAY_MS;
    vi.advanceTimersByTime(300);
    expect(world.now()).toEqual(new Date(NOW.getTime() + DAY_MS));
    world.close();
    machine += DAY_MS;
    vi.advanceTimersByTime(3000);
    expect(world.now()).toEqual(new Date(NOW.getTime() + DAY_MS));
    vi.useRealTimers();
  });

  it('refuses sizes and steps that make no sense', () => {
    expect(() => createWorld({ contacts: 99, now: NOW })).toThrow('contacts');
    expect(() => createWorld({ contacts: 1_000_001, now: NOW })).toThrow('contacts');
    expect(() => createWorld({ years: 0, now: NOW })).toThrow('years');
    expect(() => createWorld({ now: new Date(Number.NaN) })).toThrow('time');
    expect(() => createWorld({ now: NOW }).advance(-1)).toThrow('time');
  });
});

describe('its lists', () => {
  it('page through all that changed, in order, nothing twice and nothing left out', () => {
    const query = fc.record({
      by: fc.constantFrom('updatedAt' as const, 'touchedAt' as const),
      states: fc.subarray([...ALL], { minLength: 1 }),
      since: fc.integer({ min: -3 * 366, max: 5 }).map((days) => new Date(NOW.getTime() + days * DAY_MS)),
      limit: fc.integer({ min: 1, max: 60 }),
    });
    fc.assert(
      fc.property(fc.nat(), steps, query, fc.boolean(), (seed, taken, asked, isAskedBefore) => {
        const world = createWorld({ seed, contacts: 150, now: NOW });
        if (isAskedBefore) world.contacts.countChanged({ ...asked });
        for (const each of taken) take(world, each);
        const expected = world.contacts
          .list({ from: 0, limit: world.contacts.count, states: asked.states })
          .filter((contact) => contact[asked.by] >= asked.since)
          .toSorted((a, b) => a[asked.by].getTime() - b[asked.by].getTime() || a.n - b.n)
          .map(({ n }) => n);
        expect(pages(world, asked).map(({ n }) => n)).toEqual(expected);
        expect(world.contacts.countChanged(asked)).toBe(expected.length);
      }),
      { numRuns: 60 },
    );
  });

  it('stay right through tens of thousands of changes', () => {
    const world = createWorld({ contacts: 1000, now: NOW });
    const query = { since: new Date(0), by: 'updatedAt', states: ALL, limit: 701 } as const;
    world.contacts.countChanged(query);
    for (let round = 0; round < 12; round += 1) {
      for (const { n } of world.contacts.list({ from: 0, limit: 1000, states: ['live'] }).toReversed())
        world.contacts.update(n, { title: `Round ${round}` });
      world.advance(HOUR_MS);
    }
    const all = pages(world, query).map(({ n }) => n);
    expect(all).toHaveLength(world.contacts.count);
    expect(new Set(all).size).toBe(all.length);
    expect(world.contacts.countChanged(query)).toBe(all.length);
  });

  it('end before the given time', () => {
    const world = createWorld({ now: NOW });
    const n = world.contacts.create({ given: 'Nova' }).n;
    const asked = { since: NOW, by: 'updatedAt', states: ['live'] } as const;
    expect(world.contacts.countChanged({ ...asked, until: NOW })).toBe(0);
    const until = new Date(NOW.getTime() + 1);
    expect(world.contacts.changed({ ...asked, until, limit: 10 }).map((each) => each.n)).toEqual([n]);
  });

  it('hold a million contacts, made when they are asked for', () => {
    const world = createWorld({ contacts: 1_000_000, now: NOW });
    expect(world.contacts.count).toBe(1_000_000);
    expect(world.contacts.get(999_999)?.n).toBe(999_999);
    const asked = { since: new Date(0), by: 'touchedAt', states: ALL } as const;
    expect(world.contacts.countChanged(asked)).toBe(1_000_000);
    const started = performance.now();
    for (let page = 0; page < 200; page += 1) world.contacts.changed({ ...asked, states: ['merged'], limit: 20 });
    for (let page = 0; page < 200; page += 1) world.contacts.countChanged(asked);
    // A walk over all of them takes longer for three of these questions.
    expect(performance.now() - started).toBeLessThan(2000);
  }, 30_000);
});
