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
const STRANGERS = [
  'family.example.net',
  'bank.example.net',
  'school.example.org',
  'travel.example.com',
  'clinic.example.org',
  'news.example.com',
  'recruiting.example.net',
] as const;

/** People who are in the CRM: `count` different ones over the customer companies. */
export function makeContacts(count: number): [Person, ...Person[]] {
  const contacts = Array.from({ length: Math.max(1, count) }, (_, index) => {
    const given = GIVEN[index % GIVEN.length] ?? 'Dana';
    const family = FAMILY[(index * 7 + Math.floor(index / GIVEN.length)) % FAMILY.length] ?? 'Lee';
    const [company, domain] = CUSTOMERS[index % CUSTOMERS.length] ?? CUSTOMERS[0];
    const number = index < GIVEN.length * FAMILY.length ? '' : String(index);
    return { name: `${given} ${family}`, address: `${given}.${family}${number}@${domain}`.toLowerCase(), company };
  });
  const [first, ...rest] = contacts;
  return first === undefined
    ? [{ name: 'Dana Lee', address: 'dana.lee@northwind.example', company: 'Northwind' }]
    : [first, ...rest];
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
