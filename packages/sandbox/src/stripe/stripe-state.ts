// What the parts of the Stripe stand-in share: its books, and the refusals they are answered with.
import { createHash } from 'node:crypto';
import type { Courier } from '../frame/courier.ts';
import type { Ground, RegisteredApp } from '../frame/stand-in.ts';

export const API_VERSION = '2026-10-28.endive';

export type Metadata = Readonly<Record<string, string>>;

export interface Product {
  readonly id: string;
  readonly name: string;
  readonly active: boolean;
  readonly metadata: Metadata;
  readonly created: number;
}

export interface Price {
  readonly id: string;
  readonly product: string;
  /** In the smallest unit of the currency. */
  readonly amount: number;
  readonly currency: string;
  readonly interval: 'month' | 'year' | null;
  readonly lookupKey: string | null;
  readonly active: boolean;
  readonly metadata: Metadata;
  readonly created: number;
}

export type Card = 'good' | 'fails_later';

export interface Customer {
  readonly id: string;
  readonly email: string | null;
  readonly name: string | null;
  readonly metadata: Metadata;
  readonly created: number;
  readonly deleted: boolean;
  /** Null until a checkout was paid. */
  readonly card: Card | null;
}

export interface Line {
  readonly price: string;
  readonly quantity: number;
}

export interface CheckoutSession {
  readonly id: string;
  readonly mode: 'subscription' | 'payment';
  readonly status: 'open' | 'complete' | 'expired';
  readonly paymentStatus: 'unpaid' | 'paid' | 'no_payment_required';
  readonly customer: string | null;
  readonly email: string | null;
  readonly lines: readonly Line[];
  readonly successUrl: string;
  readonly cancelUrl: string | null;
  readonly reference: string | null;
  readonly metadata: Metadata;
  readonly subscriptionMetadata: Metadata;
  readonly trialDays: number;
  readonly subscription: string | null;
  readonly invoice: string | null;
  readonly created: number;
  readonly expiresAt: number;
}

export interface Subscription {
  readonly id: string;
  readonly customer: string;
  readonly status: 'active' | 'trialing' | 'past_due' | 'canceled';
  readonly items: readonly (Line & { readonly id: string })[];
  readonly metadata: Metadata;
  readonly created: number;
  readonly periodStart: number;
  readonly periodEnd: number;
  readonly trialEnd: number | null;
  readonly cancelAtPeriodEnd: boolean;
  readonly canceledAt: number | null;
  readonly endedAt: number | null;
  readonly latestInvoice: string | null;
}

export interface Invoice {
  readonly id: string;
  readonly number: string;
  readonly customer: string;
  readonly subscription: string | null;
  readonly status: 'open' | 'paid' | 'void' | 'uncollectible';
  readonly amount: number;
  readonly currency: string;
  readonly reason: 'subscription_create' | 'subscription_cycle' | 'subscription_update' | 'manual';
  readonly periodStart: number;
  readonly periodEnd: number;
  readonly created: number;
  readonly attempts: number;
  readonly nextAttempt: number | null;
}

export interface PortalSession {
  readonly id: string;
  readonly customer: string;
  readonly returnUrl: string | null;
  readonly created: number;
}

export interface StripeEvent {
  readonly id: string;
  readonly type: string;
  readonly created: number;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface SigningKey {
  readonly secret: string;
  /** Milliseconds of the machine's clock; null lasts. */
  readonly endsAt: number | null;
}

export interface StripeState {
  readonly ground: Ground;
  readonly products: Map<string, Product>;
  readonly prices: Map<string, Price>;
  readonly customers: Map<string, Customer>;
  readonly sessions: Map<string, CheckoutSession>;
  readonly subscriptions: Map<string, Subscription>;
  readonly invoices: Map<string, Invoice>;
  readonly portals: Map<string, PortalSession>;
  readonly events: StripeEvent[];
  readonly endpoints: Map<string, { url: string; keys: SigningKey[] }>;
  readonly courier: Courier;
  /** Milliseconds of the machine's clock. */
  readonly clock: () => number;
  /** The request that is being answered, for the events it causes. */
  request: { readonly id: string; readonly key: string | null } | null;
  /** The world's time while billing runs behind it, in seconds. */
  at: number | null;
  made: number;
}

export interface Caller {
  readonly app: RegisteredApp;
}

/** The next id; the same world and the same steps bring the same ids. */
export function nextId(state: StripeState, prefix: string): string {
  state.made += 1;
  const digest = createHash('sha256').update(`${state.ground.world.seed} ${state.made}`).digest('base64url');
  return `${prefix}_${digest.replaceAll(/[-_]/g, 'x').slice(0, 24)}`;
}

/** Seconds of the world's time. */
export function nowIn(state: StripeState): number {
  return state.at ?? Math.floor(state.ground.world.now().getTime() / 1000);
}

/** An answer with an `error`. */
export class StripeRefusal extends Error {
  readonly status: number;
  readonly error: Readonly<Record<string, string>>;

  constructor(status: number, error: { type: string; message: string; code?: string; param?: string }) {
    super(error.message);
    this.name = 'StripeRefusal';
    this.status = status;
    this.error = error;
  }
}

export function missing(what: string, id: string, param = 'id'): StripeRefusal {
  const message = `No such ${what}: '${id}'`;
  return new StripeRefusal(404, { type: 'invalid_request_error', code: 'resource_missing', message, param });
}

export function wrong(param: string, message: string, code = 'parameter_invalid'): StripeRefusal {
  return new StripeRefusal(400, { type: 'invalid_request_error', code, message, param });
}
