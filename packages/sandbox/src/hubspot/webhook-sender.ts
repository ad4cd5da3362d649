// Webhooks on their way to one application: at most a hundred in a delivery, at most ten deliveries at a time, and again up
// to ten times when they are not taken. Waits are short here; the real ones spread over a day.
import type { Machine } from './hub.ts';
import { deliver, type Mischief, type Target, type WebhookEvent } from './webhook-delivery.ts';

const BATCH = 100;
const AT_ONCE = 10;
const MAX_RETRIES = 10;
const MAX_WAIT_MS = 60_000;
const GATHER_MS = 10;

interface Batch {
  readonly events: readonly WebhookEvent[];
  readonly attempt: number;
}

export class WebhookSender {
  readonly #target: Target;
  readonly #machine: Machine;
  readonly #mischief: (events: readonly WebhookEvent[]) => Mischief;
  readonly #stop = new AbortController();
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #ready: Batch[] = [];
  #gathered: WebhookEvent[] = [];
  #flying = 0;
  #rest: PromiseWithResolvers<void> | null = null;

  /** @param mischief asked once for each delivery */
  constructor(target: Target, machine: Machine, mischief: (events: readonly WebhookEvent[]) => Mischief) {
    this.#target = target;
    this.#machine = machine;
    this.#mischief = mischief;
  }

  send(events: readonly WebhookEvent[]): void {
    if (events.length === 0 || this.#stop.signal.aborted) return;
    if (this.#gathered.length === 0) this.#later(GATHER_MS, () => this.#divide());
    for (const event of events) this.#gathered.push(event);
  }

  /** Resolves when nothing is queued, on its way, or waiting for another try. */
  settled(): Promise<void> {
    this.#rest ??= Promise.withResolvers<void>();
    const { promise } = this.#rest;
    this.#restIfDone();
    return promise;
  }

  /** Gives up what has not been taken. */
  close(): void {
    this.#stop.abort();
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    this.#gathered = [];
    this.#ready.length = 0;
    this.#restIfDone();
  }

  #divide(): void {
    const all = this.#gathered;
    this.#gathered = [];
    for (let at = 0; at < all.length; at += BATCH) this.#ready.push({ events: all.slice(at, at + BATCH), attempt: 0 });
    this.#launch();
  }

  #launch(): void {
    while (this.#flying < AT_ONCE) {
      const batch = this.#ready.shift();
      if (batch === undefined) return;
      this.#flying += 1;
      void this.#fly(batch);
    }
  }

  async #fly({ events, attempt }: Batch): Promise<void> {
    const { signal: stop } = this.#stop;
    const mischief = this.#mischief(events);
    const isTaken = await deliver(this.#target, this.#machine, { events, attempt, mischief, stop });
    this.#flying -= 1;
    if (!isTaken && attempt < MAX_RETRIES && !stop.aborted)
      this.#later(waitAfter(attempt, this.#machine), () => {
        this.#ready.push({ events, attempt: attempt + 1 });
        this.#launch();
      });
    this.#launch();
    this.#restIfDone();
  }

  #later(ms: number, work: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      work();
      this.#restIfDone();
    }, ms);
    timer.unref();
    this.#timers.add(timer);
  }

  #restIfDone(): void {
    const isBusy = this.#gathered.length + this.#ready.length + this.#flying + this.#timers.size > 0;
    if (isBusy) return;
    this.#rest?.resolve();
    this.#rest = null;
  }
}

function waitAfter(attempt: number, { random, retryMs }: Machine): number {
  return Math.min(MAX_WAIT_MS, retryMs * 2 ** attempt) * (0.5 + random());
}
