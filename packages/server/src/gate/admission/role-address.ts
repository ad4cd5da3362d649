// Knows the addresses that stand for a function and not for a person: info@, support@, no-reply@, list owners.
// Looks at the local part only; the names are those of RFC 2142 and the ones companies commonly use.
import type { Address } from './address.ts';

const ROLES = new Set([
  ...words('info marketing sales support abuse noc security'), // RFC 2142 §3 and §4
  ...words('postmaster hostmaster usenet news webmaster www uucp ftp'), // RFC 2142 §5
  ...words('noreply donotreply mailerdaemon daemon root system bot robot mailer bounce bounces'),
  ...words('alert alerts notify notification notifications updates newsletter newsletters autoreply autoresponder'),
  ...words('listserv majordomo mailman unsubscribe calendar mail email everyone all staff team'),
  ...words('admin administrator contact contacts contactus hello hi help helpdesk servicedesk office reception'),
  ...words('service services customerservice customersupport customercare feedback events'),
  ...words('enquiry enquiries inquiry inquiries press media pr partners partnerships investors'),
  ...words('billing accounts accounting accountspayable accountsreceivable invoice invoices finance payments payroll'),
  ...words('order orders purchasing procurement shop store booking bookings'),
  ...words('hr humanresources job jobs career careers recruiting recruitment hiring talent'),
  ...words('legal privacy compliance dpo gdpr'),
  ...words('it itsupport ops operations dev devops engineering tech techsupport'),
]);

/** Addresses a mailing list keeps beside itself (RFC 2142 §6 and the habits of list servers). */
const LIST_DESK = /^owner-|-(?:request|owner|admin|bounces?|subscribe|unsubscribe|confirm|leave|join)$/;

/** `p.r` and `d.p.o` are more often the initials of a person than a desk. */
const MAX_INITIALS = 4;

/**
 * Whether an address belongs to a desk, a machine or a list rather than to a person. A plus tag is left out, and
 * `no-reply`, `no_reply` and `no.reply` are one name.
 */
export function isRoleAddress(address: Address): boolean {
  const local = address.slice(0, address.lastIndexOf('@'));
  const plus = local.indexOf('+');
  const name = plus > 0 ? local.slice(0, plus) : local;
  if (ROLES.has(name) || LIST_DESK.test(name)) return true;
  const joined = name.replace(/[-_.]/g, '');
  return joined.length > MAX_INITIALS && ROLES.has(joined);
}

function words(list: string): string[] {
  return list.split(' ');
}
