// The API: who asks, which parameters there are, and that a repeated request with the same key is answered as the first was.
import { createHash } from 'node:crypto';
import { answerJson, basicCredentials, bearerToken, readForm } from '../frame/answers.ts';
import type { Exchange, RegisteredApp } from '../frame/stand-in.ts';
import {
  createCustomer,
  createPrice,
  createProduct,
  deleteCustomer,
  findCustomers,
  findPrices,
  getCustomer,
  updateCustomer,
} from './stripe-catalogue.ts';
import { type FormTree, textIn, treeOf } from './stripe-form.ts';
import { expand, pageOf } from './stripe-lists.ts';
import {
  cancelSubscription,
  closeSession,
  createPortal,
  createSession,
  findSubscriptions,
  getSession,
  getSubscription,
  updateSubscription,
} from './stripe-sales.ts';
import {
  customerShape,
  invoiceShape,
  priceShape,
  productShape,
  sessionShape,
  type StripeObject,
  subscriptionShape,
} from './stripe-shapes.ts';
import { API_VERSION, missing, nowIn, StripeRefusal, type StripeState } from './stripe-state.ts';

const KEPT_SECONDS = 86_400;
type Run = (state: StripeState, tree: FormTree, id: string) => Readonly<Record<string, unknown>>;
type Find = (state: StripeState, query: FormTree) => readonly StripeObject[];

interface Route {
  readonly road: RegExp;
  /** Names of parameters; null takes any, which lists and reads do. */
  readonly params: readonly string[] | null;
  readonly run: Run;
}

const post = (path: string, params: readonly string[], run: Run): Route => ({
  road: new RegExp(`^POST /v1/${path}$`),
  params: [...params, 'expand', 'metadata'],
  run,
});
const get = (path: string, run: Run): Route => ({ road: new RegExp(`^GET /v1/${path}$`), params: null, run });
const list = (path: string, find: Find): Route =>
  get(path, (state, query) => pageOf(find(state, query), query, `/v1/${path}`));
const all =
  <Item>(
    of: (state: StripeState) => Map<string, Item>,
    shape: (state: StripeState, item: Item) => StripeObject,
  ): Find =>
  (state, query) => {
    const customer = textIn(query, 'customer');
    const shapes = [...of(state).values()].map((item) => shape(state, item));
    return customer === null ? shapes : shapes.filter((each) => each['customer'] === customer);
  };

const CUSTOMER = ['email', 'name', 'description', 'phone', 'address', 'preferred_locales'] as const;
const SESSION = [
  'mode',
  'line_items',
  'success_url',
  'cancel_url',
  'customer',
  'customer_email',
  'client_reference_id',
  'subscription_data',
  'allow_promotion_codes',
  'automatic_tax',
  'billing_address_collection',
  'expires_at',
  'locale',
  'payment_method_collection',
  'payment_method_types',
] as const;

const ROUTES: readonly Route[] = [
  post('products', ['id', 'name', 'active', 'description'], createProduct),
  list(
    'products',
    all(
      ({ products }) => products,
      (_, product) => productShape(product),
    ),
  ),
  get('products/([^/]+)', ({ products }, _, id) => productShape(mustFind(products, 'product', id))),
  post('prices', ['product', 'unit_amount', 'currency', 'recurring', 'lookup_key', 'active', 'nickname'], createPrice),
  list('prices', findPrices),
  get('prices/([^/]+)', ({ prices }, _, id) => priceShape(mustFind(prices, 'price', id))),
  post('customers', CUSTOMER, createCustomer),
  list('customers', findCustomers),
  get('customers/([^/]+)', (state, _, id) => customerShape(getCustomer(state, id))),
  post('customers/([^/]+)', CUSTOMER, (state, tree, id) => updateCustomer(state, id, tree)),
  { road: /^DELETE \/v1\/customers\/([^/]+)$/, params: null, run: (state, _, id) => deleteCustomer(state, id) },
  post('checkout/sessions', SESSION, createSession),
  list(
    'checkout/sessions',
    all(({ sessions }) => sessions, sessionShape),
  ),
  get('checkout/sessions/([^/]+)', (state, _, id) => sessionShape(state, getSession(state, id))),
  post('checkout/sessions/([^/]+)/expire', [], (state, _, id) => closeSession(state, id)),
  post('billing_portal/sessions', ['customer', 'return_url', 'configuration', 'flow_data', 'locale'], createPortal),
  list('subscriptions', findSubscriptions),
  get('subscriptions/([^/]+)', (state, _, id) => subscriptionShape(state, getSubscription(state, id))),
  post(
    'subscriptions/([^/]+)',
    ['items', 'cancel_at_period_end', 'proration_behavior', 'payment_behavior'],
    (state, tree, id) => updateSubscription(state, id, tree),
  ),
  { road: /^DELETE \/v1\/subscriptions\/([^/]+)$/, params: null, run: (state, _, id) => cancelSubscription(state, id) },
  list(
    'invoices',
    all(
      ({ invoices }) => invoices,
      (_, invoice) => invoiceShape(invoice),
    ),
  ),
  get('invoices/([^/]+)', ({ invoices }, _, id) => invoiceShape(mustFind(invoices, 'invoice', id))),
  list('events', ({ events }, query) => {
    const type = textIn(query, 'type');
    return events
      .filter((each) => type === null || each.type === type)
      .map(({ id, body }) => ({ object: 'event', ...body, id }));
  }),
  get('events/([^/]+)', ({ events }, _, id) => {
    const event = events.find((each) => each.id === id);
    if (event === undefined) throw missing('event', id);
    return event.body;
  }),
];

