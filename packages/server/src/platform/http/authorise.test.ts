import { ACTION_NAMES, ACTIONS, WORKSPACE_ROLES } from '@sentinel/contract';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { authorise } from './authorise.ts';
import type { Presented } from './route.ts';
import { testCaller } from './testing.ts';

const nothing: Presented = {
  cookie: null,
  bearer: null,
  workspaceSlug: null,
  fromLoopback: true,
  address: '127.0.0.1',
  header: () => null,
  cookieNamed: () => null,
};

describe('authorise', () => {
  // Proves: ASVS 1, ASVS 6.
  it('says yes to a caller exactly when the role includes the action', () => {
    fc.assert(
      fc.property(fc.constantFrom(...WORKSPACE_ROLES), fc.constantFrom(...ACTION_NAMES), (role, action) => {
        const includes = WORKSPACE_ROLES.indexOf(role) >= WORKSPACE_ROLES.indexOf(ACTIONS[action].from);
        expect(authorise({ action, open: null }, testCaller(role), nothing)).toBe(
          includes ? 'allowed' : 'action_denied',
        );
      }),
    );
  });

  it('tells a missing sign-in from one that is not valid', () => {
    const guarded = { action: 'home:read', open: null } as const;
    expect(authorise(guarded, null, nothing)).toBe('token_missing');
    expect(authorise(guarded, null, { ...nothing, cookie: 'x' })).toBe('token_invalid');
    expect(authorise(guarded, null, { ...nothing, bearer: '' })).toBe('token_invalid');
  });

  // Proves: ASVS 19.
  it('goes by the actions that were proven, never by the name of the role', () => {
    expect(authorise({ action: 'home:read', open: null }, testCaller('owner', { actions: new Set() }), nothing)).toBe(
      'action_denied',
    );
  });

  it('refuses a route that has neither an action nor a reason to be open', () => {
    expect(authorise({ action: null, open: null }, testCaller('owner'), nothing)).toBe('action_denied');
  });
});
