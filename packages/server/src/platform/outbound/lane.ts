// One connection's road to its provider: a turn within the provider's budgets, the breaker, retries, one exchange with an
// end. Lanes share only the room of the process, evenly, so a connection that is dead or slow is felt by nobody else.
import type { z } from 'zod';
import type { Dialect } from './dialect.ts';
import type { Reach } from './reach.ts';

/** A token bucket: `capacity` at once, and an empty one is full again after `perMs`. */
export interface Budget {
  /**
   * To stay within a provider's N per T in every stretch of T, give N / 2 and T: what the bucket holds and what flows in
   * meanwhile add up.
   */
  readonly capacity: number;
  readonly perMs: number;
}

/** What lanes to one provider have in common; each lane has budgets and a breaker of its own. */
export interface LaneKind {
  /** A fixed word, by which metrics and the log speak of it. */
  readonly name: string;
  /** Exchanges at a time. */
  readonly concurrency: number;
  /** Requests that may wait; one more fails as `queue_full`. */
  readonly queue: number;
  /** How long one request may take with its waiting and its retries, in milliseconds. */
  readonly patienceMs: number;
  readonly budgets: Readonly<Record<string, Budget>>;
  /** Opens after so many requests in a row that failed with all their retries; asks again after `openMs`. */
  readonly breaker: { readonly failures: number; readonly openMs: number };
}

/**
 * `safe`: may be repeated whatever happened. `unsent_only`: only when the request surely never reached the server, or was
 * turned away for its haste (429); a 503 may be a gateway's, behind which it was done. `never`: not at all.
 */
export type RetryRule = 'safe' | 'unsent_only' | 'never';

export interface LaneRequest<T> {
  readonly url: URL;
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
  /** What a good answer looks like. An empty body is null. */
  readonly answer: z.ZodType<T>;
  readonly dialect: Dialect;
  readonly reach: Reach;
  readonly retry: RetryRule;
  /** The budget of the lane's kind that every exchange is paid from. */
  readonly budget?: string;
  /** In units of the budget; 1 unless said. */
  readonly cost?: number;
  /** The greatest answer to read, in bytes; 8 MiB unless said. */
  readonly maxBytes?: number;
  /** Ends the waiting and the exchange. */
  readonly signal?: AbortSignal;
}

export type LaneAnswer<T> =
  | { readonly kind: 'ok'; readonly status: number; readonly headers: Headers; readonly value: T }
  | { readonly kind: 'unauthorised'; readonly json: unknown }
  | { readonly kind: 'refused'; readonly status: number; readonly code: string; readonly json: unknown };

export interface LaneStanding {
  readonly breaker: 'closed' | 'open' | 'half_open';
  /** When the next request may leave; null when at once. A limit that lasts longer is asked about every 15 minutes. */
  readonly openUntil: Date | null;
  readonly running: number;
  readonly waiting: number;
}

export interface Lane {
  /**
   * Asks, waits and repeats as the request allows.
   *
   * @throws OutboundFailed when there is no answer to go by: `limited` and `unavailable` (what the provider said last),
   *   `timed_out` and `no_answer` (the network), `unreadable_answer`, `too_large`, `address_refused`, `breaker_open`,
   *   `queue_full`, and `aborted` when the signal or the lane ended. Its `retryAfterMs` says when to come back.
   * @throws RangeError for a budget that the kind does not have, or a cost that it can never pay
   */
  ask<T>(request: LaneRequest<T>): Promise<LaneAnswer<T>>;
  state(): LaneStanding;
}
