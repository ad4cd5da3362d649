// A stand-in for the parts of Stripe that sell a subscription: prices, customers, checkout, portal, subscriptions, invoices and
// signed events. It has an origin of its own, because Stripe's library keeps no path. An app's client secret is its API key,
// its signing secret that of its webhook endpoint.
import { answerHtml, answerJson } from '../frame/answers.ts';
import { refusalPage } from '../frame/consent-page.ts';
import { type Delivery, openCourier } from '../frame/courier.ts';
import type { Exchange, Ground, PlainFault, StandIn } from '../frame/stand-in.ts';
import { answerApi, type Kept } from './stripe-api.ts';
import { runBilling } from './stripe-billing.ts';
import { checkoutPage, portalPage } from './stripe-pages.ts';
import type { SigningKey, StripeState } from './stripe-state.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

export interface Stripe extends StandIn {
  readonly name: 'stripe';
  /** Where an app's events go from now on, signed with `secret`; null for nowhere. */
  setEventUrl(clientId: string, url: string | null, secret?: string): void;
  /** Signs with another secret too; the ones before stay good for `keepMs`, a day unless said. */
  rollSecret(clientId: string, secret: string, keepMs?: number): void;
  /** The last thousand attempts to deliver an event, oldest first. */
  deliveries(): readonly Delivery[];
  /** Waits until no delivery is on its way; retries that wait for their time are not. */
  settled(): Promise<void>;
  close(): void;
}

export interface StripeOptions {
  /** The machine's clock in milliseconds, for signatures. */
  readonly clock?: () => number;
  /** Waits before retries; over three days, growing, unless said. */
  readonly retryWaitsMs?: readonly number[];
  readonly answerWithinMs?: number;
  readonly fetch?: typeof fetch;
}

/** Prices that are there from the start; found by their lookup keys. In cents. */
const PLANS = [
  { id: 'team', name: 'Team', month: 3100, year: 24_000 },
  { id: 'business', name: 'Business', month: 8500, year: 67_200 },
] as const;

export function openStripe(ground: Ground, options: StripeOptions = {}): Stripe {
  const state = stateOf(ground, options);
  const kept = new Map<string, Kept>();
  stockShelves(state);
  for (const { clientId, eventUrl, signingSecret, clientSecret } of ground.apps) {
    const keys: SigningKey[] = [{ secret: signingSecret ?? clientSecret, endsAt: null }];
    if (eventUrl !== undefined) state.endpoints.set(clientId, { url: eventUrl, keys });
  }
  const stopTime = ground.world.onTime((_, to) => runBilling(state, Math.floor(to.getTime() / 1000)));
  return {
    name: 'stripe',
    handle: (exchange) => handle(state, exchange, kept),
    answerFault,
    // Nobody grants anything here: the key is the organisation's own.
    revokeGrants: () => undefined,
    setEventUrl: (clientId, url, secret) => setEventUrl(state, clientId, { url, secret }),
    rollSecret: (clientId, secret, keepMs = DAY_MS) => rollSecret(state, clientId, { secret, keepMs }),
    deliveries: () => state.courier.list(),
    settled: async () => await state.courier.settled(),
    close: () => {
      stopTime();
      state.courier.close();
    },
  };
}

function stateOf(ground: Ground, options: StripeOptions): StripeState {
  return {
    ground,
    products: new Map(),
    prices: new Map(),
    customers: new Map(),
    sessions: new Map(),
    subscriptions: new Map(),
    invoices: new Map(),
    portals: new Map(),
    events: [],
    endpoints: new Map(),
    courier: openCourier({
      answerWithinMs: options.answerWithinMs ?? 10_000,
      waitsMs: options.retryWaitsMs ?? [1, 4, 12, 24, 31].map((hours) => hours * HOUR_MS),
      ...(options.fetch === undefined ? {} : { fetch: options.fetch }),
    }),
    clock: options.clock ?? Date.now,
    request: null,
    at: null,
    made: 0,
  };
}

function stockShelves({ products, prices, ground }: StripeState): void {
  const created = Math.floor(ground.world.now().getTime() / 1000);
  const common = { active: true, metadata: {}, created };
  for (const { id, name, ...amounts } of PLANS) {
    products.set(`prod_${id}`, { ...common, id: `prod_${id}`, name });
    for (const interval of ['month', 'year'] as const) {
      const lookupKey = `${id}_${interval}`;
      const price = {
        ...common,
        id: `price_${lookupKey}`,
        product: `prod_${id}`,
        currency: 'usd',
        interval,
        lookupKey,
      };
      prices.set(price.id, { ...price, amount: amounts[interval] });
    }
  }
}

function setEventUrl(
  { endpoints }: StripeState,
  clientId: string,
  { url, secret }: { url: string | null; secret: string | undefined },
): void {
  const keys = secret === undefined ? endpoints.get(clientId)?.keys : [{ secret, endsAt: null }];
  if (url === null) endpoints.delete(clientId);
  else endpoints.set(clientId, { url, keys: keys ?? [] });
}

function rollSecret(
  state: StripeState,
  clientId: string,
  { secret, keepMs }: { secret: string; keepMs: number },
): void {
  const endpoint = state.endpoints.get(clientId);
  if (endpoint === undefined) return;
  const endsAt = state.clock() + keepMs;
  const old = endpoint.keys.map((key) => ({ ...key, endsAt: Math.min(key.endsAt ?? endsAt, endsAt) }));
  endpoint.keys = [...old, { secret, endsAt: null }];
}

function handle(state: StripeState, exchange: Exchange, kept: Map<string, Kept>): void {
  const { pathname } = exchange.url;
  if (pathname.startsWith('/v1/')) return answerApi(state, exchange, kept);
  const [, page, id = ''] = /^\/(c\/pay|p\/session)\/(\w+)$/.exec(pathname) ?? [];
  if (page === 'c/pay') return checkoutPage(state, exchange, id);
  if (page === 'p/session') return portalPage(state, exchange, id);
  answerHtml(exchange, 404, refusalPage('Stripe: nothing here', 'There is no such page.'));
}

function answerFault(exchange: Exchange, { status, retryAfterSeconds }: PlainFault): void {
  const headers = retryAfterSeconds === null ? {} : { 'retry-after': String(retryAfterSeconds) };
  const error =
    status === 429
      ? { type: 'invalid_request_error', code: 'rate_limit', message: 'Request rate limit exceeded.' }
      : { type: 'api_error', message: 'Something went wrong on our end.' };
  answerJson(exchange, status, { error }, headers);
}
