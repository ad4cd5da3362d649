// Which hosts are Salesforce's. A host below them is never taken from a person's text, only from settings and from the
// answers of a login host; anything else would be handed our client secret and the customer's tokens.

const LABEL = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?';
const MY_DOMAIN = new RegExp(`^(?:${LABEL}\\.){1,3}my\\.salesforce\\.com$`);
const INSTANCE = new RegExp(`^(?:${LABEL}\\.){1,5}(?:salesforce|force)\\.com$`);
const LOGIN_HOSTS: ReadonlySet<string> = new Set(['login.salesforce.com', 'test.salesforce.com']);

/** Whether people sign in there: one of the two common hosts, or an org's My Domain. */
export function isLoginHost(host: string): boolean {
  return LOGIN_HOSTS.has(host) || MY_DOMAIN.test(host);
}

/**
 * The origin of an org from a token answer's `instance_url`, or null when it is not https at a host of Salesforce.
 *
 * @param sandboxOrigin the one origin that counts instead where a stand-in is used
 */
export function instanceOrigin(instanceUrl: string, sandboxOrigin: string | null): string | null {
  if (!URL.canParse(instanceUrl)) return null;
  const { origin, protocol, hostname, port, username, password } = new URL(instanceUrl);
  if (sandboxOrigin !== null) return origin === sandboxOrigin ? origin : null;
  const isPlain = protocol === 'https:' && port === '' && username === '' && password === '';
  return isPlain && INSTANCE.test(hostname) ? origin : null;
}
