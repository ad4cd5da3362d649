// Requests to servers whose answers we must not trust to be small, quick or where they say they are. Every address is
// judged as it is connected to, so a name that answers differently the second time gains nothing; redirects are not
// followed; a body has a greatest size and the whole exchange an end.
import { lookup as dnsLookup } from 'node:dns';
import { type Agent, type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import type { KeptConnections } from './kept-connections.ts';
import { mayAsk, mayConnect, type Reach } from './reach.ts';

export interface OutboundRequest {
  readonly url: URL;
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
  readonly reach: Reach;
  /** Ends the exchange early. */
  readonly signal?: AbortSignal;
  /**
   * Connections to use again; without them every request has one of its own. Only for a request that may be sent twice:
   * one that finds its connection closed is sent again on a new one.
   */
  readonly connections?: KeptConnections;
  /** The greatest answer to read, within the limits of the fetch. */
  readonly maxBytes?: number;
  /** Waited for before so many more bytes of the answer are kept. */
  readonly room?: (bytes: number, signal: AbortSignal) => Promise<void>;
}

/** Asks; answers whatever came, redirects and errors included. @throws OutboundFailed when no whole answer came. */
export type OutboundFetch = (request: OutboundRequest) => Promise<Response>;

export type OutboundFailure =
  | 'address_refused'
  | 'too_large'
  | 'timed_out'
  | 'no_answer'
  /** Whoever asked, or the lane it asked on, no longer waits. */
  | 'aborted'
  /** From here on only lanes say so; see `Lane`. */
  | 'limited'
  | 'unavailable'
  | 'unreadable_answer'
  | 'breaker_open'
  | 'queue_full';

interface FailureDetails {
  readonly cause?: unknown;
  readonly retryAfterMs?: number | null;
  readonly unsent?: boolean;
}

/** Nothing usable came back. Its text names no address. */
export class OutboundFailed extends Error {
  readonly reason: OutboundFailure;
  /** In how many milliseconds asking again may help; null when nobody knows. */
  readonly retryAfterMs: number | null;
  /** The request surely never reached the server: no connection came about, and none that stood was used. */
  readonly unsent: boolean;
  constructor(reason: OutboundFailure, { cause, retryAfterMs = null, unsent = false }: FailureDetails = {}) {
    super(`outbound request: ${reason}`, { cause });
    this.name = 'OutboundFailed';
    this.reason = reason;
    this.retryAfterMs = retryAfterMs;
    this.unsent = unsent;
  }
}

export interface OutboundLimits {
  readonly timeoutMs: number;
  readonly maxBytes: number;
  /** Resolves names; `lookup` of node:dns unless a test says otherwise. */
  readonly lookup?: typeof dnsLookup;
}

export function createOutboundFetch(limits: OutboundLimits): OutboundFetch {
  return async (request) => {
    const host = request.url.hostname.replace(/^\[|\]$/g, '');
    if (!mayAsk(request.url, request.reach)) throw new OutboundFailed('address_refused', { unsent: true });
    // A literal address is connected to without being looked up.
    if (isIP(host) !== 0 && !mayConnect(host, request.reach))
      throw new OutboundFailed('address_refused', { unsent: true });
    const timeout = AbortSignal.timeout(limits.timeoutMs);
    const signal = request.signal === undefined ? timeout : AbortSignal.any([timeout, request.signal]);
    const progress: Progress = { isConnected: false, isStale: false };
    const lookup = guardLookup(limits.lookup ?? dnsLookup, request.reach);
    try {
      const incoming = await sendAnew(request, { signal, lookup }, progress);
      return toResponse(incoming, await readBody(incoming, request, { signal, maxBytes: limits.maxBytes }));
    } catch (error) {
      if (error instanceof OutboundFailed) throw error;
      const unsent = !progress.isConnected;
      if (request.signal?.aborted === true) throw new OutboundFailed('aborted', { cause: error, unsent });
      throw new OutboundFailed(timeout.aborted ? 'timed_out' : 'no_answer', { cause: error, unsent });
    }
  };
}

interface Progress {
  /** Without a connection (for https: a secure one) nothing of the request has left. */
  isConnected: boolean;
  /** It was sent on a connection of an earlier request, and no byte of an answer came back. */
  isStale: boolean;
}

interface Guard {
  readonly signal: AbortSignal;
  readonly lookup: LookupFunction;
}

/** A server may close a connection in the moment that a request is sent on it: then, once, a new one is tried. */
async function sendAnew(request: OutboundRequest, guard: Guard, progress: Progress): Promise<IncomingMessage> {
  const agent = request.connections?.agent(request.url, request.reach);
  if (agent === undefined) return await send(request, { ...guard, agent: false }, progress);
  try {
    return await send(request, { ...guard, agent }, progress);
  } catch (error) {
    if (!progress.isStale || guard.signal.aborted || !isClosedByServer(error)) throw error;
    return await send(request, { ...guard, agent: false }, progress);
  }
}

function isClosedByServer(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
}

function send(
  { url, method, headers, body }: OutboundRequest,
  guard: Guard & { readonly agent: Agent | false },
  progress: Progress,
): Promise<IncomingMessage> {
  const isSecure = url.protocol === 'https:';
  const request = isSecure ? requestHttps : requestHttp;
  const length = body === null ? {} : { 'content-length': String(Buffer.byteLength(body)) };
  return new Promise((resolve, reject) => {
    const asked = request(url, {
      ...guard,
      method,
      headers: { 'user-agent': 'sentinel', ...headers, ...length, 'accept-encoding': 'identity' },
    });
    asked
      .on('socket', (socket) => {
        if (asked.reusedSocket) {
          Object.assign(progress, { isConnected: true, isStale: true });
          socket.once('data', () => {
            progress.isStale = false;
          });
          return;
        }
        socket.once(isSecure ? 'secureConnect' : 'connect', () => {
          progress.isConnected = true;
        });
      })
      .on('response', resolve)
      .on('error', reject)
      .end(body ?? undefined);
  });
}

/** Refuses a name when any of its addresses may not be connected to. */
function guardLookup(lookup: typeof dnsLookup, reach: Reach): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      const [first] = addresses ?? [];
      if (error !== null) return callback(error, '', 0);
      if (first === undefined || !addresses.every(({ address }) => mayConnect(address, reach)))
        return callback(new OutboundFailed('address_refused', { unsent: true }), '', 0);
      return options.all === true ? callback(null, addresses) : callback(null, first.address, first.family);
    });
  };
}

async function readBody(
  incoming: IncomingMessage,
  { maxBytes = Number.POSITIVE_INFINITY, room }: OutboundRequest,
  limits: { readonly signal: AbortSignal; readonly maxBytes: number },
): Promise<Buffer<ArrayBuffer>> {
  const chunks: Buffer[] = [];
  let size = 0;
  // Leaving the loop by throwing destroys the connection.
  for await (const chunk of incoming) {
    if (!Buffer.isBuffer(chunk)) throw new OutboundFailed('no_answer');
    size += chunk.length;
    if (size > Math.min(maxBytes, limits.maxBytes)) throw new OutboundFailed('too_large');
    await room?.(chunk.length, limits.signal);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

const WITHOUT_BODY: ReadonlySet<number> = new Set([204, 205, 304]);

function toResponse(incoming: IncomingMessage, body: Buffer<ArrayBuffer>): Response {
  const status = incoming.statusCode ?? 0;
  if (status < 200 || status > 599) throw new OutboundFailed('no_answer');
  const headers = new Headers();
  for (const [name, values] of Object.entries(incoming.headersDistinct))
    for (const value of values ?? []) headers.append(name, value);
  return new Response(WITHOUT_BODY.has(status) ? null : body, { status, headers });
}
