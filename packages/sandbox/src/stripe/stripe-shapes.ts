// Stripe's objects as they stand on the wire. Amounts are in the smallest unit, times in seconds.
import type {
  CheckoutSession,
  Customer,
  Invoice,
  PortalSession,
  Price,
  Product,
  StripeState,
  Subscription,
} from './stripe-state.ts';

export type StripeObject = Readonly<Record<string, unknown>> & { readonly id: string; readonly object: string };

export function productShape(product: Product): StripeObject {
  const { id, name, active, metadata, created } = product;
  const rest = { description: null, images: [], livemode: false, type: 'service', updated: created };
  return { id, object: 'product', name, active, metadata, created, default_price: null, ...rest };
}

export function priceShape(price: Price): StripeObject {
  const { id, product, amount, currency, interval, lookupKey, active, metadata, created } = price;
  return {
    id,
    object: 'price',
    active,
    billing_scheme: 'per_unit',
    created,
    currency,
    livemode: false,
    lookup_key: lookupKey,
    metadata,
    nickname: null,
    product,
    recurring:
      interval === null
        ? null
        : { interval, interval_count: 1, usage_type: 'licensed', meter: null, trial_period_days: null },
    tax_behavior: 'unspecified',
    type: interval === null ? 'one_time' : 'recurring',
    unit_amount: amount,
    unit_amount_decimal: String(amount),
  };
}

export function customerShape(customer: Customer): StripeObject {
  const { id, email, name, metadata, created, deleted } = customer;
  if (deleted) return { id, object: 'customer', deleted: true };
  return {
    id,
    object: 'customer',
    address: null,
    balance: 0,
    created,
    currency: null,
    default_source: null,
    delinquent: false,
    description: null,
    email,
    invoice_settings: { custom_fields: null, default_payment_method: null, footer: null },
    livemode: false,
    metadata,
    name,
    phone: null,
    preferred_locales: [],
    shipping: null,
    tax_exempt: 'none',
  };
}

export function sessionShape(state: StripeState, session: CheckoutSession): StripeObject {
  const total = session.lines.reduce((sum, line) => sum + amountOf(state, line), 0);
  return {
    id: session.id,
    object: 'checkout.session',
    amount_subtotal: total,
    amount_total: session.trialDays > 0 ? 0 : total,
    cancel_url: session.cancelUrl,
    client_reference_id: session.reference,
    created: session.created,
    currency: state.prices.get(session.lines[0]?.price ?? '')?.currency ?? 'usd',
    customer: session.customer,
    customer_details:
      session.email === null ? null : { email: session.email, name: null, phone: null, tax_exempt: 'none' },
    customer_email: session.customer === null ? session.email : null,
    expires_at: session.expiresAt,
    invoice: session.invoice,
    livemode: false,
    metadata: session.metadata,
    mode: session.mode,
    payment_intent: null,
    payment_method_types: ['card'],
    payment_status: session.paymentStatus,
    status: session.status,
    subscription: session.subscription,
    success_url: session.successUrl,
    ui_mode: 'hosted_page',
    url: session.status === 'open' ? `${state.ground.base}/c/pay/${session.id}` : null,
  };
}

export function amountOf(state: StripeState, { price, quantity }: { price: string; quantity: number }): number {
  return (state.prices.get(price)?.amount ?? 0) * quantity;
}

/** The period stands on each item; the subscription itself has none since version 2025-03-31. */
export function subscriptionShape(state: StripeState, subscription: Subscription): StripeObject {
  const items = subscription.items.map(({ id, price, quantity }) => ({
    id,
    object: 'subscription_item',
    created: subscription.created,
    current_period_start: subscription.periodStart,
    current_period_end: subscription.periodEnd,
    metadata: {},
    price: shapeOfPrice(state, price),
    quantity,
    subscription: subscription.id,
  }));
  const url = `/v1/subscription_items?subscription=${subscription.id}`;
  return {
    id: subscription.id,
    object: 'subscription',
    automatic_tax: { enabled: false, disabled_reason: null, liability: null },
    billing_cycle_anchor: subscription.created,
    cancel_at: subscription.cancelAtPeriodEnd ? subscription.periodEnd : null,
    cancel_at_period_end: subscription.cancelAtPeriodEnd,
    canceled_at: subscription.canceledAt,
    collection_method: 'charge_automatically',
    created: subscription.created,
    currency: state.prices.get(subscription.items[0]?.price ?? '')?.currency ?? 'usd',
    customer: subscription.customer,
    ended_at: subscription.endedAt,
    items: { object: 'list', data: items, has_more: false, url },
    latest_invoice: subscription.latestInvoice,
    livemode: false,
    metadata: subscription.metadata,
    pause_collection: null,
    start_date: subscription.created,
    status: subscription.status,
    trial_end: subscription.trialEnd,
    trial_start: subscription.trialEnd === null ? null : subscription.created,
  };
}

function shapeOfPrice({ prices }: StripeState, id: string): StripeObject | null {
  const price = prices.get(id);
  return price === undefined ? null : priceShape(price);
}

export function invoiceShape(invoice: Invoice): StripeObject {
  const paid = invoice.status === 'paid' ? invoice.amount : 0;
  const { subscription } = invoice;
  return {
    id: invoice.id,
    object: 'invoice',
    amount_due: invoice.amount,
    amount_paid: paid,
    amount_remaining: invoice.amount - paid,
    attempt_count: invoice.attempts,
    attempted: invoice.attempts > 0,
    billing_reason: invoice.reason,
    collection_method: 'charge_automatically',
    created: invoice.created,
    currency: invoice.currency,
    customer: invoice.customer,
    hosted_invoice_url: null,
    lines: { object: 'list', data: [], has_more: false, url: `/v1/invoices/${invoice.id}/lines` },
    livemode: false,
    metadata: {},
    next_payment_attempt: invoice.nextAttempt,
    number: invoice.number,
    parent:
      subscription === null
        ? null
        : { type: 'subscription_details', quote_details: null, subscription_details: { metadata: {}, subscription } },
    period_end: invoice.periodEnd,
    period_start: invoice.periodStart,
    status: invoice.status,
    subtotal: invoice.amount,
    total: invoice.amount,
  };
}

export function portalShape(state: StripeState, session: PortalSession): StripeObject {
  return {
    id: session.id,
    object: 'billing_portal.session',
    configuration: 'bpc_standard',
    created: session.created,
    customer: session.customer,
    flow: null,
    livemode: false,
    locale: null,
    on_behalf_of: null,
    return_url: session.returnUrl,
    url: `${state.ground.base}/p/session/${session.id}`,
  };
}

export function listShape(
  data: readonly StripeObject[],
  { url, has_more }: { url: string; has_more: boolean },
): Readonly<Record<string, unknown>> {
  return { object: 'list', data, has_more, url };
}
