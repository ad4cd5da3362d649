// The switchboard: which failures happen to which requests. Set over HTTP or on its page, taken by the frame and by the
// stand-ins, each taking counted, so that a test can say "exactly the next two".
import type { ProviderName } from './stand-in.ts';

/**
 * The frame itself does `status` (429, 500, 502, 503, with or without Retry-After), `hang` (never an answer), `slow` (an answer
 * after `delayMs`), `reset` (connection cut before an answer), `cut` (reset in the middle of the body), `garbage` (HTML with
 * status 200) and `lost_answer` (done, but the answer never leaves). Stand-ins do the others, where they mean something.
 */
export const FAULT_KINDS = [
  'status',
  'hang',
  'slow',
  'reset',
  'cut',
  'garbage',
  'lost_answer',
  'limit_403',
  'expired_token',
  'invalid_client',
  'expired_cursor',
  'half_page',
  'partial_grant',
  'duplicate_events',
  'reorder_events',
  'clock_skew',
  'search_lag',
  'locked',
  'moving',
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

export interface FaultOrder {
  readonly provider: ProviderName;
  readonly kind: FaultKind;
  /** Matched against `METHOD /path` without mount and query; absent matches everything. */
  readonly match?: string;
  /** How often it happens; absent until it is cleared. */
  readonly times?: number;
  /** How many matching requests pass first. */
  readonly after?: number;
  readonly status?: 429 | 500 | 502 | 503;
  readonly retryAfterSeconds?: number;
  readonly delayMs?: number;
}

export interface ActiveFault extends FaultOrder {
  readonly id: number;
  /** How often it has happened. */
  readonly taken: number;
}

export interface Faults {
  /** @throws Error when the order is not of the form */
  set(order: FaultOrder): ActiveFault;
  /** One fault, all of a provider, or all. */
  clear(which?: { readonly id?: number; readonly provider?: ProviderName }): void;
  list(): readonly ActiveFault[];
  /** The first active fault of one of these kinds for this request, counted as taken; null when none. */
  take(provider: ProviderName, kinds: readonly FaultKind[], road: string): ActiveFault | null;
}
