// How a request travels its lane: past the breaker, to its turn, through an exchange, and back to the queue when it may be
// repeated. The breaker hears of each request once, however many exchanges it took.
import type { Clock } from '../clock.ts';
import { type Breaker, createBreaker, type Evidence, type Pass } from './breaker.ts';
import { type Exchanged, exchange } from './exchange.ts';
import { OutboundFailed, type OutboundFetch } from './guarded-fetch.ts';
import { type KeptConnections, keepConnections } from './kept-connections.ts';
import type { Lane, LaneAnswer, LaneKind, LaneRequest } from './lane.ts';
import { createLimits, type Limits, type LimitWitness } from './limits.ts';
import type { Logger } from '../log.ts';
import type { OutboundMetrics, OutboundOutcome } from './outbound-metrics.ts';
import { type FailedExchange, fullJitter, MOST_ATTEMPTS, mayRepeat } from './retry.ts';
import { LONGEST_HOLD_MS } from './retry-after.ts';
import type { Place, Room } from './room.ts';
import type { Sleep } from './sleep.ts';
import { Turns } from './turns.ts';

export interface LaneDeps {
  /** Holds each exchange, body included, to a time and a size. */
  readonly fetch: OutboundFetch;
  readonly clock: Clock;
  /** Within 0 and 1, 1 excluded. */
  readonly random: () => number;
  readonly sleep: Sleep;
  readonly metrics: OutboundMetrics;
  readonly log: Logger;
  /** Of the whole process. */
  readonly room: Room;
}

/**
 * Makes a lane.
 *
 * @param ended ends what waits in the lane, now and later; exchanges that have begun come to their end, since one of
 *   them may be bringing credentials that exist nowhere else
 */
export function createLane(deps: LaneDeps, kind: LaneKind, ended: AbortSignal): Lane {
  const breaker = createBreaker({
    settings: kind.breaker,
    clock: deps.clock,
    onOpen: () => {
      deps.metrics.breakerOpened(kind.name);
      deps.log.warn('outbound.breaker_opened', { kind: kind.name });
    },
    onClose: () => deps.log.info('outbound.breaker_closed', { kind: kind.name }),
  });
  const turns = new Turns({ kind, clock: deps.clock, sleep: deps.sleep });
  const connections = keepConnections(kind.concurrency);
  const road: Road = { ...deps, kind, ended, breaker, turns, connections, limits: createLimits() };
  if (ended.aborted) connections.close();
  else ended.addEventListener('abort', () => connections.close());
  return {
    ask: async (request) => {
      checkCost(kind, request);
      return await counted(road, () => travel(road, request));
    },
    state: () => {
      const { pausedUntil, running, waiting } = turns.state();
      const held = breaker.state();
      const until = Math.max(held.openUntil?.getTime() ?? 0, pausedUntil ?? 0);
      return { breaker: held.breaker, openUntil: until === 0 ? null : new Date(until), running, waiting };
    },
  };
}

interface Road extends LaneDeps {
  readonly kind: LaneKind;
  readonly ended: AbortSignal;
  readonly breaker: Breaker;
  readonly turns: Turns;
  readonly connections: KeptConnections;
  readonly limits: Limits;
}

/** One request under way. */
interface Trip<T> {
  readonly request: LaneRequest<T>;
  readonly signal: AbortSignal;
  readonly deadline: number;
  pass: Pass | null;
  evidence: Evidence;
  isSettled: boolean;
}

const timeOf = (clock: Clock): number => clock.now().getTime();

function checkCost({ budgets }: LaneKind, { budget, cost = 1 }: LaneRequest<unknown>): void {
  if (!(cost >= 0)) throw new RangeError('a cost is zero or more');
  if (budget === undefined) return;
  const { capacity } = Object.hasOwn(budgets, budget) ? (budgets[budget] ?? { capacity: -1 }) : { capacity: -1 };
  if (!(cost <= capacity)) throw new RangeError('a cost that its budget can never pay');
}

async function counted<T>(road: Road, work: () => Promise<LaneAnswer<T>>): Promise<LaneAnswer<T>> {
  const count = (outcome: OutboundOutcome): void => road.metrics.asked(road.kind.name, outcome);
  try {
    const answer = await work();
    count(answer.kind);
    return answer;
  } catch (error) {
    if (error instanceof OutboundFailed) count(error.reason);
    throw error;
  }
}

async function travel<T>(road: Road, request: LaneRequest<T>): Promise<LaneAnswer<T>> {
  if (!road.breaker.mayEnter()) throw leftAlone(road);
  const trip: Trip<T> = {
    request,
    signal: request.signal === undefined ? road.ended : AbortSignal.any([road.ended, request.signal]),
    deadline: timeOf(road.clock) + road.kind.patienceMs,
    pass: null,
    evidence: 'none',
    isSettled: false,
  };
  try {
    return await repeat(road, trip);
  } finally {
    settle(trip);
  }
}

