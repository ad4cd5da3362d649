// The HTTP server: fastify with our own rules around every route. It owns headers, limits, ids, logging and the mapping
// of errors; who may do what comes from the routes themselves and from the `authenticate` handed in.
import cookie from '@fastify/cookie';
import rateLimit from '@fastify/rate-limit';
import Fastify, { type FastifyInstance } from 'fastify';
import { newId } from '../ids.ts';
import type { Metrics } from '../metrics.ts';
import { problem } from '../problem.ts';
import { answerProblem, registerErrors } from './answer-errors.ts';
import { problemOf } from './answer-problem.ts';
import { type IsAllowedOrigin, registerCors } from './cors.ts';
import { type Authenticate, type GuardDeps, guardRequest } from './guard.ts';
import { registerObservation } from './observe.ts';
import { openApiDocument } from './openapi.ts';
import { registerPlainPages } from './plain-page.ts';
import { registerProblemPages } from './problem-pages.ts';
import { DEFAULT_RATE_LIMITS, type RateLimits, requestCounters } from './rate-limit.ts';
import { registerReferencePage } from './reference-page.ts';
import type { Route } from './route.ts';
import { type RunDeps, runRoute } from './run-route.ts';
import { FORCE_CLOSE_MS, registerStop, type Running, SETTLE_MS } from './running.ts';
import { registerSecurityHeaders } from './security-headers.ts';
import { sessionCookieShape } from './session-cookie.ts';
import { registerConsole } from './static-console.ts';
import type { TrailDeps } from './trail.ts';
import { UPLOAD_IDLE_MS } from './upload.ts';

export const MAX_JSON_BYTES = 1024 * 1024;
/** Longest time a JSON body may take to arrive. */
const JSON_BODY_MS = 30_000;
/** How long a sender may go on after it was answered, so that it can read the answer. */
const UNREAD_BODY_MS = 2_000;

export interface HttpOptions extends TrailDeps {
  readonly routes: readonly Route[];
  readonly authenticate: Authenticate;
  readonly log: GuardDeps['log'];
  readonly metrics: Metrics;
  readonly version: string;
  /** How people reach us; https decides the cookie's name, HSTS and the origin that may send changes. */
  readonly publicUrl: URL;
  /** Folder of the built console, or null when it is not built. */
  readonly consoleDir: string | null;
  /** Addresses or CIDR ranges of proxies whose X-Forwarded-For is believed when requests are counted. */
  readonly trustedProxies?: readonly string[];
  /** Which origins may call routes made for pages of other sites; none by default. */
  readonly isAllowedOrigin?: IsAllowedOrigin;
  /** Requests per minute, by address and by class. */
  readonly limits?: Partial<RateLimits>;
  /** Longest silence within an upload, in milliseconds. */
  readonly uploadIdleMs?: number;
  /** Longest time a JSON body may take to arrive, in milliseconds. */
  readonly jsonBodyMs?: number;
  /** How long connections may stay open while the server closes, in milliseconds. */
  readonly forceCloseMs?: number;
  /** How long handlers may go on after that, in milliseconds. */
  readonly settleMs?: number;
}

/**
 * Builds the server; it listens when `main.ts` says so. Once its `close()` has ended, no handler runs any more, so that
 * the database may be closed.
 */
export async function createHttp(options: HttpOptions): Promise<FastifyInstance> {
  const app = Fastify({
    logger: false,
    bodyLimit: MAX_JSON_BYTES,
    genReqId: () => newId(options.clock.now().getTime()),
    requestIdHeader: false,
    trustProxy: options.trustedProxies === undefined ? false : [...options.trustedProxies],
    // While it closes, `running.ts` refuses in the same words as everything else.
    return503OnClosing: false,
    // An upload may take hours; its silence is limited instead (`upload.ts`), and so is a JSON body's time.
    requestTimeout: 0,
    routerOptions: { maxParamLength: 200 },
    // No hook runs for these, so the headers that matter are set here.
    frameworkErrors: (error, request, reply) => {
      void reply.headers({
        'request-id': request.id,
        'content-security-policy': "default-src 'none'",
        'x-content-type-options': 'nosniff',
      });
      void answerProblem(problemOf(error), request, reply, options.publicUrl);
    },
  });
  app.decorateRequest('proven', null);
  registerErrors(app, options);
  registerObservation(app, options);
  await registerSecurityHeaders(app, options.publicUrl);
  const running = registerStop(app, {
    log: options.log,
    forceCloseMs: options.forceCloseMs ?? FORCE_CLOSE_MS,
    settleMs: options.settleMs ?? SETTLE_MS,
  });
  await app.register(cookie);
  registerCors(app, options.routes, options.isAllowedOrigin ?? (() => false));
  await registerRoutes(app, options, running);
  const document = openApiDocument(options.routes, { version: options.version, publicUrl: options.publicUrl });
  app.get('/openapi.json', async (_request, reply) =>
    reply.header('cache-control', 'no-cache').type('application/json; charset=utf-8').send(document),
  );
  registerPlainPages(app);
  registerProblemPages(app);
  registerReferencePage(app);
  await registerConsole(app, options.consoleDir);
  return app;
}

async function registerRoutes(app: FastifyInstance, options: HttpOptions, running: Running): Promise<void> {
  await app.register(rateLimit, { global: false });
  const shape = sessionCookieShape(options.publicUrl);
  const count = requestCounters(app, { ...DEFAULT_RATE_LIMITS, ...options.limits });
  const guard: GuardDeps = { ...options, cookie: shape, count };
  const run: RunDeps = { ...options, cookie: shape, uploadIdleMs: options.uploadIdleMs ?? UPLOAD_IDLE_MS, running };
  await app.register(async (scope) => {
    acceptJsonOnly(scope, options.jsonBodyMs ?? JSON_BODY_MS);
    for (const each of options.routes) if (each.stream === null) addRoute(scope, each, guard, run);
  });
  await app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
    for (const each of options.routes) if (each.stream !== null) addRoute(scope, each, guard, run);
  });
}

function addRoute(scope: FastifyInstance, each: Route, guard: GuardDeps, run: RunDeps): void {
  scope.route({
    method: each.method,
    url: each.path,
    // A HEAD would run the handler, and audit it, for an answer nobody reads; only open reads (probes) get one.
    exposeHeadRoute: each.method === 'GET' && each.open !== null,
    onRequest: async (request) => {
      request.proven = await run.running.during(() => guardRequest(each, request, guard));
    },
    handler: (request, reply) => run.running.during(() => runRoute(each, request, reply, run)),
    onResponse: async (request) => {
      if (!request.raw.complete) setTimeout(() => request.raw.destroy(), UNREAD_BODY_MS).unref();
    },
  });
}

function acceptJsonOnly(scope: FastifyInstance, withinMs: number): void {
  scope.removeAllContentTypeParsers();
  const parseJson = scope.getDefaultJsonParser('error', 'error');
  scope.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    // Clients say JSON by habit where they send nothing; a route that needs a body says so itself.
    if (body === '') done(null, undefined);
    else void parseJson(request, String(body), done);
  });
  scope.addHook('preParsing', async (request, _reply, payload) => {
    if (request.method === 'GET' || request.headers['content-type'] === undefined) return payload;
    const late = problem('upload_interrupted', `A JSON body must arrive within ${withinMs / 1000} seconds.`);
    const timer = setTimeout(() => payload.emit('error', late), withinMs).unref();
    for (const end of ['end', 'close', 'error']) payload.once(end, () => clearTimeout(timer));
    return payload;
  });
}
