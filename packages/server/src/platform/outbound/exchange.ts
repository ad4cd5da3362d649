// One exchange with a provider: asked, judged by the provider's dialect, parsed by the request's schema. An answer that
// cannot be read says no more than none at all, and nothing of it goes into an error.
import type { Clock } from '../clock.ts';
import { OutboundFailed, type OutboundFetch } from './guarded-fetch.ts';
import type { KeptConnections } from './kept-connections.ts';
import type { LaneAnswer, LaneRequest } from './lane.ts';
import type { FailedExchange } from './retry.ts';
import { capWait, readRetryAfter } from './retry-after.ts';
import type { Place } from './room.ts';

export type Exchanged<T> =
  | { readonly kind: 'answered'; readonly answer: LaneAnswer<T> }
  | ({ readonly kind: 'failed' } & FailedExchange);

export interface ExchangeDeps {
  readonly fetch: OutboundFetch;
  readonly clock: Clock;
  /** Connections of the lane. */
  readonly connections: KeptConnections;
}

/** An answer that a request allows when it says nothing else. */
const MOST_BYTES = 8 * 1024 * 1024;

/** Makes one exchange; whatever the network or the provider does is part of the result. */
export async function exchange<T>(
  deps: ExchangeDeps,
  request: LaneRequest<T>,
  place: Pick<Place, 'grow'>,
): Promise<Exchanged<T>> {
  const { url, method, headers, body, reach, signal, retry, maxBytes = MOST_BYTES } = request;
  const asked = { url, method, headers, body, reach, maxBytes, room: place.grow };
  // What may be sent once only never meets a connection that its server is about to close.
  const kept = retry === 'safe' ? { connections: deps.connections } : {};
  try {
    const response = await deps.fetch({ ...asked, ...kept, ...(signal === undefined ? {} : { signal }) });
    return readAnswer(request, { response, text: await response.text(), now: deps.clock.now() });
  } catch (error) {
    if (!(error instanceof OutboundFailed)) throw error;
    return { kind: 'failed', error };
  }
}

interface Received {
  readonly response: Response;
  readonly text: string;
  readonly now: Date;
}

function readAnswer<T>(request: LaneRequest<T>, { response, text, now }: Received): Exchanged<T> {
  const { status, headers } = response;
  const json = parseJson(text);
  const verdict = request.dialect.judge({ status, headers, json });
  const failed = (reason: 'limited' | 'unavailable' | 'unreadable_answer', told: number | null): Exchanged<T> => {
    const retryAfterMs = told === null ? readRetryAfter(headers, now) : capWait(told);
    return { kind: 'failed', error: new OutboundFailed(reason, { retryAfterMs }) };
  };
  switch (verdict.kind) {
    case 'ok': {
      const value = json === undefined ? null : request.answer.safeParse(json);
      if (value?.success !== true) return failed('unreadable_answer', null);
      return { kind: 'answered', answer: { kind: 'ok', status, headers, value: value.data } };
    }
    case 'unauthorised':
      return { kind: 'answered', answer: { kind: 'unauthorised', json: json ?? null } };
    case 'refused':
      return { kind: 'answered', answer: { kind: 'refused', status, code: verdict.code, json: json ?? null } };
    case 'limited':
    case 'unavailable':
      return failed(verdict.kind, verdict.retryAfterMs);
  }
}

/** Null for nothing, undefined for what is not JSON. */
function parseJson(text: string): unknown {
  if (text.trim() === '') return null;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
