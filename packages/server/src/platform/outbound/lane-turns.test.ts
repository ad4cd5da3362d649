import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import type { LaneKind, LaneRequest } from './lane.ts';
import {
  ADA,
  type Answering,
  asking,
  type Bench,
  createBench,
  json,
  KIND,
  loopTurns,
  startProvider,
} from './outbound.testing.ts';

const times: number[] = [];
const provider = await startProvider(() => times.push(bench.time.now()));
afterAll(() => provider.close());
let bench: Bench;
beforeEach(() => {
  bench = createBench();
  provider.answers = [json(ADA)];
  provider.asked.length = 0;
  times.length = 0;
});
const NARROW: LaneKind = { ...KIND, concurrency: 1, queue: 2 };
const BUDGETED: LaneKind = {
  ...KIND,
  budgets: { general: { capacity: 5, perMs: 1000 }, search: { capacity: 1, perMs: 1000 } },
};
const send = (kind: LaneKind, more: Partial<LaneRequest<unknown>> = {}, path = '/') =>
  bench.lanes.lane('one', kind).ask(asking(`${provider.origin}${path}`, more));
const outcome = (work: Promise<{ kind: string }>): Promise<string> =>
  work.then(
    ({ kind }) => kind,
    (error: { reason: string }) => error.reason,
  );

/** Answers that wait to be let go. */
const held: (() => void)[] = [];
const holdFor =
  (answering: Answering): Answering =>
  (request, response) =>
    void held.push(() => answering(request, response));
const hold = holdFor(json(ADA));
const until = async (isSo: () => boolean): Promise<void> => {
  while (!isSo()) await loopTurns();
};

