// Logs and measures every answer by the pattern of its route. A URL may hold an id or a search, so it is never written.
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Logger } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import type { Route } from './route.ts';

export interface ObserveDeps {
  readonly routes: readonly Route[];
  readonly log: Logger;
  readonly metrics: Metrics;
}

export function registerObservation(app: FastifyInstance, { routes, log, metrics }: ObserveDeps): void {
  const timing = metrics.timing('sentinel_http_request_seconds', 'Time to answer a request.', {
    method: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'],
    route: [...new Set(routes.map((each) => each.path))],
    status: ['2xx', '3xx', '4xx', '5xx'],
  });
  app.addHook('onResponse', async (request, reply) => {
    const route = routeOf(request);
    const durationMs = Math.round(reply.elapsedTime);
    timing.observe({ method: request.method, route, status: `${Math.floor(reply.statusCode / 100)}xx` }, durationMs);
    log.info('http.answered', {
      method: request.method,
      route,
      status: reply.statusCode,
      durationMs,
      requestId: request.id,
    });
  });
}

/** The pattern a request matched, or `none`. */
export function routeOf(request: FastifyRequest): string {
  return request.routeOptions.url ?? 'none';
}