function mustFind<Item>(shelf: Map<string, Item>, what: string, id: string): Item {
  const item = shelf.get(id);
  if (item === undefined) throw missing(what, id, what);
  return item;
}

export interface Kept {
  readonly print: string;
  readonly until: number;
  readonly status: number;
  readonly body: unknown;
}

/** Answers anything below `/v1/`. */
export function answerApi(state: StripeState, exchange: Exchange, kept: Map<string, Kept>): void {
  const id = `req_${createHash('sha256').update(`${state.made} ${state.clock()}`).digest('hex').slice(0, 14)}`;
  const headers = {
    'request-id': id,
    'stripe-version': String(exchange.request.headers['stripe-version'] ?? API_VERSION),
  };
  const app = appOf(state, exchange);
  if (app === null) {
    const error = { type: 'invalid_request_error', message: 'Invalid API Key provided.' };
    return answerJson(exchange, 401, { error }, { ...headers, 'www-authenticate': 'Bearer realm="Stripe"' });
  }
  const key = exchange.method === 'POST' ? keyOf(exchange) : null;
  const seen = key === null ? null : replayOf(state, exchange, kept.get(`${app.clientId} ${key}`));
  if (seen !== null) return answerJson(exchange, seen.status, seen.body, { ...headers, ...seen.headers });
  state.request = { id, key };
  const { status, body } = attempt(state, exchange);
  state.request = null;
  // What was refused before anything was done may be sent again, corrected, with the same key.
  if (key !== null && (status < 400 || status >= 500)) {
    const until = nowIn(state) + KEPT_SECONDS;
    kept.set(`${app.clientId} ${key}`, { print: printOf(exchange), until, status, body });
  }
  answerJson(exchange, status, body, { ...headers, ...(key === null ? {} : { 'idempotency-key': key }) });
}

function appOf({ ground }: StripeState, exchange: Exchange): RegisteredApp | null {
  const key = bearerToken(exchange) ?? basicCredentials(exchange)?.id ?? null;
  const road = `${exchange.method} ${exchange.url.pathname}`;
  if (ground.faults.take('stripe', ['invalid_client'], road) !== null) return null;
  return ground.apps.find(({ clientSecret }) => clientSecret === key) ?? null;
}

function keyOf({ request }: Exchange): string | null {
  const key = request.headers['idempotency-key'];
  return typeof key === 'string' && key !== '' ? key : null;
}

function printOf({ method, url, body }: Exchange): string {
  return createHash('sha256').update(`${method} ${url.pathname}\n`).update(body).digest('hex');
}

function replayOf(state: StripeState, exchange: Exchange, first: Kept | undefined) {
  if (first === undefined || first.until < nowIn(state)) return null;
  if (first.print === printOf(exchange))
    return { status: first.status, body: first.body, headers: { 'idempotent-replayed': 'true' } };
  const message = 'Keys for idempotent requests can only be used with the same parameters they were first used with.';
  return { status: 400, body: { error: { type: 'idempotency_error', message } }, headers: {} };
}

function attempt(state: StripeState, exchange: Exchange): { status: number; body: unknown } {
  const road = `${exchange.method} ${exchange.url.pathname}`;
  const tree = treeOf(exchange.method === 'GET' ? exchange.url.searchParams : readForm(exchange));
  try {
    const route = ROUTES.find((each) => each.road.test(road));
    if (route === undefined) {
      const message = `Unrecognized request URL (${exchange.method}: ${exchange.url.pathname}).`;
      throw new StripeRefusal(404, { type: 'invalid_request_error', message });
    }
    checkParams(tree, route.params);
    const id = decodeURIComponent(route.road.exec(road)?.[1] ?? '');
    return { status: 200, body: expand(state, route.run(state, tree, id), tree) };
  } catch (error) {
    if (error instanceof StripeRefusal) return { status: error.status, body: { error: error.error } };
    throw error;
  }
}

function checkParams(tree: FormTree, known: readonly string[] | null): void {
  const unknown = known === null ? undefined : Object.keys(tree).find((name) => !known.includes(name));
  if (unknown === undefined) return;
  const message = `Received unknown parameter: ${unknown}`;
  throw new StripeRefusal(400, { type: 'invalid_request_error', code: 'parameter_unknown', message, param: unknown });
}
