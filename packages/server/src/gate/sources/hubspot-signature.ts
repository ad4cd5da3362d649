// Whether a webhook really comes from HubSpot. Only version 3 of its signatures counts: the older ones are plain hashes that
// anybody can send again later. What is signed is the public address, which the caller has to know and not take from a proxy.
import { createHmac, timingSafeEqual } from 'node:crypto';

/** HubSpot's own rule, both ways: a clock that runs ahead is no better than one that is behind. */
const TOLERANCE_MS = 5 * 60 * 1000;
const TIMESTAMP = /^(?:0|[1-9][0-9]{0,15})$/;
/** 32 bytes as padded base64: the 43rd character carries four bits, so its last two are zero. */
const SIGNATURE = /^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$/;

/** `%3A %2F %3F %40 %21 %24 %27 %28 %29 %2A %2C %3B` are undone before signing; all other escapes stay as they were sent. */
const UNDONE = /%(?:3A|2F|3F|40|21|24|27|28|29|2A|2C|3B)/gi;

export interface HubSpotWebhook {
  /** The application's client secret. */
  readonly secret: string;
  readonly method: string;
  /** The public address with its query, escaped as it was asked for. */
  readonly uri: string;
  /** The bytes as they came, before any parsing. */
  readonly body: Uint8Array;
  /** `X-HubSpot-Signature-v3` and `X-HubSpot-Request-Timestamp`; null when missing. */
  readonly headers: { readonly signature: string | null; readonly timestamp: string | null };
  readonly now: Date;
}

export type HubSpotSignatureVerdict =
  | { readonly accept: true }
  | { readonly accept: false; readonly reason: 'timestamp' | 'signature' };

/**
 * Checks a webhook's time and signature, in constant time.
 *
 * @see https://developers.hubspot.com/docs/apps/legacy-apps/authentication/validating-requests
 */
export function verifyHubSpotSignature(webhook: HubSpotWebhook): HubSpotSignatureVerdict {
  const { secret, method, uri, body, headers, now } = webhook;
  const { signature, timestamp } = headers;
  if (secret === '') throw new Error('a signature cannot be checked with an empty secret');
  if (timestamp === null || !TIMESTAMP.test(timestamp)) return { accept: false, reason: 'timestamp' };
  if (!(Math.abs(now.getTime() - Number(timestamp)) <= TOLERANCE_MS)) return { accept: false, reason: 'timestamp' };
  if (signature === null || !SIGNATURE.test(signature)) return { accept: false, reason: 'signature' };
  const right = createHmac('sha256', secret)
    .update(method + decodeForSigning(uri), 'utf8')
    .update(body)
    .update(timestamp, 'utf8')
    .digest();
  return timingSafeEqual(Buffer.from(signature, 'base64'), right)
    ? { accept: true }
    : { accept: false, reason: 'signature' };
}

function decodeForSigning(uri: string): string {
  return uri.replaceAll(UNDONE, (escape) => String.fromCharCode(Number.parseInt(escape.slice(1), 16)));
}
