// The address a person is known by.
import { domainToASCII } from 'node:url';
import { z } from 'zod';

const Plain = z.email().max(254);

/** The address with its domain in lower-case ASCII (IDNA), or null when it is not an address that mail can use. */
export function parsePersonEmail(text: string): string | null {
  const at = text.lastIndexOf('@');
  const domain = domainToASCII(text.slice(at + 1));
  const address = `${text.slice(0, at)}@${domain}`;
  return at > 0 && domain !== '' && Plain.safeParse(address).success ? address : null;
}
