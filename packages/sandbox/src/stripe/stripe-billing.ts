// The life of a subscription: it begins when a checkout is paid, renews when its period ends, falls behind when the card fails,
// and ends. All of it follows the world's time.
import { emit } from './stripe-events.ts';
import { amountOf, customerShape, invoiceShape, sessionShape, subscriptionShape } from './stripe-shapes.ts';
import {
  type Card,
  type CheckoutSession,
  type Customer,
  type Invoice,
  nextId,
  nowIn,
  type StripeState,
  type Subscription,
} from './stripe-state.ts';

const DAY = 86_400;
/** Days between the attempts at a failed payment; after the last one the subscription ends. */
const RETRY_DAYS = [3, 5, 7] as const;

/** Pays an open checkout with a card that works (today). */
export function completeCheckout(state: StripeState, session: CheckoutSession, buyer: { email: string; card: Card }) {
  const customer = customerFor(state, session, buyer);
  const subscription = session.mode === 'subscription' ? beginSubscription(state, session, customer) : null;
  const done: CheckoutSession = {
    ...session,
    status: 'complete',
    paymentStatus: session.trialDays > 0 ? 'no_payment_required' : 'paid',
    customer: customer.id,
    email: buyer.email,
    subscription: subscription?.id ?? null,
    invoice: subscription?.latestInvoice ?? null,
  };
  state.sessions.set(done.id, done);
  emit(state, 'checkout.session.completed', sessionShape(state, done));
  return done;
}

function customerFor(
  state: StripeState,
  session: CheckoutSession,
  { email, card }: { email: string; card: Card },
): Customer {
  const known = state.customers.get(session.customer ?? '');
  const fresh = { id: '', email, name: null, metadata: {}, created: nowIn(state), deleted: false, card };
  const customer: Customer =
    known === undefined || known.deleted ? { ...fresh, id: nextId(state, 'cus') } : { ...known, card };
  state.customers.set(customer.id, customer);
  emit(state, known === undefined ? 'customer.created' : 'customer.updated', customerShape(customer));
  return customer;
}

function beginSubscription(state: StripeState, session: CheckoutSession, customer: Customer): Subscription {
  const now = nowIn(state);
  const trialEnd = session.trialDays > 0 ? now + session.trialDays * DAY : null;
  const begun: Subscription = {
    id: nextId(state, 'sub'),
    customer: customer.id,
    status: trialEnd === null ? 'active' : 'trialing',
    items: session.lines.map((line) => ({ ...line, id: nextId(state, 'si') })),
    metadata: session.subscriptionMetadata,
    created: now,
    periodStart: now,
    periodEnd: trialEnd ?? periodAfter(state, session.lines[0]?.price ?? '', now),
    trialEnd,
    cancelAtPeriodEnd: false,
    canceledAt: null,
    endedAt: null,
    latestInvoice: null,
  };
  const invoice = openInvoice(state, begun, 'subscription_create');
  const subscription = { ...begun, latestInvoice: invoice.id };
  state.subscriptions.set(subscription.id, subscription);
  emit(state, 'customer.subscription.created', subscriptionShape(state, subscription));
  settle(state, invoice);
  return subscription;
}

function openInvoice(state: StripeState, subscription: Subscription, reason: Invoice['reason']): Invoice {
  const free = subscription.status === 'trialing';
  const total = subscription.items.reduce((sum, item) => sum + amountOf(state, item), 0);
  const id = nextId(state, 'in');
  const invoice: Invoice = {
    id,
    number: `SANDBOX-${String(state.invoices.size + 1).padStart(4, '0')}`,
    customer: subscription.customer,
    subscription: subscription.id,
    status: 'open',
    amount: free ? 0 : total,
    currency: state.prices.get(subscription.items[0]?.price ?? '')?.currency ?? 'usd',
    reason,
    periodStart: subscription.periodStart,
    periodEnd: subscription.periodEnd,
    created: nowIn(state),
    attempts: 0,
    nextAttempt: null,
  };
  state.invoices.set(id, invoice);
  emit(state, 'invoice.created', invoiceShape(invoice));
  emit(state, 'invoice.finalized', invoiceShape(invoice));
  return invoice;
}

function settle(state: StripeState, invoice: Invoice): Invoice {
  const paid: Invoice = { ...invoice, status: 'paid', attempts: invoice.attempts + 1, nextAttempt: null };
  state.invoices.set(paid.id, paid);
  emit(state, 'invoice.paid', invoiceShape(paid));
  emit(state, 'invoice.payment_succeeded', invoiceShape(paid));
  return paid;
}

