// The people of the made-up company, its customers and the strangers who write to it. Reserved domains only (RFC 2606, RFC 6761).
import type { Random } from './random.ts';

export interface Person {
  readonly name: string;
  readonly address: string;
  readonly company: string;
}

export const COMPANY = { name: 'Acme Instruments', domain: 'acme.example' } as const;

export const COLLEAGUES: readonly [Person, ...Person[]] = [
  { name: 'Mira Okafor', address: 'mira.okafor@acme.example', company: COMPANY.name },
  { name: 'Tom Brandt', address: 'tom.brandt@acme.example', company: COMPANY.name },
  { name: 'Anna Keller', address: 'anna.keller@acme.example', company: COMPANY.name },
  { name: 'Luis Ferrer', address: 'luis.ferrer@acme.example', company: COMPANY.name },
  { name: 'Priya Nair', address: 'priya.nair@acme.example', company: COMPANY.name },
];

const GIVEN = [
  'Dana',
  'Ines',
  'Sam',
  'Noor',
  'Jonas',
  'Elif',
  'Marek',
  'Chloe',
  'Ravi',
  'Greta',
  'Hugo',
  'Yuki',
  'Olga',
  'Pedro',
  'Aisha',
  'Lars',
  'Maya',
  'Nils',
  'Rosa',
  'Tariq',
] as const;
const FAMILY = [
  'Lee',
  'Moreau',
  'Roy',
  'Haddad',
  'Weiss',
  'Demir',
  'Novak',
  'Martin',
  'Patel',
  'Lind',
  'Costa',
  'Sato',
  'Petrova',
  'Gomez',
  'Khan',
  'Berg',
  'Silva',
  'Olsen',
  'Ricci',
  'Aziz',
] as const;
const CUSTOMERS = [
  ['Northwind', 'northwind.example'],
  ['Halden Optik', 'halden.example'],
  ['Kestrel Labs', 'kestrel-labs.example'],
  ['Oriel Foods', 'oriel-foods.example'],
  ['Brightwater', 'brightwater.example'],
  ['Lumen Rail', 'lumen-rail.example'],
  ['Sorrel Health', 'sorrel-health.example'],
  ['Quarry & Sons', 'quarry-sons.example'],
] as const;
const PLACES = [
  'Alder',
  'Birch',
  'Cedar',
  'Dale',
  'Elm',
  'Fjord',
  'Glen',
  'Heath',
  'Isle',
  'Juniper',
  'Knoll',
  'Larch',
  'Moor',
  'Nettle',
  'Oak',
  'Pine',
  'Quay',
  'Reed',
  'Spruce',
  'Thorn',
  'Upland',
  'Vale',
  'Willow',
  'Yew',
] as const;
const TRADES = [
  'Works',
  'Foods',
  'Optics',
  'Logistics',
  'Media',
  'Energy',
  'Tools',
  'Textiles',
  'Health',
  'Robotics',
  'Paper',
  'Marine',
  'Glass',
  'Audio',
  'Travel',
  'Print',
  'Farms',
  'Metals',
  'Games',
] as const;
const STRANGERS = [
  'family.example.net',
  'bank.example.net',
  'school.example.org',
  'travel.example.com',
  'clinic.example.org',
  'news.example.com',
  'recruiting.example.net',
] as const;

/** So many people are named without a number, and work at the eight customers. */
const FIRST = GIVEN.length * FAMILY.length;
const PEOPLE_PER_COMPANY = 24;

/** People who are in the CRM: `count` different ones over the customer companies. */
export function makeContacts(count: number): [Person, ...Person[]] {
  const rest = Array.from({ length: Math.max(0, count - 1) }, (_, index) => personAt(index + 1));
  return [personAt(0), ...rest];
}

/** @param index 0, 1, 2 …: always the same person, another one for each */
export function personAt(index: number): Person {
  const given = GIVEN[index % GIVEN.length] ?? 'Dana';
  const family = FAMILY[(index * 7 + Math.floor(index / GIVEN.length)) % FAMILY.length] ?? 'Lee';
  const { name: company, domain } = customerAt(companyOf(index));
  const number = index < FIRST ? '' : String(index);
  return { name: `${given} ${family}`, address: `${given}.${family}${number}@${domain}`.toLowerCase(), company };
}

/** The index of the only person whose address could begin like this, or null; whether it does is for the caller to see. */
export function indexOfAddress(address: string): number | null {
  const [, name, number] = /^([a-z]+\.[a-z]+)(\d*)@/.exec(address) ?? [];
  if (name === undefined || number === undefined) return null;
  return number === '' ? (firstIndexes().get(name) ?? null) : Number(number);
}

let known: ReadonlyMap<string, number> | null = null;
function firstIndexes(): ReadonlyMap<string, number> {
  known ??= new Map(Array.from({ length: FIRST }, (_, n) => [personAt(n).address.split('@')[0] ?? '', n]));
  return known;
}

/** The company, by its number, at which the person with this index works. */
export function companyOf(index: number): number {
  return index < FIRST ? index % CUSTOMERS.length : CUSTOMERS.length + Math.floor((index - FIRST) / PEOPLE_PER_COMPANY);
}

/** @param n 0, 1, 2 …: the eight great customers first, then as many more as are asked for */
export function customerAt(n: number): { readonly name: string; readonly domain: string } {
  const [name, domain] = CUSTOMERS[n] ?? moreCustomer(n - CUSTOMERS.length);
  return { name, domain };
}

function moreCustomer(n: number): readonly [string, string] {
  const first = PLACES[n % PLACES.length] ?? 'Alder';
  const round = Math.floor(n / PLACES.length);
  const second = TRADES[(n + round) % TRADES.length] ?? 'Works';
  const number = Math.floor(round / TRADES.length);
  const name = `${first} ${second}${number === 0 ? '' : ` ${number + 1}`}`;
  return [name, `${name.toLowerCase().replaceAll(' ', '-')}.example`];
}

/** Somebody private: a school, a bank, family. Never in the CRM. */
export function makeStranger(random: Random): Person {
  const given = random.pick(GIVEN);
  const family = random.pick(FAMILY);
  const domain = random.pick(STRANGERS);
  return {
    name: `${given} ${family}`,
    address: `${given}.${family}.${random.below(1000)}@${domain}`.toLowerCase(),
    company: '',
  };
}
