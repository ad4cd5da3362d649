import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { newId, type OrganisationId } from '../../platform/ids.ts';
import {
  type DomainRule,
  isAdmitted,
  organisationOf,
  type OrganisationFacts,
  ruleDomainsOf,
} from './organisation-of.ts';

const organisation = (slug: string, changes: Partial<OrganisationFacts> = {}): OrganisationFacts => ({
  id: newId<OrganisationId>(),
  slug,
  isPublic: false,
  enabled: true,
  ...changes,
});
const rule = (domain: string, of: OrganisationFacts, includeSubdomains = false): DomainRule => ({
  domain,
  includeSubdomains,
  organisation: of,
});
const around = (rules: readonly DomainRule[], publicOrganisation: OrganisationFacts | null = null) => ({
  rules,
  publicOrganisation,
  hasAny: rules.length > 0 || publicOrganisation !== null,
});
const slugOf = (email: string, ...rest: Parameters<typeof around>) => {
  const found = organisationOf(email, around(...rest));
  return found.kind === 'member' ? found.organisation.slug : found.kind;
};

describe('the organisation of an address', () => {
  const [acme, labs, open] = [organisation('acme'), organisation('labs'), organisation('public', { isPublic: true })];

  it('is nobody’s as long as there are no organisations', () => {
    expect(slugOf('ann@acme.example', [])).toBe('open');
  });

  it('is the one whose rule is the very domain, before any rule about subdomains', () => {
    const rules = [rule('acme.example', acme, true), rule('labs.acme.example', labs)];
    expect(slugOf('ann@labs.acme.example', rules)).toBe('labs');
    expect(slugOf('ann@acme.example', rules)).toBe('acme');
    expect(slugOf('ann@x.acme.example', rules)).toBe('acme');
  });

  it('is the longest rule among those about subdomains', () => {
    const rules = [rule('acme.example', acme, true), rule('labs.acme.example', labs, true)];
    expect(slugOf('ann@deep.labs.acme.example', rules)).toBe('labs');
  });

  it('does not take a domain for a subdomain of another that merely ends alike', () => {
    expect(slugOf('ann@notacme.example', [rule('acme.example', acme, true)])).toBe('refused');
    expect(slugOf('ann@x.acme.example', [rule('acme.example', acme, false)])).toBe('refused');
  });

  it('prefers an enabled organisation to a disabled one that fits better', () => {
    const off = organisation('off', { enabled: false });
    expect(slugOf('ann@x.acme.example', [rule('x.acme.example', off), rule('acme.example', acme, true)])).toBe('acme');
  });

  it('is refused when only a disabled organisation claims it, also where there is a public one', () => {
    const off = organisation('off', { enabled: false });
    expect(slugOf('ann@acme.example', [rule('acme.example', off)], open)).toBe('refused');
  });

  it('falls to the public organisation when nobody claims it, unless that is disabled', () => {
    expect(slugOf('ann@else.example', [rule('acme.example', acme)], open)).toBe('public');
    expect(slugOf('ann@else.example', [rule('acme.example', acme)], { ...open, enabled: false })).toBe('refused');
  });

  it('never depends on the order of the rules', () => {
    const rules = [
      rule('acme.example', acme, true),
      rule('labs.acme.example', labs, true),
      rule('a.labs.acme.example', organisation('off', { enabled: false })),
    ];
    fc.assert(
      fc.property(fc.shuffledSubarray(rules, { minLength: 3 }), (shuffled) => {
        expect(slugOf('ann@a.labs.acme.example', shuffled)).toBe('labs');
      }),
    );
  });
});

describe('the domains whose rules may match', () => {
  it('are the domain and what it is below, and never a top-level domain', () => {
    expect(ruleDomainsOf('ann@a.b.example')).toEqual(['a.b.example', 'b.example']);
  });
});

describe('a workspace with a list of organisations', () => {
  it('lets those in, and everybody when the list is empty', () => {
    const id = newId<OrganisationId>();
    expect(isAdmitted([], null)).toBe(true);
    expect(isAdmitted([id], id)).toBe(true);
    expect(isAdmitted([id], null)).toBe(false);
    expect(isAdmitted([id], newId<OrganisationId>())).toBe(false);
  });
});
