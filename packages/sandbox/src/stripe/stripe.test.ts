import StripeClient from 'stripe';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Alone, receive, serveAlone } from '../frame/test-stand-in.ts';
import { openStripe, type Stripe } from './stripe.ts';

const NOW = new Date('2026-01-31T10:00:00Z');
const DAY_MS = 86_400_000;
const app = { clientId: 'sentinel', clientSecret: 'sk_test_made_up', signingSecret: 'whsec_made_up', redirectUris: [] };
let alone: Alone<Stripe>;
let inbox: Awaited<ReturnType<typeof receive>>;
let answer: Parameters<typeof receive>[0];

beforeEach(async () => {
  answer = () => ({ status: 200 });
  inbox = await receive((each) => answer(each));
  alone = await serveAlone((ground) => openStripe(ground, { retryWaitsMs: [20] }), {
    mount: '',
    apps: [{ ...app, eventUrl: inbox.url }],
    now: NOW,
  });
});
afterEach(async () => {
  await alone.close();
  await inbox.close();
});

function client(key = app.clientSecret, maxNetworkRetries = 0) {
  const { hostname, port } = new URL(alone.base);
  return new StripeClient(key, { host: hostname, port, protocol: 'http', maxNetworkRetries });
}

const order = {
  mode: 'subscription' as const,
  line_items: [{ price: 'price_team_month', quantity: 2 }],
  success_url: 'http://127.0.0.1/billing?session={CHECKOUT_SESSION_ID}',
  cancel_url: 'http://127.0.0.1/billing',
  client_reference_id: 'workspace-1',
  customer_email: 'mira.okafor@acme.example',
  subscription_data: { metadata: { workspace: 'workspace-1' } },
} satisfies StripeClient.Checkout.SessionCreateParams;

async function pay(url: string | null, card = '4242 4242 4242 4242') {
  const body = new URLSearchParams({ email: 'mira.okafor@acme.example', card });
  return await fetch(url ?? '', { method: 'POST', body, redirect: 'manual' });
}

async function subscribe(card?: string) {
  const stripe = client();
  const session = await stripe.checkout.sessions.create(order);
  await pay(session.url, card);
  const done = await stripe.checkout.sessions.retrieve(session.id, { expand: ['subscription', 'customer'] });
  if (done.subscription === null || typeof done.subscription === 'string') throw new Error('not expanded');
  const { customer } = done.subscription;
  return { done, subscription: done.subscription, customer: typeof customer === 'string' ? customer : customer.id };
}

const types = async () => (await client().events.list({ limit: 100 })).data.map(({ type }) => type);

