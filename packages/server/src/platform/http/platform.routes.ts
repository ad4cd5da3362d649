// What every installation answers by itself: that it lives, and its metrics.
import { Health } from '@sentinel/contract';
import type { Clock } from '../clock.ts';
import type { Metrics } from '../metrics.ts';
import { problem } from '../problem.ts';
import { authorise } from './authorise.ts';
import type { Authenticate } from './guard.ts';
import { type Route, route } from './route.ts';

export interface PlatformRoutesDeps {
  readonly version: string;
  readonly metrics: Metrics;
  readonly authenticate: Authenticate;
  readonly clock: Clock;
  /**
   * Whether a collector on this machine needs no credentials. Not where a proxy makes the world look like this machine:
   * one that passes on neither Host nor addresses cannot be told from it.
   */
  readonly metricsOpenHere: boolean;
  /** The state that /health tells; `starting` and `unwell` are answered with 503. */
  health(): 'ok' | 'starting' | 'unwell';
}

export function platformRoutes(deps: PlatformRoutesDeps): readonly Route[] {
  return [healthRoute(deps), metricsRoute(deps)];
}

function healthRoute({ version, health }: PlatformRoutesDeps): Route {
  return route({
    method: 'GET',
    path: '/health',
    summary: 'Tells whether the service answers',
    open: 'A load balancer asks without credentials; nothing but the version is told.',
    unaudited: 'Nothing is read or changed.',
    answers: { 200: Health, 503: Health },
    problems: [],
    rate: 'read',
    async handle() {
      const status = health();
      return { status: status === 'ok' ? 200 : 503, body: { status, version } };
    },
  });
}

function metricsRoute({ metrics, authenticate, metricsOpenHere }: PlatformRoutesDeps): Route {
  return route({
    method: 'GET',
    path: '/metrics',
    summary: 'Metrics in the Prometheus text format',
    open: 'A collector on this machine asks without credentials while there is no public address; else the handler demands system:read.',
    unaudited: 'Counts only; asked every few seconds.',
    answers: { 200: 'stream' },
    problems: ['token_missing', 'token_invalid', 'action_denied'],
    rate: 'read',
    async handle({ presented, now }) {
      if (!metricsOpenHere || !presented.fromLoopback) {
        const caller = await authenticate(presented, now);
        const admission = authorise({ action: 'system:read', open: null }, caller, presented);
        if (admission !== 'allowed')
          throw problem(
            admission,
            'From another machine, or behind a public address, the metrics need the action system:read.',
          );
      }
      return { contentType: metrics.contentType, stream: once(await metrics.text()) };
    },
  });
}

async function* once(text: string): AsyncGenerator<string> {
  yield text;
}
