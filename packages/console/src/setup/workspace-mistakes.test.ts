// What the setup form asks for before it sends anything, and where it shows what the server refused.
import { describe, expect, it } from 'vitest';
import { domainsOf, mistakesOf, refusedOf } from './workspace-mistakes.ts';

const GOOD = { workspaceName: 'Acme', ownerName: 'Mira', ownerEmail: 'mira@acme.example', domains: '' };

describe('the setup form', () => {
  it('names what is missing', () => {
    const { domains, ...needed } = mistakesOf({ workspaceName: ' ', ownerName: '', ownerEmail: 'mira', domains: '' });
    expect(domains).toBeNull();
    expect(Object.values(needed).every((mistake) => mistake !== null)).toBe(true);
    expect(Object.values(mistakesOf(GOOD))).toEqual([null, null, null, null]);
  });

  it.each([
    'mira',
    'mira@',
    '@acme.example',
    'mira@acme',
    'a b@acme.example',
    'a@b@acme.example',
    'mira@acme..example',
  ])('does not send the address %s', (ownerEmail) =>
    expect(mistakesOf({ ...GOOD, ownerEmail }).ownerEmail).not.toBeNull(),
  );

  it.each(['acme', 'https://acme.example', 'mira@acme.example', 'acme..example', '-acme.example', '10.0.0.1', '.'])(
    'does not send the domain %s, and names it',
    (domain) => expect(mistakesOf({ ...GOOD, domains: `lab.example, ${domain}` }).domains).toContain(`“${domain}”`),
  );

  it.each([
    'acme.example',
    'acme.example.',
    'xn--bcher-kva.example',
    'bücher.example',
    'a.b.c-d.example',
    '@acme.test',
  ])('sends the domain %s', (domains) => expect(mistakesOf({ ...GOOD, domains }).domains).toBeNull());

  it('takes domains apart however they are separated', () => {
    expect(domainsOf(' acme.example, @acme.test;\tlab.example ')).toEqual(['acme.example', 'acme.test', 'lab.example']);
    expect(domainsOf('')).toEqual([]);
  });

  it('shows what the server refused at the field it came from', () => {
    const sent = { ...GOOD, domains: 'lab.example, bad_one.example' };
    const policy = refusedOf([{ pointer: '/policy/ownDomains/1', detail: 'is not valid' }], sent);
    expect(policy.mistakes.domains).toContain('“bad_one.example”');
    expect(policy.whole).toBe(true);
    const body = refusedOf([{ pointer: '/body/ownDomains/1', detail: 'This is no domain.' }], sent);
    expect(body.mistakes.domains).toMatch(/“bad_one.example”.+This is no domain\./);
    const address = refusedOf([{ pointer: '/body/ownerEmail', detail: 'This is not a mail address.' }], sent);
    expect(address.mistakes).toEqual({
      workspaceName: null,
      ownerName: null,
      ownerEmail: 'This is not a mail address.',
      domains: null,
    });
  });

  it('says when something was refused that no field stands for', () => {
    const { mistakes, whole } = refusedOf([{ pointer: '/body/token', detail: 'Too short.' }], GOOD);
    expect([Object.values(mistakes), whole]).toEqual([[null, null, null, null], false]);
    expect(refusedOf([], GOOD).whole).toBe(false);
  });
});
