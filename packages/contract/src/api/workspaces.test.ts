import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MembersQuery, UserPatch, WorkspaceSlug } from './workspaces.ts';

describe('what comes in about people and workspaces', () => {
  it.each([
    ['https://img.example/a.png', 'https://img.example/a.png'],
    ['HTTP://img.example/a.png', 'HTTP://img.example/a.png'],
    ['javascript:alert(1)', null],
    ['data:image/png;base64,AA', null],
    ['//img.example/a.png', null],
    ['https://', null],
    ['https://img.example/a b', null],
    ['https://img.example/\u0000', null],
    [null, null],
    [undefined, null],
  ])('the picture %j counts as %j', (avatar_url, counts) => {
    expect(UserPatch.parse({ avatar_url })).toEqual({ avatar_url: counts });
  });

  it('a limit is always one to fifty', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), (limit) => {
        const parsed = MembersQuery.parse({ limit: String(limit) }).limit ?? 0;
        expect(parsed).toBe(Math.min(Math.max(limit, 1), 50));
      }),
    );
    expect(MembersQuery.parse({})).toEqual({});
  });

  it('a slug fits the rule of the database', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', '0', '-', 'A', '\n'), maxLength: 104 }), (slug) => {
        const fits = /^[a-z0-9][a-z0-9-]{0,98}[a-z0-9]$/.test(slug) && !slug.includes('\n');
        expect(WorkspaceSlug.safeParse(slug).success).toBe(fits);
      }),
    );
  });
});
