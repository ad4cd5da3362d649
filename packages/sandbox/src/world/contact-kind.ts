// How a contact of the made-up CRM looks before anybody changed it: the same people as in the demo's contact book, with a
// phone, a title, sometimes a second address or none.
import { COLLEAGUES, companyOf, indexOfAddress, personAt } from '../people.ts';
import { noise, pickAt } from './noise.ts';
import type { Kind } from './shelf-store.ts';
import type { Contact, Kept } from './world.ts';

export type ContactValues = Omit<Contact, keyof Kept>;

const BLANK: ContactValues = {
  given: '',
  family: '',
  address: null,
  furtherAddresses: [],
  phone: null,
  title: null,
  company: 0,
  owner: 0,
};
const TITLES = [
  'Head of Purchasing',
  'Plant Manager',
  'Operations Lead',
  'Quality Engineer',
  'Finance Director',
  'IT Manager',
  'Managing Director',
  'Project Lead',
] as const;
/** So many have an address for certain: the people of a small contact book. */
const SURELY_REACHABLE = 400;
const SECOND_DOMAIN = 'mail.example.net';

export function contactKind(seed: number): Kind<ContactValues> {
  return {
    what: 'contact',
    blank: BLANK,
    make: (n) => contactAt(seed, n),
    view: (values) => values,
    combine: (winner, losers) => {
      const all = [winner, ...losers];
      const others = all.flatMap(addressesOf).filter((address) => address !== winner.address);
      const own = winner.address === null ? others[0] : winner.address;
      return {
        address: own ?? null,
        furtherAddresses: [...new Set(others)].filter((address) => address !== own),
        phone: all.find(({ phone }) => phone !== null)?.phone ?? null,
        title: all.find(({ title }) => title !== null)?.title ?? null,
      };
    },
    addresses: (values) => addressesOf(values).map((address) => address.toLowerCase()),
    guess: indexOfAddress,
  };
}

/** What the person with this number is like; also for somebody who comes later. */
export function contactAt(seed: number, n: number): ContactValues {
  const person = personAt(n);
  const [given = '', ...family] = person.name.split(' ');
  const isReachable = n < SURELY_REACHABLE || noise(seed, n, 1) > 0.01;
  const hasSecond = isReachable && n >= SURELY_REACHABLE / 4 && noise(seed, n, 2) < 0.03;
  return {
    given,
    family: family.join(' '),
    address: isReachable ? person.address : null,
    furtherAddresses: hasSecond ? [person.address.replace(/@.*/, `@${SECOND_DOMAIN}`)] : [],
    phone: phoneAt(noise(seed, n, 3)),
    title: noise(seed, n, 4) < 0.8 ? pickAt(TITLES, noise(seed, n, 5)) : null,
    company: companyOf(n),
    owner: Math.floor(noise(seed, n, 6) * COLLEAGUES.length),
  };
}

/** Numbers that belong to nobody: 555-0100 to 555-0199 in North America, 020 7946 0000 to 0999 in London. */
function phoneAt(value: number): string | null {
  if (value < 0.2) return null;
  const number = Math.floor(value * 100_000) % 1000;
  return value < 0.6
    ? `+120255501${String(number % 100).padStart(2, '0')}`
    : `+442079460${String(number).padStart(3, '0')}`;
}

function addressesOf({ address, furtherAddresses }: ContactValues): readonly string[] {
  return address === null ? furtherAddresses : [address, ...furtherAddresses];
}
