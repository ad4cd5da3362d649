// The pipelines of the made-up company, and how a deal looks before anybody changed it.
import { companyOf, customerAt } from '../people.ts';
import { contactAt } from './contact-kind.ts';
import { noise, pickAt } from './noise.ts';
import type { Kind } from './shelf-store.ts';
import type { Deal, Kept, Pipeline } from './world.ts';

export type DealValues = Omit<Deal, keyof Kept>;

const DAY_MS = 86_400_000;
const PRODUCTS = ['Calibration line', 'Sensor set', 'Service contract', 'Spare parts', 'Training', 'Retrofit'] as const;
const CURRENCIES = ['EUR', 'EUR', 'EUR', 'USD', 'USD', 'GBP'] as const;

const SALES = {
  id: 'sales',
  name: 'Sales pipeline',
  stages: [
    { id: 'first-talk', name: 'First talk', probability: 0.1, closed: null },
    { id: 'qualified', name: 'Qualified', probability: 0.25, closed: null },
    { id: 'offer', name: 'Offer sent', probability: 0.5, closed: null },
    { id: 'negotiation', name: 'Negotiation', probability: 0.75, closed: null },
    { id: 'won', name: 'Closed won', probability: 1, closed: 'won' },
    { id: 'lost', name: 'Closed lost', probability: 0, closed: 'lost' },
  ],
} as const satisfies Pipeline;
const RENEWALS = {
  id: 'renewals',
  name: 'Renewals',
  stages: [
    { id: 'due', name: 'Due', probability: 0.6, closed: null },
    { id: 'talking', name: 'Talking', probability: 0.8, closed: null },
    { id: 'renewed', name: 'Renewed', probability: 1, closed: 'won' },
    { id: 'churned', name: 'Churned', probability: 0, closed: 'lost' },
  ],
} as const satisfies Pipeline;
export const PIPELINES: readonly [Pipeline, ...Pipeline[]] = [SALES, RENEWALS];

const BLANK: DealValues = {
  name: '',
  amount: 0,
  currency: 'EUR',
  pipeline: SALES.id,
  stage: SALES.stages[0].id,
  closesOn: new Date(0),
  company: 0,
  contacts: [],
  owner: 0,
};

export interface DealGround {
  readonly seed: number;
  /** How many contacts there were at first. */
  readonly contacts: number;
  /** When a deal of the first hour came to be, and when the first hour was; milliseconds since 1970. */
  createdAt(n: number): number;
  readonly now: number;
  /** Who stands for a contact now; null for nobody. */
  heir(contact: number): number | null;
}

export function dealKind(ground: DealGround): Kind<DealValues> {
  return {
    what: 'deal',
    blank: BLANK,
    make: (n) => {
      const createdAt = ground.createdAt(n);
      return { ...newDealAt(ground, n, createdAt), ...progress(ground, n, createdAt) };
    },
    view: (values) => {
      const people = values.contacts.map((n) => ground.heir(n)).filter((n): n is number => n !== null);
      return { ...values, contacts: [...new Set(people)] };
    },
    combine: (winner, losers) => ({
      contacts: [...new Set([winner, ...losers].flatMap(({ contacts }) => contacts))],
    }),
    addresses: () => [],
    guess: () => null,
  };
}

/** A deal as it begins, in the first stage of its pipeline. */
export function newDealAt(
  { seed, contacts }: Pick<DealGround, 'seed' | 'contacts'>,
  n: number,
  at: number,
): DealValues {
  const contact = Math.floor(noise(seed, n, 11) * contacts);
  const beside = contact + 8 < contacts && noise(seed, n, 12) < 0.4 ? [contact + 8] : [];
  const pipeline = noise(seed, n, 13) < 0.75 ? SALES : RENEWALS;
  const closesIn = 30 + Math.floor(noise(seed, n, 14) * 150);
  return {
    name: `${customerAt(companyOf(contact)).name}: ${pickAt(PRODUCTS, noise(seed, n, 15))}`,
    amount: Math.round((1500 + 180_000 * noise(seed, n, 16) ** 3) * 100) / 100,
    currency: pickAt(CURRENCIES, noise(seed, n, 17)),
    pipeline: pipeline.id,
    stage: pipeline.stages[0].id,
    closesOn: midnight(at + closesIn * DAY_MS),
    company: companyOf(contact),
    contacts: [contact, ...beside.filter((n) => companyOf(n) === companyOf(contact))],
    owner: contactAt(seed, contact).owner,
  };
}

/** How far a deal of this age has come. */
function progress({ seed, now }: DealGround, n: number, createdAt: number): Pick<DealValues, 'stage'> {
  const stages = noise(seed, n, 13) < 0.75 ? SALES.stages : RENEWALS.stages;
  const open = stages.filter(({ closed }) => closed === null);
  const ripeDays = 20 + 160 * noise(seed, n, 18);
  const share = (now - createdAt) / (ripeDays * DAY_MS);
  const end = noise(seed, n, 19) < 0.4 ? 'won' : 'lost';
  const stage = share < 1 ? open[Math.floor(share * open.length)] : stages.find(({ closed }) => closed === end);
  return { stage: (stage ?? stages[0]).id };
}

function midnight(at: number): Date {
  return new Date(Math.floor(at / DAY_MS) * DAY_MS);
}
