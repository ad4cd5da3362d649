// Whether a request that changes something was sent by our own pages. A browser attaches the session cookie by
// itself, so a cookie alone never proves that the person meant it (cross-site request forgery).
import type { Method } from './route.ts';

/** The headers a browser sets and a page cannot forge. */
export interface SiteHeaders {
  readonly host: string | undefined;
  readonly origin: string | undefined;
  /** `Sec-Fetch-Site` (W3C Fetch Metadata). */
  readonly fetchSite: string | undefined;
}

/** `unknown`: no browser header at all, so a program, or a browser too old to be trusted with a cookie. */
export type Sender = 'ourselves' | 'another-site' | 'unknown';

export function senderOf(headers: SiteHeaders, publicUrl: URL): Sender {
  if (headers.fetchSite !== undefined && headers.fetchSite !== 'same-origin') return 'another-site';
  if (headers.origin !== undefined && !isOurOrigin(headers.origin, headers.host, publicUrl)) return 'another-site';
  return headers.fetchSite === undefined && headers.origin === undefined ? 'unknown' : 'ourselves';
}

/**
 * Tells whether a request is refused as forged: by cookie it must come from our own pages; without one it must at
 * least not come from another site, so that nobody is signed in to a stranger's session.
 */
export function isForged(method: Method, via: 'cookie' | 'key' | 'nobody', sender: Sender): boolean {
  if (method === 'GET' || via === 'key') return false;
  return via === 'cookie' ? sender !== 'ourselves' : sender === 'another-site';
}

/** The host was checked before (`host.ts`); other ports of this machine are other origins. */
function isOurOrigin(origin: string, host: string | undefined, publicUrl: URL): boolean {
  const lowerHost = host?.toLowerCase();
  return lowerHost === publicUrl.host ? origin === publicUrl.origin : origin === `http://${lowerHost}`;
}
