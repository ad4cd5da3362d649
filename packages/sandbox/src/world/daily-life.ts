// What happens in the company's CRM from hour to hour: people met, corrected, archived, brought back, merged and erased, deals
// opened and moved on. Each hour has its own plan, so that a day brings the same whether it passes at once or in minutes.
import { type Random, seeded } from '../random.ts';
import { contactAt, type ContactValues } from './contact-kind.ts';
import { type DealValues, newDealAt, PIPELINES } from './deal-kind.ts';
import { noise, noiseBits } from './noise.ts';
import type { FullShelf } from './shelf.ts';

const HOUR_MS = 3_600_000;
/** Shares of a working day that fall into its hours, midnight first (UTC). */
const RHYTHM = [1, 1, 1, 1, 1, 2, 4, 8, 12, 14, 14, 12, 8, 12, 14, 14, 12, 8, 4, 2, 1, 1, 1, 1] as const;
const RHYTHM_SUM = RHYTHM.reduce<number>((sum, each) => sum + each, 0);
const WEEKEND = 0.15;
const TRIES = 12;

/** On a working day: at least so many, and so many for each contact there was at first. */
const RATES = {
  contactCreated: { least: 2, each: 0.001 },
  contactUpdated: { least: 6, each: 0.004 },
  contactArchived: { least: 0.5, each: 0.0003 },
  contactRestored: { least: 0.2, each: 0.000_08 },
  contactMerged: { least: 0.3, each: 0.0001 },
  contactErased: { least: 0.15, each: 0.000_05 },
  dealCreated: { least: 1, each: 0.0007 },
  dealMoved: { least: 3, each: 0.003 },
  dealRevalued: { least: 1, each: 0.0007 },
  dealPostponed: { least: 1, each: 0.0005 },
  dealArchived: { least: 0.1, each: 0.000_05 },
} as const;
type Act = keyof typeof RATES;
const ACTS: readonly Act[] = [
  'contactCreated',
  'contactUpdated',
  'contactArchived',
  'contactRestored',
  'contactMerged',
  'contactErased',
  'dealCreated',
  'dealMoved',
  'dealRevalued',
  'dealPostponed',
  'dealArchived',
];

export interface Scene {
  readonly seed: number;
  /** How many contacts there were at first. */
  readonly first: number;
  readonly contacts: FullShelf<ContactValues>;
  readonly deals: FullShelf<DealValues>;
}

export interface Planned {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly act: Act;
  readonly seed: number;
}

/** What is to happen after `from` and not after `to`, in order. Both are milliseconds since 1970 within one hour. */
export function plannedBetween(scene: Pick<Scene, 'seed' | 'first'>, from: number, to: number): readonly Planned[] {
  const hour = Math.floor(from / HOUR_MS);
  const plan = ACTS.flatMap((act, number) => planOf(scene, { act, number, hour }));
  return plan.filter(({ at }) => at > from && at <= to).toSorted((a, b) => a.at - b.at || a.seed - b.seed);
}

interface Slot {
  readonly act: Act;
  readonly number: number;
  readonly hour: number;
}

function planOf({ seed, first }: Pick<Scene, 'seed' | 'first'>, { act, number, hour }: Slot): readonly Planned[] {
  const begin = hour * HOUR_MS;
  const day = new Date(begin);
  const isWeekend = day.getUTCDay() === 0 || day.getUTCDay() === 6;
  const { least, each } = RATES[act];
  const share = ((RHYTHM[day.getUTCHours()] ?? 0) / RHYTHM_SUM) * (isWeekend ? WEEKEND : 1);
  const count = Math.floor(Math.max(least, each * first) * share + noise(seed, hour, 50 + number));
  return Array.from({ length: count }, (_, index) => {
    const own = noiseBits(seed ^ hour, index, 70 + number);
    return { at: begin + 1 + Math.floor(noise(own, index, 1) * (HOUR_MS - 1)), act, seed: own };
  });
}

