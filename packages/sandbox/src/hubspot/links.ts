// Who belongs to whom: contacts, deals and companies, in all directions. The world only knows the way from a deal to its
// contacts and from both to a company; the ways back are gathered at the first question.
import type { Happening, World } from '../world/world.ts';
import type { Merges } from './merges.ts';
import type { RecordType } from './record-types.ts';

const CHUNK = 10_000;

export interface Links {
  /** Live records of one kind that hang on a record, oldest first. */
  linked(from: RecordType, n: number, to: RecordType): readonly number[];
  /** The contacts a deal had when it was last gathered or heard of. */
  contactsThen(deal: number): readonly number[];
  /** Gathers the deals now, so that the very first change of a deal's contacts has a before. */
  prepare(): void;
  hear(happening: Happening): void;
}

/** Candidates only: who once was linked stays, and is checked when asked for. */
type Candidates = Map<number, Set<number>>;

interface DealWays {
  readonly ofContact: Candidates;
  readonly ofCompany: Candidates;
  readonly contacts: Map<number, readonly number[]>;
}

export function openLinks(world: World, merges: Merges): Links {
  let dealWays: DealWays | null = null;
  let contactsOfCompany: Candidates | null = null;
  const deals = () => (dealWays ??= gatherDeals(world));
  const contacts = () => (contactsOfCompany ??= gatherContacts(world));
  const isLive = (type: 'contacts' | 'deals', n: number) => world[type].get(n)?.state === 'live';
  const contactsOf = (deal: number) => {
    const named = world.deals.get(deal)?.contacts ?? [];
    const today = named.map((contact) => merges.survivor('contacts', contact));
    return [...new Set(today)].filter((contact) => isLive('contacts', contact));
  };
  const dealsOf = (contact: number) => {
    const whole = [contact, ...merges.absorbed('contacts', contact)];
    const candidates = whole.flatMap((n) => [...(deals().ofContact.get(n) ?? [])]);
    const live = [...new Set(candidates)].filter((deal) => isLive('deals', deal));
    return live.filter((deal) => contactsOf(deal).includes(contact)).sort((a, b) => a - b);
  };
  const inCompany = (type: 'contacts' | 'deals', company: number) => {
    const candidates = (type === 'contacts' ? contacts() : deals().ofCompany).get(company) ?? [];
    const still = [...candidates].filter((n) => isLive(type, n) && world[type].get(n)?.company === company);
    return still.sort((a, b) => a - b);
  };
  return {
    linked: (from, n, to) => {
      if (from === to) return [];
      if (from === 'companies') return to === 'companies' ? [] : inCompany(to, n);
      const record = world[from].get(n);
      if (record?.state !== 'live') return [];
      if (to === 'companies') return world.companies.get(record.company) === null ? [] : [record.company];
      return from === 'deals' ? contactsOf(n) : dealsOf(n);
    },
    contactsThen: (deal) => deals().contacts.get(deal) ?? [],
    prepare: () => void deals(),
    hear: ({ what, n }) => {
      if (what === 'deal' && dealWays !== null) noteDeal(world, dealWays, n);
      if (what === 'contact' && contactsOfCompany !== null) noteContact(world, contactsOfCompany, n);
    },
  };
}

function gatherDeals(world: World): DealWays {
  const ways: DealWays = { ofContact: new Map(), ofCompany: new Map(), contacts: new Map() };
  forAll(world.deals, (n) => noteDeal(world, ways, n));
  return ways;
}

function gatherContacts(world: World): Candidates {
  const ofCompany: Candidates = new Map();
  forAll(world.contacts, (n) => noteContact(world, ofCompany, n));
  return ofCompany;
}

function forAll(shelf: World['contacts'] | World['deals'], visit: (n: number) => void): void {
  let from = 0;
  for (;;) {
    const page = shelf.list({ from, limit: CHUNK, states: ['live', 'archived'] });
    for (const { n } of page) visit(n);
    const last = page.at(-1);
    if (last === undefined || page.length < CHUNK) return;
    from = last.n + 1;
  }
}

function noteDeal(world: World, ways: DealWays, n: number): void {
  const deal = world.deals.get(n);
  if (deal === null) return;
  ways.contacts.set(n, deal.contacts);
  for (const contact of deal.contacts) add(ways.ofContact, contact, n);
  add(ways.ofCompany, deal.company, n);
}

function noteContact(world: World, ofCompany: Candidates, n: number): void {
  const contact = world.contacts.get(n);
  if (contact !== null) add(ofCompany, contact.company, n);
}

function add(map: Map<number, Set<number>>, key: number, n: number): void {
  const known = map.get(key);
  if (known === undefined) map.set(key, new Set([n]));
  else known.add(n);
}
