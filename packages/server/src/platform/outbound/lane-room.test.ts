import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import type { LaneKind, LaneRequest } from './lane.ts';
import {
  ADA,
  type Answering,
  asking,
  type Bench,
  createBench,
  drip,
  json,
  KIND,
  loopTurns,
  startProvider,
  text,
} from './outbound.testing.ts';

const provider = await startProvider();
afterAll(() => provider.close());
const held = new Map<string, (() => void)[]>();
const hold: Answering = (request, response) => {
  const path = request.url ?? '';
  held.set(path, [...(held.get(path) ?? []), () => json(ADA)(request, response)]);
};
const letGo = (path: string): void => held.get(path)?.shift()?.();
let bench: Bench;
const MIB = 1024 * 1024;
const WIDE: LaneKind = { ...KIND, concurrency: 50 };
beforeEach(() => {
  bench = createBench({ limits: { exchanges: 4, bytes: MIB, smallBytes: 0 } });
  provider.answers = [hold];
  provider.asked.length = 0;
  held.clear();
});
const ask = (key: string, more: Partial<LaneRequest<unknown>> = {}) =>
  bench.lanes.lane(key, WIDE).ask(asking(`${provider.origin}/${key}`, { retry: 'never', ...more }));
const outcome = (work: Promise<{ kind: string }>): Promise<string> =>
  work.then(
    ({ kind }) => kind,
    (error: { reason: string; unsent: boolean }) => (error.unsent ? `${error.reason}, unsent` : error.reason),
  );
const until = async (isSo: () => boolean): Promise<void> => {
  while (!isSo()) await loopTurns();
};

describe('the room that lanes share', () => {
  // What went wrong elsewhere: a hundred lanes of four had four hundred exchanges under way.
  it('bounds what is under way, and a free place goes to the lane with the fewest', async () => {
    const busy = Array.from({ length: 10 }, () => outcome(ask('busy')));
    await until(() => provider.asked.length === 4);
    const rare = outcome(ask('rare'));
    await loopTurns();
    expect(provider.asked).toHaveLength(4);
    letGo('/busy');
    await until(() => provider.asked.length === 5);
    expect(provider.asked.at(-1)).toBe('GET /rare');
    letGo('/rare');
    expect(await rare).toBe('ok');
    for (let n = 0; n < 9; n += 1) {
      await until(() => (held.get('/busy')?.length ?? 0) > 0);
      letGo('/busy');
    }
    expect(new Set(await Promise.all(busy))).toEqual(new Set(['ok']));
  });

  it('is not waited for longer than a request has time, nor by whoever gave up', async () => {
    const busy = Array.from({ length: 4 }, () => outcome(ask('busy')));
    await until(() => provider.asked.length === 4);
    const late = outcome(ask('late'));
    const controller = new AbortController();
    const given = outcome(ask('given', { signal: controller.signal }));
    await loopTurns();
    controller.abort();
    expect(await given).toBe('aborted, unsent');
    await bench.time.pass(60_000);
    expect(await late).toBe('queue_full, unsent');
    expect(provider.asked).toHaveLength(4);
    for (let n = 0; n < 4; n += 1) letGo('/busy');
    expect(await Promise.all(busy)).toEqual(['ok', 'ok', 'ok', 'ok']);
    expect(bench.time.sleepers()).toBe(0);
  });

  it('is free again after exchanges that failed', async () => {
    provider.answers = [json({}, 500), text('<h1>'), drip, (request) => void request.socket.destroy(), json(ADA)];
    bench = createBench({ limits: { exchanges: 1, bytes: MIB, smallBytes: 0 }, timeoutMs: 200 });
    for (const reason of ['unavailable', 'unreadable_answer', 'timed_out', 'no_answer', 'ok'])
      expect(await outcome(ask(reason))).toBe(reason);
  });

  it('bounds the bytes of answers: those who find it full read on when others have ended', async () => {
    bench = createBench({ limits: { exchanges: 64, bytes: 1_000, smallBytes: 10 } });
    const finish: (() => void)[] = [];
    const holdInBody: Answering = (_request, response) => {
      response.write(`{"name":"${'x'.repeat(900)}`, () => finish.push(() => response.end('"}')));
    };
    provider.answers = [holdInBody, holdInBody, json(ADA)];
    const first = [outcome(ask('one')), outcome(ask('two'))];
    await until(() => finish.length === 2);
    await loopTurns();
    let isRead = false;
    const third = outcome(ask('three')).finally(() => {
      isRead = true;
    });
    await until(() => provider.asked.length === 3);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(isRead).toBe(false);
    for (const each of finish) each();
    expect(await Promise.all([...first, third])).toEqual(['ok', 'ok', 'ok']);
  });
});

describe('an answer', () => {
  const large = (bytes: number): Answering => json({ name: 'x'.repeat(bytes) });
  beforeEach(() => {
    bench = createBench({ maxBytes: 32 * MIB, timeoutMs: 20_000 });
  });

  // What went wrong elsewhere: any answer might take 32 MB.
  it('has at most 8 MiB', async () => {
    provider.answers = [large(8 * MIB)];
    expect(await outcome(ask('one'))).toBe('too_large');
    provider.answers = [large(8 * MIB - 100)];
    expect(await outcome(ask('one'))).toBe('ok');
  });

  it('has what its request says, more or less', async () => {
    provider.answers = [large(9 * MIB)];
    expect(await outcome(ask('one', { maxBytes: 10 * MIB }))).toBe('ok');
    provider.answers = [large(2_000)];
    expect(await outcome(ask('one', { maxBytes: 1_000 }))).toBe('too_large');
  });
});
