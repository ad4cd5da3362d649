// What Stripe tells of its own accord: every change as an event, kept to be read, and sent to the app's endpoint with a
// signature for each secret that is good at the moment.
import { createHmac } from 'node:crypto';
import type { FaultKind } from '../frame/faults.ts';
import type { StripeObject } from './stripe-shapes.ts';
import { API_VERSION, nextId, nowIn, type StripeState } from './stripe-state.ts';

const SKEW_MS = 600_000;

/** Keeps an event and sends it. `previous` holds the old values of what changed. */
export function emit(
  state: StripeState,
  type: string,
  object: StripeObject,
  previous?: Readonly<Record<string, unknown>>,
) {
  const id = nextId(state, 'evt');
  const created = nowIn(state);
  const body = {
    id,
    object: 'event',
    api_version: API_VERSION,
    created,
    data: { object, ...(previous === undefined ? {} : { previous_attributes: previous }) },
    livemode: false,
    pending_webhooks: state.endpoints.size,
    request: { id: state.request?.id ?? null, idempotency_key: state.request?.key ?? null },
    type,
  };
  state.events.push({ id, type, created, body });
  const bytes = Buffer.from(JSON.stringify(body, null, 2));
  for (const clientId of state.endpoints.keys()) send(state, clientId, { id, type, bytes });
}

function send(
  state: StripeState,
  clientId: string,
  { id, type, bytes }: { id: string; type: string; bytes: Buffer },
): void {
  const { faults } = state.ground;
  const taken = (kind: FaultKind) => faults.take('stripe', [kind], `EVENT /${type}`);
  const skew = taken('clock_skew');
  // Unless said how old, it comes from the future.
  const skewMs = skew === null ? 0 : skew.delayMs === undefined ? SKEW_MS : -skew.delayMs;
  const url = state.endpoints.get(clientId)?.url ?? '';
  const headers = () => ({
    'user-agent': 'Stripe/1.0 (+https://stripe.com/docs/webhooks)',
    'stripe-signature': signatureOf(state, clientId, bytes, skewMs),
  });
  const parcel = { id, url, body: bytes, headers };
  state.courier.send(parcel);
  if (taken('duplicate_events') !== null) state.courier.send(parcel);
}

/** `t=…,v1=…`, one `v1` for each secret: two while a secret is being rolled. */
function signatureOf(state: StripeState, clientId: string, bytes: Buffer, skewMs: number): string {
  const now = state.clock();
  const timestamp = Math.floor((now + skewMs) / 1000);
  const keys = (state.endpoints.get(clientId)?.keys ?? []).filter(({ endsAt }) => endsAt === null || endsAt > now);
  const parts = keys.map(
    ({ secret }) => `v1=${createHmac('sha256', secret).update(`${timestamp}.`).update(bytes).digest('hex')}`,
  );
  return [`t=${timestamp}`, ...parts].join(',');
}
