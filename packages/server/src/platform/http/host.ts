// Which host names we answer to, and whether a request was made on this machine.
// Answering to any name would let a page of another site reach a Sentinel on localhost (DNS rebinding).
import { isIP } from 'node:net';

const LOOPBACK_NAMES: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '::1']);
const HOST = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+))(?::(\d{1,5}))?$/;

/** Tells whether a URL leads to the machine it is opened on. */
export function isLoopbackUrl(url: URL): boolean {
  return isLoopbackName(url.hostname.replace(/^\[|\]$/g, ''));
}

/** Tells whether a host name, without brackets, is one of this machine's own. */
export function isLoopbackName(name: string): boolean {
  return LOOPBACK_NAMES.has(name);
}

/** Where a request came from, as the socket and the headers tell it. */
export interface Arrival {
  readonly host: string | undefined;
  readonly remoteAddress: string | undefined;
  readonly localAddress: string | undefined;
  /** Whether a proxy left a trace: `Forwarded`, `X-Forwarded-*` or `Via`. */
  readonly forwarded: boolean;
}

/**
 * Tells whether a Host header names us: the public URL's host, a loopback name, or the very IP address that was
 * connected to (an address cannot be rebound).
 */
export function isServedHost(arrival: Arrival, publicUrl: URL): boolean {
  const name = hostName(arrival.host);
  if (name === null) return false;
  if (arrival.host?.toLowerCase() === publicUrl.host || LOOPBACK_NAMES.has(name)) return true;
  return isIP(name) !== 0 && name === plainAddress(arrival.localAddress);
}

/**
 * Tells whether a request was made on this machine by somebody who meant this machine: loopback socket, loopback
 * host name, and no trace of a proxy (a proxy beside us makes the whole world look like loopback).
 */
export function isFromLoopback(arrival: Arrival): boolean {
  const name = hostName(arrival.host);
  return name !== null && LOOPBACK_NAMES.has(name) && isLoopbackAddress(arrival.remoteAddress) && !arrival.forwarded;
}

/** Tells whether an IP address is one of this machine's own (127.0.0.0/8, ::1). */
export function isLoopbackAddress(address: string | undefined): boolean {
  const plain = plainAddress(address);
  return plain === '::1' || (isIP(plain) === 4 && plain.startsWith('127.'));
}

/** Host without port and brackets, lower case; null when the header is absent or malformed. */
function hostName(header: string | undefined): string | null {
  const match = header === undefined ? null : HOST.exec(header.toLowerCase());
  return match?.[1] ?? match?.[2] ?? null;
}

function plainAddress(address: string | undefined): string {
  const lower = (address ?? '').toLowerCase();
  return lower.startsWith('::ffff:') && isIP(lower.slice(7)) === 4 ? lower.slice(7) : lower;
}
