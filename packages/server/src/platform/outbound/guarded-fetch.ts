// Requests to servers whose answers we must not trust to be small, quick or where they say they are. Every address is
// judged as it is connected to, so a name that answers differently the second time gains nothing; redirects are not
// followed; a body has a greatest size and the whole exchange an end.
import { lookup as dnsLookup } from 'node:dns';
import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { mayAsk, mayConnect, type Reach } from './reach.ts';

export interface OutboundRequest {
  readonly url: URL;
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
  readonly reach: Reach;
  /** Ends the exchange early. */
  readonly signal?: AbortSignal;
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
  /** The request surely never reached the server: no connection came about. */
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
    const progress: Progress = { isConnected: false };
    const lookup = guardLookup(limits.lookup ?? dnsLookup, request.reach);
    try {
      const incoming = await send(request, { signal, lookup }, progress);
      return toResponse(incoming, await readBody(incoming, limits.maxBytes));
    } catch (error) {
      if (error instanceof OutboundFailed) throw error;
      const unsent = !progress.isConnected;
      if (request.signal?.aborted === true) throw new OutboundFailed('aborted', { cause: error, unsent });
      throw new OutboundFailed(timeout.aborted ? 'timed_out' : 'no_answer', { cause: error, unsent });
    }
  };
}

/** How far an exchange came. Without a connection (for https: a secure one) nothing of the request has left. */
interface Progress {
  isConnected: boolean;
}

function send(
  { url, method, headers, body }: OutboundRequest,
  guard: { readonly signal: AbortSignal; readonly lookup: LookupFunction },
  progress: Progress,
): Promise<IncomingMessage> {
  const isSecure = url.protocol === 'https:';
  const request = isSecure ? requestHttps : requestHttp;
  const length = body === null ? {} : { 'content-length': String(Buffer.byteLength(body)) };
  return new Promise((resolve, reject) => {
    request(url, {
      ...guard,
      method,
      agent: false,
      headers: { 'user-agent': 'sentinel', ...headers, ...length, 'accept-encoding': 'identity' },
    })
      .on('socket', (socket) => {
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

async function readBody(incoming: IncomingMessage, maxBytes: number): Promise<Buffer<ArrayBuffer>> {
  const chunks: Buffer[] = [];
  let size = 0;
  // Leaving the loop by throwing destroys the connection.
  for await (const chunk of incoming) {
    if (!Buffer.isBuffer(chunk)) throw new OutboundFailed('no_answer');
    size += chunk.length;
    if (size > maxBytes) throw new OutboundFailed('too_large');
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
