// The road of one request through one route: parse → handle → check the answer → audit → send.
// Who may use the route was settled before (`guard.ts`). Errors thrown here are answered by `answer-problem.ts`.
import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Clock } from '../clock.ts';
import { problem } from '../problem.ts';
import { essenceOf, parseInput } from './parse-input.ts';
import type {
  Admitted,
  Caller,
  Cookies,
  Presented,
  RedirectAnswer,
  Route,
  SessionCookie,
  StreamAnswer,
} from './route.ts';
import type { Running } from './running.ts';
import type { SessionCookieShape } from './session-cookie.ts';
import { openTrail, type TrailDeps } from './trail.ts';
import { readUpload } from './upload.ts';

export interface RunDeps extends TrailDeps {
  readonly clock: Clock;
  readonly cookie: SessionCookieShape;
  readonly uploadIdleMs: number;
  readonly running: Running;
}

/** What the guard found out about a request. */
export interface Proven {
  readonly caller: Caller | null;
  /** What the route's own admission found. */
  readonly who: Admitted | null;
  readonly presented: Presented;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** What the guard found out; null until then. */
    proven: Proven | null;
  }
}

/** Runs one guarded request to its end. */
export async function runRoute(
  route: Route,
  request: FastifyRequest,
  reply: FastifyReply,
  deps: RunDeps,
): Promise<FastifyReply> {
  const { proven } = request;
  if (proven === null) throw new Error('a request reached its handler unguarded');
  const contentType = acceptedType(route, request);
  // Without a body fastify says null; to a schema, absent is undefined.
  const input = parseInput(route, { params: request.params, query: request.query, body: request.body ?? undefined });
  const trail = openTrail(route, proven.caller, request.id, deps);
  const cookie = cookieChange();
  const others = otherCookies();
  let answer: CheckedAnswer;
  try {
    const returned = await route.handle({
      ...input,
      stream: route.stream === null ? nothing() : readUpload(request.raw, deps.uploadIdleMs, deps.running.stopping),
      contentType,
      caller: route.action === null ? null : proven.caller,
      who: proven.who,
      entry: trail.entry,
      openEntry: trail.openEntry,
      requestId: request.id,
      now: deps.clock.now(),
      presented: proven.presented,
      session: cookie,
      cookies: others,
    });
    answer = checkAnswer(route, returned);
  } catch (error) {
    await trail.failed(error);
    throw error;
  }
  await trail.succeeded();
  cookie.apply(reply, deps.cookie);
  others.apply(reply, deps.cookie);
  reply.headers(route.headers);
  return sendAnswer(reply, answer, deps.running);
}

interface CheckedAnswer {
  readonly status: number;
  readonly body:
    | { readonly kind: 'json'; readonly text: string }
    | { readonly kind: 'stream'; readonly answer: StreamAnswer }
    | { readonly kind: 'redirect'; readonly location: string }
    | { readonly kind: 'empty' };
}

/** Holds the answer against the route's own schemas: members that are not declared never leave (ASVS 8.2.3). */
function checkAnswer(route: Route, returned: unknown): CheckedAnswer {
  const { status, body } = splitAnswer(route, returned);
  const schema = route.answers[status];
  if (schema === undefined) throw new Error('the route answered with a status it does not declare');
  if (schema === 'empty') return { status, body: { kind: 'empty' } };
  if (schema === 'redirect') {
    if (!isRedirect(body)) throw new Error('the route declares a redirect and answered something else');
    return { status, body: { kind: 'redirect', location: body.location } };
  }
  if (schema === 'stream') {
    if (!isStreamAnswer(body)) throw new Error('the route declares a stream and answered something else');
    return { status, body: { kind: 'stream', answer: body } };
  }
  return { status, body: { kind: 'json', text: JSON.stringify(schema.parse(body)) } };
}

function splitAnswer(route: Route, returned: unknown): { status: number; body: unknown } {
  const statuses = Object.keys(route.answers).map(Number);
  if (
    typeof returned === 'object' &&
    returned !== null &&
    'status' in returned &&
    'body' in returned &&
    typeof returned.status === 'number'
  ) {
    return { status: returned.status, body: returned.body };
  }
  const only = statuses[0];
  if (only === undefined || statuses.length > 1) throw new Error('a route with several answers must name the status');
  return { status: only, body: returned };
}

function isStreamAnswer(value: unknown): value is StreamAnswer {
  return typeof value === 'object' && value !== null && 'stream' in value && 'contentType' in value;
}

function isRedirect(value: unknown): value is RedirectAnswer {
  return typeof value === 'object' && value !== null && 'location' in value && typeof value.location === 'string';
}

const FILE_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;

function sendAnswer(reply: FastifyReply, { status, body }: CheckedAnswer, running: Running): FastifyReply {
  reply.code(status);
  if (reply.getHeader('cache-control') === undefined) reply.header('cache-control', 'no-store');
  switch (body.kind) {
    case 'empty':
      return reply.send();
    case 'redirect':
      return reply.redirect(body.location, status);
    case 'json':
      return reply.type('application/json; charset=utf-8').send(body.text);
    case 'stream': {
      const { fileName } = body.answer;
      if (fileName !== undefined && FILE_NAME.test(fileName))
        reply.header('content-disposition', `attachment; filename="${fileName}"`);
      const stream = Readable.from(body.answer.stream, { objectMode: false });
      // It is read after the handler ended, and closed only when what it reads from has settled.
      stream.once('close', running.begin());
      return reply.type(body.answer.contentType).send(stream);
    }
  }
}

/** The essence of the content type, refused when a streaming route does not list it. */
function acceptedType(route: Route, request: FastifyRequest): string {
  const essence = essenceOf(request.headers['content-type']);
  if (route.stream === null || route.stream.includes(essence)) return essence;
  throw problem('media_type', `Send one of: ${route.stream.join(', ')}.`);
}

type CookieChange = SessionCookie & { apply(reply: FastifyReply, shape: SessionCookieShape): void };

/** Notes what the handler wants of the cookie; it is set only when everything, the audit row included, succeeded. */
function cookieChange(): CookieChange {
  let change: { token: string; expiresAt: Date } | 'end' | null = null;
  return {
    start(token, expiresAt) {
      change = { token, expiresAt };
    },
    end() {
      change = 'end';
    },
    apply(reply, { name, options }) {
      if (change === 'end') reply.clearCookie(name, options);
      else if (change !== null) reply.setCookie(name, change.token, { ...options, expires: change.expiresAt });
    },
  };
}

type OtherCookies = Cookies & { apply(reply: FastifyReply, shape: SessionCookieShape): void };

function otherCookies(): OtherCookies {
  const changes: ((reply: FastifyReply, base: SessionCookieShape['options']) => void)[] = [];
  return {
    set(name, value, { maxAgeSeconds, sameSite }) {
      changes.push((reply, base) => void reply.setCookie(name, value, { ...base, sameSite, maxAge: maxAgeSeconds }));
    },
    clear(name) {
      changes.push((reply, base) => void reply.clearCookie(name, base));
    },
    apply(reply, { options }) {
      for (const change of changes) change(reply, options);
    },
  };
}

async function* nothing(): AsyncGenerator<Uint8Array> {}
