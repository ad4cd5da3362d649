import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import type { LaneRequest } from './lane.ts';
import {
  ADA,
  asking,
  type Bench,
  createBench,
  hang,
  json,
  KIND,
  loopTurns,
  startProvider,
} from './outbound.testing.ts';

const dead = await startProvider();
const alive = await startProvider();
afterAll(() => [dead, alive].forEach((each) => each.close()));
let bench: Bench;

beforeEach(() => {
  bench = createBench();
  for (const each of [dead, alive]) {
    each.asked.length = 0;
    each.answers = [json(ADA)];
  }
});
const lane = (key = 'dead') => bench.lanes.lane(key, KIND);
const ask = (more: Partial<LaneRequest<unknown>> = {}, key = 'dead') =>
  bench.drive(lane(key).ask(asking(dead.origin, { retry: 'never', ...more })));
const outcome = (work: Promise<{ kind: string }>): Promise<string> =>
  work.then(
    ({ kind }) => kind,
    (error: { reason: string }) => error.reason,
  );
const givingUp = (): { signal: AbortSignal; abort: () => void } => {
  const controller = new AbortController();
  return { signal: controller.signal, abort: () => controller.abort() };
};
const failThrice = async (): Promise<void> => {
  dead.answers = [json({}, 503)];
  for (let n = 0; n < 3; n += 1) await outcome(ask());
};

