// Checkout and portal sessions, and what is asked about subscriptions.
import { change, endSubscription, expireSession } from './stripe-billing.ts';
import { getCustomer, mergeMetadata, requireText } from './stripe-catalogue.ts';
import { type FormTree, type FormValue, listIn, textIn, textsIn, treeIn } from './stripe-form.ts';
import { portalShape, sessionShape, type StripeObject, subscriptionShape } from './stripe-shapes.ts';
import {
  type CheckoutSession,
  type Line,
  missing,
  nextId,
  nowIn,
  type PortalSession,
  StripeRefusal,
  type StripeState,
  type Subscription,
  wrong,
} from './stripe-state.ts';

const SESSION_SECONDS = 86_400;

export function createSession(state: StripeState, tree: FormTree): StripeObject {
  const mode = requireText(tree, 'mode');
  if (mode !== 'subscription' && mode !== 'payment')
    throw wrong('mode', 'Invalid mode: must be one of payment, or subscription');
  const customer = textIn(tree, 'customer');
  const email = textIn(tree, 'customer_email');
  if (customer !== null && email !== null)
    throw wrong('customer_email', 'You may only specify one of these parameters: customer, customer_email.');
  const known = customer === null ? null : getCustomer(state, customer, 'customer');
  const lines = listIn(tree, 'line_items').map((line, index) => lineOf(state, line, index));
  if (lines.length === 0) requireText(tree, 'line_items');
  const data = treeIn(tree, 'subscription_data');
  const created = nowIn(state);
  const session: CheckoutSession = {
    id: nextId(state, 'cs_test'),
    mode,
    status: 'open',
    paymentStatus: 'unpaid',
    customer,
    email: known?.email ?? email,
    lines,
    successUrl: requireUrl(tree, 'success_url'),
    cancelUrl: textIn(tree, 'cancel_url') === null ? null : requireUrl(tree, 'cancel_url'),
    reference: textIn(tree, 'client_reference_id'),
    metadata: mergeMetadata({}, tree),
    subscriptionMetadata: textsIn(data, 'metadata'),
    trialDays: Number(textIn(data, 'trial_period_days') ?? '0'),
    subscription: null,
    invoice: null,
    created,
    expiresAt: Number(textIn(tree, 'expires_at') ?? created + SESSION_SECONDS),
  };
  state.sessions.set(session.id, session);
  return sessionShape(state, session);
}

function lineOf(state: StripeState, line: FormValue, index: number): Line {
  const tree = typeof line === 'string' ? null : line;
  const param = `line_items[${index}][price]`;
  const price = textIn(tree, 'price');
  if (price === null) throw wrong(param, `Missing required param: ${param}.`, 'parameter_missing');
  if (!state.prices.has(price))
    throw new StripeRefusal(400, { ...missing('price', price, param).error, ...plain(price) });
  const quantity = Number(textIn(tree, 'quantity') ?? '1');
  if (!Number.isSafeInteger(quantity) || quantity < 1)
    throw wrong(`line_items[${index}][quantity]`, 'Invalid integer', 'parameter_invalid_integer');
  return { price, quantity };
}

function plain(price: string) {
  return { type: 'invalid_request_error', message: `No such price: '${price}'`, code: 'resource_missing' };
}

function requireUrl(tree: FormTree, name: string): string {
  const url = requireText(tree, name);
  if (URL.canParse(url) && /^https?:/.test(url)) return url;
  throw wrong(name, 'Not a valid URL', 'url_invalid');
}

/** @throws StripeRefusal resource_missing */
export function getSession(state: StripeState, id: string): CheckoutSession {
  const session = state.sessions.get(id);
  if (session === undefined) throw missing('checkout.session', id, 'session');
  return session;
}

export function closeSession(state: StripeState, id: string): StripeObject {
  const session = getSession(state, id);
  if (session.status !== 'open')
    throw wrong('session', 'Only Checkout Sessions with a status in ["open"] can be expired.');
  return sessionShape(state, expireSession(state, session));
}

export function createPortal(state: StripeState, tree: FormTree): StripeObject {
  const session: PortalSession = {
    id: nextId(state, 'bps'),
    customer: getCustomer(state, requireText(tree, 'customer'), 'customer').id,
    returnUrl: textIn(tree, 'return_url') === null ? null : requireUrl(tree, 'return_url'),
    created: nowIn(state),
  };
  state.portals.set(session.id, session);
  return portalShape(state, session);
}

/** @throws StripeRefusal resource_missing */
export function getSubscription(state: StripeState, id: string): Subscription {
  const subscription = state.subscriptions.get(id);
  if (subscription === undefined) throw missing('subscription', id, 'id');
  return subscription;
}

/** Without a status, those that ended are left out. */
export function findSubscriptions(state: StripeState, query: FormTree): readonly StripeObject[] {
  const customer = textIn(query, 'customer');
  const status = textIn(query, 'status');
  const price = textIn(query, 'price');
  const wanted = ({ status: own }: Subscription) =>
    status === 'all' || (status === null ? own !== 'canceled' : own === status);
  return [...state.subscriptions.values()]
    .filter((each) => wanted(each) && (customer === null || each.customer === customer))
    .filter((each) => price === null || each.items.some((item) => item.price === price))
    .map((each) => subscriptionShape(state, each));
}

/** Another price or quantity, metadata, or the wish to end with the period. */
export function updateSubscription(state: StripeState, id: string, tree: FormTree): StripeObject {
  const before = getSubscription(state, id);
  if (before.status === 'canceled') throw wrong('id', 'A canceled subscription can only update its metadata.');
  const ends = textIn(tree, 'cancel_at_period_end');
  const items = listIn(tree, 'items');
  const after = change(state, before, {
    metadata: mergeMetadata(before.metadata, tree),
    ...(items.length === 0 ? {} : { items: itemsAfter(state, before, items) }),
    ...(ends === null ? {} : cancelling(state, ends === 'true')),
  });
  return subscriptionShape(state, after);
}

/** What changes when it is to end with its period, or no longer is. */
export function cancelling(state: StripeState, ends: boolean): Partial<Subscription> {
  return { cancelAtPeriodEnd: ends, canceledAt: ends ? nowIn(state) : null };
}

function itemsAfter(state: StripeState, before: Subscription, items: readonly FormValue[]): Subscription['items'] {
  const changes = items.map((item) => (typeof item === 'string' ? null : item));
  const kept = before.items.map((item) => {
    const wanted = changes.find((each) => textIn(each, 'id') === item.id);
    if (wanted === undefined) return item;
    const price = textIn(wanted, 'price') ?? item.price;
    if (!state.prices.has(price)) throw missing('price', price, 'items[0][price]');
    return { ...item, price, quantity: Number(textIn(wanted, 'quantity') ?? item.quantity) };
  });
  const added = changes.flatMap((each, index) =>
    textIn(each, 'id') === null ? [{ ...lineOf(state, each ?? '', index), id: nextId(state, 'si') }] : [],
  );
  return [...kept, ...added];
}

export function cancelSubscription(state: StripeState, id: string): StripeObject {
  const before = getSubscription(state, id);
  if (before.status === 'canceled') throw missing('subscription', id, 'id');
  endSubscription(state, before);
  return subscriptionShape(state, getSubscription(state, id));
}
