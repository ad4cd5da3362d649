// Who of a lane's requests goes next: the first that finds a free slot, tokens in its budget and nothing that tells it to
// wait. One budget that has run dry holds up nobody who pays from another. Waiting ends with the request's time or signal.
// It is ours and not cockatiel's (4.0.0), whose bulkhead keeps a place for requests that were given up long ago.
import type { Clock } from '../clock.ts';
import { OutboundFailed } from './guarded-fetch.ts';
import type { LaneKind } from './lane.ts';
import type { Sleep } from './sleep.ts';
import { createTokenBucket, type TokenBucket } from './token-bucket.ts';

/** Instants are in milliseconds since the epoch. */
export interface TurnRequest {
  /** Null pays from none. */
  readonly budget: string | null;
  readonly cost: number;
  /** Not before this instant; null for a request's first exchange, which a full queue refuses. */
  readonly notBefore: number | null;
  /** A turn that cannot come by then is not waited for. */
  readonly deadline: number;
  readonly signal: AbortSignal;
}

/** What a provider asked for: nothing until then. */
export interface Pause {
  readonly until: number;
  /** What those who cannot wait are told: longer than `until` when the provider asked for more than is kept. */
  readonly toldUntil: number;
  readonly reason: 'limited' | 'unavailable';
}

export interface TurnsDeps {
  readonly kind: LaneKind;
  readonly clock: Clock;
  readonly sleep: Sleep;
}

interface Waiting extends TurnRequest {
  readonly start: () => void;
  readonly fail: (error: OutboundFailed) => void;
}

/** Why a request does not go yet, and until when at least; past its deadline it never will. */
interface Delay {
  readonly until: number;
  readonly toldUntil?: number;
  readonly reason: 'limited' | 'unavailable' | 'queue_full';
}

export class Turns {
  readonly #deps: TurnsDeps;
  readonly #buckets: ReadonlyMap<string, TokenBucket>;
  readonly #pauses = new Map<string | null, Pause>();
  #waiting: readonly Waiting[] = [];
  #running = 0;
  #alarm: { readonly at: number; readonly controller: AbortController } | null = null;

  constructor(deps: TurnsDeps) {
    this.#deps = deps;
    this.#buckets = new Map(
      Object.entries(deps.kind.budgets).map(([name, budget]) => [name, createTokenBucket(budget)]),
    );
  }

  /**
   * Does the work when its turn has come; the slot is free again when the work has ended.
   *
   * @throws OutboundFailed `aborted`; `queue_full` when there is no place to wait in or no slot in time; `limited` or
   *   `unavailable` when a budget or a pause lets nothing out in time
   */
  async run<T>(request: TurnRequest, work: () => Promise<T>): Promise<T> {
    await this.#wait(request);
    try {
      return await work();
    } finally {
      this.#running -= 1;
      this.#advance();
    }
  }

  /** Holds back the requests of one budget, or with null every request of the lane. A longer pause stands. */
  pause(budget: string | null, pause: Pause): void {
    const held = this.#pauses.get(budget);
    if (held === undefined || held.until < pause.until) this.#pauses.set(budget, pause);
    this.#advance();
  }

  /** `pausedUntil`: when the first request could go that does not wait for a slot; null when at once. */
  state(): { readonly running: number; readonly waiting: number; readonly pausedUntil: number | null } {
    const budgets = [...this.#buckets.keys()].map((name) => this.#pauses.get(name)?.until ?? 0);
    const until = Math.max(this.#pauses.get(null)?.until ?? 0, budgets.length === 0 ? 0 : Math.min(...budgets));
    const pausedUntil = until > this.#now() ? until : null;
    return { running: this.#running, waiting: this.#waiting.length, pausedUntil };
  }

  #now(): number {
    return this.#deps.clock.now().getTime();
  }

  #wait(request: TurnRequest): Promise<void> {
    return new Promise((resolve, reject) => {
      if (request.signal.aborted) return reject(new OutboundFailed('aborted', { unsent: true }));
      const leave = (): void => {
        request.signal.removeEventListener('abort', giveUp);
        this.#waiting = this.#waiting.filter((each) => each !== entry);
      };
      const start = (): void => {
        leave();
        resolve();
      };
      const fail = (error: OutboundFailed): void => {
        leave();
        reject(error);
      };
      const giveUp = (): void => {
        fail(new OutboundFailed('aborted', { unsent: true }));
        this.#advance();
      };
      const entry: Waiting = { ...request, start, fail };
      request.signal.addEventListener('abort', giveUp);
      // Who was admitted before goes on before newcomers.
      this.#waiting = request.notBefore === null ? [...this.#waiting, entry] : [entry, ...this.#waiting];
      this.#advance();
      const isOver = this.#waiting.length > this.#deps.kind.queue && this.#waiting.at(-1) === entry;
      if (isOver && request.notBefore === null) fail(new OutboundFailed('queue_full', { unsent: true }));
    });
  }

  /** Starts whoever may go, ends whoever waits in vain, and sets the alarm for the next of either. */
  #advance(): void {
    const now = this.#now();
    const dry = new Set<string | null>();
    let next = Number.POSITIVE_INFINITY;
    for (const each of this.#waiting) {
      const delay = this.#delayOf(each, dry, now);
      if (delay === null) {
        this.#running += 1;
        if (each.budget !== null) this.#buckets.get(each.budget)?.take(each.cost, now);
        each.start();
      } else if (delay.until > each.deadline || each.deadline <= now) {
        const until = delay.toldUntil ?? delay.until;
        const retryAfterMs = until > now ? until - now : null;
        each.fail(new OutboundFailed(delay.reason, { retryAfterMs, unsent: true }));
      } else next = Math.min(next, each.deadline, delay.until > now ? delay.until : each.deadline);
    }
    this.#setAlarm(next);
  }

  /** @param dry budgets whose first in line waits for tokens: those behind it must not overtake */
  #delayOf(each: Waiting, dry: Set<string | null>, now: number): Delay | null {
    const pause = this.#longestPause(each.budget);
    if (pause !== null && pause.until > now) return pause;
    if (each.notBefore !== null && each.notBefore > now) return { until: each.notBefore, reason: 'unavailable' };
    if (this.#running >= this.#deps.kind.concurrency) return { until: now, reason: 'queue_full' };
    if (each.budget === null) return null;
    if (dry.has(each.budget)) return { until: now, reason: 'limited' };
    const readyAt = this.#buckets.get(each.budget)?.readyAt(each.cost, now) ?? now;
    if (readyAt <= now) return null;
    dry.add(each.budget);
    return { until: readyAt, reason: 'limited' };
  }

  #longestPause(budget: string | null): Pause | null {
    const lane = this.#pauses.get(null) ?? null;
    const own = (budget === null ? null : this.#pauses.get(budget)) ?? null;
    return lane !== null && own !== null && own.until > lane.until ? own : (lane ?? own);
  }

  #setAlarm(at: number): void {
    if (this.#alarm?.at === at) return;
    this.#alarm?.controller.abort();
    this.#alarm = null;
    if (at === Number.POSITIVE_INFINITY) return;
    const controller = new AbortController();
    this.#alarm = { at, controller };
    void this.#deps.sleep(at - this.#now(), controller.signal).then(() => {
      if (controller.signal.aborted) return;
      this.#alarm = null;
      this.#advance();
    });
  }
}