async function repeat<T>(road: Road, trip: Trip<T>): Promise<LaneAnswer<T>> {
  let { outcome, notBefore } = await attempt(road, trip, { number: 1, notBefore: null });
  for (let number = 2; outcome.kind === 'failed'; number += 1) {
    const { error } = outcome;
    if (notBefore === null) throw error;
    road.metrics.repeated(road.kind.name, error.reason);
    ({ outcome, notBefore } = await attempt(road, trip, { number, notBefore }).catch((noTurn: unknown) => {
      // Whoever got no turn to repeat is told why the exchange before failed.
      throw noTurn instanceof OutboundFailed && noTurn.reason !== 'aborted' ? error : noTurn;
    }));
  }
  return outcome.answer;
}

interface Attempt {
  /** 1 for the first. */
  readonly number: number;
  readonly notBefore: number | null;
}

/** Waits for a turn and makes an exchange. What follows from it is done before anybody else has the turn. */
async function attempt<T>(
  road: Road,
  trip: Trip<T>,
  { number, notBefore }: Attempt,
): Promise<{ readonly outcome: Exchanged<T>; readonly notBefore: number | null }> {
  const { request, signal, deadline } = trip;
  const asked = timeOf(road.clock);
  const turn = { budget: request.budget ?? null, cost: request.cost ?? 1, notBefore, deadline, signal };
  return await road.turns.run(turn, async () => {
    const place = await road.room.enter(road, { deadline, signal });
    try {
      road.metrics.waited(road.kind.name, timeOf(road.clock) - asked);
      const outcome = await exchangeAt(road, trip, place);
      const again = outcome.kind === 'failed' ? repeatAt(road, trip, { failed: outcome, number }) : null;
      if (again === null) settle(trip);
      return { outcome, notBefore: again };
    } finally {
      place.release();
    }
  });
}

async function exchangeAt<T>(road: Road, trip: Trip<T>, place: Place): Promise<Exchanged<T>> {
  const { request } = trip;
  trip.pass ??= road.breaker.enter();
  if (trip.pass === null) throw leftAlone(road);
  const begun = timeOf(road.clock);
  const witness = road.limits.begin(request.budget ?? null);
  const outcome = await exchange(road, request, place);
  road.metrics.exchanged(road.kind.name, timeOf(road.clock) - begun);
  trip.evidence = evidenceOf(outcome) ?? trip.evidence;
  if (outcome.kind === 'answered') witness.answered();
  else holdBack(road, request, { error: outcome.error, witness });
  return outcome;
}

function settle(trip: Trip<unknown>): void {
  if (!trip.isSettled) trip.pass?.settle(trip.evidence);
  trip.isSettled = true;
}

/** What a provider asked for holds for the requests it meant: those of one budget, or when it is unavailable for all. */
function holdBack<T>(
  { turns, clock }: Road,
  { budget }: LaneRequest<T>,
  { error: { reason, retryAfterMs }, witness }: { readonly error: OutboundFailed; readonly witness: LimitWitness },
): void {
  if (reason !== 'limited' && reason !== 'unavailable') return;
  const told = retryAfterMs ?? 0;
  const wait = reason === 'limited' ? Math.max(told, witness.limited()) : told;
  if (wait === 0) return;
  const now = timeOf(clock);
  const pause = { until: now + Math.min(wait, LONGEST_HOLD_MS), toldUntil: now + wait, reason };
  turns.pause(reason === 'limited' ? (budget ?? null) : null, pause);
}

/**
 * When a failed exchange is made again; null when it is not. A breaker that opened, or this being its probe, ends it, and
 * so does a limit that outlasts what a lane waits for, such as one of a day.
 */
function repeatAt<T>(
  { clock, random, breaker }: Road,
  { request, deadline }: Trip<T>,
  { failed, number }: { readonly failed: FailedExchange; readonly number: number },
): number | null {
  if (number >= MOST_ATTEMPTS || !breaker.mayEnter() || !mayRepeat(request.retry, failed)) return null;
  const told = failed.error.retryAfterMs ?? 0;
  if (told > LONGEST_HOLD_MS) return null;
  const at = timeOf(clock) + Math.max(told, fullJitter(number, random));
  return at > deadline ? null : at;
}

/** What an exchange shows of its provider; null when nothing, as one that never left or that its caller ended. */
function evidenceOf(outcome: Exchanged<unknown>): Evidence | null {
  if (outcome.kind === 'answered') return 'answered';
  switch (outcome.error.reason) {
    case 'limited':
    case 'too_large':
      return 'answered';
    case 'no_answer':
    case 'timed_out':
    case 'unavailable':
    case 'unreadable_answer':
      return 'failed';
    default:
      return null;
  }
}

function leftAlone({ breaker, clock }: Road): OutboundFailed {
  const { openUntil } = breaker.state();
  const retryAfterMs = openUntil === null ? null : openUntil.getTime() - timeOf(clock);
  return new OutboundFailed('breaker_open', { retryAfterMs, unsent: true });
}
