// The two pages that a customer sees: the checkout, where a card is given, and the portal, where plans are changed and ended.
// Plain forms without a script.
import { answerHtml, answerRedirect, readForm } from '../frame/answers.ts';
import { escapeHtml, htmlPage, refusalPage } from '../frame/consent-page.ts';
import type { Exchange } from '../frame/stand-in.ts';
import { attemptPayment, change, completeCheckout } from './stripe-billing.ts';
import { cancelling } from './stripe-sales.ts';
import { amountOf } from './stripe-shapes.ts';
import type { CheckoutSession, PortalSession, StripeState, Subscription } from './stripe-state.ts';

/** The providers' published test numbers; any other number is declined as unknown. */
const CARDS: Readonly<Record<string, 'good' | 'fails_later' | 'declined'>> = {
  '4242424242424242': 'good',
  '4000000000000341': 'fails_later',
  '4000000000000002': 'declined',
};

/** `/c/pay/…`: shows what is bought, and takes the card. */
export function checkoutPage(state: StripeState, exchange: Exchange, id: string): void {
  const session = state.sessions.get(id);
  if (session === undefined || session.status !== 'open') {
    const why = session?.status === 'complete' ? 'This was paid already.' : 'This link is no longer good.';
    return answerHtml(exchange, 404, refusalPage('Checkout', why));
  }
  if (exchange.method !== 'POST') return answerHtml(exchange, 200, paper(state, session, null));
  const form = readForm(exchange);
  const email = form.get('email') ?? session.email ?? '';
  const card = CARDS[(form.get('card') ?? '').replaceAll(/\s/g, '')] ?? 'declined';
  if (!/^[^@\s]+@[^@\s]+$/.test(email))
    return answerHtml(exchange, 400, paper(state, session, 'Give an e-mail address.'));
  if (card === 'declined') return answerHtml(exchange, 402, paper(state, session, 'Your card was declined.'));
  const done = completeCheckout(state, session, { email, card });
  answerRedirect(exchange, done.successUrl.replaceAll('{CHECKOUT_SESSION_ID}', done.id), 303);
}

function paper(state: StripeState, session: CheckoutSession, flaw: string | null): string {
  const lines = session.lines.map((line) => `<li>${escapeHtml(describe(state, line))}</li>`);
  const trial = session.trialDays > 0 ? `<p>Free for ${session.trialDays} days.</p>` : '';
  const back = session.cancelUrl === null ? '' : `<p><a href="${escapeHtml(session.cancelUrl)}">Back</a></p>`;
  const alert = flaw === null ? '' : `<p role="alert">${escapeHtml(flaw)}</p>`;
  return htmlPage(
    'Checkout',
    `<h1>Checkout</h1>
<p>Nothing is bought here: this stands in for the real provider.</p>
<ul>${lines.join('')}</ul>
${trial}${alert}
<form method="post">
<p><label for="email">E-mail</label><input id="email" name="email" type="email" required value="${escapeHtml(session.email ?? '')}"></p>
<p><label for="card">Card number</label><input id="card" name="card" inputmode="numeric" required value="4242 4242 4242 4242" aria-describedby="cards"></p>
<p id="cards">4242 4242 4242 4242 pays, 4000 0000 0000 0341 fails at the next renewal, 4000 0000 0000 0002 is declined.</p>
<button>${session.mode === 'subscription' ? 'Subscribe' : 'Pay'}</button>
</form>${back}`,
  );
}

function describe(state: StripeState, line: { price: string; quantity: number }): string {
  const price = state.prices.get(line.price);
  const name = state.products.get(price?.product ?? '')?.name ?? 'Something';
  const each = price?.interval === null || price === undefined ? '' : ` per ${price.interval}`;
  const total = (amountOf(state, line) / 100).toFixed(2);
  return `${line.quantity} × ${name}: ${total} ${(price?.currency ?? 'usd').toUpperCase()}${each}`;
}

/** `/p/session/…`: plans of one customer, with what can be done about them. */
export function portalPage(state: StripeState, exchange: Exchange, id: string): void {
  const portal = state.portals.get(id);
  if (portal === undefined) return answerHtml(exchange, 404, refusalPage('Billing', 'This link is no longer good.'));
  if (exchange.method === 'POST') {
    act(state, portal, readForm(exchange));
    return answerRedirect(exchange, `/p/session/${id}`, 303);
  }
  const own = [...state.subscriptions.values()].filter(({ customer }) => customer === portal.customer);
  const back =
    portal.returnUrl === null ? '' : `<p><a href="${escapeHtml(portal.returnUrl)}">Return to the application</a></p>`;
  const plans = own.map((each) => planOf(state, each)).join('');
  answerHtml(
    exchange,
    200,
    htmlPage('Billing', `<h1>Billing</h1>${plans === '' ? '<p>No subscription.</p>' : plans}${cardForm()}${back}`),
  );
}

function planOf(state: StripeState, subscription: Subscription): string {
  const { id, items, status, cancelAtPeriodEnd } = subscription;
  const words = items.map((item) => escapeHtml(describe(state, item))).join(', ');
  const standing = cancelAtPeriodEnd ? `${status}, ends with its period` : status;
  const hidden = `<input type="hidden" name="subscription" value="${escapeHtml(id)}">`;
  const end = cancelAtPeriodEnd
    ? '<button name="act" value="resume">Keep the subscription</button>'
    : '<button name="act" value="cancel">Cancel at the end of the period</button>';
  const choices = [...state.prices.values()]
    .filter(({ active, interval }) => active && interval !== null)
    .map(
      (price) =>
        `<option value="${escapeHtml(price.id)}">${escapeHtml(describe(state, { price: price.id, quantity: 1 }))}</option>`,
    );
  const change = `<p><label for="price-${escapeHtml(id)}">Plan</label><select id="price-${escapeHtml(id)}" name="price">${choices.join('')}</select></p>
<button name="act" value="switch">Change the plan</button>`;
  const forms = status === 'canceled' ? '' : `<form method="post">${hidden}${end}${change}</form>`;
  return `<h2>${words}</h2><p>${escapeHtml(standing)}</p>${forms}`;
}

function cardForm(): string {
  return `<form method="post"><p><label for="card">Card number</label><input id="card" name="card" inputmode="numeric" required value="4242 4242 4242 4242"></p>
<button name="act" value="card">Change the card</button></form>`;
}

function act(state: StripeState, { customer }: PortalSession, form: URLSearchParams): void {
  const wish = form.get('act');
  if (wish === 'card') return changeCard(state, customer, form.get('card') ?? '');
  const subscription = state.subscriptions.get(form.get('subscription') ?? '');
  if (subscription === undefined || subscription.customer !== customer || subscription.status === 'canceled') return;
  if (wish === 'cancel' || wish === 'resume') change(state, subscription, cancelling(state, wish === 'cancel'));
  const price = form.get('price') ?? '';
  if (wish === 'switch' && state.prices.has(price))
    change(state, subscription, { items: subscription.items.map((item) => ({ ...item, price })) });
}

/** With a card that works, what is still open is paid at once. */
function changeCard(state: StripeState, customerId: string, number: string): void {
  const card = CARDS[number.replaceAll(/\s/g, '')];
  const customer = state.customers.get(customerId);
  if (customer === undefined || card === undefined || card === 'declined') return;
  state.customers.set(customerId, { ...customer, card });
  for (const invoice of state.invoices.values())
    if (invoice.customer === customerId && invoice.nextAttempt !== null) attemptPayment(state, invoice);
}
