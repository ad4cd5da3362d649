import { describe, expect, it } from 'vitest';
import { createMetrics } from './metrics.ts';

describe('metrics', () => {
  it('count under the values that were declared', async () => {
    const metrics = createMetrics();
    const seen = metrics.counter('sentinel_messages_total', 'Messages.', { outcome: ['passed', 'duplicate'] });
    seen.add({ outcome: 'passed' });
    seen.add({ outcome: 'passed' }, 2);
    expect(await metrics.text()).toContain('sentinel_messages_total{outcome="passed"} 3');
  });

  it('never let free text become a label', async () => {
    const metrics = createMetrics();
    metrics
      .counter('sentinel_messages_total', 'Messages.', { outcome: ['passed'] })
      .add({ outcome: 'zelda@canary.example' });
    metrics.timing('sentinel_step_seconds', 'Steps.', { step: ['parse'] }).observe({ step: 'zelda@canary.example' }, 5);
    const text = await metrics.text();
    expect(text).toContain('sentinel_messages_total{outcome="other"} 1');
    expect(text).toContain('sentinel_step_seconds_sum{step="other"} 0.005');
    expect(text).not.toContain('canary');
  });

  it('keep two systems of one process apart', async () => {
    createMetrics().counter('sentinel_messages_total', 'Messages.', {}).add({});
    expect(await createMetrics().text()).not.toContain('sentinel_messages_total');
  });
});
