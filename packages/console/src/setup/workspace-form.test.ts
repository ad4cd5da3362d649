// What the setup form asks for before it sends anything.
import { describe, expect, it } from 'vitest';
import { domainsOf, mistakesOf } from './workspace-form.tsx';

describe('the setup form', () => {
  it('names what is missing', () => {
    const mistakes = mistakesOf({ workspaceName: ' ', ownerName: '', ownerEmail: 'mira', domains: '' });
    expect(Object.values(mistakes).every((mistake) => mistake !== null)).toBe(true);
    const none = mistakesOf({ workspaceName: 'Acme', ownerName: 'Mira', ownerEmail: 'mira@acme.example', domains: '' });
    expect(Object.values(none)).toEqual([null, null, null]);
  });

  it('takes domains apart however they are separated', () => {
    expect(domainsOf(' acme.example, acme.test;\tlab.example ')).toEqual(['acme.example', 'acme.test', 'lab.example']);
    expect(domainsOf('')).toEqual([]);
  });
});
