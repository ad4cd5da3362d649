// Which pages of other sites may call us (Fetch Standard, "CORS protocol"): those of origins that an application registered,
// on routes that are made for it, and never with anything else than the headers named here.
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { Route } from './route.ts';

/** Tells whether an origin is one that an active application registered. Asked for every request, so it must be quick. */
export type IsAllowedOrigin = (origin: string) => boolean | Promise<boolean>;

const REQUEST_HEADERS: ReadonlySet<string> = new Set([
  'accept',
  'accept-language',
  'content-language',
  'content-type',
  'authorization',
  'x-requested-with',
  'x-authz-token',
]);
const METHODS = 'GET, POST, PUT, PATCH, DELETE, OPTIONS';
const PREFLIGHT_SECONDS = 600;

export function registerCors(app: FastifyInstance, routes: readonly Route[], isAllowed: IsAllowedOrigin): void {
  const cross = routes.filter((each) => each.cross);
  const paths = new Set(cross.map((each) => each.path));
  app.addHook('onRequest', async (request, reply) => {
    if (!paths.has((request.routeOptions.url ?? '') as Route['path'])) return;
    reply.header('vary', 'Origin');
    const { origin } = request.headers;
    if (origin !== undefined && (await knows(isAllowed, origin))) allow(reply, origin);
  });
  for (const path of paths) {
    app.options(path, async (request, reply) => {
      const asked = request.headers['access-control-request-headers'] ?? '';
      const headers = asked.split(',').map((name) => name.trim().toLowerCase());
      const known = headers.every((name) => name === '' || REQUEST_HEADERS.has(name));
      if (reply.getHeader('access-control-allow-origin') === undefined || !known)
        return reply
          .code(400)
          .type('text/plain; charset=utf-8')
          .send('This origin, or one of these headers, is not allowed.');
      return reply
        .header('access-control-allow-methods', METHODS)
        .header('access-control-allow-headers', [...REQUEST_HEADERS].join(', '))
        .header('access-control-max-age', PREFLIGHT_SECONDS)
        .type('text/plain; charset=utf-8')
        .send('OK');
    });
  }
}

/** When nobody can tell, the page reads nothing; the request itself is judged by its own proof. */
async function knows(isAllowed: IsAllowedOrigin, origin: string): Promise<boolean> {
  try {
    return await isAllowed(origin);
  } catch {
    return false;
  }
}

function allow(reply: FastifyReply, origin: string): void {
  reply
    .header('access-control-allow-origin', origin)
    .header('access-control-allow-credentials', 'true')
    .header('access-control-expose-headers', 'X-Request-ID, Request-Id, Retry-After')
    // The answer is meant for that page, which is another site's.
    .header('cross-origin-resource-policy', 'cross-origin');
}
