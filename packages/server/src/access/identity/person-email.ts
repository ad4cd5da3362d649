// The address a person is known by.
import { domainToASCII } from 'node:url';
import { z } from 'zod';

const Plain = z.email().max(254);
/** What a domain is written with, before IDNA: what reads URLs would take `home.example/x` for one. */
const LETTERS = /^[\p{L}\p{M}\p{N}.。．｡-]+$/u;

/** The address with its domain in lower-case ASCII (IDNA), or null when it is not an address that mail can use. */
export function parsePersonEmail(text: string): string | null {
  const at = text.lastIndexOf('@');
  const written = text.slice(at + 1);
  const domain = LETTERS.test(written) ? domainToASCII(written) : '';
  const address = `${text.slice(0, at)}@${domain}`;
  return at > 0 && domain !== '' && Plain.safeParse(address).success ? address : null;
}
