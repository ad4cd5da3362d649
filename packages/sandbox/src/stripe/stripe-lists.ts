// Lists in pages, newest first, and objects shown in place of their ids.
import { type FormTree, listIn, textIn, treeIn } from './stripe-form.ts';
import {
  customerShape,
  invoiceShape,
  listShape,
  priceShape,
  productShape,
  sessionShape,
  type StripeObject,
  subscriptionShape,
} from './stripe-shapes.ts';
import { missing, type StripeState, wrong } from './stripe-state.ts';

/**
 * A page of all `items`, given oldest first.
 *
 * @throws StripeRefusal when the limit is not from 1 to 100 or a cursor is no object of the list
 */
export function pageOf(
  items: readonly StripeObject[],
  query: FormTree,
  url: string,
): Readonly<Record<string, unknown>> {
  const limit = Number(textIn(query, 'limit') ?? '10');
  if (!Number.isInteger(limit) || limit < 1 || limit > 100)
    throw wrong('limit', 'This value must be between 1 and 100.');
  const all = items.filter(within(treeIn(query, 'created'))).toReversed();
  const after = textIn(query, 'starting_after');
  const before = textIn(query, 'ending_before');
  if (before !== null) {
    const end = placeOf(all, before, 'ending_before');
    return listShape(all.slice(Math.max(0, end - limit), end), { url, has_more: end > limit });
  }
  const start = after === null ? 0 : placeOf(all, after, 'starting_after') + 1;
  return listShape(all.slice(start, start + limit), { url, has_more: all.length > start + limit });
}

function placeOf(all: readonly StripeObject[], id: string, param: string): number {
  const place = all.findIndex((each) => each.id === id);
  if (place < 0) throw missing('object', id, param);
  return place;
}

/** `created[gte]=…` and its like. */
function within(bounds: FormTree | null): (object: StripeObject) => boolean {
  const bound = (name: string, usual: number) => Number(textIn(bounds, name) ?? usual);
  const [gte, gt] = [bound('gte', Number.NEGATIVE_INFINITY), bound('gt', Number.NEGATIVE_INFINITY)];
  const [lte, lt] = [bound('lte', Number.POSITIVE_INFINITY), bound('lt', Number.POSITIVE_INFINITY)];
  return ({ created }) => {
    const at = Number(created);
    return at >= gte && at > gt && at <= lte && at < lt;
  };
}

/** Puts objects in place of their ids, as `expand[]` asks; `data.customer` reaches into a list. */
export function expand(state: StripeState, answer: Readonly<Record<string, unknown>>, query: FormTree): unknown {
  return listIn(query, 'expand')
    .filter((path) => typeof path === 'string')
    .reduce<unknown>((shown, path) => expandAt(state, shown, path.split('.')), answer);
}

function expandAt(state: StripeState, value: unknown, path: readonly string[]): unknown {
  const [name, ...rest] = path;
  if (typeof value === 'string') return expandAt(state, findObject(state, value) ?? value, path);
  if (Array.isArray(value)) return value.map((each) => expandAt(state, each, path));
  if (name === undefined || typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return value;
  const member: unknown = Object.entries(value).find(([key]) => key === name)?.[1];
  const shown = typeof member === 'string' ? (findObject(state, member) ?? member) : member;
  return { ...value, [name]: rest.length === 0 ? shown : expandAt(state, shown, rest) };
}

/** Any object that can be shown in place of its id. */
function findObject(state: StripeState, id: string): StripeObject | null {
  const product = state.products.get(id);
  if (product !== undefined) return productShape(product);
  const price = state.prices.get(id);
  if (price !== undefined) return priceShape(price);
  const customer = state.customers.get(id);
  if (customer !== undefined) return customerShape(customer);
  const session = state.sessions.get(id);
  if (session !== undefined) return sessionShape(state, session);
  const subscription = state.subscriptions.get(id);
  if (subscription !== undefined) return subscriptionShape(state, subscription);
  const invoice = state.invoices.get(id);
  return invoice === undefined ? null : invoiceShape(invoice);
}
