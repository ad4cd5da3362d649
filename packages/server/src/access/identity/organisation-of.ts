// Which organisation a person signs in for, read from the domain of their verified address. Without a single organisation
// the door is open to everybody; with the first one, whoever belongs to none is refused.
import type { OrganisationId } from '../../platform/ids.ts';

export interface OrganisationFacts {
  readonly id: OrganisationId;
  readonly slug: string;
  readonly isPublic: boolean;
  readonly enabled: boolean;
}

export interface DomainRule {
  readonly domain: string;
  readonly includeSubdomains: boolean;
  readonly organisation: OrganisationFacts;
}

/** What is known of the organisations that could concern an address. */
export interface OrganisationsAround {
  readonly rules: readonly DomainRule[];
  /** Takes in whoever no rule names. */
  readonly publicOrganisation: OrganisationFacts | null;
  readonly hasAny: boolean;
}

export type Belonging =
  | { readonly kind: 'member'; readonly organisation: OrganisationFacts }
  /** There are no organisations. */
  | { readonly kind: 'open' }
  | { readonly kind: 'refused' };

/** The domain of an address, which has one. */
export function domainOf(email: string): string {
  return email.slice(email.lastIndexOf('@') + 1);
}

/** Domains whose rules may match an address: its own first, then each that it is a subdomain of, a top-level one never. */
export function ruleDomainsOf(email: string): readonly string[] {
  const labels = domainOf(email).split('.');
  return labels.slice(0, -1).map((_, index) => labels.slice(index).join('.'));
}

/**
 * The organisation of an address: the one whose rule is the domain itself, else the longest rule it is a subdomain of,
 * enabled organisations before disabled ones. An address that only a disabled organisation claims is refused; one that
 * nobody claims belongs to the public organisation.
 */
export function organisationOf(email: string, around: OrganisationsAround): Belonging {
  if (!around.hasAny) return { kind: 'open' };
  const domain = domainOf(email);
  const [best] = around.rules
    .filter((rule) => rule.domain === domain || (rule.includeSubdomains && domain.endsWith(`.${rule.domain}`)))
    .toSorted(
      (one, other) =>
        Number(other.organisation.enabled) - Number(one.organisation.enabled) ||
        other.domain.length - one.domain.length,
    );
  const found = best?.organisation ?? around.publicOrganisation;
  return found?.enabled === true ? { kind: 'member', organisation: found } : { kind: 'refused' };
}

/** Whether a workspace with this list of organisations lets somebody of an organisation in; an empty list lets everybody in. */
export function isAdmitted(allowed: readonly string[], organisationId: OrganisationId | null): boolean {
  return allowed.length === 0 || (organisationId !== null && allowed.includes(organisationId));
}
