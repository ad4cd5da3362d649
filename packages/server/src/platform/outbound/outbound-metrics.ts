// What operators see of requests to providers. Counted by kind of lane only: no connection, host or path becomes a label.
import type { Metrics } from '../metrics.ts';
import type { OutboundFailure } from './guarded-fetch.ts';
import type { LaneAnswer } from './lane.ts';

export type OutboundOutcome = LaneAnswer<unknown>['kind'] | OutboundFailure;

export interface OutboundMetrics {
  /** A request came to its end, after all its exchanges. */
  asked(kind: string, outcome: OutboundOutcome): void;
  /** An exchange that failed for this reason is made again. */
  repeated(kind: string, reason: OutboundFailure): void;
  breakerOpened(kind: string): void;
  /** One exchange was made. */
  exchanged(kind: string, ms: number): void;
  /** A request waited for its turn. */
  waited(kind: string, ms: number): void;
}

const FAILURES = Object.keys({
  address_refused: 0,
  too_large: 0,
  timed_out: 0,
  no_answer: 0,
  aborted: 0,
  limited: 0,
  unavailable: 0,
  unreadable_answer: 0,
  breaker_open: 0,
  queue_full: 0,
} satisfies Record<OutboundFailure, 0>);

/** @param kinds the names of all lane kinds; others count as `other` */
export function createOutboundMetrics(metrics: Metrics, kinds: readonly string[]): OutboundMetrics {
  const kind = kinds;
  const outcome = ['ok', 'unauthorised', 'refused', ...FAILURES];
  const requests = metrics.counter('sentinel_outbound_requests_total', 'Requests to providers.', { kind, outcome });
  const retries = metrics.counter('sentinel_outbound_retries_total', 'Exchanges with providers that were repeated.', {
    kind,
    reason: FAILURES,
  });
  const openings = metrics.counter(
    'sentinel_outbound_breaker_openings_total',
    'Times that a connection was left alone because its provider failed.',
    { kind },
  );
  const exchanges = metrics.timing('sentinel_outbound_exchange_seconds', 'One exchange with a provider.', { kind });
  const waits = metrics.timing('sentinel_outbound_wait_seconds', 'Waiting for a turn, a budget or a repetition.', {
    kind,
  });
  return {
    asked: (name, what) => requests.add({ kind: name, outcome: what }),
    repeated: (name, reason) => retries.add({ kind: name, reason }),
    breakerOpened: (name) => openings.add({ kind: name }),
    exchanged: (name, ms) => exchanges.observe({ kind: name }, ms),
    waited: (name, ms) => waits.observe({ kind: name }, ms),
  };
}
