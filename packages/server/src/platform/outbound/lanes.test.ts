import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import type { LaneKind, LaneRequest } from './lane.ts';
import {
  ADA,
  type Answering,
  asking,
  type Bench,
  createBench,
  hang,
  json,
  KIND,
  loopTurns,
  startProvider,
} from './outbound.testing.ts';

const provider = await startProvider();
afterAll(() => provider.close());
let bench: Bench;
beforeEach(() => {
  bench = createBench();
  provider.answers = [json(ADA)];
  provider.asked.length = 0;
});
const NARROW: LaneKind = { ...KIND, concurrency: 1, queue: 2 };
const send = (kind: LaneKind, more: Partial<LaneRequest<unknown>> = {}, path = '/') =>
  bench.lanes.lane('one', kind).ask(asking(`${provider.origin}${path}`, more));
const outcome = (work: Promise<{ kind: string }>): Promise<string> =>
  work.then(
    ({ kind }) => kind,
    (error: { reason: string }) => error.reason,
  );

/** Answers that wait to be let go. */
const held: (() => void)[] = [];
const hold: Answering = (request, response) => void held.push(() => json(ADA)(request, response));
const until = async (isSo: () => boolean): Promise<void> => {
  while (!isSo()) await loopTurns();
};

describe('lanes', () => {
  it('that are forgotten end what waits, and let end what has begun', async () => {
    provider.answers = [hold];
    const running = outcome(send(NARROW));
    const waiting = outcome(send(NARROW));
    const patient = outcome(send(NARROW, { signal: new AbortController().signal }));
    await until(() => held.length === 1);
    bench.lanes.forget('one');
    expect([await waiting, await patient]).toEqual(['aborted', 'aborted']);
    held.shift()?.();
    expect(await running).toBe('ok');
  });

  it('that are forgotten begin anew, with a closed breaker', async () => {
    provider.answers = [json({}, 503)];
    const old = bench.lanes.lane('one', KIND);
    for (let n = 0; n < 3; n += 1) await outcome(send(KIND, { retry: 'never' }));
    expect(old.state().breaker).toBe('open');
    bench.lanes.forget('one');
    bench.lanes.forget('never-there');
    expect(bench.lanes.lane('one', KIND).state()).toEqual({
      breaker: 'closed',
      openUntil: null,
      running: 0,
      waiting: 0,
    });
    expect(bench.lanes.lane('one', KIND)).toBe(bench.lanes.lane('one', KIND));
  });

  it('that are closed answer nobody', async () => {
    bench = createBench({ timeoutMs: 200 });
    provider.answers = [hang];
    const work = outcome(send(KIND, { retry: 'never' }));
    await until(() => provider.asked.length === 1);
    bench.lanes.close();
    expect(await outcome(send(KIND))).toBe('aborted');
    expect(await outcome(bench.lanes.lane('another', KIND).ask(asking(provider.origin)))).toBe('aborted');
    expect(await work).toBe('timed_out');
    expect([provider.asked.length, bench.time.sleepers()]).toEqual([1, 0]);
  });

  it('have one kind each', () => {
    bench.lanes.lane('one', KIND);
    expect(() => bench.lanes.lane('one', { ...KIND, name: 'other' })).toThrow('a lane has one kind');
  });

  it('are counted by kind and outcome', async () => {
    provider.answers = [json({}, 429), json(ADA), json({}, 404), json({}, 401)];
    for (let n = 0; n < 3; n += 1) await bench.drive(send(KIND));
    const text = await bench.metrics.text();
    for (const each of [
      'requests_total{kind="crm",outcome="ok"} 1',
      'requests_total{kind="crm",outcome="refused"} 1',
      'requests_total{kind="crm",outcome="unauthorised"} 1',
      'retries_total{kind="crm",reason="limited"} 1',
      'exchange_seconds_count{kind="crm"} 4',
      'wait_seconds_sum{kind="crm"} 1',
    ])
      expect(text).toContain(`sentinel_outbound_${each}`);
  });
});
