// Sends what Google pushes, again and later when nobody takes it. Nothing of it outlives `close`.
import { setImmediate as turn, setTimeout as wait } from 'node:timers/promises';
import type { GoogleOptions, GoogleSwitches } from './google-switches.ts';

export interface Push {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Null for an empty body. */
  readonly body: string | null;
  /** Whether an answer means "again, later". No answer at all always does. */
  readonly again: (status: number) => boolean;
}

export interface Pusher {
  /** Sends behind what is under way to nobody in particular: order is not promised, as at Google. */
  send(push: () => Promise<Push>): void;
  /** When nothing is under way any more. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

const MOST_MS = 10_000;

export function createPusher(options: Pick<GoogleOptions, 'fetch'>, switches: GoogleSwitches): Pusher {
  const stop = new AbortController();
  const underWay = new Set<Promise<void>>();
  const settled = async () => {
    // What has just happened is pushed at the end of this turn.
    await turn();
    while (underWay.size > 0) await Promise.all(underWay);
  };
  return {
    send: (push) => {
      const sending = deliver(options.fetch, switches, push, stop.signal).finally(() => underWay.delete(sending));
      underWay.add(sending);
    },
    settled,
    close: async () => {
      stop.abort();
      await settled();
    },
  };
}

async function deliver(
  send: typeof fetch,
  { pushAttempts, pushWaitMs }: GoogleSwitches,
  make: () => Promise<Push>,
  stop: AbortSignal,
): Promise<void> {
  const push = await make();
  for (let attempt = 0; attempt < pushAttempts && !stop.aborted; attempt += 1) {
    const status = await post(send, push, stop);
    if (status !== null && !push.again(status)) return;
    // An abort ends the wait as well, and the loop with it.
    await wait(pushWaitMs * 2 ** attempt, undefined, { signal: stop, ref: false }).catch(() => undefined);
  }
}

async function post(send: typeof fetch, { url, headers, body }: Push, stop: AbortSignal): Promise<number | null> {
  try {
    const signal = AbortSignal.any([stop, AbortSignal.timeout(MOST_MS)]);
    const answer = await send(url, { method: 'POST', headers, body, signal, redirect: 'manual' });
    await answer.body?.cancel();
    return answer.status;
  } catch {
    return null;
  }
}
