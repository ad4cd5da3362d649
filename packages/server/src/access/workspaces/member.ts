// The rules of membership: who may change whom, and that a workspace is never without an owner.
import { createHash } from 'node:crypto';
import type { WorkspaceRole } from '@sentinel/contract';
import type { PersonId, WorkspaceId } from '../../platform/ids.ts';
import { atLeast, type Power } from './power.ts';

export interface MemberFacts {
  readonly workspaceId: WorkspaceId;
  readonly personId: PersonId;
  readonly email: string;
  readonly name: string;
  readonly avatarUrl: string | null;
  readonly role: WorkspaceRole;
  readonly joinedAt: Date;
}

/**
 * What stands against a change of somebody's role, or null.
 *
 * @param change `to` is the new role, null when the person leaves; `otherOwners` counts the active owners beside the person
 */
export function refusalOfChange(change: {
  readonly power: Power;
  readonly from: WorkspaceRole;
  readonly to: WorkspaceRole | null;
  readonly otherOwners: number;
}): 'owner_required' | 'last_owner' | null {
  const { power, from, to, otherOwners } = change;
  if ((from === 'owner' || to === 'owner') && !atLeast(power, 'owner')) return 'owner_required';
  return from === 'owner' && to !== 'owner' && otherOwners === 0 ? 'last_owner' : null;
}

/** A membership has no id of its own; callers get one that is always the same (RFC 9562 §5.8). */
export function memberIdOf(workspaceId: WorkspaceId, personId: PersonId): string {
  const bytes = createHash('sha256').update(`member ${workspaceId} ${personId}`).digest().subarray(0, 16);
  bytes.writeUInt8(0x80 | (bytes.readUInt8(6) & 0x0f), 6);
  bytes.writeUInt8(0x80 | (bytes.readUInt8(8) & 0x3f), 8);
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