describe('the turns of a lane', () => {
  it('are taken by so many at a time, in the order they came, and a full queue refuses', async () => {
    provider.answers = [hold];
    const kind = { ...NARROW, concurrency: 2 };
    const work = ['/1', '/2', '/3', '/4', '/5'].map((path) => outcome(send(kind, {}, path)));
    expect(await work[4]).toBe('queue_full');
    await until(() => held.length === 2);
    expect(bench.lanes.lane('one', kind).state()).toMatchObject({ running: 2, waiting: 2, openUntil: null });
    for (let n = 0; n < 4; n += 1) {
      await until(() => held.length > 0);
      held.shift()?.();
    }
    expect(await Promise.all(work.slice(0, 4))).toEqual(['ok', 'ok', 'ok', 'ok']);
    expect([...provider.asked].sort()).toEqual(['GET /1', 'GET /2', 'GET /3', 'GET /4']);
    expect(provider.asked.slice(2)).toEqual(['GET /3', 'GET /4']);
    expect(bench.lanes.lane('one', kind).state()).toMatchObject({ running: 0, waiting: 0 });
  });

  // What went wrong elsewhere: the budgets of providers were ignored.
  it('keep within the budget, whatever is asked at once', async () => {
    const work = Array.from({ length: 20 }, () => send(BUDGETED, { budget: 'general' }));
    await bench.drive(Promise.all(work));
    expect(times.filter((at) => at === 0)).toHaveLength(5);
    expect(times.slice(5)).toEqual(Array.from({ length: 15 }, (_, n) => (n + 1) * 200));
  });

  it('cost what they cost, repetitions too', async () => {
    provider.answers = [json({}, 503), json(ADA)];
    await bench.drive(send(BUDGETED, { budget: 'general', cost: 5 }));
    expect(times).toEqual([0, 1000]);
  });

  it('of one budget do not wait for another that has run dry', async () => {
    const searches = [1, 2, 3].map(() => send({ ...BUDGETED, concurrency: 1 }, { budget: 'search' }, '/search'));
    const reads = [1, 2, 3].map(() => send({ ...BUDGETED, concurrency: 1 }, { budget: 'general' }, '/read'));
    await bench.drive(Promise.all([...searches, ...reads]));
    expect(provider.asked).toEqual([
      'GET /search',
      'GET /read',
      'GET /read',
      'GET /read',
      'GET /search',
      'GET /search',
    ]);
    expect(times).toEqual([0, 0, 0, 0, 1000, 2000]);
  });

  it('of one budget keep their order, however little the next one costs', async () => {
    await send(BUDGETED, { budget: 'general', cost: 5 }, '/first');
    const dear = send(BUDGETED, { budget: 'general', cost: 3 }, '/dear');
    const cheap = send(BUDGETED, { budget: 'general' }, '/cheap');
    await bench.drive(Promise.all([dear, cheap]));
    expect(provider.asked).toEqual(['GET /first', 'GET /dear', 'GET /cheap']);
    expect(times).toEqual([0, 600, 800]);
  });

  it('of a repetition come before those of newcomers, and need no place in the queue', async () => {
    provider.answers = [json({}, 503), hold, json(ADA)];
    const kind = { ...NARROW, queue: 2 };
    const work = ['/1', '/2', '/3'].map((path) => outcome(send(kind, {}, path)));
    await until(() => held.length === 1);
    await bench.time.pass(250);
    held.shift()?.();
    expect(await Promise.all(work)).toEqual(['ok', 'ok', 'ok']);
    expect(provider.asked).toEqual(['GET /1', 'GET /2', 'GET /1', 'GET /3']);
    provider.answers = [json({}, 503), json(ADA)];
    expect(
      await outcome(bench.drive(bench.lanes.lane('two', { ...KIND, queue: 0 }).ask(asking(provider.origin)))),
    ).toBe('ok');
  });

  it('that do not come for a repetition leave the failure there was', async () => {
    provider.answers = [json({}, 503), hold];
    const first = outcome(send(NARROW));
    const second = outcome(send(NARROW, { signal: AbortSignal.timeout(2_000) }));
    await until(() => held.length === 1);
    await bench.time.pass(60_000);
    expect(await first).toBe('unavailable');
    held.shift()?.();
    expect(await second).toBe('ok');
  });

  it('are held back by the longest of several waits', async () => {
    const limited = (seconds: string) => json({}, 429, { 'retry-after': seconds });
    provider.answers = [holdFor(limited('9')), holdFor(limited('2')), json(ADA)];
    const two = [send(KIND), send(KIND)];
    await until(() => held.length === 2);
    for (let n = 0; n < 2; n += 1) {
      held.shift()?.();
      await until(() => bench.lanes.lane('one', KIND).state().waiting === n + 1);
    }
    await bench.drive(Promise.all(two));
    expect(times).toEqual([0, 0, 9_000, 9_000]);
  });

  it('of one budget are held back alone when the provider limits them', async () => {
    provider.answers = [json({}, 429, { 'retry-after': '3' }), json(ADA)];
    const search = send(BUDGETED, { budget: 'search' }, '/search');
    await until(() => bench.lanes.lane('one', BUDGETED).state().waiting === 1);
    expect(await send(BUDGETED, { budget: 'general' }, '/read')).toMatchObject({ kind: 'ok' });
    expect(bench.lanes.lane('one', BUDGETED).state().openUntil).toBeNull();
    await bench.drive(search);
    expect(times).toEqual([0, 0, 3000]);
  });

  it('that cannot come in time are refused with the time to come back', async () => {
    const kind: LaneKind = { ...BUDGETED, budgets: { units: { capacity: 10, perMs: 600_000 } } };
    await send(kind, { budget: 'units', cost: 10 });
    await expect(send(kind, { budget: 'units', cost: 5 })).rejects.toMatchObject({
      reason: 'limited',
      retryAfterMs: 300_000,
      unsent: true,
    });
  });

  it('are not waited for longer than a request has time', async () => {
    provider.answers = [hold];
    const first = send(NARROW);
    const second = outcome(send(NARROW));
    await until(() => held.length === 1);
    await bench.time.pass(59_999);
    expect(bench.lanes.lane('one', NARROW).state()).toMatchObject({ running: 1, waiting: 1 });
    await bench.time.pass(1);
    expect(await second).toBe('queue_full');
    held.shift()?.();
    expect(await first).toMatchObject({ kind: 'ok' });
  });

  it('are given up with the signal, and the place is free for another', async () => {
    provider.answers = [hold];
    const first = outcome(send(NARROW));
    const controllers = [new AbortController(), new AbortController()];
    const waiting = controllers.map(({ signal }) => outcome(send(NARROW, { signal })));
    expect(await outcome(send(NARROW))).toBe('queue_full');
    controllers[0]?.abort();
    expect(await waiting[0]).toBe('aborted');
    const next = outcome(send(NARROW));
    await loopTurns();
    expect(bench.lanes.lane('one', NARROW).state()).toMatchObject({ running: 1, waiting: 2 });
    controllers[1]?.abort();
    for (let n = 0; n < 2; n += 1) {
      await until(() => held.length > 0);
      held.shift()?.();
    }
    expect(await Promise.all([first, waiting[1], next])).toEqual(['ok', 'aborted', 'ok']);
  });

  it('are not even waited for by whoever gave up before', async () => {
    expect(await outcome(send(NARROW, { signal: AbortSignal.abort() }))).toBe('aborted');
    expect(provider.asked).toHaveLength(0);
  });

  it('of a repetition are given up too', async () => {
    provider.answers = [json({}, 503)];
    const controller = new AbortController();
    const work = outcome(send(KIND, { signal: controller.signal }));
    await until(() => bench.lanes.lane('one', KIND).state().waiting === 1);
    controller.abort();
    expect(await work).toBe('aborted');
    expect([provider.asked.length, bench.time.sleepers()]).toEqual([1, 0]);
  });

  it.each([
    ['a budget that is not there', { budget: 'toString' }],
    ['more than a budget holds', { budget: 'search', cost: 2 }],
    ['less than nothing', { budget: 'search', cost: -1 }],
    ['no number', { budget: 'search', cost: Number.NaN }],
  ])('cannot be paid with %s', async (_what, more) => {
    await expect(send(BUDGETED, more)).rejects.toBeInstanceOf(RangeError);
  });
});
