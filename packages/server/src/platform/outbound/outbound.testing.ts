// What tests of the outbound layer stand on: time that passes when told, and a provider that answers over real HTTP.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { setImmediate as turnOfLoop } from 'node:timers/promises';
import { z } from 'zod';
import type { Clock } from '../clock.ts';
import { createMetrics, type Metrics } from '../metrics.ts';
import { silentLogger } from '../log.ts';
import { plainDialect } from './dialect.ts';
import { createOutboundFetch, type OutboundFetch } from './guarded-fetch.ts';
import type { LaneKind, LaneRequest } from './lane.ts';
import { createLanes, type Lanes } from './lanes.ts';
import type { RoomLimits } from './room.ts';
import { createOutboundMetrics } from './outbound-metrics.ts';
import type { Sleep } from './sleep.ts';

export const START = Date.UTC(2026, 0, 5, 9);

export interface VirtualTime {
  readonly clock: Clock;
  readonly sleep: Sleep;
  /** Milliseconds since the start. */
  now(): number;
  sleepers(): number;
  /** Lets time pass, waking sleepers in their order. */
  pass(ms: number): Promise<void>;
  /** Wakes the first sleeper; answers whether there was one. */
  wakeNext(): boolean;
}

export function createVirtualTime(): VirtualTime {
  let now = START;
  const sleepers = new Set<{ readonly due: number; readonly wake: () => void }>();
  const wakeUntil = (limit: number): boolean => {
    const next = [...sleepers].sort((one, other) => one.due - other.due)[0];
    if (next === undefined || next.due > limit) return false;
    now = Math.max(now, next.due);
    next.wake();
    return true;
  };
  return {
    clock: { now: () => new Date(now) },
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        const sleeper = { due: now + ms, wake: () => end() };
        const end = (): void => {
          sleepers.delete(sleeper);
          resolve();
        };
        sleepers.add(sleeper);
        signal.addEventListener('abort', end);
      }),
    now: () => now - START,
    sleepers: () => sleepers.size,
    wakeNext: () => wakeUntil(Number.POSITIVE_INFINITY),
    pass: async (ms) => {
      const until = now + ms;
      while (wakeUntil(until)) await loopTurns();
      now = until;
      await loopTurns();
    },
  };
}

/** Long enough for everything that waits for no server and no timer. */
export async function loopTurns(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await turnOfLoop();
}

export type Answering = (request: IncomingMessage, response: ServerResponse) => void;

export interface Provider {
  readonly origin: string;
  /** What is answered next, in this order; the last one stays. */
  answers: Answering[];
  /** What was asked, in order: method and path. */
  readonly asked: string[];
  /** Connections that were opened to it. */
  connections(): number;
  close(): void;
}

export async function startProvider(onAsked: () => void = () => {}): Promise<Provider> {
  const asked: string[] = [];
  let opened = 0;
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    onAsked();
    const answer = provider.answers.length > 1 ? provider.answers.shift() : provider.answers[0];
    (answer ?? json({}))(request, response);
  });
  server.on('connection', () => {
    opened += 1;
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const provider: Provider = {
    origin: `http://127.0.0.1:${port}`,
    answers: [],
    asked,
    connections: () => opened,
    close: () => server.close().closeAllConnections(),
  };
  return provider;
}

/** An answer with a JSON body. */
export function json(body: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): Answering {
  return (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(JSON.stringify(body));
  };
}
export const text =
  (body: string, status = 200): Answering =>
  (_request, response) =>
    void response.writeHead(status, { 'content-type': 'text/html' }).end(body);
export const hang: Answering = () => {};
export const reset: Answering = (request) => void request.socket.destroy();
export const resetInBody: Answering = (request, response) => {
  response.writeHead(200, { 'content-length': '100' });
  response.write('{"name":', () => request.socket.destroy());
};
/** A byte now and then, so that the connection is never silent and never done. */
export const drip: Answering = (_request, response) => {
  response.writeHead(200);
  const timer = setInterval(() => response.write(' '), 10);
  response.on('close', () => clearInterval(timer));
};

export const CONTACT = z.object({ name: z.string() });
export const ADA = { name: 'Ada' };

export const KIND: LaneKind = {
  name: 'crm',
  concurrency: 4,
  queue: 100,
  patienceMs: 60_000,
  budgets: {},
  breaker: { failures: 3, openMs: 30_000 },
};

export interface Bench {
  readonly lanes: Lanes;
  readonly time: VirtualTime;
  readonly metrics: Metrics;
  /** Waits for the end of work, letting time pass whenever nobody is being asked. */
  drive<T>(work: Promise<T>): Promise<T>;
}

/** Lanes on virtual time and real sockets. An exchange may take 3 s of real time and 10,000 bytes unless told otherwise. */
export function createBench(
  options: { random?: number; timeoutMs?: number; maxBytes?: number; limits?: RoomLimits } = {},
): Bench {
  const { random = 0.5, timeoutMs = 3_000, maxBytes = 10_000, limits } = options;
  const time = createVirtualTime();
  const guarded = createOutboundFetch({ timeoutMs, maxBytes });
  let running = 0;
  const fetch: OutboundFetch = (request) => {
    running += 1;
    return guarded(request).finally(() => {
      running -= 1;
    });
  };
  const metrics = createMetrics();
  const lanes = createLanes({
    fetch,
    clock: time.clock,
    sleep: time.sleep,
    random: () => random,
    log: silentLogger,
    metrics: createOutboundMetrics(metrics, ['crm']),
    ...(limits === undefined ? {} : { limits }),
  });
  const drive = async <T>(work: Promise<T>): Promise<T> => {
    let isDone = false;
    const end = (): void => {
      isDone = true;
    };
    work.then(end, end);
    while (!isDone) {
      await loopTurns();
      if (!isDone && running === 0) time.wakeNext();
    }
    return await work;
  };
  return { lanes, time, metrics, drive };
}

/** A request that is safe to repeat, within this machine. */
export function asking(url: string, more: Partial<LaneRequest<unknown>> = {}): LaneRequest<unknown> {
  const plain = { method: 'GET', headers: {}, body: null, answer: CONTACT, dialect: plainDialect } as const;
  return { ...plain, url: new URL(url), reach: 'loopback', retry: 'safe', ...more };
}