describe('the breaker of a lane', () => {
  it('opens after requests in a row that failed; whoever asks then is told when to come back', async () => {
    await failThrice();
    expect(lane().state()).toMatchObject({ breaker: 'open', openUntil: new Date(Date.UTC(2026, 0, 5, 9, 0, 30)) });
    await expect(ask()).rejects.toMatchObject({ reason: 'breaker_open', retryAfterMs: 30_000, unsent: true });
    expect(dead.asked).toHaveLength(3);
    expect(await bench.metrics.text()).toContain('sentinel_outbound_breaker_openings_total{kind="crm"} 1');
  });

  // What went wrong elsewhere: one revoked token made four inner failures and one outer, which opened the breaker.
  it('counts a request once, however many exchanges it took', async () => {
    dead.answers = [json({}, 503)];
    await outcome(ask({ retry: 'safe' }));
    await outcome(ask({ retry: 'safe' }));
    expect(dead.asked).toHaveLength(8);
    expect(lane().state().breaker).toBe('closed');
    await outcome(ask({ retry: 'safe' }));
    expect(lane().state().breaker).toBe('open');
  });

  // What went wrong elsewhere: refusals and refused tokens were counted.
  it.each([401, 400, 403, 404, 429])('never counts %d', async (status) => {
    dead.answers = [json({}, status)];
    for (let n = 0; n < 20; n += 1) await outcome(ask());
    expect(lane().state().breaker).toBe('closed');
    expect(dead.asked).toHaveLength(20);
  });

  // What went wrong elsewhere: a read that needed a refresh counted the refresh's failure as its own too.
  it('hears of a failed refresh once, and of the read that needed it as answered', async () => {
    const refresh = () => outcome(ask({ method: 'POST', body: 'grant', retry: 'unsent_only' }));
    dead.answers = [json({}, 401), json({}, 500)];
    expect(await outcome(ask())).toBe('unauthorised');
    expect([await refresh(), await refresh(), lane().state().breaker]).toEqual([
      'unavailable',
      'unavailable',
      'closed',
    ]);
    expect([await refresh(), lane().state().breaker, dead.asked.length]).toEqual(['unavailable', 'open', 4]);
  });

  it('when open spends nothing of a budget and makes nobody wait', async () => {
    const kind = { ...KIND, budgets: { units: { capacity: 3, perMs: 60_000 } } };
    const costly = () => bench.lanes.lane('costly', kind).ask(asking(dead.origin, { retry: 'never', budget: 'units' }));
    dead.answers = [json({}, 503)];
    for (let n = 0; n < 3; n += 1) await outcome(costly());
    expect([await outcome(costly()), bench.time.sleepers()]).toEqual(['breaker_open', 0]);
    await bench.time.pass(30_000);
    dead.answers = [json(ADA)];
    expect(await outcome(costly())).toBe('ok');
  });

  it('opens before whoever is next in line has its turn', async () => {
    dead.answers = [json({}, 503)];
    const narrow = bench.lanes.lane('narrow', { ...KIND, concurrency: 1 });
    const ten = Array.from({ length: 10 }, () => outcome(narrow.ask(asking(dead.origin, { retry: 'never' }))));
    expect((await Promise.all(ten)).filter((each) => each === 'breaker_open')).toHaveLength(7);
    expect(dead.asked).toHaveLength(3);
  });

  it('does not count what its caller gave up', async () => {
    dead.answers = [hang];
    for (let n = 0; n < 5; n += 1) expect(await outcome(ask({ signal: AbortSignal.timeout(20) }))).toBe('aborted');
    expect(lane().state().breaker).toBe('closed');
  });

  it('counts silence and nonsense', async () => {
    bench = createBench({ timeoutMs: 200 });
    dead.answers = [
      hang,
      (_request, response) => void response.end('<h1>'),
      (request) => void request.socket.destroy(),
    ];
    for (const reason of ['timed_out', 'unreadable_answer', 'no_answer']) expect(await outcome(ask())).toBe(reason);
    expect(lane().state().breaker).toBe('open');
  });

  // What went wrong elsewhere: half-open let everybody through.
  it('lets one of fifty ask whether the provider is back', async () => {
    await failThrice();
    await bench.time.pass(30_000);
    expect(lane().state()).toMatchObject({ breaker: 'half_open', openUntil: null });
    const fifty = await Promise.all(Array.from({ length: 50 }, () => outcome(ask({ retry: 'safe' }))));
    expect(fifty.filter((each) => each === 'unavailable')).toHaveLength(1);
    expect(fifty.filter((each) => each === 'breaker_open')).toHaveLength(49);
    expect(dead.asked).toHaveLength(4);
    expect(lane().state().breaker).toBe('open');

    await bench.time.pass(30_000);
    dead.answers = [json(ADA)];
    const again = await Promise.all(Array.from({ length: 50 }, () => outcome(ask())));
    expect(again.filter((each) => each === 'ok')).toHaveLength(1);
    expect(dead.asked).toHaveLength(5);
    expect(await outcome(ask())).toBe('ok');
    expect(lane().state().breaker).toBe('closed');
  });

  it('lets the next one ask when the first gave up', async () => {
    await failThrice();
    await bench.time.pass(30_000);
    dead.answers = [hang, json(ADA)];
    expect(await outcome(ask({ signal: AbortSignal.timeout(20) }))).toBe('aborted');
    expect(lane().state().breaker).toBe('half_open');
    expect(await outcome(ask())).toBe('ok');
    expect(lane().state().breaker).toBe('closed');
  });

  it('opening ends the repetitions of others, each with the failure of its own', async () => {
    dead.answers = [json({}, 503)];
    const repeating = outcome(lane().ask(asking(dead.origin)));
    while (lane().state().waiting === 0) await loopTurns();
    for (let n = 0; n < 3; n += 1) await outcome(lane().ask(asking(dead.origin, { retry: 'never' })));
    expect(await bench.drive(repeating)).toBe('unavailable');
    expect(dead.asked).toHaveLength(5);
  });
});

describe('a dead connection', () => {
  // What went wrong elsewhere: one customer's dead connection was everybody's.
  it('slows no other, even of the same provider', async () => {
    bench = createBench({ timeoutMs: 20_000 });
    dead.answers = [hang];
    const { signal, abort } = givingUp();
    const stuck = Array.from({ length: 50 }, () => outcome(lane().ask(asking(dead.origin, { signal }))));
    while (dead.asked.length < KIND.concurrency) await loopTurns();
    for (let n = 0; n < 20; n += 1) expect(await outcome(lane('alive').ask(asking(alive.origin)))).toBe('ok');
    expect(lane().state()).toMatchObject({ running: KIND.concurrency, waiting: 50 - KIND.concurrency });
    expect(lane('alive').state()).toMatchObject({ breaker: 'closed', waiting: 0 });
    expect(await bench.metrics.text()).toContain('wait_seconds_sum{kind="crm"} 0\n');
    abort();
    expect(new Set(await Promise.all(stuck))).toEqual(new Set(['aborted']));
  });

  it('opens no breaker but its own', async () => {
    await failThrice();
    expect(lane().state().breaker).toBe('open');
    dead.answers = [json(ADA)];
    expect(await outcome(ask({}, 'alive'))).toBe('ok');
  });
});
