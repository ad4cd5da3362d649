// One delivery of webhooks: signed over the exact bytes, sent, and counted as taken when an answer of 2xx comes in time.
import { createHash, createHmac } from 'node:crypto';
import type { Machine } from './hub.ts';

export interface Target {
  /** The public address, exactly as the application registered it: it is part of what is signed. */
  readonly url: string;
  readonly secret: string;
}

export type WebhookEvent = Readonly<Record<string, unknown>>;

/** How one delivery goes wrong on purpose. */
export interface Mischief {
  readonly isDoubled: boolean;
  readonly isReversed: boolean;
  /** Added to the time of the signature. */
  readonly skewMs: number;
}

export interface Delivery {
  readonly events: readonly WebhookEvent[];
  /** 0 for the first try. */
  readonly attempt: number;
  readonly mischief: Mischief;
  readonly stop: AbortSignal;
}

/** Whether the receiver took it: an answer of 2xx in time. */
export async function deliver(target: Target, machine: Machine, delivery: Delivery): Promise<boolean> {
  const { events, attempt, mischief, stop } = delivery;
  const told = events.map((event) => ({ ...event, attemptNumber: attempt }));
  const body = JSON.stringify(mischief.isReversed ? told.toReversed() : told);
  const timestamp = String(machine.now() + mischief.skewMs);
  const post = () =>
    machine.fetch(target.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...signedHeaders(target, body, timestamp) },
      body,
      redirect: 'manual',
      signal: AbortSignal.any([stop, AbortSignal.timeout(machine.answerWithinMs)]),
    });
  try {
    const response = await post();
    await response.body?.cancel();
    if (mischief.isDoubled) await (await post()).body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}

/** Escapes that are undone before signing; all others stay. */
const UNDONE = /%(?:3A|2F|3F|40|21|24|27|28|29|2A|2C|3B)/gi;

/**
 * Version 3 signs method, public URI, body and time; version 1 is still sent beside it.
 *
 * @see https://developers.hubspot.com/docs/apps/legacy-apps/authentication/validating-requests
 */
export function signedHeaders({ url, secret }: Target, body: string, timestamp: string): Record<string, string> {
  const uri = url.replaceAll(UNDONE, (escape) => decodeURIComponent(escape));
  const signature = createHmac('sha256', secret).update(`POST${uri}${body}${timestamp}`).digest('base64');
  return {
    'x-hubspot-signature-v3': signature,
    'x-hubspot-request-timestamp': timestamp,
    'x-hubspot-signature': createHash('sha256')
      .update(secret + body)
      .digest('hex'),
    'x-hubspot-signature-version': 'v1',
  };
}
