// Counters and timings for Prometheus. Every label has a closed list of values, given when the metric is made,
// so no address, id or other free text can ever become a label.
import { Counter, collectDefaultMetrics, Histogram, Registry } from 'prom-client';

/** The values each label may take. */
export type LabelValues = Readonly<Record<string, readonly string[]>>;
export type Labels<Values extends LabelValues> = { readonly [Name in keyof Values]: string };

export interface CounterMetric<Values extends LabelValues> {
  /** Adds to the counter; a label value outside its list counts as `other`. */
  add(labels: Labels<Values>, by?: number): void;
}

export interface TimingMetric<Values extends LabelValues> {
  /** Records one duration; a label value outside its list counts as `other`. */
  observe(labels: Labels<Values>, ms: number): void;
}

export interface Metrics {
  counter<const Values extends LabelValues>(
    name: `sentinel_${string}_total`,
    help: string,
    values: Values,
  ): CounterMetric<Values>;
  timing<const Values extends LabelValues>(
    name: `sentinel_${string}_seconds`,
    help: string,
    values: Values,
  ): TimingMetric<Values>;
  /** The state of all metrics in the Prometheus text format. */
  text(): Promise<string>;
  readonly contentType: string;
}

/** Makes a registry of its own, so that two systems in one process (tests) do not mix. */
export function createMetrics(options: { process: boolean } = { process: false }): Metrics {
  const registry = new Registry();
  if (options.process) collectDefaultMetrics({ register: registry });
  return {
    counter(name, help, values) {
      const counter = new Counter({ name, help, labelNames: Object.keys(values), registers: [registry] });
      return { add: (labels, by = 1) => counter.inc(closed(values, labels), by) };
    },
    timing(name, help, values) {
      const buckets = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60];
      const histogram = new Histogram({ name, help, labelNames: Object.keys(values), buckets, registers: [registry] });
      return { observe: (labels, ms) => histogram.observe(closed(values, labels), ms / 1000) };
    },
    text: () => registry.metrics(),
    contentType: registry.contentType,
  };
}

function closed(values: LabelValues, labels: Readonly<Record<string, string>>): Record<string, string> {
  const chosen = Object.entries(values).map(([name, allowed]) => {
    const value = labels[name];
    return [name, value !== undefined && allowed.includes(value) ? value : 'other'] as const;
  });
  return Object.fromEntries(chosen);
}