/** Lets one planned thing happen; nothing when there is nobody it could happen to. */
export function perform(scene: Scene, { at, act, seed }: Planned): void {
  const random = seeded(seed);
  if (act.startsWith('contact')) performContact(scene, act, random);
  else performDeal(scene, act, { random, at });
}

function performContact({ seed, contacts }: Scene, act: Act, random: Random): void {
  if (act === 'contactCreated') {
    contacts.create(contactAt(seed, contacts.count));
    return;
  }
  const n = some(contacts, random, act === 'contactRestored' ? 'archived' : 'live');
  if (n === null) return;
  switch (act) {
    case 'contactUpdated':
      contacts.update(n, correction(random));
      return;
    case 'contactArchived':
      contacts.archive(n);
      return;
    case 'contactRestored':
      contacts.restore(n);
      return;
    case 'contactErased':
      contacts.erase(n);
      return;
    default: {
      const other = some(contacts, random, 'live');
      if (other !== null && other !== n) contacts.merge(Math.min(n, other), [Math.max(n, other)]);
    }
  }
}

function correction(random: Random): Partial<ContactValues> {
  const kind = random.next();
  if (kind < 0.5) return { title: random.pick(['Head of Purchasing', 'Chief Engineer', 'Plant Director', 'Partner']) };
  if (kind < 0.8) return { phone: `+120255501${String(random.below(100)).padStart(2, '0')}` };
  return { owner: random.below(5) };
}

function performDeal(scene: Scene, act: Act, { random, at }: { readonly random: Random; readonly at: number }): void {
  const { deals, seed, first } = scene;
  if (act === 'dealCreated') {
    deals.create(newDealAt({ seed, contacts: first }, deals.count, at));
    return;
  }
  const n = some(deals, random, 'live', ({ stage }) => act === 'dealArchived' || isOpen(stage));
  const deal = n === null ? null : deals.get(n);
  if (n === null || deal === null) return;
  if (act === 'dealMoved') deals.update(n, moved(deal, random, at));
  if (act === 'dealRevalued') deals.update(n, { amount: Math.round(deal.amount * (70 + random.below(60))) / 100 });
  if (act === 'dealPostponed')
    deals.update(n, { closesOn: new Date(deal.closesOn.getTime() + (1 + random.below(45)) * 24 * HOUR_MS) });
  if (act === 'dealArchived') deals.archive(n);
}

/** On to the next stage; from the last open one, and now and then from any, to an end. */
function moved({ pipeline, stage }: DealValues, random: Random, at: number): Partial<DealValues> {
  const stages = (PIPELINES.find(({ id }) => id === pipeline) ?? PIPELINES[0]).stages;
  const next = stages[stages.findIndex(({ id }) => id === stage) + 1];
  const ends = next === undefined || next.closed !== null || random.chance(0.1);
  if (!ends) return { stage: next.id };
  const end = stages.find(({ closed }) => closed === (random.chance(0.45) ? 'won' : 'lost'));
  return { stage: end?.id ?? stage, closesOn: new Date(Math.floor(at / HOUR_MS / 24) * 24 * HOUR_MS) };
}

const OPEN = new Set(
  PIPELINES.flatMap(({ stages }) => stages.filter(({ closed }) => closed === null).map(({ id }) => id)),
);
function isOpen(stage: string): boolean {
  return OPEN.has(stage);
}

/** A record in this state, found by chance; null when chance finds none. */
function some<Values extends object>(
  shelf: FullShelf<Values>,
  random: Random,
  state: 'live' | 'archived',
  fits: (values: Values) => boolean = () => true,
): number | null {
  for (let tried = 0; tried < TRIES; tried += 1) {
    const n = random.below(shelf.count);
    // Archived records are rare: the next one from there on will do.
    const found = state === 'live' ? shelf.get(n) : (shelf.list({ from: n, limit: 1, states: [state] })[0] ?? null);
    if (found !== null && found.state === state && fits(found)) return found.n;
  }
  return null;
}