describe('buying at the Stripe stand-in', () => {
  it('finds prices by their keys', async () => {
    const { data } = await client().prices.list({ lookup_keys: ['business_year'], expand: ['data.product'] });
    expect(data).toMatchObject([
      { unit_amount: 67_200, recurring: { interval: 'year' }, product: { name: 'Business' } },
    ]);
    const price = await client().prices.create({
      product: 'prod_team',
      unit_amount: 500,
      currency: 'EUR',
      recurring: { interval: 'month' },
    });
    expect(await client().prices.retrieve(price.id)).toMatchObject({ currency: 'eur', unit_amount: 500 });
  });

  it('completes a checkout on its page, and begins a subscription', async () => {
    const session = await client().checkout.sessions.create(order);
    expect(session).toMatchObject({ status: 'open', payment_status: 'unpaid', amount_total: 6200 });
    expect(await (await fetch(session.url ?? '')).text()).toContain('2 × Team: 62.00 USD per month');
    const answered = await pay(session.url);
    expect(answered.status).toBe(303);
    expect(answered.headers.get('location')).toBe(`http://127.0.0.1/billing?session=${session.id}`);
    const done = await client().checkout.sessions.retrieve(session.id, { expand: ['subscription'] });
    expect(done).toMatchObject({
      status: 'complete',
      payment_status: 'paid',
      url: null,
      client_reference_id: 'workspace-1',
      subscription: { status: 'active', metadata: { workspace: 'workspace-1' } },
    });
    expect((await pay(session.url)).status).toBe(404);
  });

  it('declines a card, and lets a checkout expire after a day', async () => {
    const session = await client().checkout.sessions.create(order);
    expect((await pay(session.url, '4000 0000 0000 0002')).status).toBe(402);
    alone.world.advance(DAY_MS);
    expect((await client().checkout.sessions.retrieve(session.id)).status).toBe('expired');
    expect((await pay(session.url)).status).toBe(404);
  });

  it('puts the period on the items, and renews on the last day of a short month', async () => {
    const { subscription, customer } = await subscribe();
    expect(subscription).not.toHaveProperty('current_period_end');
    const ends = (each: typeof subscription) =>
      new Date((each.items.data[0]?.current_period_end ?? 0) * 1000).toISOString();
    expect(ends(subscription)).toBe('2026-02-28T10:00:00.000Z');
    alone.world.advance(29 * DAY_MS);
    expect(ends(await client().subscriptions.retrieve(subscription.id))).toBe('2026-03-28T10:00:00.000Z');
    const invoices = await client().invoices.list({ customer });
    expect(invoices.data.map(({ status, billing_reason }) => [status, billing_reason])).toEqual([
      ['paid', 'subscription_cycle'],
      ['paid', 'subscription_create'],
    ]);
    expect(invoices.data[0]?.parent?.subscription_details?.subscription).toBe(subscription.id);
  });

  it('falls behind with a card that fails, and ends, or recovers in the portal', async () => {
    const { subscription, customer } = await subscribe('4000000000000341');
    alone.world.advance(29 * DAY_MS);
    expect((await client().subscriptions.retrieve(subscription.id)).status).toBe('past_due');
    const portal = await client().billingPortal.sessions.create({
      customer,
      return_url: order.cancel_url,
    });
    await fetch(portal.url, { method: 'POST', body: new URLSearchParams({ act: 'card', card: '4242424242424242' }) });
    expect((await client().subscriptions.retrieve(subscription.id)).status).toBe('active');
    const other = await subscribe('4000000000000341');
    alone.world.advance(60 * DAY_MS);
    expect((await client().subscriptions.retrieve(other.subscription.id)).status).toBe('canceled');
    expect(await types()).toEqual(expect.arrayContaining(['invoice.payment_failed', 'customer.subscription.deleted']));
  });

  it('changes and ends plans in the portal', async () => {
    const { subscription, customer } = await subscribe();
    const portal = await client().billingPortal.sessions.create({
      customer,
      return_url: order.cancel_url,
    });
    expect(await (await fetch(portal.url)).text()).toContain('Cancel at the end of the period');
    const act = async (fields: Record<string, string>) =>
      await fetch(portal.url, {
        method: 'POST',
        body: new URLSearchParams({ subscription: subscription.id, ...fields }),
      });
    await act({ act: 'switch', price: 'price_business_month' });
    await act({ act: 'cancel' });
    expect(await client().subscriptions.retrieve(subscription.id)).toMatchObject({
      cancel_at_period_end: true,
      items: { data: [{ price: { id: 'price_business_month' } }] },
    });
    alone.world.advance(29 * DAY_MS);
    expect((await client().subscriptions.retrieve(subscription.id)).status).toBe('canceled');
  });

  it('updates and cancels by its API', async () => {
    const { subscription } = await subscribe();
    const item = subscription.items.data[0]?.id ?? '';
    const changed = await client().subscriptions.update(subscription.id, {
      items: [{ id: item, quantity: 5 }],
      metadata: { seats: '5' },
    });
    expect(changed.items.data[0]).toMatchObject({ id: item, quantity: 5 });
    expect(changed.metadata).toEqual({ workspace: 'workspace-1', seats: '5' });
    expect((await client().subscriptions.cancel(subscription.id)).status).toBe('canceled');
    expect((await client().subscriptions.list()).data).toEqual([]);
  });
});

