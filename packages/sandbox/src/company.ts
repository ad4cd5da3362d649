// A made-up company that lives in time: its contact book as CSV, and the mail of any hour as an mbox.
// Deterministic: the same hour always brings the same mail. For the demo and for tests; never for production data.
import { COLLEAGUES, COMPANY, makeContacts, makeStranger, type Person } from './people.ts';
import { type Random, seeded } from './random.ts';

export { COLLEAGUES, COMPANY } from './people.ts';
export type { Person } from './people.ts';

const HOUR_MS = 3_600_000;
/** Mails per hour of a working day, midnight first (UTC). */
const RHYTHM = [2, 1, 1, 1, 1, 2, 6, 16, 28, 38, 36, 32, 20, 30, 36, 34, 28, 18, 10, 6, 4, 4, 3, 2] as const;
const SUBJECTS = [
  'Calibration schedule',
  'Offer for the second line',
  'Delivery on Thursday',
  'Questions on the contract',
  'Site visit',
  'Renewal',
  'Invoice 2026-114',
  'Next steps',
  'Spare parts',
  'Training dates',
] as const;
const PRIVATE_SUBJECTS = [
  'Dinner on Friday',
  'Your statement is ready',
  'Parents evening',
  'Appointment reminder',
  'Weekly newsletter',
  'A role that may interest you',
  'Booking confirmed',
] as const;

export interface MadeCompany {
  readonly contactsCsv: string;
  /** The mails that arrive in the hour that begins at `hour`, as an mbox; empty when there are none. */
  mailOf(hour: Date): string;
}

/** @param contacts how many people are in the CRM */
export function makeCompany(contacts = 64, seed = 7): MadeCompany {
  const people = makeContacts(contacts);
  return { contactsCsv: csvOf(people), mailOf: (hour) => mailOfHour(hour, people, seed) };
}

function csvOf(people: readonly Person[]): string {
  const rows = people.map(({ name, address, company }) => {
    const [given = '', ...family] = name.split(' ');
    return [given, family.join(' '), address, `"${company}"`, COLLEAGUES[0].name].join(',');
  });
  return `${['First Name,Last Name,Email,Company,Contact owner', ...rows].join('\r\n')}\r\n`;
}

function mailOfHour(hour: Date, people: readonly [Person, ...Person[]], seed: number): string {
  const number = Math.floor(hour.getTime() / HOUR_MS);
  const random = seeded(seed * 1_000_003 + number);
  const weekend = hour.getUTCDay() === 0 || hour.getUTCDay() === 6;
  const usual = (RHYTHM[hour.getUTCHours()] ?? 0) * (weekend ? 0.35 : 1);
  const count = Math.round(usual * (0.7 + 0.6 * random.next()));
  return Array.from({ length: count }, (_, index) =>
    mailAt(new Date((number + (index + 1) / (count + 1)) * HOUR_MS), random, people),
  ).join('');
}

function mailAt(at: Date, random: Random, people: readonly [Person, ...Person[]]): string {
  const colleague = random.pick(COLLEAGUES);
  const kind = random.next();
  if (kind < 0.3) {
    const contact = random.pick(people);
    const outward = random.chance(0.5);
    const cc = random.chance(0.3) ? [random.pick(people)] : [];
    return mail(at, random, {
      from: outward ? colleague : contact,
      to: [outward ? contact : colleague, ...cc],
      subject: random.pick(SUBJECTS),
    });
  }
  if (kind < 0.45)
    return mail(at, random, { from: random.pick(COLLEAGUES), to: [colleague], subject: random.pick(SUBJECTS) });
  if (kind < 0.47)
    return mail(at, random, {
      from: random.pick(people),
      to: [colleague],
      subject: random.pick(SUBJECTS),
      forged: true,
    });
  const strangers = Array.from({ length: 1 + random.below(3) }, () => makeStranger(random));
  return mail(at, random, {
    from: strangers[0] ?? makeStranger(random),
    to: [colleague, ...strangers.slice(1)],
    subject: random.pick(PRIVATE_SUBJECTS),
  });
}

interface Letter {
  readonly from: Person;
  readonly to: readonly Person[];
  readonly subject: string;
  /** Sent in somebody's name by somebody else: the receiving server saw that DMARC failed. */
  readonly forged?: boolean;
}

function mail(at: Date, random: Random, letter: Letter): string {
  const id = `${at.getTime().toString(36)}.${random.below(1_000_000)}@${letter.from.address.split('@')[1] ?? COMPANY.domain}`;
  const address = ({ name, address: text }: Person) => `"${name}" <${text}>`;
  return [
    `From sender ${at.toUTCString()}`,
    `Authentication-Results: mx.${COMPANY.domain}; dmarc=${letter.forged === true ? 'fail' : 'pass'}`,
    `From: ${address(letter.from)}`,
    `To: ${letter.to.map(address).join(', ')}`,
    `Subject: ${letter.subject}`,
    `Date: ${at.toUTCString().replace('GMT', '+0000')}`,
    `Message-ID: <${id}>`,
    '',
    `Hello ${letter.to[0]?.name.split(' ')[0] ?? ''},`,
    '',
    `about "${letter.subject}": let us talk this week. I have time on ${random.pick(['Tuesday', 'Wednesday', 'Thursday'])}.`,
    '',
    letter.from.name,
    '',
    '',
  ].join('\n');
}
