// Proof that a request comes from Slack: an HMAC over the bytes as they arrived, and a clock that agrees in both directions.
// Nothing of the request may be read before this accepts it.
import { createHmac, timingSafeEqual } from 'node:crypto';

/** Decimal digits without sign, point, space or leading zero; ten digits last until the year 2286. */
const SECONDS = /^(?:0|[1-9]\d{0,9})$/;
const SIGNATURE = /^v0=[0-9a-f]{64}$/;
const MAX_SKEW_SECONDS = 300;

export type SlackSignatureVerdict =
  | { readonly accept: true }
  | { readonly accept: false; readonly reason: 'timestamp' | 'signature' };

export interface SlackSignedRequest {
  /** The signing secret of the app; an empty one proves nothing and is always refused. */
  readonly secret: string;
  /** `X-Slack-Request-Timestamp` as it came; null when it is missing. */
  readonly timestamp: string | null;
  /** `X-Slack-Signature` as it came; null when it is missing. */
  readonly signature: string | null;
  /** The body as it came: neither decoded nor parsed. */
  readonly body: Uint8Array;
  /** Our clock, in seconds since the epoch. */
  readonly now: number;
}

/**
 * Checks one request by Slack's scheme v0: hex HMAC-SHA256 of `v0:timestamp:body`, at most 300 s old and at most 300 s early.
 * The time is checked on both sides: a signature from the future could otherwise be replayed for as long as it is ahead.
 *
 * @see https://docs.slack.dev/authentication/verifying-requests-from-slack
 */
export function verifySlackSignature(request: SlackSignedRequest): SlackSignatureVerdict {
  const { secret, timestamp, signature, body, now } = request;
  if (timestamp === null || !SECONDS.test(timestamp)) return { accept: false, reason: 'timestamp' };
  // Written so that a clock that is no number refuses.
  if (!(Math.abs(now - Number(timestamp)) <= MAX_SKEW_SECONDS)) return { accept: false, reason: 'timestamp' };
  if (secret === '' || signature === null || !SIGNATURE.test(signature)) return { accept: false, reason: 'signature' };
  const wanted = createHmac('sha256', secret).update(`v0:${timestamp}:`).update(body).digest();
  const given = Buffer.from(signature.slice('v0='.length), 'hex');
  return timingSafeEqual(given, wanted) ? { accept: true } : { accept: false, reason: 'signature' };
}
