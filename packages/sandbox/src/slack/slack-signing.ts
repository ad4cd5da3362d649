// How Slack proves that a request is its own, and how it asks whether an address is its owner's.
import { createHash, createHmac } from 'node:crypto';
import type { RegisteredApp } from '../frame/stand-in.ts';

/** Slack's scheme v0 (https://docs.slack.dev/authentication/verifying-requests-from-slack). */
export function signatureHeaders({ signingSecret, clientSecret }: RegisteredApp, body: Buffer, now: number) {
  const timestamp = String(Math.floor(now / 1000));
  const digest = createHmac('sha256', signingSecret ?? clientSecret)
    .update(`v0:${timestamp}:`)
    .update(body)
    .digest('hex');
  return { 'x-slack-request-timestamp': timestamp, 'x-slack-signature': `v0=${digest}` };
}

/** Sends `url_verification`, signed like any event, and says whether the challenge came back in time. */
export async function verifyUrl(
  app: RegisteredApp,
  url: string,
  { now, ask }: { now: number; ask: typeof fetch },
): Promise<boolean> {
  const challenge = createHash('sha256').update(`${app.clientId} ${now}`).digest('base64url');
  const body = Buffer.from(JSON.stringify({ token: 'not-to-be-used', challenge, type: 'url_verification' }));
  const headers = { 'content-type': 'application/json', ...signatureHeaders(app, body, now) };
  try {
    const signal = AbortSignal.timeout(3000);
    const response = await ask(url, {
      method: 'POST',
      headers,
      body: new Uint8Array(body),
      redirect: 'manual',
      signal,
    });
    const text = (await response.text()).trim();
    return response.status === 200 && (text === challenge || challengeIn(text) === challenge);
  } catch {
    return false;
  }
}

function challengeIn(text: string): unknown {
  try {
    const answer: unknown = JSON.parse(text);
    return typeof answer === 'object' && answer !== null && 'challenge' in answer ? answer.challenge : null;
  } catch {
    return null;
  }
}
