// Turns what arrives on a port of the sandbox into an exchange, and refuses what no program of this machine would send.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Exchange } from './stand-in.ts';

export const MAX_BODY_BYTES = 16 * 1024 * 1024;

/**
 * Whether the `Host` header names this port of this machine. A page elsewhere that has its own name resolve to 127.0.0.1
 * (DNS rebinding) sends another.
 */
export function isOwnHost({ headers, socket }: IncomingMessage): boolean {
  const port = socket.localPort;
  return headers.host === `127.0.0.1:${port}` || headers.host === `localhost:${port}`;
}

/**
 * Whether a request may change something: it comes from a page of the sandbox itself, or from a program that is no browser.
 * Browsers name the origin of each POST, and older ones at least how the request came about (Fetch Metadata).
 */
export function isSameSite({ headers }: IncomingMessage): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return false;
  return headers.origin === undefined || headers.origin === `http://${headers.host}`;
}

/** Path and query below a mount, or null when it lies elsewhere. `mount` is empty or begins with a slash. */
export function urlBelow(mount: string, target: string | undefined): URL | null {
  if (target === undefined || !target.startsWith('/') || !target.startsWith(mount)) return null;
  const rest = target.slice(mount.length);
  if (rest !== '' && !rest.startsWith('/') && !rest.startsWith('?')) return null;
  try {
    // Put together, not resolved: a path that begins with two slashes is a path.
    return new URL(`http://stand-in.invalid${rest.startsWith('/') ? '' : '/'}${rest}`);
  } catch {
    return null;
  }
}

/** The request with its body read whole; null when that is longer than {@link MAX_BODY_BYTES}. */
export async function readExchange(
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
): Promise<Exchange | null> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    const bytes = Buffer.from(chunk);
    length += bytes.length;
    if (length > MAX_BODY_BYTES) return null;
    chunks.push(bytes);
  }
  return { request, response, method: request.method ?? 'GET', url, body: Buffer.concat(chunks) };
}