/** Tries to take the money for an invoice. */
export function attemptPayment(state: StripeState, invoice: Invoice): void {
  const subscription = state.subscriptions.get(invoice.subscription ?? '');
  if (state.customers.get(invoice.customer)?.card !== 'fails_later') {
    settle(state, invoice);
    if (subscription?.status === 'past_due') change(state, subscription, { status: 'active' });
    return;
  }
  const days = RETRY_DAYS[invoice.attempts];
  const next = days === undefined ? null : nowIn(state) + days * DAY;
  const failed: Invoice = { ...invoice, attempts: invoice.attempts + 1, nextAttempt: next };
  state.invoices.set(failed.id, failed);
  emit(state, 'invoice.payment_failed', invoiceShape(failed));
  if (subscription === undefined) return;
  if (next === null) return endSubscription(state, subscription);
  if (subscription.status !== 'past_due') change(state, subscription, { status: 'past_due' });
}

/** Changes a subscription and tells of it, with the old values. */
export function change(state: StripeState, before: Subscription, changes: Partial<Subscription>): Subscription {
  const after = { ...before, ...changes };
  state.subscriptions.set(after.id, after);
  const [old, fresh] = [subscriptionShape(state, before), subscriptionShape(state, after)];
  const changed = Object.keys(fresh).filter((name) => JSON.stringify(fresh[name]) !== JSON.stringify(old[name]));
  if (changed.length > 0)
    emit(state, 'customer.subscription.updated', fresh, Object.fromEntries(changed.map((name) => [name, old[name]])));
  return after;
}

export function endSubscription(state: StripeState, subscription: Subscription): void {
  const now = nowIn(state);
  const ended: Subscription = {
    ...subscription,
    status: 'canceled',
    canceledAt: subscription.canceledAt ?? now,
    endedAt: now,
  };
  state.subscriptions.set(ended.id, ended);
  for (const invoice of state.invoices.values())
    if (invoice.subscription === ended.id && invoice.nextAttempt !== null)
      state.invoices.set(invoice.id, { ...invoice, nextAttempt: null });
  emit(state, 'customer.subscription.deleted', subscriptionShape(state, ended));
}

/** Lets everything fall due that does so up to a second of the world's time, in order. */
export function runBilling(state: StripeState, until: number): void {
  for (let next = nextDue(state, until); next !== null; next = nextDue(state, until)) {
    state.at = next.at;
    next.run();
  }
  state.at = null;
}

interface Due {
  readonly at: number;
  run(): void;
}

function nextDue(state: StripeState, until: number): Due | null {
  const dues: Due[] = [];
  for (const session of state.sessions.values())
    if (session.status === 'open') dues.push({ at: session.expiresAt, run: () => expireSession(state, session) });
  for (const each of state.subscriptions.values())
    if (each.status !== 'canceled') dues.push({ at: each.periodEnd, run: () => renew(state, each) });
  for (const invoice of state.invoices.values())
    if (invoice.nextAttempt !== null) dues.push({ at: invoice.nextAttempt, run: () => attemptPayment(state, invoice) });
  const [first] = dues.filter(({ at }) => at <= until).toSorted((one, other) => one.at - other.at);
  return first ?? null;
}

export function expireSession(state: StripeState, session: CheckoutSession): CheckoutSession {
  const expired: CheckoutSession = { ...session, status: 'expired' };
  state.sessions.set(expired.id, expired);
  emit(state, 'checkout.session.expired', sessionShape(state, expired));
  return expired;
}

function renew(state: StripeState, before: Subscription): void {
  if (before.cancelAtPeriodEnd) return endSubscription(state, before);
  const periodStart = before.periodEnd;
  const periodEnd = periodAfter(state, before.items[0]?.price ?? '', periodStart);
  const status = before.status === 'trialing' ? 'active' : before.status;
  const moved: Subscription = { ...before, periodStart, periodEnd, status };
  const invoice = openInvoice(state, moved, 'subscription_cycle');
  change(state, before, { periodStart, periodEnd, status, latestInvoice: invoice.id });
  attemptPayment(state, invoice);
}

/** A month or a year later, on the last day of a shorter month. */
function periodAfter(state: StripeState, priceId: string, from: number): number {
  const months = state.prices.get(priceId)?.interval === 'year' ? 12 : 1;
  const start = new Date(from * 1000);
  const end = new Date(start);
  end.setUTCDate(1);
  end.setUTCMonth(start.getUTCMonth() + months);
  const lastDay = new Date(Date.UTC(end.getUTCFullYear(), end.getUTCMonth() + 1, 0)).getUTCDate();
  end.setUTCDate(Math.min(start.getUTCDate(), lastDay));
  return Math.floor(end.getTime() / 1000);
}
