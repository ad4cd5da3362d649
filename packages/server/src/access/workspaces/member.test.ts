import { WORKSPACE_ROLES } from '@sentinel/contract';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { newId, type PersonId, type WorkspaceId } from '../../platform/ids.ts';
import { companyDomainOf, isPublicMailDomain, parseMailDomain } from './mail-domain.ts';
import { memberIdOf, refusalOfChange } from './member.ts';
import { atLeast } from './power.ts';

const role = fc.constantFrom(...WORKSPACE_ROLES);
const power = fc.constantFrom(...WORKSPACE_ROLES, 'platform' as const);

describe('a change of a role', () => {
  it('never leaves a workspace without an owner, and never lets who is none touch one', () => {
    fc.assert(
      fc.property(power, role, fc.option(role), fc.nat(3), (by, from, to, otherOwners) => {
        const refusal = refusalOfChange({ power: by, from, to, otherOwners });
        const mayTouchOwners = by === 'owner' || by === 'platform';
        if ((from === 'owner' || to === 'owner') && !mayTouchOwners) expect(refusal).toBe('owner_required');
        else if (from === 'owner' && to !== 'owner' && otherOwners === 0) expect(refusal).toBe('last_owner');
        else expect(refusal).toBeNull();
      }),
    );
  });
});

describe('a power', () => {
  it('includes every weaker role and no stronger one', () => {
    const table = WORKSPACE_ROLES.map((by) => WORKSPACE_ROLES.filter((least) => atLeast(by, least)).length);
    expect(table).toEqual([1, 2, 3, 4]);
    expect(WORKSPACE_ROLES.every((least) => atLeast('platform', least))).toBe(true);
  });
});

describe('the id of a membership', () => {
  it('is a UUID of version 8, always the same, of workspace and person together', () => {
    const [workspace, other] = [newId<WorkspaceId>(), newId<WorkspaceId>()];
    const person = newId<PersonId>();
    const id = memberIdOf(workspace, person);
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(memberIdOf(workspace, person)).toBe(id);
    expect(memberIdOf(other, person)).not.toBe(id);
    expect(memberIdOf(workspace, newId<PersonId>())).not.toBe(id);
  });
});

describe('the domain of an address', () => {
  it.each([
    ['ada@home.example', 'home.example'],
    ['ada@Bücher.example', 'xn--bcher-kva.example'],
    ['"a@b"@home.example', 'home.example'],
    ['ada@gmail.com', null],
    ['ada@GMAIL.com', null],
    ['ada@[192.0.2.1]', null],
    ['ada@192.0.2.1', null],
    ['ada', null],
  ])('of %s is %s', (email, domain) => {
    expect(companyDomainOf(email)).toBe(domain);
  });

  it('is stable: what comes out goes in as itself, and no provider is written so that it never matches', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('a', 'B', '-', '.', '1', 'ü', '/', '。'), maxLength: 20 }),
        (text) => {
          const domain = parseMailDomain(text);
          if (domain !== null) expect(parseMailDomain(domain)).toBe(domain);
        },
      ),
    );
    for (const domain of ['gmail.com', 'googlemail.com', 'yahoo.co.uk', 'web.de']) {
      expect([parseMailDomain(domain), isPublicMailDomain(domain)]).toEqual([domain, true]);
    }
  });
});
