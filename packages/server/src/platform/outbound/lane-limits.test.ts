import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { type Dialect, plainDialect } from './dialect.ts';
import type { LaneKind, LaneRequest } from './lane.ts';
import { ADA, asking, type Bench, createBench, json, KIND, loopTurns, startProvider } from './outbound.testing.ts';

const DAY_MS = 24 * 3_600_000;
const times: number[] = [];
const provider = await startProvider(() => times.push(bench.time.now()));
afterAll(() => provider.close());
let bench: Bench;
beforeEach(() => {
  bench = createBench();
  provider.answers = [json({}, 429)];
  provider.asked.length = 0;
  times.length = 0;
});
const BUDGETED: LaneKind = {
  ...KIND,
  budgets: { general: { capacity: 50, perMs: 1000 }, search: { capacity: 50, perMs: 1000 } },
};
const ask = (more: Partial<LaneRequest<unknown>> = {}, kind: LaneKind = KIND) =>
  bench.lanes.lane('one', kind).ask(asking(provider.origin, more));
const failureOf = async (work: Promise<unknown>) =>
  await work.then(
    () => null,
    (error: { reason: string; retryAfterMs: number | null }) => [error.reason, error.retryAfterMs],
  );

describe('a lane that is limited without being told for how long', () => {
  // What went wrong elsewhere: fifty requests became two hundred exchanges within two seconds.
  it('is silent for twice as long each time, and those who wait do so together', async () => {
    const fifty = Array.from({ length: 50 }, () => failureOf(ask()));
    await bench.drive(Promise.all(fifty));
    expect(new Set(times)).toEqual(new Set([0, 1_000, 3_000, 7_000, 15_000, 31_000]));
    expect(provider.asked.length).toBeLessThanOrEqual(6 * KIND.concurrency);
  });

  it('holds back the budget that was limited, and no other', async () => {
    provider.answers = [json({}, 429), json(ADA)];
    const search = ask({ budget: 'search' }, BUDGETED);
    while (bench.lanes.lane('one', BUDGETED).state().waiting === 0) await loopTurns();
    await ask({ budget: 'general' }, BUDGETED);
    await bench.drive(Promise.all([search, ask({ budget: 'search' }, BUDGETED)]));
    expect(times).toEqual([0, 0, 1_000, 1_000]);
  });

  it('goes on as before once it was answered', async () => {
    provider.answers = [json({}, 429), json({}, 429), json(ADA), json({}, 429), json(ADA)];
    await bench.drive(ask());
    await bench.drive(ask());
    expect(times).toEqual([0, 1_000, 3_000, 3_000, 4_000]);
  });

  it('says when the next request may leave', async () => {
    await failureOf(ask({ retry: 'never' }));
    expect(bench.lanes.lane('one', KIND).state().openUntil).toEqual(new Date(Date.UTC(2026, 0, 5, 9, 0, 1)));
  });
});

describe('a limit of a day', () => {
  const patient: LaneKind = { ...KIND, patienceMs: 2 * DAY_MS };

  it('is said by a dialect, and then nothing is repeated, however long there is time', async () => {
    const dialect: Dialect = {
      judge: (answer) => {
        const verdict = plainDialect.judge(answer);
        return verdict.kind === 'limited' ? { kind: 'limited', retryAfterMs: DAY_MS } : verdict;
      },
    };
    expect(await failureOf(bench.drive(ask({ dialect }, patient)))).toEqual(['limited', DAY_MS]);
    expect([provider.asked.length, bench.time.now()]).toEqual([1, 0]);
  });

  // What went wrong elsewhere: one answer closed a lane for a day, and no check could find out that it was over.
  it.each([
    [429, 'limited'],
    [503, 'unavailable'],
  ])('keeps a lane silent for 15 minutes only; whoever asks meanwhile hears the whole time: %d', async (status, as) => {
    provider.answers = [json({}, status, { 'retry-after': '86400' }), json(ADA)];
    expect(await failureOf(ask())).toEqual([as, DAY_MS]);
    expect(bench.lanes.lane('one', KIND).state().openUntil).toEqual(new Date(Date.UTC(2026, 0, 5, 9, 15)));
    await bench.time.pass(60_000);
    expect(await failureOf(ask())).toEqual([as, DAY_MS - 60_000]);
    await bench.time.pass(14 * 60_000);
    expect(await ask()).toMatchObject({ kind: 'ok' });
    expect(provider.asked).toHaveLength(2);
  });
});
