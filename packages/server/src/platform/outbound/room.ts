// What all lanes of a process together may have under way: exchanges, and bytes of answers. A place that becomes free goes to
// the lane that has the fewest, so one that keeps many busy takes nothing from one that asks now and then.
import type { Clock } from '../clock.ts';
import { type AnswerBytes, createAnswerBytes, type HeldAnswer } from './answer-bytes.ts';
import { OutboundFailed } from './guarded-fetch.ts';
import type { Sleep } from './sleep.ts';

export interface RoomLimits {
  /** At a time. */
  readonly exchanges: number;
  /** Of answers, from their first byte until they have been read; one answer, and small ones, may go over it. */
  readonly bytes: number;
  readonly smallBytes: number;
}

export const PROCESS_ROOM: RoomLimits = { exchanges: 64, bytes: 128 * 1024 * 1024, smallBytes: 64 * 1024 };

/** One exchange's place. Released once, whatever became of it. */
export type Place = HeldAnswer;

interface Wait {
  /** In milliseconds since the epoch. */
  readonly deadline: number;
  readonly signal: AbortSignal;
}

interface Waiting {
  readonly lane: object;
  readonly start: () => void;
}

export class Room {
  readonly #deps: { readonly clock: Clock; readonly sleep: Sleep };
  readonly #most: number;
  readonly #bytes: AnswerBytes;
  /** Exchanges by lane. */
  readonly #running = new Map<object, number>();
  #places: number;
  #waiting: readonly Waiting[] = [];

  constructor(limits: RoomLimits, deps: { readonly clock: Clock; readonly sleep: Sleep }) {
    this.#deps = deps;
    this.#most = limits.exchanges;
    this.#places = limits.exchanges;
    this.#bytes = createAnswerBytes({ most: limits.bytes, small: limits.smallBytes });
  }

  state(): { readonly running: number; readonly waiting: number; readonly bytes: number } {
    return { running: this.#most - this.#places, waiting: this.#waiting.length, bytes: this.#bytes.held() };
  }

  /**
   * Waits for a place.
   *
   * @param lane who asks; the same object each time
   * @throws OutboundFailed `queue_full` when none became free in time; `aborted`
   */
  async enter(lane: object, wait: Wait): Promise<Place> {
    if (this.#places > 0) this.#take(lane);
    else await this.#wait(lane, wait);
    const held = this.#bytes.hold();
    return {
      grow: held.grow,
      release: () => {
        held.release();
        this.#giveBack(lane);
      },
    };
  }

  #take(lane: object): void {
    this.#places -= 1;
    this.#running.set(lane, this.#runningOf(lane) + 1);
  }

  #giveBack(lane: object): void {
    this.#places += 1;
    const left = this.#runningOf(lane) - 1;
    if (left === 0) this.#running.delete(lane);
    else this.#running.set(lane, left);
    this.#next()?.start();
  }

  #runningOf(lane: object): number {
    return this.#running.get(lane) ?? 0;
  }

  /** Of the lanes with the fewest exchanges, who has waited longest. */
  #next(): Waiting | null {
    let next: Waiting | null = null;
    for (const each of this.#waiting)
      if (next === null || this.#runningOf(each.lane) < this.#runningOf(next.lane)) next = each;
    return next;
  }

  #wait(lane: object, { deadline, signal }: Wait): Promise<void> {
    return new Promise((resolve, reject) => {
      const alarm = new AbortController();
      const leave = (): void => {
        this.#waiting = this.#waiting.filter((each) => each !== entry);
        signal.removeEventListener('abort', giveUp);
        alarm.abort();
      };
      const fail = (reason: 'aborted' | 'queue_full'): void => {
        leave();
        reject(new OutboundFailed(reason, { unsent: true }));
      };
      const giveUp = (): void => fail('aborted');
      const start = (): void => {
        leave();
        this.#take(lane);
        resolve();
      };
      const entry: Waiting = { lane, start };
      if (signal.aborted) return giveUp();
      signal.addEventListener('abort', giveUp);
      this.#waiting = [...this.#waiting, entry];
      void this.#deps.sleep(deadline - this.#deps.clock.now().getTime(), alarm.signal).then(() => {
        if (!alarm.signal.aborted) fail('queue_full');
      });
    });
  }
}
