// Which mail domains an organisation may claim.
import { domainToASCII } from 'node:url';

const HOST_NAME = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])$/;

/**
 * The domain as addresses of people are written here: lower-case ASCII (IDNA), at least two labels.
 *
 * @returns null for whatever is no host name (RFC 1123 §2.1): wildcards, addresses, numbers of machines
 */
export function parseMailDomain(text: string): string | null {
  const domain = domainToASCII(text.trim());
  return domain.length <= 253 && HOST_NAME.test(domain) ? domain : null;
}
