// What a lane costs: the same requests to a server on this machine through the guarded fetch alone and through a lane (turn,
// budget, breaker, judging, parsing), both on connections that stay open, in processor time of this process, the server's
// share included in both; and how many requests a lane passes when nothing is behind it, a few at a time and with a long queue.
import { createServer } from 'node:http';
import { z } from 'zod';
import { systemClock } from '../packages/server/src/platform/clock.ts';
import { silentLogger } from '../packages/server/src/platform/log.ts';
import { createMetrics } from '../packages/server/src/platform/metrics.ts';
import { plainDialect } from '../packages/server/src/platform/outbound/dialect.ts';
import { createOutboundFetch, type OutboundFetch } from '../packages/server/src/platform/outbound/guarded-fetch.ts';
import { keepConnections } from '../packages/server/src/platform/outbound/kept-connections.ts';
import type { LaneKind, LaneRequest } from '../packages/server/src/platform/outbound/lane.ts';
import { createLanes, type Lanes } from '../packages/server/src/platform/outbound/lanes.ts';
import { createOutboundMetrics } from '../packages/server/src/platform/outbound/outbound-metrics.ts';
import { systemSleep } from '../packages/server/src/platform/outbound/sleep.ts';
import { cpuTime, isQuick, sayFigures, wallTime } from './figures.ts';

const ROUNDS = isQuick ? 2 : 7;
const REQUESTS = isQuick ? 100 : 2_000;
const PASSES = isQuick ? 500 : 20_000;
const AT_A_TIME = 16;
const QUEUED = 1_000;
const ANSWER = JSON.stringify({ results: [{ id: '1', name: 'Ada' }] });
const KIND: LaneKind = {
  name: 'bench',
  concurrency: AT_A_TIME,
  queue: QUEUED,
  patienceMs: 600_000,
  budgets: { units: { capacity: 1e9, perMs: 1000 } },
  breaker: { failures: 5, openMs: 1000 },
};

const server = createServer((_request, response) => response.end(ANSWER));
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
const address = server.address();
if (address === null || typeof address === 'string') throw new Error('a server without a port');
const request: LaneRequest<unknown> = {
  url: new URL(`http://127.0.0.1:${address.port}/`),
  method: 'GET',
  headers: {},
  body: null,
  answer: z.object({ results: z.array(z.object({ id: z.string(), name: z.string() })) }),
  dialect: plainDialect,
  reach: 'loopback',
  retry: 'safe',
  budget: 'units',
};
const guarded = createOutboundFetch({ timeoutMs: 30_000, maxBytes: 1_000_000 });
const connections = keepConnections(AT_A_TIME);
const nowhere: OutboundFetch = async () => new Response(ANSWER);

const overhead: number[] = [];
const few: number[] = [];
const many: number[] = [];
for (let round = 0; round <= ROUNDS; round += 1) {
  const road = lanesOver(guarded).lane('one', KIND);
  const bare = () =>
    sideBySide(AT_A_TIME, REQUESTS, async () => void (await (await guarded({ ...request, connections })).json()));
  const onLane = () => sideBySide(AT_A_TIME, REQUESTS, () => road.ask(request));
  // Each goes first half of the time: whoever comes second finds the machine warmer.
  const isBareFirst = round % 2 === 0;
  const first = await cpuTime(isBareFirst ? bare : onLane);
  const second = await cpuTime(isBareFirst ? onLane : bare);
  const empty = lanesOver(nowhere).lane('one', KIND);
  const fewMs = await wallTime(() => sideBySide(AT_A_TIME, PASSES, () => empty.ask(request)));
  const manyMs = await wallTime(() => sideBySide(QUEUED, PASSES, () => empty.ask(request)));
  if (round === 0) continue;
  overhead.push(isBareFirst ? second / first : first / second);
  few.push((PASSES / fewMs) * 1000);
  many.push((PASSES / manyMs) * 1000);
}
server.close();
sayFigures([
  {
    name: 'outbound: a lane over the guarded fetch alone, processor time',
    unit: '×',
    better: 'lower',
    rounds: overhead,
  },
  { name: `outbound: passed by a lane, ${AT_A_TIME} at a time`, unit: 'requests/s', rounds: few },
  { name: `outbound: passed by a lane, ${QUEUED} waiting`, unit: 'requests/s', rounds: many },
]);

function lanesOver(fetch: OutboundFetch): Lanes {
  return createLanes({
    fetch,
    clock: systemClock,
    random: Math.random,
    sleep: systemSleep,
    metrics: createOutboundMetrics(createMetrics(), [KIND.name]),
    log: silentLogger,
  });
}

async function sideBySide(lines: number, times: number, work: () => Promise<unknown>): Promise<void> {
  let started = 0;
  const line = async (): Promise<void> => {
    while (started < times) {
      started += 1;
      await work();
    }
  };
  await Promise.all(Array.from({ length: lines }, line));
}
