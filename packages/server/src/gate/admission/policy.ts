// The gate policy as the decision uses it: every list normalised once, so that deciding is set look-ups only.
// Domains are compared whole; a sub-domain of an own or excluded domain is another domain.
import { Policy } from '@sentinel/contract';
import { problem, type ProblemPlace } from '../../platform/problem.ts';
import type { FoldAddress } from '../book/contact.ts';
import { type Address, foldAddress, normaliseAddress, normaliseDomain } from './address.ts';

/** Who "we" are: mailboxes and aliases, members, and the domains whose people are colleagues. */
export interface SelfIdentity {
  readonly addresses: ReadonlySet<Address>;
  readonly domains: ReadonlySet<string>;
}

export interface CompiledPolicy {
  readonly version: number;
  readonly policy: Policy;
  readonly self: SelfIdentity;
  readonly authservIds: readonly string[];
  readonly excludedAddresses: ReadonlySet<Address>;
  readonly excludedDomains: ReadonlySet<string>;
  readonly excludedContacts: ReadonlySet<string>;
  readonly excludedLabels: ReadonlySet<string>;
  /** The form of an address under which it is compared: as it stands, or folded where the policy says so. */
  readonly fold: FoldAddress;
  /** Whether `fold` ever changes an address. */
  readonly folds: boolean;
}

/** Raw addresses that are ours beyond the policy: the mailbox read (with aliases) and the members of the workspace. */
export interface SelfAddresses {
  readonly mailboxes: readonly string[];
  readonly members: readonly string[];
}

/**
 * Receiving servers that are believed from the start, beside the own domains. Believing one more can only take admission
 * away: a forged `dmarc=pass` is worth no more than no field at all.
 */
const KNOWN_AUTHSERV_IDS = ['mx.google.com'];

/** The policy a workspace begins with. @throws problem `invalid_request` for an own domain or address that is none */
export function firstPolicy(own: {
  readonly domains: readonly string[];
  readonly addresses: readonly string[];
}): Policy {
  const policy = Policy.parse({
    ownDomains: own.domains,
    ownAddresses: own.addresses,
    authservIds: [...own.domains, ...KNOWN_AUTHSERV_IDS],
  });
  assertPolicyComparable(policy);
  return policy;
}

/**
 * Compiles a stored policy with the addresses that are ours.
 *
 * @throws problem `no_self_identity` when no mailbox is known: mail among ourselves could not be told from mail of others
 */
export function compilePolicy(version: number, policy: Policy, ours: SelfAddresses): CompiledPolicy {
  const folds = policy.plusTags === 'fold' || policy.gmailDots === 'fold';
  const fold = folds ? (address: Address) => foldAddress(address, policy) : (address: Address) => address;
  const mailboxes = addressesOf([...ours.mailboxes, ...policy.ownAddresses]);
  if (mailboxes.length === 0) {
    throw problem(
      'no_self_identity',
      'No own mailbox is known, so nothing can be taken in. Name the mailbox that is read.',
    );
  }
  return {
    version,
    policy,
    fold,
    folds,
    self: {
      addresses: new Set([...mailboxes, ...addressesOf(ours.members)].map(fold)),
      domains: new Set(domainsOf(policy.ownDomains)),
    },
    authservIds: policy.authservIds,
    excludedAddresses: new Set(addressesOf(policy.excludedAddresses).map(fold)),
    excludedDomains: new Set(domainsOf(policy.excludedDomains)),
    excludedContacts: new Set(policy.excludedContacts),
    excludedLabels: new Set(policy.excludedLabels.map((label) => label.toLowerCase())),
  };
}

/**
 * Checks that every address and domain of a policy can be compared at all; a list entry that never matches
 * would be an exclusion that does not exclude.
 *
 * @throws problem `invalid_request` naming each entry that is no address or domain
 */
export function assertPolicyComparable(policy: Policy): void {
  const places: ProblemPlace[] = [];
  const check = (name: keyof Policy, entries: readonly string[], normalise: (text: string) => string | null) => {
    for (const [index, entry] of entries.entries()) {
      if (normalise(entry) === null) places.push({ pointer: `/policy/${name}/${index}`, detail: 'is not valid' });
    }
  };
  check('ownAddresses', policy.ownAddresses, normaliseAddress);
  check('excludedAddresses', policy.excludedAddresses, normaliseAddress);
  check('ownDomains', policy.ownDomains, normaliseDomain);
  check('excludedDomains', policy.excludedDomains, normaliseDomain);
  if (places.length > 0)
    throw problem('invalid_request', 'The policy has entries that are no address or domain.', { places });
}

function addressesOf(texts: readonly string[]): Address[] {
  return texts.map(normaliseAddress).filter((address) => address !== null);
}

function domainsOf(texts: readonly string[]): string[] {
  return texts.map(normaliseDomain).filter((domain) => domain !== null);
}
