// Carries what a provider sends of its own accord: each attempt signed anew, an answer awaited so long and no longer, retries
// after waits that a test can shorten. First attempts leave in order.
export type FailureReason = 'http_timeout' | 'connection_failed' | 'http_error' | 'too_many_redirects';

export interface Attempt {
  /** 1 for the first. */
  readonly number: number;
  /** Why the one before failed; null for the first. */
  readonly reason: FailureReason | null;
}

export interface Parcel {
  readonly id: string;
  readonly url: string;
  readonly body: Buffer;
  /** Everything but the content type, which is JSON. */
  headers(attempt: Attempt): Readonly<Record<string, string>>;
}

export interface Delivery extends Attempt {
  readonly id: string;
  /** Null when no answer came. */
  readonly status: number | null;
  readonly failed: FailureReason | null;
}

export interface CourierOptions {
  readonly answerWithinMs: number;
  /** How long to wait before each retry; as many retries as waits. */
  readonly waitsMs: readonly number[];
  /** Whether this answer forbids retries. */
  readonly stops?: (headers: Headers) => boolean;
  readonly fetch?: typeof fetch;
}

export interface Courier {
  send(parcel: Parcel): void;
  /** The last thousand attempts, oldest first. */
  list(): readonly Delivery[];
  /** Waits until nothing is on its way; retries that wait for their time are not. */
  settled(): Promise<void>;
  close(): void;
}

const AT_ONCE = 8;
const KEPT = 1000;

interface Trip {
  readonly parcel: Parcel;
  readonly attempt: Attempt;
}

interface Desk {
  readonly options: CourierOptions;
  readonly queue: Trip[];
  readonly log: Delivery[];
  readonly timers: Set<NodeJS.Timeout>;
  readonly closing: AbortController;
  waiting: (() => void)[];
  underway: number;
}

export function openCourier(options: CourierOptions): Courier {
  const desk: Desk = {
    options,
    queue: [],
    log: [],
    timers: new Set(),
    closing: new AbortController(),
    waiting: [],
    underway: 0,
  };
  return {
    send: (parcel) => dispatch(desk, { parcel, attempt: { number: 1, reason: null } }),
    list: () => [...desk.log],
    settled: async () => {
      if (desk.underway + desk.queue.length > 0) await new Promise<void>((resolve) => desk.waiting.push(resolve));
    },
    close: () => {
      desk.queue.length = 0;
      for (const timer of desk.timers) clearTimeout(timer);
      desk.timers.clear();
      desk.closing.abort();
    },
  };
}

function dispatch(desk: Desk, trip: Trip): void {
  if (desk.closing.signal.aborted) return;
  desk.queue.push(trip);
  work(desk);
}

function work(desk: Desk): void {
  while (desk.underway < AT_ONCE) {
    const trip = desk.queue.shift();
    if (trip === undefined) break;
    desk.underway += 1;
    void carry(desk, trip).finally(() => {
      desk.underway -= 1;
      work(desk);
    });
  }
  if (desk.underway + desk.queue.length > 0) return;
  const { waiting } = desk;
  desk.waiting = [];
  for (const resolve of waiting) resolve();
}

async function carry(desk: Desk, trip: Trip): Promise<void> {
  const { parcel, attempt } = trip;
  const { status, failed, final } = await post(desk, trip);
  desk.log.push({ ...attempt, id: parcel.id, status, failed });
  if (desk.log.length > KEPT) desk.log.shift();
  const wait = desk.options.waitsMs[attempt.number - 1];
  if (failed === null || final || wait === undefined) return;
  const again = { parcel, attempt: { number: attempt.number + 1, reason: failed } };
  if (wait === 0) return dispatch(desk, again);
  if (desk.closing.signal.aborted) return;
  const timer = setTimeout(() => {
    desk.timers.delete(timer);
    dispatch(desk, again);
  }, wait);
  timer.unref();
  desk.timers.add(timer);
}

interface Outcome {
  readonly status: number | null;
  readonly failed: FailureReason | null;
  readonly final: boolean;
}

async function post({ options, closing }: Desk, { parcel, attempt }: Trip): Promise<Outcome> {
  const timeout = AbortSignal.timeout(options.answerWithinMs);
  try {
    const response = await (options.fetch ?? fetch)(parcel.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...parcel.headers(attempt) },
      body: new Uint8Array(parcel.body),
      redirect: 'manual',
      signal: AbortSignal.any([timeout, closing.signal]),
    });
    await response.body?.cancel();
    const { status } = response;
    if (response.ok) return { status, failed: null, final: true };
    const failed = status >= 300 && status < 400 ? 'too_many_redirects' : 'http_error';
    return { status, failed, final: options.stops?.(response.headers) ?? false };
  } catch {
    return { status: null, failed: timeout.aborted ? 'http_timeout' : 'connection_failed', final: false };
  }
}
