import { describe, expect, it } from 'vitest';
import { normaliseAddress } from './address.ts';
import { isRoleAddress } from './role-address.ts';

function isRole(local: string): boolean {
  const address = normaliseAddress(`${local}@contact.example`);
  if (address === null) throw new Error('this test needs a valid address');
  return isRoleAddress(address);
}

describe('isRoleAddress', () => {
  it.each(['info', 'SALES', 'postmaster', 'no-reply', 'noreply', 'Do_Not.Reply', 'support+4711', 'MAILER-DAEMON'])(
    'knows %s as a desk',
    (local) => {
      expect(isRole(local)).toBe(true);
    },
  );

  it.each(['owner-friends', 'friends-request', 'friends-bounces', 'friends-owner', 'customer.service', 'hr'])(
    'knows %s as a desk or a list',
    (local) => {
      expect(isRole(local)).toBe(true);
    },
  );

  it.each(['ann', 'ann.example', 'h.r', 'info.ann', 'ann+info', 'salesman', '"info desk"', 'requests'])(
    'takes %s for a person',
    (local) => {
      expect(isRole(local)).toBe(false);
    },
  );
});
