// Counts what the gate decided, as metrics. An outcome that could not even be written down is counted here.
import { OUTCOME_TOKENS, type OutcomeToken, SOURCE_KINDS, type SourceKind } from '@sentinel/contract';
import type { Metrics } from '../../platform/metrics.ts';

export interface GateMetrics {
  count(source: SourceKind, outcomes: readonly OutcomeToken[]): void;
}

export function createGateMetrics(metrics: Metrics): GateMetrics {
  const counter = metrics.counter('sentinel_gate_outcomes_total', 'Messages decided by the gate.', {
    source: SOURCE_KINDS,
    outcome: OUTCOME_TOKENS,
  });
  return {
    count: (source, outcomes) => {
      for (const outcome of outcomes) counter.add({ source, outcome });
    },
  };
}
