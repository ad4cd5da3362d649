// Products, prices and customers: what is sold and who buys.
import { type FormTree, listIn, textIn, textsIn, treeIn } from './stripe-form.ts';
import { emit } from './stripe-events.ts';
import { customerShape, priceShape, productShape, type StripeObject } from './stripe-shapes.ts';
import {
  type Customer,
  missing,
  nextId,
  nowIn,
  type Price,
  type Product,
  StripeRefusal,
  type StripeState,
  wrong,
} from './stripe-state.ts';

/** @throws StripeRefusal parameter_missing */
export function requireText(tree: FormTree, name: string): string {
  const text = textIn(tree, name);
  if (text !== null) return text;
  throw new StripeRefusal(400, {
    type: 'invalid_request_error',
    code: 'parameter_missing',
    message: `Missing required param: ${name}.`,
    param: name,
  });
}

/** Metadata as it is after a change: members that were set to nothing are gone. */
export function mergeMetadata(
  before: Readonly<Record<string, string>>,
  tree: FormTree,
): Readonly<Record<string, string>> {
  const merged = { ...before, ...textsIn(tree, 'metadata') };
  return Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== ''));
}

export function createProduct(state: StripeState, tree: FormTree): StripeObject {
  const product: Product = {
    id: textIn(tree, 'id') ?? nextId(state, 'prod'),
    name: requireText(tree, 'name'),
    active: textIn(tree, 'active') !== 'false',
    metadata: mergeMetadata({}, tree),
    created: nowIn(state),
  };
  state.products.set(product.id, product);
  emit(state, 'product.created', productShape(product));
  return productShape(product);
}

export function createPrice(state: StripeState, tree: FormTree): StripeObject {
  const product = requireText(tree, 'product');
  if (!state.products.has(product)) throw missing('product', product, 'product');
  const amount = Number(requireText(tree, 'unit_amount'));
  if (!Number.isSafeInteger(amount) || amount < 0)
    throw wrong('unit_amount', 'Invalid integer', 'parameter_invalid_integer');
  const price: Price = {
    id: nextId(state, 'price'),
    product,
    amount,
    currency: requireText(tree, 'currency').toLowerCase(),
    interval: intervalIn(treeIn(tree, 'recurring')),
    lookupKey: textIn(tree, 'lookup_key'),
    active: textIn(tree, 'active') !== 'false',
    metadata: mergeMetadata({}, tree),
    created: nowIn(state),
  };
  state.prices.set(price.id, price);
  emit(state, 'price.created', priceShape(price));
  return priceShape(price);
}

function intervalIn(recurring: FormTree | null): Price['interval'] {
  if (recurring === null) return null;
  const interval = textIn(recurring, 'interval');
  if (interval === 'month' || interval === 'year') return interval;
  throw wrong('recurring[interval]', 'Invalid recurring[interval]: must be one of month, or year');
}

export function findPrices(state: StripeState, query: FormTree): readonly StripeObject[] {
  const keys = listIn(query, 'lookup_keys');
  const active = textIn(query, 'active');
  const product = textIn(query, 'product');
  return [...state.prices.values()]
    .filter((price) => keys.length === 0 || (price.lookupKey !== null && keys.includes(price.lookupKey)))
    .filter((price) => active === null || String(price.active) === active)
    .filter((price) => product === null || price.product === product)
    .map(priceShape);
}

export function createCustomer(state: StripeState, tree: FormTree): StripeObject {
  const customer: Customer = {
    id: nextId(state, 'cus'),
    email: textIn(tree, 'email'),
    name: textIn(tree, 'name'),
    metadata: mergeMetadata({}, tree),
    created: nowIn(state),
    deleted: false,
    card: null,
  };
  state.customers.set(customer.id, customer);
  emit(state, 'customer.created', customerShape(customer));
  return customerShape(customer);
}

/** @throws StripeRefusal resource_missing */
export function getCustomer(state: StripeState, id: string, param = 'id'): Customer {
  const customer = state.customers.get(id);
  if (customer === undefined || (customer.deleted && param !== 'id')) throw missing('customer', id, param);
  return customer;
}

export function updateCustomer(state: StripeState, id: string, tree: FormTree): StripeObject {
  const before = getCustomer(state, id);
  const after: Customer = {
    ...before,
    email: textIn(tree, 'email') ?? before.email,
    name: textIn(tree, 'name') ?? before.name,
    metadata: mergeMetadata(before.metadata, tree),
  };
  state.customers.set(id, after);
  const previous = before.email === after.email ? {} : { email: before.email };
  emit(state, 'customer.updated', customerShape(after), previous);
  return customerShape(after);
}

export function deleteCustomer(state: StripeState, id: string): StripeObject {
  const before = getCustomer(state, id);
  emit(state, 'customer.deleted', customerShape(before));
  const after: Customer = { ...before, deleted: true, email: null, name: null };
  state.customers.set(id, after);
  return customerShape(after);
}

export function findCustomers(state: StripeState, query: FormTree): readonly StripeObject[] {
  const email = textIn(query, 'email');
  return [...state.customers.values()]
    .filter((each) => !each.deleted && (email === null || each.email === email))
    .map(customerShape);
}
