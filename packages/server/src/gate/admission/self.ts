// Who we are, from the two places that know: the caller (which mailbox is read) and the access area (who is a member).
import type { WorkspaceId } from '../../platform/ids.ts';
import { problem } from '../../platform/problem.ts';
import { normaliseAddress } from './address.ts';

/** Answers the addresses of a workspace's members; handed in, so that the gate does not reach into another area. */
export type MemberAddresses = (workspaceId: WorkspaceId) => Promise<readonly string[]>;

/**
 * Reads a comma-separated list of own mailboxes (the address and its aliases).
 *
 * @throws problem `invalid_request` when an entry is no address: an own address that never matches would admit our own mail
 */
export function mailboxesOf(text: string | undefined): string[] {
  const mailboxes = (text ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
  for (const mailbox of mailboxes) {
    if (normaliseAddress(mailbox) === null) {
      throw problem('invalid_request', 'The mailbox is not a valid address.', {
        places: [{ pointer: '/query/mailbox', detail: 'not an address' }],
      });
    }
  }
  return mailboxes;
}