describe('what the Stripe stand-in refuses', () => {
  it('says what is wrong in the library’s own errors', async () => {
    await expect(client('sk_test_guess').customers.list()).rejects.toBeInstanceOf(
      StripeClient.errors.StripeAuthenticationError,
    );
    await expect(client().customers.retrieve('cus_none')).rejects.toMatchObject({
      statusCode: 404,
      code: 'resource_missing',
    });
    const { line_items: _, ...empty } = order;
    await expect(client().checkout.sessions.create(empty)).rejects.toMatchObject({
      code: 'parameter_missing',
      param: 'line_items',
    });
    const strange = { ...order, line_items: [{ price: 'price_none', quantity: 1 }] };
    await expect(client().checkout.sessions.create(strange)).rejects.toMatchObject({
      statusCode: 400,
      param: 'line_items[0][price]',
    });
    await expect(client().rawRequest('POST', '/v1/customers', { nonsense: '1' })).rejects.toMatchObject({
      code: 'parameter_unknown',
    });
  });

  it('answers a repeated request as it answered the first', async () => {
    const idempotencyKey = 'key-1';
    const first = await client().customers.create({ email: 'mira.okafor@acme.example' }, { idempotencyKey });
    const second = await client().customers.create({ email: 'mira.okafor@acme.example' }, { idempotencyKey });
    expect(second.id).toBe(first.id);
    expect(second.lastResponse.headers['idempotent-replayed']).toBe('true');
    await expect(client().customers.create({ email: 'tom@acme.example' }, { idempotencyKey })).rejects.toBeInstanceOf(
      StripeClient.errors.StripeIdempotencyError,
    );
    expect((await client().customers.list()).data).toHaveLength(1);
    alone.world.advance(DAY_MS + 1000);
    expect((await client().customers.create({ email: 'tom@acme.example' }, { idempotencyKey })).id).not.toBe(first.id);
  });

  it('pages newest first', async () => {
    const made: string[] = [];
    for (let number = 0; number < 5; number += 1)
      made.push((await client().customers.create({ name: String(number) })).id);
    const seen: string[] = [];
    for await (const each of client().customers.list({ limit: 2 })) seen.push(each.id);
    expect(seen).toEqual(made.toReversed());
  });
});

describe('events of the Stripe stand-in', () => {
  const verify = (secret: string, index = 0) => {
    const { headers, body } = inbox.received[index] ?? { headers: {}, body: Buffer.alloc(0) };
    return client().webhooks.constructEvent(body, String(headers['stripe-signature']), secret);
  };

  it('are signed, and tell a purchase', async () => {
    await subscribe();
    await alone.standIn.settled();
    const seen = inbox.received.map((_, index) => verify(app.signingSecret, index));
    expect(seen.map(({ type }) => type)).toEqual(
      expect.arrayContaining([
        'customer.created',
        'customer.subscription.created',
        'invoice.paid',
        'checkout.session.completed',
      ]),
    );
    expect(seen[0]).toMatchObject({ object: 'event', livemode: false, api_version: '2026-10-28.endive' });
    expect(() => verify('whsec_other')).toThrow('No signatures found');
  });

  it('bear a signature for each secret while one is rolled', async () => {
    alone.standIn.rollSecret(app.clientId, 'whsec_next');
    await client().customers.create({ name: 'One' });
    await alone.standIn.settled();
    expect(String(inbox.received[0]?.headers['stripe-signature']).match(/v1=/g)).toHaveLength(2);
    expect([verify(app.signingSecret).type, verify('whsec_next').type]).toEqual([
      'customer.created',
      'customer.created',
    ]);
    alone.standIn.rollSecret(app.clientId, 'whsec_last', 0);
    inbox.received.length = 0;
    await client().customers.create({ name: 'Two' });
    await alone.standIn.settled();
    expect(verify('whsec_last').type).toBe('customer.created');
    expect(() => verify('whsec_next')).toThrow('No signatures found');
  });

  it('come again after a failure, and twice when the switchboard says so', async () => {
    answer = () => ({ status: inbox.received.length === 1 ? 500 : 200 });
    await client().customers.create({ name: 'One' });
    await alone.standIn.settled();
    await new Promise((resolve) => setTimeout(resolve, 80));
    expect(inbox.received).toHaveLength(2);
    expect(verify(app.signingSecret, 0).id).toBe(verify(app.signingSecret, 1).id);
    alone.faults.set({ provider: 'stripe', kind: 'duplicate_events', times: 1 });
    await client().customers.create({ name: 'Two' });
    await alone.standIn.settled();
    expect(inbox.received).toHaveLength(4);
  });

  it('say what changed, and which request did it', async () => {
    const { subscription } = await subscribe();
    await client().subscriptions.update(subscription.id, { cancel_at_period_end: true }, { idempotencyKey: 'end-it' });
    const { data } = await client().events.list({ type: 'customer.subscription.updated' });
    expect(data[0]).toMatchObject({
      request: { idempotency_key: 'end-it' },
      data: { object: { cancel_at_period_end: true }, previous_attributes: { cancel_at_period_end: false } },
    });
  });
});
