// The people that the stand-in identity providers know: made-up, with addresses of reserved domains (RFC 2606, RFC 6761),
// and with claims of any shape, so that tests can say what a sloppy provider would say.
import { COLLEAGUES } from '../people.ts';

export interface SandboxUser {
  /** Stable at the provider; for the GitHub stand-in a number in digits. */
  readonly sub: string;
  /** Null leaves the claim out. */
  readonly email: string | null;
  /** True for an address that is proven. Any other value is sent as it is, also the text "false"; null leaves it out. */
  readonly email_verified: unknown;
  readonly name: string | null;
  readonly picture: string | null;
  /** Whatever else the provider says, such as `tid`; only names of {@link EXTRA_CLAIMS} reach an ID token. */
  readonly claims: Readonly<Record<string, unknown>>;
}

/** Claims beside the standard ones that the stand-ins put into ID tokens when a user has them. */
export const EXTRA_CLAIMS = [
  'acct',
  'amr',
  'groups',
  'hd',
  'idp',
  'oid',
  'org',
  'preferred_username',
  'roles',
  'tid',
  'upn',
  'ver',
  'xms_edov',
] as const;

/**
 * A person with a proven address and a name made of it; every member can be said otherwise.
 *
 * @param email such as `ines@acme.example`
 */
export function sandboxUser(sub: string, email: string, changes: Partial<SandboxUser> = {}): SandboxUser {
  const name = (email.split('@')[0] ?? email)
    .split('.')
    .map((part) => part.charAt(0).toUpperCase() + part.slice(1))
    .join(' ');
  return { sub, email, email_verified: true, name, picture: null, claims: {}, ...changes };
}

/**
 * As Entra ID says it: no `email_verified`, but the tenant and whether the domain's owner vouches for the address.
 *
 * @param tenant id of the tenant the person belongs to
 */
export function entraUser(sub: string, email: string, tenant: string): SandboxUser {
  const claims = { tid: tenant, oid: `object-of-${sub}`, xms_edov: true, preferred_username: email, ver: '2.0' };
  return sandboxUser(sub, email, { email_verified: null, claims });
}

/** The colleagues of the made-up company, and a guest from elsewhere. */
export function madeUpUsers(): readonly SandboxUser[] {
  const colleagues = COLLEAGUES.map(({ address, name }, index) => sandboxUser(String(1001 + index), address, { name }));
  return [...colleagues, sandboxUser('1099', 'guest@visitor.example', { name: 'Sol Guest' })];
}

/** What an ID token or the user endpoint says about a user. */
export function claimsOf(user: SandboxUser): Record<string, unknown> & { sub: string } {
  const { claims, sub, ...standard } = user;
  const said = Object.entries({ ...standard, ...claims }).filter(([, value]) => value !== null);
  return { ...Object.fromEntries(said), sub };
}

/**
 * @param where `github` passes on whatever its users have; the issuers only what they know
 * @throws Error for a claim that would be left out silently
 */
export function assertKnownClaims(where: string, user: SandboxUser): void {
  const known: readonly string[] = EXTRA_CLAIMS;
  const unknown = where === 'github' ? [] : Object.keys(user.claims).filter((name) => !known.includes(name));
  if (unknown.length > 0) throw new Error(`the stand-ins do not pass on the claim ${unknown.join(', ')}`);
}
